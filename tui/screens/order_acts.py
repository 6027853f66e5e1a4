"""What a dispatcher may do to the order that is selected or open: the keys, and the way to each act's form.

The console offers the acts of ACT_KEYS and no others; whether one is possible now is the node's word (`moves`), asked
when the key is pressed and never remembered from a list. Deciding on an application is not among them: that takes the
approver's own key, and no form for it exists here (Art. 8).
"""

from __future__ import annotations

from textual import work
from textual.binding import Binding

from fleet.rules.order import Act
from fleet.words import Words
from tui.api import ApiError
from tui.screens.frame import Placed
from tui.shapes import Order

ACT_KEYS = {Act.DISPATCH: "d", Act.RECALL: "r", Act.UNMET: "m", Act.CANCEL: "c", Act.CLOSE: "o"}
"""The acts offered, each with its letter; their order gives them their digits where an order is open."""
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
            self.say(done_words(self.words, order))

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
            else:
                from tui.screens.act_form import ActForm

                self.app.push_screen(ActForm(order, act), self.done)
        except ApiError as error:
            self.trouble(error)


def done_words(words: Words, order: Order) -> str:
    """One line about what the node has just committed."""
    return words(
        f"done.{order['state']}",
        tail=order["tail"],
        plate=order["vehicle"] or "",
        driver=order["driver_name"] or order["driver"] or "",
    )


def not_now(words: Words, order: Order, act: Act) -> str:
    """Why an act is not possible: the state the order is in."""
    return words("act.not_now", tail=order["tail"], state=words(f"state.{order['state']}"), act=words(f"act.{act}"))
