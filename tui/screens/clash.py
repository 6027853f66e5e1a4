"""One vehicle or driver wanted by two orders: both side by side, and three ways out (Art. 9, 13).

    1 keep          the other order keeps it; nothing is written, or both are confirmed as they stand
    2 move          the order that gives way goes onto the first vehicle it is offered otherwise
    3 take anyway   the order that gives way goes back to waiting, with a reason that stays on record

Before a dispatch the order in hand takes and the other gives way; of a vehicle promised twice the rules say who yields.
A departed vehicle is never taken. Each step is an act of its own, and what the node refuses is told and not undone: an
order called back waits for a vehicle, which is what the board then says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from fleet.rules.order import ON_THE_ROAD, Act
from fleet.rules.preemption import SUDDEN
from tui.api import Api
from tui.rows.fields import Field, Option
from tui.rows.orders import about_lines
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, Foot, Frame
from tui.shapes import Order
from tui.widgets.lines import Lines, Spans
from tui.widgets.told import Told

REASONS = ("more_urgent", "replan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """`taker` wants or keeps `subject`, `giver` would have to give way. `offer` is what the taker is to be dispatched
    with, None where both hold it already; then `about` names the item of work."""

    taker: Order
    giver: Order
    subject: str
    offer: dict[str, str] | None = None
    about: str = ""


class ClashScreen(Frame[Order]):
    """Ends with the order that took, or moved, as the node committed it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "keep", "clash.keep"),
        Binding("2", "move", "clash.move"),
        Binding("3", "take", "clash.take"),
    ]

    def __init__(self, clash: Clash) -> None:
        super().__init__()
        self._clash = clash
        self._busy = False

    def body(self) -> ComposeResult:
        with Horizontal(id="choice"):
            yield Lines[Order](self._order, lambda order: order["id"], tall=True, pointer=False, id="offers")
            yield Lines[Order](self._order, lambda order: order["id"], tall=True, pointer=False, id="unfit")
        yield Told()

    def on_mount(self) -> None:
        clash, words = self._clash, self.words
        for name, order, title in (("offers", clash.taker, "clash.taker"), ("unfit", clash.giver, "clash.giver")):
            panel = self.query_one(f"#{name}", Lines)
            panel.add_class("panel")
            state = words(f"state.{order['state']}")
            panel.set_title(words(title, tail=order["tail"], state=state))
            panel.show([order])
        self.tell([words("clash.said", subject=clash.subject)])

    def footer(self) -> Iterable[Foot]:
        yield Foot("1", "clash.keep", "screen.keep")
        if not self._gone:
            yield Foot("2", "clash.move", "screen.move")
            yield Foot("3", "clash.take", "screen.take")
        yield from (BACK, HELP)

    @property
    def _gone(self) -> bool:
        return self._clash.giver["state"] in ON_THE_ROAD

    def action_keep(self) -> None:
        if self._clash.offer is None:
            self._ask(self._confirm, "clash.keep")
        else:
            self.leave()

    def action_move(self) -> None:
        if not self._refuse_gone():
            self._ask(self._move, "clash.move")

    def action_take(self) -> None:
        if not self._refuse_gone():
            self._ask(self._take, "clash.take")

    def tell(self, lines: list[str]) -> None:
        """Sentences below the two orders."""
        self.query_one(Told).tell(lines)

    def _refuse_gone(self) -> bool:
        if self._gone:
            self.tell([self.words("clash.gone", tail=self._clash.giver["tail"])])
        return self._gone

    def _ask(self, send: object, title: str) -> None:
        reasons = tuple(Option(words, words) for words in (self.words(f"choice.recall.{one}") for one in REASONS))
        field = Field(name="reason", words=self.words("field.reason"), options=reasons, free=True, most=200)
        self.app.push_screen(FormScreen(self.words(title), [field], send), self._done)  # type: ignore[arg-type]

    def _done(self, order: Order | None) -> None:
        if order is not None:
            self.leave(order)

    async def _confirm(self, values: dict[str, object]) -> Order:
        clash = self._clash
        await self.api.post(
            "/cases/confirmation", {"act": "confirm", "order": clash.giver["id"], "about": clash.about} | values
        )
        return await self.api.order(clash.giver["id"])

    async def _move(self, values: dict[str, object]) -> Order:
        clash, reason = self._clash, str(values["reason"])
        await self.api.act(clash.giver["id"], Act.RECALL, {"reason": reason})
        taken = await self._dispatch_taker(reason)
        offers = (await self.api.offers(clash.giver["id"]))["offers"]
        if not offers:
            return taken or await self.api.order(clash.giver["id"])
        first = {"vehicle": offers[0]["vehicle"], "driver": offers[0]["driver"]}
        moved = await self.api.act(clash.giver["id"], Act.DISPATCH, first)
        return taken or moved

    async def _take(self, values: dict[str, object]) -> Order:
        clash, reason = self._clash, str(values["reason"])
        if clash.offer is not None and clash.taker["urgency"] == SUDDEN and clash.giver["urgency"] > SUDDEN:
            taking = clash.offer | {"preempts": clash.giver["id"], "why": reason}
            return await self.api.act(clash.taker["id"], Act.DISPATCH, taking)
        called_back = await self.api.act(clash.giver["id"], Act.RECALL, {"reason": reason})
        return await self._dispatch_taker(reason) or called_back

    async def _dispatch_taker(self, reason: str) -> Order | None:
        if self._clash.offer is None:
            return None
        return await self.api.act(self._clash.taker["id"], Act.DISPATCH, self._clash.offer | {"why": reason})

    def _order(self, order: Order, width: int) -> list[Spans]:
        return about_lines(self.words, order, self.now_ms, width, whole=True)


async def promised(api: Api, order: Order) -> Clash | None:
    """The clash an order is part of, if its vehicle or driver is promised twice."""
    for found in await api.get("/clashes"):
        if order["id"] in {found["keeps"], found["yields"]}:
            keeps, yields = await api.order(found["keeps"]), await api.order(found["yields"])
            about = f"clash/{found['keeps']}/{found['yields']}"
            return Clash(taker=keeps, giver=yields, subject=found["subject"], about=about)
    return None
