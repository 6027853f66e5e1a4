"""Dispatching: on the left what the node offers, ranked, with reasons; on the right each vehicle that cannot, with one.

Enter takes the selected offer; the first needs no more than that, another asks why, because the choice against the
ranking is kept on record. A sudden event is offered vehicles of others as well, each with the order that would lose it;
Enter on a vehicle that is taken shows both orders side by side; `r` rents one. Offers are fetched again when orders or
vehicles change; the cursor stays on its vehicle.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from fleet.rules.order import Act
from tui import known
from tui.api import ApiError
from tui.cells import wrap
from tui.rows import offers
from tui.rows.order_acts import not_now
from tui.rows.orders import about_lines
from tui.screens import rental
from tui.screens.act_form import ActForm
from tui.screens.clash import Clash, ClashScreen
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, Fetching, Foot
from tui.shapes import Offer, Offers, Order, Unfit
from tui.widgets.lines import Lines, Spans
from tui.widgets.told import Told


class DispatchScreen(Fetching[Order]):
    """Ends with the order as the node committed it, or with None."""

    TOPICS = frozenset({"orders", "vehicles"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "unmet", "key.unmet"),
        Binding("r,f4", "rent", "key.rent"),
        *(Binding(str(number), f"take({number - 1})", "key.offer") for number in range(1, 10)),
    ]

    def __init__(self, order: Order, offers: Offers) -> None:
        super().__init__()
        self._order, self._offers = order, offers
        self._busy = False

    def body(self) -> ComposeResult:
        yield Lines[str](self._about, lambda part: part, tall=True, pointer=False, classes="panel", id="about")
        with Horizontal(id="choice"):
            yield Lines[Offer](self._offer, _key, tall=True, classes="panel", id="offers")
            yield Lines[Unfit](self._unfit, lambda unfit: unfit["vehicle"], tall=True, classes="panel", id="unfit")
        yield Told()

    def on_mount(self) -> None:
        self.query_one("#about").can_focus = False
        self.show_facts()
        self.query_one("#offers").focus()

    def footer(self) -> Iterable[Foot]:
        yield Foot("Enter", "key.take", "screen.take_selected")
        yield Foot("r", "key.rent", "screen.rent")
        if Act.UNMET in self._order["moves"]:
            yield Foot("m", "key.unmet", "screen.unmet")
        yield from (Foot("Tab", "key.refused_list", "app.focus_next"), BACK, HELP)

    @on(Lines.Opened, "#offers")
    def take_selected(self) -> None:
        self.action_take_selected()

    @on(Lines.Opened, "#unfit")
    def opened(self, event: Lines.Opened) -> None:
        """A vehicle another order holds: both orders side by side."""
        unfit: Unfit = event.item  # type: ignore[assignment]
        if other := str(unfit["facts"].get("order", "")):
            self._open_clash(unfit["vehicle"], other)
        else:
            self.say(self.words("dispatch.not_taken", plate=unfit["vehicle"]), paint="serious")

    def action_take_selected(self) -> None:
        offer: Offer | None = self.query_one("#offers", Lines).selected
        if offer is not None:
            self._take(offer)

    def action_take(self, index: int) -> None:
        if index < len(self._all):
            self._take(self._all[index])

    def action_rent(self) -> None:
        if Act.DISPATCH in self._order["moves"]:
            self._rent()
        else:
            self.say(not_now(self.words, self._order, Act.DISPATCH), paint="serious")

    def action_unmet(self) -> None:
        if Act.UNMET in self._order["moves"]:
            self.app.push_screen(ActForm(self._order, Act.UNMET), self._after)
        else:
            self.say(not_now(self.words, self._order, Act.UNMET), paint="serious")

    def _take(self, offer: Offer) -> None:
        if self._busy:
            return
        chosen = {"vehicle": offer["vehicle"], "driver": offer["driver"]}
        if loser := offer.get("order"):
            self.app.push_screen(ActForm(self._order, Act.DISPATCH, chosen | {"preempts": loser}), self._after)
        elif offer["vehicle"] == self._offers["offers"][0]["vehicle"]:
            self._busy = True
            self._dispatch(chosen)
        else:
            self.app.push_screen(ActForm(self._order, Act.DISPATCH, chosen), self._after)

    def _after(self, order: Order | None) -> None:
        if order is not None:
            self.leave(order)

    @work(group="dispatch")
    async def _dispatch(self, chosen: dict[str, str]) -> None:
        try:
            self.leave(await self.api.act(self._order["id"], Act.DISPATCH, chosen))
        except ApiError as error:
            self.query_one(Told).tell(self.console_app.told(error))
        finally:
            self._busy = False

    @work(exclusive=True, group="other")
    async def _rent(self) -> None:
        try:
            options = await known.ask(self.api, self.words)
        except ApiError as error:
            self.trouble(error)
            return
        fields, send = rental.lines(self.words, self._order, options), rental.sending(self.api, self._order)
        title = self.words("rental.title", tail=self._order["tail"])
        about = self.words("rental.about", n=len(self._offers["refused"]))
        draft = f"rental/{self._order['id']}"
        self.app.push_screen(FormScreen(title, fields, send, draft=draft, about=about), self._after)

    @work(exclusive=True, group="other")
    async def _open_clash(self, plate: str, other: str) -> None:
        try:
            giver = await self.api.order(other)
        except ApiError as error:
            self.trouble(error)
            return
        offer = {"vehicle": plate, "driver": giver["driver"] or ""}
        clash = Clash(taker=self._order, giver=giver, subject=plate, offer=offer)
        self.app.push_screen(ClashScreen(clash), self._after)

    @property
    def _all(self) -> list[Offer]:
        """The offers as they are numbered: those that are free, then those of other orders."""
        return [*self._offers["offers"], *self._offers.get("takeable", [])]

    async def ask(self) -> None:
        order_id = self._order["id"]
        self._order, self._offers = await self.api.order(order_id), await self.api.offers(order_id)

    def show_facts(self) -> None:
        order, words, found = self._order, self.words, self._offers
        about = self.query_one("#about", Lines)
        state = words(f"state.{order['state']}")
        about.set_title(words("dispatch.title", tail=order["tail"], state=state))
        about.show(["about"])
        left, right = self.query_one("#offers", Lines), self.query_one("#unfit", Lines)
        free, takeable = len(found["offers"]), len(found.get("takeable", []))
        left.set_title(words("dispatch.offers.takeable" if takeable else "dispatch.offers", n=free, takeable=takeable))
        left.show(self._all, empty=words("dispatch.offers.empty", n=len(found["refused"])))
        right.set_title(words("dispatch.unfit", n=len(found["refused"])))
        right.show(found["refused"], empty=words("dispatch.unfit.empty"))
        self.renew_footer()

    def _about(self, part: str, width: int) -> list[Spans]:
        return about_lines(self.words, self._order, self.now_ms, width)[:3]

    def _offer(self, offer: Offer, width: int) -> list[Spans]:
        number = next((n for n, other in enumerate(self._all, 1) if other is offer), 0)
        reasons = offers.reasons(self.words, offer, self.now_ms)
        head: Spans = [(f"{number} ", ""), (offer["vehicle"], "strong"), (f"  {offer['driver_name']}", "")]
        if loser := offer.get("order"):
            head.append(("  " + self.words("dispatch.takes", order=loser), "serious"))
        cautions = offers.cautions(self.words, offer)
        warned: list[Spans] = (
            [[("  ", ""), (line, "serious")] for line in wrap(cautions, width - 2)] if cautions else []
        )
        return [head, *warned, *([("  ", ""), (line, "dim")] for line in wrap(reasons, width - 2))]

    def _unfit(self, unfit: Unfit, width: int) -> list[Spans]:
        reason = offers.reason_against(self.words, unfit, self.now_ms)
        return [[(unfit["vehicle"], "")], *([("  ", ""), (line, "dim")] for line in wrap(reason, width - 2))]


def _key(offer: Offer) -> object:
    return offer["vehicle"], offer.get("order")
