"""What may be done to the order that is selected or open: the keys, and the way to each act's form.

The console offers the acts of ACT_KEYS and no others; whether one is possible now is the node's word (`moves`), asked
when the key is pressed and never remembered from a list. Deciding on an application is for an approver who signed in
here: the node says so by `moves`, and asks for the approver's own PIN each time (Art. 8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding

from fleet.rules.order import Act
from fleet.rules.roles import PIN_EACH_TIME
from tui.api import ApiError
from tui.rows.order_acts import ACT_KEYS, done_words, not_now
from tui.screens.frame import Placed
from tui.shapes import Order

if TYPE_CHECKING:
    from tui.screens.form import FormScreen

ACT_BINDINGS = [
    *(Binding(letter, f"act('{act}')", f"key.{act}") for act, letter in ACT_KEYS.items()),
    Binding("f3", f"act('{Act.DISPATCH}')", "key.dispatch"),
]


class OrderActs(Placed[None]):
    """For screens on which one order is meant; `order_id` says which, or None."""

    @property
    def order_id(self) -> str | None:
        raise NotImplementedError

    def action_act(self, act: str) -> None:
        if (order_id := self.order_id) is None:
            self.say(self.words("board.no_order"))
        else:
            self._begin(order_id, Act(act))

    def open_order(self, order_id: str) -> None:
        """Show the order's timeline."""
        self._open(order_id)

    def done(self, order: Order | None) -> None:
        """After a form: say what the node committed, and fetch everything again."""
        if order is not None:
            self.console_app.renew()
            self.console_app.did(order)
            self.say(done_words(self.words, order))

    def decided(self, act: Act, order: Order | None) -> None:
        """After an approver's decision."""
        if order is not None:
            self.console_app.renew()
            self.say(self.words(f"decided.{act}", tail=order["tail"]))

    def _decision(self, order: Order, act: Act) -> FormScreen[Order]:
        """The form of a decision: it covers the application as it is shown, word for word."""
        from tui.rows.decision import decision_lines
        from tui.rows.orders import party
        from tui.screens.form import FormScreen

        async def send(values: dict[str, object]) -> Order:
            fields = {name: str(value) for name, value in values.items()}
            return await self.api.act(order["id"], act, fields | {"content": order["content"]})

        words = self.words
        about = words("decision.about", party=party(words, order), reason=order["reason"])
        title = words("decision.title", act=words(f"act.{act}"), tail=order["tail"])
        return FormScreen(title, decision_lines(words, order, act), send, draft=f"{act}/{order['id']}", about=about)

    @work(exclusive=True, group="order")
    async def _open(self, order_id: str) -> None:
        from tui.screens.order import OrderScreen

        try:
            order = await self.api.order(order_id)
        except ApiError as error:
            self.trouble(error)
        else:
            self.app.push_screen(OrderScreen(order))

    @work(exclusive=True, group="order")
    async def _begin(self, order_id: str, act: Act) -> None:
        try:
            order = await self.api.order(order_id)
            if act not in order["moves"]:
                self.say(not_now(self.words, order, act), paint="serious")
                return
            if act is Act.DISPATCH:
                from tui.screens.dispatch import DispatchScreen

                offers = await self.api.offers(order_id)
                self.app.push_screen(DispatchScreen(order, offers), self.done)
            elif act in PIN_EACH_TIME:
                self.app.push_screen(self._decision(order, act), lambda after: self.decided(act, after))
            else:
                from tui.screens.act_form import ActForm

                self.app.push_screen(ActForm(order, act), self.done)
        except ApiError as error:
            self.trouble(error)
