"""Which cells of a painted line differ from what was painted there before."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def difference(old: Strip, new: Strip) -> tuple[int, int]:
    """First and one past the last cell in which two strips of one width differ."""
    before, after = list(old), list(new)
    start = 0
    while before and after and before[0] == after[0]:
        start += before.pop(0).cell_length
        after.pop(0)
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    was, now = _cells(before), _cells(after)
    differing = [x for x, (one, other) in enumerate(zip(was, now, strict=False)) if one != other]
    return (start + differing[0], start + differing[-1] + 1) if differing else (start, start + len(now))


def _cells(segments: list[Segment]) -> list[tuple[str, Style | None]]:
    """One entry a cell; the second cell of a wide sign is told apart, so that a wide sign is always painted whole."""
    return [
        (sign if part == 0 else f"{sign} right half", segment.style)
        for segment in segments
        for sign in segment.text
        for part in range(cell_len(sign))
    ]
