"""The sync page: what central holds, what waits, the link, and the lines and terminals the node listens to.

`t` asks for a try at once and says what came of the asking; the outcome itself shows here as soon as the node knows it.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.api import ApiError
from tui.rows.status import Part, status_parts
from tui.screens.frame import BACK, HELP, FactsChanged, Foot, Frame
from tui.shapes import Status
from tui.widgets.lines import Lines, Spans


class SyncScreen(Frame[None]):
    """A text to scroll through, fetched again whenever the node says that something changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,f2", "try_now", "key.try_now"),
        Binding("y,f10", "back", "key.back"),
    ]

    FOOTER = (Foot("t", "key.try_now", "screen.try_now"), BACK, HELP)

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None

    def body(self) -> ComposeResult:
        yield Lines[str](self._part, lambda name: name, tall=True, pointer=False, id="status")

    def on_mount(self) -> None:
        status = self.query_one("#status", Lines)
        status.add_class("panel")
        status.set_title(self.words("status.title"))
        status.focus()
        self._fetch()

    @on(FactsChanged)
    def facts_changed(self) -> None:
        self._fetch()

    def action_try_now(self) -> None:
        self.say(self.words("status.trying"))
        self._try_now()

    @work(exclusive=True, group="try")
    async def _try_now(self) -> None:
        try:
            await self.api.try_sync()
        except ApiError as error:
            self.trouble(error)
        else:
            self.say(self.words("status.asked"))
            self._fetch()

    @work(exclusive=True, group="status")
    async def _fetch(self) -> None:
        try:
            self._status = await self.api.status()
        except ApiError as error:
            self.trouble(error)
        else:
            if self.here:
                self._show()

    def _show(self) -> None:
        self.query_one("#status", Lines).show(["records", "link", "lines", "terminals", "frames", "node"])

    def _part(self, name: str, width: int) -> list[Spans]:
        if self._status is None:
            return []
        board = self.console_app.board
        parts = status_parts(self.words, self._status, board["sync"] if board else None, self.now_ms, width - 3)
        part: Part = next(part for part in parts if part.name == name)
        return [[(self.words(f"status.part.{name}"), "notice")], *([("  ", ""), *line] for line in part.lines)]
