"""Supplements (Art. 12): every trip without an order, by the time that is left, and an emergency departure in two keys.

The sentence on top says what the time rests on, so that nobody at a broken link hurries in vain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.rules import supplement
from fleet.rules.vehicle import Tag
from fleet.words import Words
from tui.cells import wrap
from tui.rows.case_form import SUPPLEMENT, Deed
from tui.screens.cases import CaseActs, CasesScreen
from tui.screens.frame import BACK, HELP, Foot
from tui.shapes import Facts, VehicleRow
from tui.widgets.lines import Lines, Spans

NOTICE = Deed(SUPPLEMENT, supplement.Act.NOTICE)


READY = (Tag.FREE, Tag.DUTY, Tag.SILENT, Tag.BLIND)
"""How a vehicle stands that may leave at once, the likeliest first."""


class SupplementsScreen(CasesScreen):
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
        yield Lines[str](self._rests_on, lambda text: text, tall=True, pointer=False, id="rests-on")
        yield from super().body()

    def on_mount(self) -> None:
        said = self.query_one("#rests-on", Lines)
        said.can_focus = False
        said.add_class("panel")
        said.show([self.words("supplement.rests_on")])

    def action_emergency(self) -> None:
        """Give notice of a departure that cannot wait."""
        self.begin(NOTICE, given=emergency(self.words, self.vehicles, ""))

    def _rests_on(self, text: str, width: int) -> list[Spans]:
        return [[(line, "notice")] for line in wrap(text, width)]


class Emergencies(CaseActs):
    """For screens from which one gives notice of an emergency departure."""

    def action_emergency(self) -> None:
        """Give notice: what is selected says which vehicle, all else can follow with the supplement."""
        self.begin(NOTICE, given=emergency(self.words, self.vehicles, self.selected_plate))

    @property
    def selected_plate(self) -> str:
        """The vehicle the notice is about; "" if none is selected."""
        return ""


def emergency(words: Words, rows: Sequence[VehicleRow], plate: str) -> Facts:
    """What the notice says unless changed: the vehicle meant, else the first that is free, and its usual driver."""
    chosen = next((row for row in rows if row["plate"] == plate), None)
    able = [row for row in rows if row["tag"] in READY and row["driver"] and not row["order"]]
    row = chosen or min(able, key=lambda row: READY.index(row["tag"]), default=None)
    return {
        "what": words("emergency.what"),
        "rider": words("emergency.rider"),
        "plate": row["plate"] if row else "",
        "driver": (row["driver"] or "") if row else "",
    }
