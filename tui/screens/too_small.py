"""Said instead of a broken picture when the terminal is smaller than the console's smallest. Work below is kept."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.cells import wrap
from tui.screens.frame import Placed

WIDTH_MIN, HEIGHT_MIN = 80, 24
"""Cells and lines; ux rules that nothing is drawn for less."""


class TooSmallScreen(Placed[None]):
    """Says how small it is and what is needed; goes away by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", "key.quit")]

    def on_resize(self, event: events.Resize) -> None:
        self.refresh()

    def render(self) -> Content:
        text = self.words(
            "small.text", width=self.size.width, height=self.size.height, width_min=WIDTH_MIN, height_min=HEIGHT_MIN
        )
        return Content("\n".join(wrap(text, max(2, self.size.width))))
