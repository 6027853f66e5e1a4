"""What else may be done about an open order: a clash, an early return, a new submission, voiding, what is supplemented.

An early return (Art. 16) is the driver's act; what the dispatcher puts on record here is why it is wanted and for which
urgent order, so that a return ahead of time is not held against anyone, and the driver is asked over the terminal.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from fleet.rules import supplement
from fleet.rules.order import ON_THE_ROAD, State
from tui.api import ApiError
from tui.rows.case_form import SUPPLEMENT, Deed
from tui.rows.fields import Field, Option
from tui.screens.case_acts import CaseActs
from tui.screens.clash import ClashScreen, promised
from tui.screens.form import FormScreen
from tui.screens.orders_new import NewOrders
from tui.shapes import Case, Order

URGENT_MAX = 1
"""Orders of this urgency or a graver one may be what an early return is for."""
EARLY = "early_return/"
"""How the confirmation of an early return begins what it is about; the urgent order's number follows."""
MORE_KEYS = {"clash": "x", "early": "t", "again": "u", "void": "w", "correct": "s"}


class OrderMore(CaseActs, NewOrders):
    """For the screen of an order; `opened_order` is it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(letter, f"more('{name}')", f"key.{name}") for name, letter in MORE_KEYS.items()
    ]

    @property
    def opened_order(self) -> Order:
        raise NotImplementedError

    @property
    def more(self) -> list[str]:
        """The names of MORE_KEYS that make sense for the order as it stands."""
        order, state = self.opened_order, self.opened_order["state"]
        holds = {
            "clash": order["conflict"] == "clash",
            "early": state in ON_THE_ROAD,
            "again": state == State.SENT_BACK,
            "void": state in {State.BACK, State.CLOSED},
            "correct": state == State.CLOSED,
        }
        return [name for name, applies in holds.items() if applies]

    def action_more(self, name: str) -> None:
        order = self.opened_order
        if name not in self.more:
            state = self.words(f"state.{order['state']}")
            act = self.words(f"key.{name}")
            self.say(self.words("act.not_now", tail=order["tail"], state=state, act=act), paint="serious")
        elif name == "again":
            self._apply(order)
        elif name == "void":
            self.begin(Deed("void", "propose"), given={"order": order["id"]})
        elif name == "correct":
            given = {"order": order["id"], "cause": supplement.CORRECTION}
            self.begin(Deed(SUPPLEMENT, supplement.Act.REQUEST), given=given)
        else:
            {"clash": self._clash, "early": self._early}[name]()

    @work(exclusive=True, group="more")
    async def _clash(self) -> None:
        try:
            clash = await promised(self.api, self.opened_order)
        except ApiError as error:
            self.trouble(error)
            return
        if clash is None:
            self.say(self.words("clash.none"))
        else:
            self.app.push_screen(ClashScreen(clash), self._settled)

    @work(exclusive=True, group="more")
    async def _early(self) -> None:
        board, order = self.console_app.board, self.opened_order
        rows = board["todo"]["rows"] if board else []
        urgent = tuple(
            Option(row["id"], f"{row['tail']} {row['reason']}")
            for row in rows
            if row["urgency"] <= URGENT_MAX
            and row["state"] in {State.APPROVED, State.UNMET}
            and row["id"] != order["id"]
        )
        if not urgent:
            self.say(self.words("early.no_urgent"), paint="serious")
            return
        fields = [
            Field(name="for", words=self.words("early.for"), kind="choice", options=urgent, given=urgent[0].value),
            Field(name="reason", words=self.words("field.reason"), given=self.words("early.reason")),
        ]
        title = self.words("early.title", tail=order["tail"], plate=order["vehicle"] or "")
        screen = FormScreen(
            title, fields, self._link_early, draft=f"early/{order['id']}", about=self.words("early.about")
        )
        self.app.push_screen(screen, self._linked)

    async def _link_early(self, values: dict[str, object]) -> Case:
        order = self.opened_order
        facts = {"order": order["id"], "about": f"{EARLY}{values['for']}", "reason": values["reason"]}
        made: Case = await self.api.post("/cases/confirmation", facts | {"act": "confirm"})
        if order["vehicle"]:
            self._call(order["vehicle"])
        return made

    @work(group="call")
    async def _call(self, plate: str) -> None:
        """Ask the driver over the terminal; that it cannot be reached changes nothing of what is on record."""
        try:
            await self.api.post(f"/terminals/{plate}/call")
        except ApiError:
            self.say(self.words("early.not_heard", plate=plate), paint="serious")
        else:
            self.say(self.words("early.heard", plate=plate))

    def _linked(self, case: Case | None) -> None:
        if case is not None:
            self.console_app.renew()
            self.say(self.words("early.done", plate=self.opened_order["vehicle"] or ""))

    def _settled(self, order: Order | None) -> None:
        if order is not None:
            self.console_app.renew()
            self.say(self.words("clash.done", tail=order["tail"]))


def links(cases: list[Any]) -> list[str]:
    """The urgent orders that an order's confirmations say it returns early for."""
    abouts = [str(case["data"].get("about", "")) for case in cases]
    return [about.removeprefix(EARLY) for about in abouts if about.startswith(EARLY)]
