"""The shift: who comes reads the last note first, who leaves writes the next, and both sign it.

The note's lists are filled from what the node knows at that moment; the words beside them are for the person to write.
Signing out leads here.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from fleet.rules import handover
from tui.api import ApiError
from tui.rows.case_form import Deed
from tui.rows.cases import about_lines
from tui.rows.fields import Field
from tui.rows.shift import DUE_KINDS, holders, latest, lists
from tui.screens.case_acts import CaseActs
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import Board, Case, CaseRow
from tui.widgets.lines import Spans

KIND = handover.KIND.name
HIDDEN = frozenset({"record"})


class ShiftScreen(CaseActs, Page):
    """The last note, and the way to the next."""

    TITLE = "room.shift"
    TOPICS = frozenset({"cases"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,f2", "write", "key.write_note"),
        Binding("t,f3", "take", "key.take_over"),
        Binding("q,f12", "app.leave", "key.quit"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._note: CaseRow | None = None

    def footer(self) -> Any:
        yield Foot("n", "key.write_note", "screen.write")
        if self._note is not None and self._note["open"]:
            yield Foot("t", "key.take_over", "screen.take")
        yield from (Foot("q", "key.quit", "app.leave"), BACK, HELP)

    def show_case(self, case: Case) -> None:
        self.fetch()

    def action_take(self) -> None:
        """Sign that the last note was read."""
        if self._note is not None and self._note["open"]:
            self._open_take(self._note["id"])
        else:
            self.say(self.words("handover.none_open"), paint="serious")

    def action_write(self) -> None:
        """Write the note of the shift that ends."""
        self._write()

    @work(exclusive=True, group="case")
    async def _open_take(self, case_id: str) -> None:
        try:
            case: Case = await self.api.get(f"/cases/{KIND}/{case_id}")
        except ApiError as error:
            self.trouble(error)
        else:
            self.begin(Deed(KIND, handover.Act.TAKE), case)

    @work(exclusive=True, group="case")
    async def _write(self) -> None:
        try:
            board: Board
            board, keys, *due = await asyncio.gather(
                self.api.board(),
                self.api.get("/cases/key", limit="200"),
                *(self.api.get(f"/cases/{kind}", open="true", limit="200") for kind in DUE_KINDS),
            )
        except ApiError as error:
            self.trouble(error)
            return
        people, now_ms, words = self.console_app.people, self.now_ms, self.words
        rows = [row for answer in due for row in answer["rows"]]
        found = lists(words, board, rows, holders(keys["rows"], people), self.console_app.kept.seen, now_ms)
        mine = self._note if self._note and self._note["open"] and self._mine(self._note) else None

        async def send(values: dict[str, object]) -> Case:
            path = f"/cases/{KIND}/{mine['id']}/acts/write" if mine else f"/cases/{KIND}"
            typed = {name: value for name, value in values.items() if value is not None}
            body = {**typed, **found} | ({} if mine else {"act": "write"})
            made: Case = await self.api.post(path, body)
            return made

        counts = {name: len(found.get(name, ())) for name in handover.LISTS}
        before = mine["data"] if mine else {}
        fields = [
            Field(
                name="note", words=words("handover.note"), most=handover.NOTE_LENGTH_MAX,
                given=str(before.get("note", "")),
            ),
            Field(
                name="celsius", words=words("handover.celsius"), kind="whole", required=False,
                least=handover.CELSIUS_LEAST, most=handover.CELSIUS_MOST, given=str(before.get("celsius", "")),
            ),
        ]  # fmt: skip
        title, about = words("handover.title"), words("handover.about", **counts)
        self.app.push_screen(FormScreen(title, fields, send, draft="handover", about=about), self.committed)

    async def ask(self) -> None:
        self._note = latest((await self.api.get(f"/cases/{KIND}", limit="50"))["rows"])

    def show_facts(self) -> None:
        self.panel.show(["page"] if self._note else [], empty=self.words("handover.none"))
        self.renew_footer()

    def _mine(self, note: CaseRow) -> bool:
        person = self.console_app.person
        return person is not None and note["data"].get("written_by") == person["id"]

    def page(self, width: int) -> list[Spans]:
        note = self._note
        if note is None:
            return []
        words, people = self.words, self.console_app.people
        state = words(f"case_state.{KIND}.{note['state']}")
        head: list[Spans] = [[(state, "serious" if note["open"] else "good")]]
        return head + about_lines(words, note, people, self.now_ms, width, but=HIDDEN)
