"""Supplements (Art. 12): every trip without an order, by the time that is left.

The sentence on top says what the time rests on, so that nobody at a broken link hurries in vain.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.cells import wrap
from tui.rows.case_form import SUPPLEMENT
from tui.screens.cases import CasesScreen
from tui.screens.emergency import Emergencies
from tui.screens.frame import BACK, HELP, Foot
from tui.widgets.lines import Lines, Spans


class SupplementsScreen(Emergencies, CasesScreen):
    """The list of supplements."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e,f5", "emergency", "key.emergency")]
    FOOTER = (
        Foot("n", "key.new", "screen.new"),
        Foot("e", "key.emergency", "screen.emergency"),
        Foot("Enter", "key.open", "screen.open"),
        Foot("o", "key.ended", "screen.ended"),
        BACK,
        HELP,
    )

    def __init__(self) -> None:
        super().__init__((SUPPLEMENT,), "room.supplements")

    def body(self) -> ComposeResult:
        yield Lines[str](self._rests_on, lambda text: text, tall=True, pointer=False, classes="panel", id="rests-on")
        yield from super().body()

    def on_mount(self) -> None:
        said = self.query_one("#rests-on", Lines)
        said.can_focus = False
        said.show([self.words("supplement.rests_on")])

    def _rests_on(self, text: str, width: int) -> list[Spans]:
        return [[(line, "notice")] for line in wrap(text, width)]
