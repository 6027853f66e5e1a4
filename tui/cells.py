"""Text by terminal cells: cut, pad and wrap so that columns stay straight under Chinese and Mongolian names.

A Hanzi takes two cells and is never cut in half; a cut is marked `~`. Signs whose width terminals disagree about
(middle dot, curly quotes, ellipsis, degree) are replaced before anything is measured, and control characters never
reach the terminal. Letters of other scripts are left as they are.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

CUT = "~"
_SAFE = str.maketrans(
    {
        "·": ".",
        "•": "*",
        "…": "~",
        "—": "-",
        "–": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "°": " ",
        "×": "x",
        "→": ">",
    }
)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text with doubtful signs replaced, line ends and tabs as spaces, controls and invisible signs removed."""
    if text.isascii() and text.isprintable():
        return text
    flat = text.translate(_SAFE)
    return "".join(" " if sign.isspace() else sign for sign in flat if sign.isspace() or sign.isprintable())


@lru_cache(maxsize=4096)
def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells of `text`: padded with spaces (on the left if `right`), or cut, `~` being the last cell."""
    text = clean(text)
    length = cell_len(text)
    if length > width:
        text = clip(text, width)
        length = cell_len(text)
    space = " " * (width - length)
    return space + text if right else text + space


@lru_cache(maxsize=4096)
def clip(text: str, width: int) -> str:
    """At most `width` cells of `text`, without padding."""
    text = clean(text)
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, used = [], 0
    for sign in text:
        size = cell_len(sign)
        if used + size > width - 1:
            break
        kept.append(sign)
        used += size
    return "".join(kept) + CUT


def wrap(text: str, width: int) -> list[str]:
    """Break `text` into lines of at most `width` cells (2 at least): at spaces if there are any, else between signs."""
    lines, line, width = [], "", max(width, 2)
    for piece in _words(clean(text)):
        if cell_len(line + piece) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while cell_len(line) > width:
            head = _head(line, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _words(text: str) -> list[str]:
    """Pieces a line may end after: a Hanzi with closing punctuation after it, a word with the space before it."""
    pieces: list[str] = []
    for sign in text:
        wide = cell_len(sign) == 2
        closing = wide and unicodedata.category(sign).startswith("P")
        if not pieces or sign == " " or (wide and not closing) or (not wide and cell_len(pieces[-1][-1]) == 2):
            pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces


def _head(word: str, width: int) -> str:
    used = 0
    for index, sign in enumerate(word):
        used += cell_len(sign)
        if used > width:
            return word[: max(index, 1)]
    return word
