"""The fewest bytes that bring a terminal from what it shows to what it should show.

Lines that only moved are scrolled inside their region; of the others only the cells that differ are written, with the
shortest way there and the shortest change of attributes. Nothing is used that the plainest terminals do not have:
cursor movement, SGR, erasing, DECSTBM with line feed and reverse index (ECMA-48; DEC STD 070). The terminal has to take
a line feed as what it is: the driver switches the line discipline's own translation off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tui.thin.screen import BLANK, OFF, ON, PLAIN, SEEN_ON_BLANK, Cell, Screen, Style

ERASE_FROM = 9
"""So many blanks in a row are erased rather than written: the sequence and the way past them take about as much."""
BRIDGE_MAX = 4
"""So many cells that are right already are written again rather than jumped over."""
SCROLL_COST = 24
"""Cells that a scroll must save before it is worth its sequences."""
GAP_MAX = 2
"""Lines that differ inside a region that moved: the line with the cursor, and the one that had it."""

Row = list[Cell]


class Scroll(NamedTuple):
    """Lines `top` to `bottom` moved up by `lines`; down if it is negative."""

    top: int
    bottom: int
    lines: int


def difference(shown: Screen, wanted: Screen, size: int | None = None, first: int = 0) -> str:
    """What to write, the cursor's place included. `shown` is as the terminal is now, and afterwards as it will be.

    With a `size` it ends with the line that makes it so many bytes, and the cursor stays in that line. It begins with
    the line `first`.
    """
    scroll = find_scroll(shown.rows, wanted.rows)
    moved = _moved(shown, scroll) if scroll else ""
    writer = _Writer(shown)
    for y in (*range(first, shown.height), *range(first)):
        if shown.rows[y] != wanted.rows[y]:
            if size is not None and len((moved + writer.text).encode()) >= size:
                break
            writer.write_row(y, wanted.rows[y])
    else:
        writer.go(min(wanted.x, wanted.width - 1), wanted.y)
    text = writer.text
    shown.feed(text)
    return moved + text


def find_scroll(shown: Sequence[Row], wanted: Sequence[Row]) -> Scroll | None:
    """The one movement of whole lines that saves most cells, if any saves more than it costs."""
    before, after = [hash(tuple(row)) for row in shown], [hash(tuple(row)) for row in wanted]
    height = len(after)
    differing = [y for y in range(height) if before[y] != after[y]]
    if len(differing) < 2:
        return None
    best, gain = None, SCROLL_COST
    for lines in (*range(1 - height, 0), *range(1, height)):
        moved = [y for y in differing if 0 <= y + lines < height and after[y] == before[y + lines]]
        for first, last in _clusters(moved):
            scroll = Scroll(min(first, first + lines), max(last, last + lines), lines)
            saved = _saved(scroll, shown, wanted)
            if saved > gain:
                best, gain = scroll, saved
    return best


def _moved(shown: Screen, scroll: Scroll) -> str:
    """Move lines; done to `shown` as well."""
    top, bottom, lines = scroll
    step, edge = ("\n", bottom) if lines > 0 else ("\x1bM", top)
    pen = "" if shown.style == PLAIN else "\x1b[m"
    text = f"{pen}\x1b[{top + 1};{bottom + 1}r\x1b[{edge + 1}H{step * abs(lines)}\x1b[r\x1b[H"
    shown.feed(text)
    return text


def _clusters(lines: Sequence[int]) -> Iterable[tuple[int, int]]:
    """First and last of each group of lines with no more than GAP_MAX between two of them."""
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index] - lines[index - 1] > GAP_MAX + 1:
            yield lines[start], lines[index - 1]
            start = index


def _saved(scroll: Scroll, shown: Sequence[Row], wanted: Sequence[Row]) -> int:
    blank = [BLANK] * len(wanted[0])
    saved = 0
    for y in range(scroll.top, scroll.bottom + 1):
        source = y + scroll.lines
        instead = shown[source] if scroll.top <= source <= scroll.bottom else blank
        saved += _differing(shown[y], wanted[y]) - _differing(instead, wanted[y])
    return saved


def _differing(one: Row, other: Row) -> int:
    return 0 if one is other else sum(a != b for a, b in zip(one, other, strict=True))


class _Writer:
    """Puts sequences together, knowing where the cursor is and what the pen is like."""

    def __init__(self, shown: Screen) -> None:
        self._shown = shown
        self._x, self._y, self._style = shown.x, shown.y, shown.style
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def write_row(self, y: int, row: Row) -> None:
        """Write those cells of a line that differ."""
        old, width = self._shown.rows[y], len(row)
        end = width
        while end and row[end - 1] == BLANK:
            end -= 1
        x = 0
        while x < width:
            if old[x] == row[x]:
                x += 1
            elif x >= end:
                self._erase(x, y, width, to_end=True)
                return
            elif (blanks := _run_of_blanks(row, x)) >= ERASE_FROM:
                self._erase(x, y, x + blanks)
                x += blanks
            else:
                x = self._write_cells(x, y, old, row)

    def _write_cells(self, x: int, y: int, old: Row, row: Row) -> int:
        """Write from `x` on while cells differ, over short bridges of cells that do not; answer where it stopped."""
        if not row[x][0]:
            x -= 1  # the second half of a wide sign: the whole of it is written
        self.go(x, y)
        while True:
            self._put(row[x])
            x += 1
            if x < len(row) and not row[x][0]:
                x += 1
            differs = x < len(row) and (old[x] != row[x] or self._bridge(x, old, row))
            if not differs or (row[x] == BLANK and _run_of_blanks(row, x) >= ERASE_FROM):
                return x

    def _bridge(self, x: int, old: Row, row: Row) -> bool:
        """Are the cells from `x` to the next that differs few, narrow, and of the pen's own style?"""
        for ahead in range(x, min(x + BRIDGE_MAX + 1, len(row))):
            if old[ahead] != row[ahead]:
                return bool(row[ahead][0])
            if not row[ahead][0].isascii() or not row[ahead][0] or not self._fits(row[ahead]):
                return False
        return False

    def _put(self, cell: Cell) -> None:
        sign, style = cell
        if not self._fits(cell):
            self._pen(style)
        self._parts.append(sign)
        self._x += 1 if sign.isascii() else cell_len(sign)

    def _fits(self, cell: Cell) -> bool:
        """Does the pen write this cell as it should look?"""
        if cell == BLANK:
            return not self._style.bits & SEEN_ON_BLANK and not self._style.paper
        return cell[1] == self._style

    def _erase(self, x: int, y: int, end: int, *, to_end: bool = False) -> None:
        self.go(x, y)
        if not self._fits(BLANK):
            self._pen(PLAIN)
        self._parts.append("\x1b[K" if to_end else f"\x1b[{end - x}X")

    def go(self, x: int, y: int) -> None:
        """Put the cursor on a cell."""
        if (x, y) != (self._x, self._y):
            self._parts.append(self._way(x, y))
            self._x, self._y = x, y

    def _way(self, x: int, y: int) -> str:
        """The shortest of the ways to a cell. From behind the last column only those that begin at the first."""
        column = f"{x + 1}" if x else ""
        ways = [f"\x1b[{y + 1 if y else ''}{';' if x else ''}{column}H"]
        down, right = y - self._y, x - self._x
        if 0 <= down <= 4:
            ways.append("\r" + "\n" * down + _forward(x))
        if self._x < self._shown.width:
            across = _forward(right) if right >= 0 else _back(-right)
            if 0 <= down <= 4:
                ways.append("\n" * down + across)
            elif down < 0:
                ways.append(f"\x1b[{-down if down < -1 else ''}A{across}")
        return min(ways, key=len)

    def _pen(self, style: Style) -> None:
        if style == self._style:
            return
        fresh, changed = _codes_of(style), _codes_between(self._style, style)
        anew = f"\x1b[;{';'.join(fresh)}m" if fresh else "\x1b[m"
        by_change = f"\x1b[{';'.join(changed)}m"
        self._parts.append(min(anew, by_change, key=len))
        self._style = style


def _forward(cells: int) -> str:
    return "" if not cells else f"\x1b[{cells if cells > 1 else ''}C"


def _back(cells: int) -> str:
    return "\b" * cells if cells <= 3 else f"\x1b[{cells}D"


def _run_of_blanks(row: Row, x: int) -> int:
    end = x
    while end < len(row) and row[end] == BLANK:
        end += 1
    return end - x


def _codes_of(style: Style) -> list[str]:
    codes = [str(code) for code, bit in ON.items() if style.bits & bit]
    return codes + [colour for colour in (style.ink, style.paper) if colour]


def _codes_between(old: Style, new: Style) -> list[str]:
    codes, bits = [], old.bits
    for code, group in OFF.items():
        if bits & group & ~new.bits:
            codes.append(str(code))
            bits &= ~group
    codes += [str(code) for code, bit in ON.items() if new.bits & bit and not bits & bit]
    if new.ink != old.ink:
        codes.append(new.ink or "39")
    if new.paper != old.paper:
        codes.append(new.paper or "49")
    return codes
