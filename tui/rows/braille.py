"""Points drawn in braille: two by four dots a cell, each sign one cell wide in every terminal (EAW neutral). Pure.

bit   0 3
      1 4          U+2800 plus the bits of the dots set (Unicode, Braille Patterns)
      2 5
      6 7
"""

from __future__ import annotations

from collections.abc import Iterable

BASE = 0x2800
DOTS_ACROSS, DOTS_DOWN = 2, 4
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
DOTS_MAX = 4_096
"""Dots one step of a line may take; a line longer than any screen is cut."""

Dot = tuple[int, int]


class Canvas:
    """A field of `width` by `height` cells. Dots count from the upper left; what lies outside is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[0] * width for _ in range(height)]

    @property
    def dots(self) -> Dot:
        """How many dots there are across and down."""
        return self.width * DOTS_ACROSS, self.height * DOTS_DOWN

    def set(self, x: int, y: int) -> None:
        """Put a dot."""
        across, down = self.dots
        if 0 <= x < across and 0 <= y < down:
            self._cells[y // DOTS_DOWN][x // DOTS_ACROSS] |= BITS[y % DOTS_DOWN][x % DOTS_ACROSS]

    def line(self, start: Dot, end: Dot) -> None:
        """Put the dots between two, both included."""
        (x, y), (to_x, to_y) = start, end
        steps = min(max(abs(to_x - x), abs(to_y - y), 1), DOTS_MAX)
        for step in range(steps + 1):
            self.set(x + round((to_x - x) * step / steps), y + round((to_y - y) * step / steps))

    def path(self, dots: Iterable[Dot]) -> None:
        """Put a line through all of them."""
        before: Dot | None = None
        for dot in dots:
            self.line(before or dot, dot)
            before = dot

    def rows(self) -> list[str]:
        """The field as text, a space where nothing is."""
        return ["".join(chr(BASE + bits) if bits else " " for bits in row) for row in self._cells]
