"""Vehicles: the list with what stands of each, and one vehicle's card.

From the card each of its records is a key away: defects and terminal faults, the key's custody, the batch that seals
it, its track on the map, and what the register says of it.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.rows.case_form import Deed
from tui.rows.status import INDENT, headed
from tui.rows.vehicle_card import card_parts
from tui.rows.vehicles import vehicle_line
from tui.screens.cases import CasesScreen
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.screens.register import Registers
from tui.shapes import Card, Case, VehicleRow
from tui.widgets.lines import Lines, Spans

TICKETS = ("defect", "fault")


class VehiclesScreen(Registers, Page):
    """Every vehicle, a line each; they are the board's."""

    TITLE = "room.vehicles"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s,f4", "sealing", "key.sealing"),
        Binding("d,f3", "defects", "key.defects"),
        Binding("n,f2", "register", "key.new_vehicle"),
    ]
    FOOTER = (
        Foot("Enter", "key.open", "screen.open"),
        Foot("d", "key.defects", "screen.defects"),
        Foot("s", "key.sealing", "screen.sealing"),
        Foot("n", "key.new_vehicle", "screen.register"),
        BACK,
        HELP,
    )

    def body(self) -> ComposeResult:
        yield Lines[VehicleRow](self._vehicle, lambda row: row["plate"], classes="panel", id="page")

    def show_facts(self) -> None:
        board = self.console_app.board
        rows = board["vehicles"]["rows"] if board else []
        self.panel.set_title(f"{self.title_words} ({len(rows)})")
        self.panel.show(rows, empty=self.words("vehicles.none"))

    def action_register(self) -> None:
        """Put another on the register."""
        self.change_entry()

    def action_sealing(self) -> None:
        """Every batch."""
        self.app.push_screen(CasesScreen(("sealing",), "room.sealing"))

    def action_defects(self) -> None:
        """Every open defect and fault."""
        self.app.push_screen(CasesScreen(TICKETS, "room.defects"))

    @on(Lines.Opened, "#page")
    def opened(self, event: Lines.Opened) -> None:
        row: VehicleRow = event.item  # type: ignore[assignment]
        self.app.push_screen(VehicleScreen(row["plate"]))

    def _vehicle(self, row: VehicleRow, width: int) -> list[Spans]:
        return [vehicle_line(self.words, row, self.now_ms, width)]


class VehicleScreen(Registers, Page):
    """One vehicle's card."""

    TOPICS = frozenset({"cases", "orders", "vehicles"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,f3", "tickets", "key.defects"),
        Binding("n,f2", "report", "key.report_defect"),
        Binding("t", "fault", "key.report_fault"),
        Binding("c,f4", "hand", "key.hand_key"),
        Binding("u", "custody", "key.custody"),
        Binding("s", "sealing", "key.sealing"),
        Binding("r,f11", "register", "key.change_entry"),
        Binding("m,f9", "map", "room.map"),
    ]
    FOOTER = (
        Foot("n", "key.report_defect", "screen.report"),
        Foot("d", "key.defects", "screen.tickets"),
        Foot("c", "key.hand_key", "screen.hand"),
        Foot("s", "key.sealing", "screen.sealing"),
        Foot("r", "key.change_entry", "screen.register"),
        Foot("m", "room.map", "screen.map"),
        BACK,
        HELP,
    )

    def __init__(self, plate: str) -> None:
        super().__init__()
        self._plate = plate
        self._card: Card | None = None

    @property
    def title_words(self) -> str:
        return self._plate

    def show_case(self, case: Case) -> None:
        self.fetch()

    def action_report(self) -> None:
        """Report a defect of it."""
        self.begin(Deed("defect", "report"), given={"plate": self._plate})

    def action_fault(self) -> None:
        """Note a fault of its terminal."""
        self.begin(Deed("fault", "notice"), given={"plate": self._plate})

    def action_hand(self) -> None:
        """Hand its key to somebody."""
        card = self._card
        giver = card["key_with"] if card and card["key_with"] else ""
        self.begin(Deed("key", "hand"), given={"plate": self._plate, "from": giver})

    def action_tickets(self) -> None:
        """Its defects and faults."""
        self.app.push_screen(CasesScreen(TICKETS, "room.defects", plate=self._plate))

    def action_custody(self) -> None:
        """Whom its key went to."""
        self.app.push_screen(CasesScreen(("key",), "room.custody", plate=self._plate))

    def action_sealing(self) -> None:
        """The batches that seal vehicles."""
        self.app.push_screen(CasesScreen(("sealing",), "room.sealing"))

    def action_register(self) -> None:
        """Change what the register says of it; it leaves by its stage."""
        if self._card is not None:
            self.change_entry(self._plate, self._card["fields"])

    def action_map(self) -> None:
        """Its track."""
        from tui.screens.map import MapScreen

        self.app.push_screen(MapScreen(self._plate))

    async def ask(self) -> None:
        self._card = await self.api.get(f"/vehicles/{self._plate}")

    def page(self, width: int) -> list[Spans]:
        if self._card is None:
            return []
        row = next((one for one in self.vehicles if one["plate"] == self._plate), None)
        parts = card_parts(self.words, self._card, row, self.console_app.people, self.now_ms, width - INDENT)
        return headed(self.words, "card.part", parts)
