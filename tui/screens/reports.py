"""Reports to file: the month as the node writes it, the ledger of use and the costs as tables.

The file is written on the machine the console runs on, whole or not at all, and the line of news says its whole path.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.rules.settlement import MONTH
from tui import files
from tui.rows.fields import Field, Wrong
from tui.rows.reports import REPORTS, Report, costs_table, month_of, use_table
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import CaseRow, OrderRow
from tui.widgets.lines import Lines, Spans

PAGE_ROWS, PAGES_MAX = 200, 50
"""Rows asked for at once, and how often at most: 10,000 orders or expenses."""


class ReportsScreen(Page):
    """What can be written, and where what was written is."""

    TITLE = "room.reports"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(number), f"write({number - 1})", f"report.{report.name}")
        for number, report in enumerate(REPORTS, 1)
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = (Foot("Enter", "key.write_file", "screen.open"), BACK, HELP)

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, str] = {}

    def body(self) -> ComposeResult:
        yield Lines[Report](self._line, lambda one: one.name, tall=True, classes="panel", id="page")

    def show_facts(self) -> None:
        self.panel.show(REPORTS)

    def action_write(self, index: int) -> None:
        self._ask_where(REPORTS[index])

    @on(Lines.Opened, "#page")
    def opened(self, event: Lines.Opened) -> None:
        one: Report = event.item  # type: ignore[assignment]
        self._ask_where(one)

    def _ask_where(self, report: Report) -> None:
        board = self.console_app.board
        unit, month = board["unit"]["code"] if board else "unit", month_of(self.now_ms)
        name = f"~/ortoo-{unit}-{report.name.partition('_')[0]}-{month}.{report.ending}"
        fields = [
            Field(name="month", words=self.words("report.month"), given=month),
            Field(name="file", words=self.words("report.file"), kind="path", given=name),
        ]

        async def send(values: dict[str, object]) -> str:
            month, path = str(values["month"]), str(values["file"])
            if not MONTH.fullmatch(month):
                raise Wrong("month", field=self.words("report.month"), text=month)
            data = await self._made(report, month)
            try:
                written = str(await asyncio.to_thread(files.write, path, data))
            except OSError:
                raise Wrong("path", field=self.words("report.file"), path=path) from None
            self._written[report.name] = written
            return written

        title, about = self.words(f"report.{report.name}"), self.words(f"report.about.{report.name}")
        self.app.push_screen(FormScreen(title, fields, send, draft=f"report/{report.name}", about=about), self._done)

    def _done(self, path: str | None) -> None:
        if path is not None:
            self.say(self.words("report.written", path=path))
            self.show_facts()

    async def _made(self, report: Report, month: str) -> bytes:
        if report.form:
            return await self.api.get_file(f"/reports/month/{month}", form=report.form)
        if report.name == "costs":
            return costs_table(self.words, month, await self._expenses())
        vehicles = await self.api.get("/vehicles")
        answers = await asyncio.gather(*(self.api.get("/journeys", plate=row["plate"]) for row in vehicles))
        trips = [trip for answer in answers for trip in answer["rows"]]
        return use_table(self.words, month, trips, await self._orders({trip["order"] for trip in trips}))

    async def _expenses(self) -> list[CaseRow]:
        rows: list[CaseRow] = []
        for page in range(PAGES_MAX):
            query = {"offset": str(page * PAGE_ROWS), "limit": str(PAGE_ROWS)}
            answer = await self.api.get("/cases/expense", **query)
            rows += answer["rows"]
            if len(rows) >= answer["total"]:
                break
        return rows

    async def _orders(self, wanted: set[str]) -> dict[str, OrderRow]:
        """The rows of these orders; they are listed newest first."""
        found: dict[str, OrderRow] = {}
        for page in range(PAGES_MAX):
            answer = await self.api.orders(find="", offset=page * PAGE_ROWS, limit=PAGE_ROWS)
            found |= {row["id"]: row for row in answer["rows"] if row["id"] in wanted}
            if len(found) == len(wanted) or (page + 1) * PAGE_ROWS >= answer["total"]:
                break
        return found

    def _line(self, report: Report, width: int) -> list[Spans]:
        number = REPORTS.index(report) + 1
        lines: list[Spans] = [[(f"{number} ", "dim"), (self.words(f"report.{report.name}"), "strong")]]
        if report.name in self._written:
            lines.append([("  ", ""), (self.words("report.written", path=self._written[report.name]), "good")])
        return lines
