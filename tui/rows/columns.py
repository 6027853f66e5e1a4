"""Putting cells of fixed width side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from fleet.words import Words
from tui.cells import fit
from tui.widgets.lines import Spans

WIDE = 116
"""Cells inside the frame of a 120-column terminal: from here on the rows say more."""


class Cell(NamedTuple):
    """Text, the cells it gets, and the name of its paint."""

    text: str
    width: int
    paint: str = ""


def beside(cells: Iterable[Cell]) -> Spans:
    """The cells in their order, one space between them."""
    spans: Spans = []
    for text, width, paint in cells:
        if spans:
            spans.append((" ", ""))
        spans.append((fit(text, width), paint))
    return spans


def rest(width: int, cells: Sequence[Cell]) -> int:
    """What is left of `width` for one more cell beside these."""
    return max(0, width - sum(cell.width + 1 for cell in cells))


def named(words: Words, family: str, code: str) -> str:
    """The word for a code, or the code itself where no catalogue has one."""
    return words(f"{family}.{code}") if f"{family}.{code}" in words else code


def widest(words: Words, keys: Iterable[str]) -> int:
    """Cells the longest of these words takes: the width of a column that holds any of them."""
    return max(cell_len(words(key)) for key in keys)
