"""Text by terminal cells: cut, pad and wrap so that columns stay straight under Chinese and Mongolian names.

A Hanzi takes two cells and is never cut in half; a cut is marked `~`. Signs whose width terminals disagree about
(middle dot, curly quotes, ellipsis, degree) are replaced before anything is measured, and control characters never
reach the terminal. Letters of other scripts are left as they are, unless the terminal was found to draw them wide.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

CUT = "~"
PLATE = re.compile(r"([\u4e00-\u9fff][A-Z]-?[0-9A-Z]{4,6})")
"""A plate is never torn apart (GA 36: a sign for the province, a letter, the number)."""
LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "ye", "ё": "yo", "ж": "j", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "ө": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ү": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "i", "ы": "y", "ь": "i", "э": "e",
    "ю": "yu", "я": "ya",
}  # fmt: skip
"""Mongolian letters in Latin ones, about as passports write them."""
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


_doubtful_is_wide = False


def treat_doubtful_as_wide(wide: bool = True) -> None:
    """From now on letters that this process's terminal draws in two cells, against what is counted here, are written
    in Latin ones: Mongolian by its sounds, any other as `?`."""
    global _doubtful_is_wide  # noqa: PLW0603 - a process has one terminal, and every text goes to it
    _doubtful_is_wide = wide
    for remembered in (clean, fit, clip):
        remembered.cache_clear()


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text with doubtful signs replaced, line ends and tabs as spaces, controls and invisible signs removed."""
    if text.isascii() and text.isprintable():
        return text
    flat = text.translate(_SAFE)
    kept = "".join(" " if sign.isspace() else sign for sign in flat if sign.isspace() or sign.isprintable())
    return "".join(map(_narrow, kept)) if _doubtful_is_wide else kept


def _narrow(sign: str) -> str:
    latin = LATIN.get(sign.lower())
    if latin is not None:
        return latin if sign.islower() else latin.capitalize()
    return "?" if unicodedata.east_asian_width(sign) == "A" else sign


def capital(text: str) -> str:
    """The text as a title begins: what stands small in a row of keys stands with a capital over a panel."""
    return text[:1].upper() + text[1:]


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
    """Pieces a line may end after: a Hanzi with closing punctuation after it, a word with the space before it, a
    plate."""
    pieces: list[str] = []
    for index, part in enumerate(PLATE.split(text)):
        if index % 2:  # plates stand at odd places
            pieces.append(part)
        else:
            _split(part, pieces)
    return pieces


def _split(text: str, pieces: list[str]) -> None:
    for sign in text:
        wide = cell_len(sign) == 2
        closing = wide and unicodedata.category(sign).startswith("P")
        if not pieces or sign == " " or (wide and not closing) or (not wide and cell_len(pieces[-1][-1]) == 2):
            pieces.append(sign)
        else:
            pieces[-1] += sign


def _head(word: str, width: int) -> str:
    used = 0
    for index, sign in enumerate(word):
        used += cell_len(sign)
        if used > width:
            return word[: max(index, 1)]
    return word
