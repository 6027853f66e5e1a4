"""Names on a drawing, so that none lies over another: beside its point, wherever there is room first. Pure.

Places are in em, the height of a letter: whoever draws with smaller letters has more room, never less. A name that
finds no room is left out; who is named first finds it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

WIDE_FROM = 0x2E80
"""Letters from here on are as wide as high."""
NARROW_EM = 0.62
POINT_EM = 0.45
"""How far from the middle of a point its mark reaches."""
Anchor = Literal["start", "middle", "end"]


class Name(NamedTuple):
    """A name, and where on the drawing its point is."""

    text: str
    x: float
    y: float


class Lettered(NamedTuple):
    """How far from its point a name stands (em, down and right), and which part of it stands there."""

    dx: float
    dy: float
    anchor: Anchor


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on: its edges, and how high a letter is on it."""

    left: float
    top: float
    right: float
    bottom: float
    em: float


_UP, _DOWN, _STEP = -0.75, 1.5, 1.15
_SIDES: tuple[tuple[float, Anchor], ...] = ((0.5, "start"), (-0.5, "end"), (0.0, "middle"))
BESIDE: tuple[Lettered, ...] = (
    Lettered(0, _UP, "middle"),
    Lettered(0, _DOWN, "middle"),
    Lettered(0.8, 0.35, "start"),
    Lettered(-0.8, 0.35, "end"),
    *(Lettered(dx, dy, anchor) for dy, (dx, anchor) in product((_UP, _DOWN, _UP - _STEP, _DOWN + _STEP), _SIDES)),
)
"""Where a name may stand, the best first."""


def lettered(names: Sequence[Name], sheet: Sheet, points: Iterable[tuple[float, float]] = ()) -> list[Lettered | None]:
    """Where each name stands; None for one that finds no room. No name lies over one of the `points`."""
    taken = [_around(x, y, sheet.em) for x, y in points]
    found: list[Lettered | None] = []
    for name in names:
        places = ((each, _box(name, each, sheet.em)) for each in BESIDE)
        free = ((each, box) for each, box in places if _within(box, sheet) and not any(map(box.meets, taken)))
        place, box = next(free, (None, None))
        found.append(place)
        if box is not None:
            taken.append(box)
    return found


def width_em(text: str) -> float:
    """How wide a text is."""
    return sum(1.0 if ord(letter) >= WIDE_FROM else NARROW_EM for letter in text)


def _around(x: float, y: float, em: float) -> _Box:
    reach = POINT_EM * em
    return _Box(x - reach, y - reach, x + reach, y + reach)


def _box(name: Name, at: Lettered, em: float) -> _Box:
    width = width_em(name.text)
    left = at.dx - {"start": 0.0, "middle": width / 2, "end": width}[at.anchor]
    return _Box(
        name.x + left * em, name.y + (at.dy - 0.9) * em, name.x + (left + width) * em, name.y + (at.dy + 0.25) * em
    )


def _within(box: _Box, sheet: Sheet) -> bool:
    return sheet.left <= box.left and box.right <= sheet.right and sheet.top <= box.top and box.bottom <= sheet.bottom
