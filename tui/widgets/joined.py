"""Frames that meet: where line borders are drawn, an upper corner that touches the frame above is a joint.

    +---------+        ┌─────────┐
    | header  |        │ header  │
    +- title -+        ├─ title ─┤      A panel has an upper border and sides; what comes below it closes it.
    | lines   |        │ lines   │

Line borders are drawn only at terminals that have shown to take one cell for their signs, and not over thin lines,
where they cost three bytes a cell (`styles.tcss`). Boxes that stand alone have round corners and join nothing.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

BELOW = str.maketrans("┌┐", "├┤")
BESIDE = str.maketrans("┌┐", "┬┤")
"""A panel that stands to the right of another begins where the other's upper border is open."""


class Joined(Widget):
    """A widget of whose frame the upper corners join what is above and beside it."""

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        if crop.y == 0 and self.region.y > 0 and self.styles.border_top[0] == "solid":
            joints = BESIDE if self.region.x > 0 else BELOW
            first = strips[0]
            strips[0] = Strip(
                [Segment(text.translate(joints), style, control) for text, style, control in first], first.cell_length
            )
        return strips
