"""The health page: lines, terminals, frames, room on the disk in days, the clock and what it is proved by."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.node_shapes import Status
from tui.rows.status import INDENT, headed, status_parts
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.widgets.lines import Spans


class HealthScreen(Page):
    """A text to scroll through; counters move as fast as terminals report, so it is fetched anew on request too."""

    TITLE = "room.health"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("r,f11", "renew", "key.renew")]
    FOOTER = (Foot("r", "key.renew", "screen.renew"), BACK, HELP)

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None

    def action_renew(self) -> None:
        """Ask the node again."""
        self.fetch()

    async def ask(self) -> None:
        self._status = await self.api.status()

    def page(self, width: int) -> list[Spans]:
        if self._status is None:
            return []
        return headed(self.words, "status.part", status_parts(self.words, self._status, self.now_ms, width - INDENT))
