"""What a terminal shows after what was written to it: a grid of cells, a cursor, a pen.

Knows what a console makes use of (ECMA-48, and of xterm's additions the alternate screen and switching line wrap off):
printing, wide signs, moving, attributes and colours, erasing, inserting and deleting, scroll regions. Whatever else is
written changes no cell; `feed` gives it back.

A wide sign takes two cells, the second one with no text of its own. When one half is written over, the other becomes
blank. A blank whose attributes cannot be seen is the plain blank, so that cells compare by what the eye sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from unicodedata import east_asian_width

from rich.cells import get_character_cell_size

BOLD, DIM, ITALIC, UNDERLINE, BLINK, REVERSE, STRIKE = (1 << number for number in range(7))
ON = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 5: BLINK, 7: REVERSE, 9: STRIKE}
OFF = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 25: BLINK, 27: REVERSE, 29: STRIKE}
SEEN_ON_BLANK = UNDERLINE | REVERSE | STRIKE


class Style(NamedTuple):
    """Attributes as bits, colours as the parameters that set them ("33", "38;5;208"; "" is the terminal's own)."""

    bits: int = 0
    ink: str = ""
    paper: str = ""


Cell = tuple[str, Style]
PLAIN = Style()
BLANK: Cell = (" ", PLAIN)

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<values>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<other>\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^X][^\x1b]*\x1b\\|\x1b[ -/]*[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
UNFINISHED_SIZE_MAX = 4096
"""Characters of a sequence without an end that are kept; a longer one is dropped."""


class Screen:
    """One terminal. `rows` are lists of cells; the cursor's column equals the width after a sign in the last column."""

    def __init__(self, width: int, height: int, *, wide_signs: bool = False) -> None:
        """`wide_signs`: signs of doubtful width (Unicode, UAX 11: ambiguous) take two cells."""
        self.width, self.height = width, height
        self._wide_signs = wide_signs
        self.x = self.y = 0
        self.style = PLAIN
        self.wraps = True
        self.rows: list[list[Cell]] = []
        self._top, self._bottom = 0, height - 1
        self._saved = (0, 0, PLAIN)
        self._rest = ""
        self._clear()

    @property
    def text(self) -> list[str]:
        """The lines as read, without the blanks at their ends."""
        return ["".join(sign for sign, _ in row).rstrip() for row in self.rows]

    def feed(self, data: str) -> str:
        """Take what is written, cut anywhere; answer those sequences that change neither cells nor cursor nor pen."""
        data, self._rest = self._rest + data, ""
        cut = _UNFINISHED.search(data)
        if cut:
            data, rest = data[: cut.start()], data[cut.start() :]
            self._rest = rest if len(rest) <= UNFINISHED_SIZE_MAX else ""
        beyond: list[str] = []
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                self._print(token[0])
            elif kind == "control":
                self._control(token[0], beyond)
            elif kind == "final" and not token["between"] and self._sequence(token):
                continue
            elif kind != "other" or not self._escape(token[0]):
                beyond.append(token[0])
        return "".join(beyond)

    def _control(self, sign: str, beyond: list[str]) -> None:
        if sign == "\r":
            self.x = 0
        elif sign in "\n\x0b\x0c":
            self._down()
        elif sign == "\b":
            self.x = max(0, min(self.x, self.width - 1) - 1)
        elif sign == "\t":
            self.x = min(self.width - 1, self.x // 8 * 8 + 8)
        else:
            beyond.append(sign)

    def _escape(self, sequence: str) -> bool:
        match sequence[1:]:
            case "M":
                self._up()
            case "7":
                self._saved = (self.x, self.y, self.style)
            case "8":
                self.x, self.y, self.style = self._saved
            case _:
                return False
        return True

    def _sequence(self, token: re.Match[str]) -> bool:
        private, values, final = token["private"], token["values"], token["final"]
        if final == "m" and not private:
            self.style = restyled(self.style, values)
            return True
        if private == "?" and final in "hl":
            return self._mode(values, final == "h")
        handler = _HANDLERS.get(final)
        if private or handler is None:
            return False
        handler(self, [int(value) if value.isdigit() else 0 for value in values.split(";")])
        return True

    def _mode(self, values: str, on: bool) -> bool:
        """Followed, and passed on: the terminal has to know as well."""
        if values == "7":
            self.wraps = on
        elif values in {"47", "1047", "1049"}:
            self._clear()
        return False

    def _print(self, text: str) -> None:
        style = self.style
        for sign in text:
            size = 1 if sign.isascii() else get_character_cell_size(sign)
            if size == 1 and self._wide_signs and east_asian_width(sign) == "A":
                size = 2
            if size == 0:
                self._combine(sign)
                continue
            if self.x + size > self.width:
                if self.wraps:
                    self.x = 0
                    self._down()
                else:
                    self.x = self.width - size
            row, x = self.rows[self.y], self.x
            self._part(row, x)
            if size == 2:
                self._part(row, x + 1)
                row[x + 1] = ("", style)
            row[x] = cell(sign, style)
            self.x = x + size

    def _combine(self, mark: str) -> None:
        row, x = self.rows[self.y], self.x - 1
        while x > 0 and not row[x][0]:
            x -= 1
        if x >= 0:
            row[x] = (row[x][0] + mark, row[x][1])

    def _part(self, row: list[Cell], x: int) -> None:
        """The other half of a wide sign that is about to lose the half at `x` becomes blank."""
        if not row[x][0] and x > 0:
            row[x - 1] = BLANK
        elif x + 1 < self.width and not row[x + 1][0]:
            row[x + 1] = BLANK

    def _blank(self, y: int, start: int, end: int) -> None:
        row, end = self.rows[y], min(end, self.width)
        if start >= end:
            return
        self._part(row, start)
        self._part(row, end - 1)
        row[start:end] = [cell(" ", Style(paper=self.style.paper))] * (end - start)

    def _clear(self) -> None:
        self.rows = [[BLANK] * self.width for _ in range(self.height)]

    def _down(self) -> None:
        if self.y == self._bottom:
            self._scroll(self._top, 1)
        else:
            self.y = min(self.y + 1, self.height - 1)

    def _up(self) -> None:
        if self.y == self._top:
            self._scroll(self._top, -1)
        else:
            self.y = max(self.y - 1, 0)

    def _scroll(self, top: int, lines: int) -> None:
        """Move the lines from `top` to the bottom of the region up by `lines`, down if it is negative."""
        for _ in range(min(abs(lines), self.height)):
            blank = [cell(" ", Style(paper=self.style.paper))] * self.width
            if lines > 0:
                self.rows.insert(self._bottom + 1, blank)
                del self.rows[top]
            else:
                del self.rows[self._bottom]
                self.rows.insert(top, blank)

    def _go(self, x: int, y: int) -> None:
        self.x, self.y = max(0, min(x, self.width - 1)), max(0, min(y, self.height - 1))

    def _erase_display(self, values: list[int]) -> None:
        what = values[0]
        self._erase_line(values)
        for y in {0: range(self.y + 1, self.height), 1: range(self.y), 2: range(self.height)}.get(what, range(0)):
            self._blank(y, 0, self.width)

    def _erase_line(self, values: list[int]) -> None:
        x = min(self.x, self.width - 1)
        ends = {0: (x, self.width), 1: (0, x + 1), 2: (0, self.width)}
        self._blank(self.y, *ends.get(values[0], (0, 0)))

    def _insert_lines(self, lines: int) -> None:
        if self._top <= self.y <= self._bottom:
            self._scroll(self.y, -lines)
            self.x = 0

    def _shift(self, cells: int) -> None:
        """Insert blanks at the cursor, or take cells out if `cells` is negative."""
        row, x, count = self.rows[self.y], min(self.x, self.width - 1), abs(cells)
        blank = cell(" ", Style(paper=self.style.paper))
        if cells > 0:
            row[x:] = ([blank] * count + row[x:])[: self.width - x]
        else:
            row[x:] = (row[x + count :] + [blank] * count)[: self.width - x]

    def _set_region(self, values: list[int]) -> None:
        top, bottom = (values + [0])[:2]
        top, bottom = (top or 1) - 1, min(bottom or self.height, self.height) - 1
        if top < bottom:
            self._top, self._bottom = top, bottom
            self._go(0, 0)

    def _move(self, columns: int, lines: int) -> None:
        self._go(min(self.x, self.width - 1) + columns, self.y + lines)


def cell(sign: str, style: Style) -> Cell:
    """A cell as the eye sees it."""
    if sign == " " and not style.bits & SEEN_ON_BLANK:
        return (sign, Style(paper=style.paper)) if style.paper else BLANK
    return (sign, style)


@lru_cache(maxsize=1024)
def restyled(style: Style, values: str) -> Style:
    """The pen after SGR (ECMA-48, 8.3.117) with these parameters."""
    bits, ink, paper = style
    codes = [int(value) if value.isdigit() else 0 for value in values.replace(":", ";").split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            bits, ink, paper = PLAIN
        elif code in ON:
            bits |= ON[code]
        elif code in OFF:
            bits &= ~OFF[code]
        elif code in {38, 48}:
            size = {5: 2, 2: 4}.get(codes[0] if codes else 0, 0)
            colour = ";".join(map(str, [code, *codes[:size]]))
            del codes[:size]
            ink, paper = (colour, paper) if code == 38 else (ink, colour)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            ink = "" if code == 39 else str(code)
        elif 40 <= code <= 49 or 100 <= code <= 107:
            paper = "" if code == 49 else str(code)
    return Style(bits, ink, paper)


_HANDLERS: dict[str, Callable[[Screen, list[int]], None]] = {
    "A": lambda screen, values: screen._move(0, -max(1, values[0])),
    "B": lambda screen, values: screen._move(0, max(1, values[0])),
    "C": lambda screen, values: screen._move(max(1, values[0]), 0),
    "D": lambda screen, values: screen._move(-max(1, values[0]), 0),
    "G": lambda screen, values: screen._go(max(1, values[0]) - 1, screen.y),
    "d": lambda screen, values: screen._go(screen.x, max(1, values[0]) - 1),
    "H": lambda screen, values: screen._go(max(1, (values + [0])[1]) - 1, max(1, values[0]) - 1),
    "f": lambda screen, values: screen._go(max(1, (values + [0])[1]) - 1, max(1, values[0]) - 1),
    "J": Screen._erase_display,
    "K": Screen._erase_line,
    "X": lambda screen, values: screen._blank(screen.y, min(screen.x, screen.width - 1), screen.x + max(1, values[0])),
    "L": lambda screen, values: screen._insert_lines(max(1, values[0])),
    "M": lambda screen, values: screen._insert_lines(-max(1, values[0])),
    "@": lambda screen, values: screen._shift(max(1, values[0])),
    "P": lambda screen, values: screen._shift(-max(1, values[0])),
    "S": lambda screen, values: screen._scroll(screen._top, max(1, values[0])),
    "T": lambda screen, values: screen._scroll(screen._top, -max(1, values[0])),
    "r": Screen._set_region,
}
