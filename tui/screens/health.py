"""The health page: lines, terminals, frames, room on the disk in days, the clock and what it is proved by."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.api import ApiError
from tui.rows.status import status_parts
from tui.screens.frame import BACK, HELP, FactsChanged, Foot, Frame
from tui.shapes import Status
from tui.widgets.lines import Lines, Spans

PARTS = ("lines", "terminals", "frames", "disk", "node")


class HealthScreen(Frame[None]):
    """A text to scroll through; counters move as fast as terminals report, so it is fetched anew on request too."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r,f11", "renew", "key.renew")]
    FOOTER = (Foot("r", "key.renew", "screen.renew"), BACK, HELP)

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None

    def body(self) -> ComposeResult:
        yield Lines[str](self._part, lambda name: name, tall=True, pointer=False, id="status")

    def on_mount(self) -> None:
        status = self.query_one("#status", Lines)
        status.add_class("panel")
        status.set_title(self.words("room.health"))
        status.focus()
        self._fetch()

    @on(FactsChanged)
    def action_renew(self) -> None:
        """Ask the node again."""
        self._fetch()

    @work(exclusive=True, group="status")
    async def _fetch(self) -> None:
        try:
            self._status = await self.api.status()
        except ApiError as error:
            self.trouble(error)
        else:
            if self.here:
                self.query_one("#status", Lines).show(list(PARTS))

    def _part(self, name: str, width: int) -> list[Spans]:
        if self._status is None:
            return []
        parts = status_parts(self.words, self._status, self.now_ms, width - 3)
        part = next(part for part in parts if part.name == name)
        return [[(self.words(f"status.part.{name}"), "notice")], *([("  ", ""), *line] for line in part.lines)]
