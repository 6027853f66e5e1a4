"""Records of the regulation besides orders, as lists. One screen serves every kind.

A list shows those with a deadline first, the nearest leading; `n` opens a new one, Enter an old one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.rows.case_form import NOT_HERE, Deed, openings
from tui.rows.cases import case_line
from tui.rows.fields import Option
from tui.screens.case_acts import CaseActs
from tui.screens.choose import ChooseDialog
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import Case, CaseRow, Facts
from tui.widgets.lines import Lines, Spans


class CasesScreen(CaseActs, Page):
    """A list of one or several kinds."""

    TOPICS = frozenset({"cases", "orders"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,f2", "new", "key.new"),
        Binding("o,f11", "ended", "key.ended"),
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = (
        Foot("n", "key.new", "screen.new"),
        Foot("Enter", "key.open", "screen.open"),
        Foot("o", "key.ended", "screen.ended"),
        BACK,
        HELP,
    )

    def __init__(self, kinds: Sequence[str], title: str, *, plate: str = "") -> None:
        """`title` is the catalogue's key for what the list is called; `plate` narrows it to one vehicle."""
        super().__init__()
        self._kinds, self._title, self._plate = kinds, title, plate
        self._open_only = True
        self._openings: list[Deed] | None = None
        self._rows: list[CaseRow] = []
        self._total = 0

    def body(self) -> ComposeResult:
        yield Lines[CaseRow](self._case, lambda case: (case["kind"], case["id"]), classes="panel", id="page")

    @property
    def title_words(self) -> str:
        return f"{self._plate} {self.words(self._title)}".strip()

    def action_new(self) -> None:
        if self._openings is None:
            return  # what is whose to do is not known yet
        deeds = self._openings or [deed for kind in self._kinds for deed in openings(kind)]
        if not deeds:
            self.say(self.words("case.may_not_open"), paint="serious")
        elif len(deeds) == 1:
            self._chosen(deeds[0].key)
        else:
            options = [Option(deed.key, self.words(f"act.{deed.key}")) for deed in deeds]
            self.app.push_screen(ChooseDialog(self.words("case.which"), options), self._chosen)

    def action_ended(self) -> None:
        """Show those that have ended as well, or no longer."""
        self._open_only = not self._open_only
        self.fetch()

    def show_case(self, case: Case) -> None:
        self.fetch()

    @on(Lines.Opened, "#page")
    def opened(self, event: Lines.Opened) -> None:
        row: CaseRow = event.item  # type: ignore[assignment]
        self.open_case(row["kind"], row["id"])

    def _chosen(self, key: str | None) -> None:
        """Who is signed in opens it if that is his to do, else somebody whose it is, with a PIN of his own."""
        if key is not None:
            deed = Deed(*key.split(".", 1))
            begin = self.begin if deed in (self._openings or ()) else self.begin_for_other
            begin(deed, given=self._given())

    def _given(self) -> Facts:
        return {"plate": self._plate} if self._plate else {}

    async def ask(self) -> None:
        query = {"open": "true"} if self._open_only else {}
        query |= {"plate": self._plate} if self._plate else {}
        answers = await asyncio.gather(*(self.api.get(f"/cases/{kind}", **query, limit="200") for kind in self._kinds))
        self._total = sum(answer["total"] for answer in answers)
        self._rows = [row for answer in answers for row in answer["rows"]]
        self._rows.sort(
            key=lambda row: (row["deadline_ms"] is None or not row["open"], row["deadline_ms"] or 0, -row["since_ms"])
        )
        self._openings = [
            Deed(kind, act)
            for kind, answer in zip(self._kinds, answers, strict=True)
            for act in answer["openings"]
            if f"{kind}.{act}" not in NOT_HERE
        ]

    def show_facts(self) -> None:
        self.panel.set_title(f"{self.title_words} ({self._total})")
        self.panel.show(self._rows, empty=self.words("cases.none_open" if self._open_only else "cases.none"))

    def _case(self, case: CaseRow, width: int) -> list[Spans]:
        return [case_line(self.words, case, self.console_app.people, self.now_ms, width)]
