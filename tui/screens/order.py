"""An order opened: what was applied for, and its whole signed timeline, acts that were refused included.

Each entry says when, what, who in which role, what the act carries, and whether central holds it. The acts that are
possible now stand in the footer, each with a letter and, for a Chinese input method, a digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.cells import fit
from tui.rows.order_acts import ACT_KEYS
from tui.rows.orders import about_lines
from tui.rows.timeline import entry_lines
from tui.screens.frame import BACK, HELP, Fetching, Foot
from tui.screens.order_acts import ACT_BINDINGS, OrderActs
from tui.screens.order_more import MORE_KEYS, OrderMore, links
from tui.shapes import Entry, Order
from tui.widgets.lines import Lines, Spans


class OrderScreen(OrderActs, OrderMore, Fetching[None]):
    """Fetched again whenever orders change; Esc goes back to where it was opened from."""

    TOPICS = frozenset({"orders"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACT_BINDINGS,
        *(Binding(str(number), f"act('{act}')", f"key.{act}") for number, act in enumerate(ACT_KEYS, 1)),
        Binding("i,f11", "signatures", "key.signatures"),
    ]

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._order = order
        self._signed = False
        self._early_for: list[str] = []

    def body(self) -> ComposeResult:
        yield Lines[str](self._about, lambda part: part, tall=True, pointer=False, classes="panel", id="about")
        yield Lines[Entry](self._entry, lambda entry: entry["record"], tall=True, classes="panel", id="timeline")

    def on_mount(self) -> None:
        self.query_one("#about").can_focus = False
        self.show_facts()
        self.fetch()
        self.query_one("#timeline").focus()

    @property
    def order_id(self) -> str:
        return self._order["id"]

    @property
    def opened_order(self) -> Order:
        return self._order

    def footer(self) -> Iterable[Foot]:
        for digit, (act, letter) in enumerate(ACT_KEYS.items(), 1):
            if act in self._order["moves"]:
                yield Foot(f"{digit} {letter}", f"key.{act}", f"screen.act('{act}')")
        for name in self.more:
            yield Foot(MORE_KEYS[name], f"key.{name}", f"screen.more('{name}')")
        yield from (Foot("i", "key.signatures", "screen.signatures"), BACK, HELP)

    def action_signatures(self) -> None:
        """Show or hide the hash and the grade of time of each record."""
        self._signed = not self._signed
        self.show_facts()

    async def ask(self) -> None:
        self._order = await self.api.order(self._order["id"])
        self._early_for = links((await self.api.get("/cases/confirmation", order=self._order["id"]))["rows"])

    def show_facts(self) -> None:
        order, words = self._order, self.words
        about, timeline = self.query_one("#about", Lines), self.query_one("#timeline", Lines)
        state = words(f"state.{order['state']}")
        about.set_title(words("order.title", tail=order["tail"], state=state, id=order["id"]))
        about.show(["about"])
        timeline.set_title(words("order.timeline", n=len(order["timeline"])))
        timeline.show(order["timeline"], empty=words("order.timeline.empty"))
        self.renew_footer()

    def _about(self, part: str, width: int) -> list[Spans]:
        lines = about_lines(self.words, self._order, self.now_ms, width)
        if self._early_for:
            said = self.words("early.linked", orders=self.words("list.comma").join(self._early_for))
            lines[-1] = [(fit(said, width), "serious")]
        return lines

    def _entry(self, entry: Entry, width: int) -> list[Spans]:
        people, now_ms = self.console_app.people, self.now_ms
        return entry_lines(self.words, entry, people, now_ms, width, signed=self._signed)
