"""Vehicles, tracks and places to scale, without tiles: north is up, a bar says how far a kilometre is. Pure.

Small enough a piece of ground is flat: metres east and north of its middle, the degree of longitude shortened by the
cosine of the latitude. Names lie over the dots and never over each other; a vehicle's name goes before a place's. Of
vehicles side by side those that find no room at their point stand close to it, without the mark; the rest are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from fleet.rules.whereabouts import SIDES
from tui.cells import clip
from tui.rows.braille import DOTS_ACROSS, DOTS_DOWN, Canvas, Dot
from tui.widgets.lines import Spans

METRES_A_DEGREE = 111_320.0
SPAN_MIN_M = 400.0
"""Ground shown at least, so that a parked vehicle does not fill the screen with the noise of its receiver."""
MARGIN = 1.15
BARS_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
LABEL_MAX = 16
CLOSE_BY = (0, 1, -1, 2, -2)
"""Lines on which a vehicle's name is tried, from its point."""
Labels = list[list[tuple[int, str, str]]]
"""For each line of the field, its names: where one begins, what it says, its paint."""


class At(NamedTuple):
    """A point on the ground, degrees."""

    lat: float
    lon: float


class Mark(NamedTuple):
    """A named point; the name begins with the sign that stands on the point, `paint` is its paint."""

    at: At
    name: str
    paint: str = ""
    vehicle: bool = False


class View(NamedTuple):
    """What is looked at: the middle, and metres one dot stands for."""

    middle: At
    metres_a_dot: float


def fit_view(points: Sequence[At], width: int, height: int) -> View | None:
    """The view that shows all points in `width` by `height` cells; None if there are none."""
    if not points:
        return None
    lats, lons = [point.lat for point in points], [point.lon for point in points]
    middle = At((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
    down_m = (max(lats) - min(lats)) * METRES_A_DEGREE
    across_m = (max(lons) - min(lons)) * METRES_A_DEGREE * math.cos(math.radians(middle.lat))
    dot_m = max(
        across_m * MARGIN / max(1, width * DOTS_ACROSS - 1),
        down_m * MARGIN / max(1, height * DOTS_DOWN - 1),
        SPAN_MIN_M / max(1, height * DOTS_DOWN - 1),
    )
    return View(middle, dot_m)


def dot_of(view: View, at: At, width: int, height: int) -> Dot:
    """Where a point lies."""
    east_m = (at.lon - view.middle.lon) * METRES_A_DEGREE * math.cos(math.radians(view.middle.lat))
    north_m = (at.lat - view.middle.lat) * METRES_A_DEGREE
    x = width * DOTS_ACROSS / 2 + east_m / view.metres_a_dot
    y = height * DOTS_DOWN / 2 - north_m / view.metres_a_dot
    return round(x), round(y)


def map_lines(
    view: View, tracks: Iterable[Sequence[At]], marks: Sequence[Mark], width: int, height: int
) -> tuple[list[Spans], int]:
    """The field, a line of spans each, and how many vehicles in it other names left no room for a name."""
    canvas = Canvas(width, height)
    for track in tracks:
        canvas.path(dot_of(view, at, width, height) for at in track)
    rows = canvas.rows()
    labels: Labels = [[] for _ in range(height)]
    placed = [_place(labels, mark, dot_of(view, mark.at, width, height), width, height) for mark in marks]
    unnamed = sum(mark.vehicle and not found for mark, found in zip(marks, placed, strict=True))
    return [_with_labels(row, sorted(labels[index])) for index, row in enumerate(rows)], unnamed


def scale_bar(view: View, width: int) -> tuple[int, int]:
    """A round length in metres and the cells it takes: the longest that is no more than a third of `width`."""
    cell_m = view.metres_a_dot * DOTS_ACROSS
    best = max((bar for bar in BARS_M if bar / cell_m <= width / 3), default=BARS_M[0])
    return best, max(1, round(best / cell_m))


def heading(course: int | None) -> str:
    """The side of the compass a course (degrees) goes to; "" if it is not known."""
    return "" if course is None else SIDES[round(course / 45) % len(SIDES)]


def _place(labels: Labels, mark: Mark, dot: Dot, width: int, height: int) -> bool:
    """Put a name at its point, a vehicle's close to it if need be; False where other names leave it no room."""
    column, row = dot[0] // DOTS_ACROSS, dot[1] // DOTS_DOWN
    if not (0 <= column < width and 0 <= row < height):
        return True
    for away in CLOSE_BY if mark.vehicle else (0,):
        text = clip(f" {mark.name[1:]}" if away else mark.name, min(LABEL_MAX, width))
        start = min(column, width - cell_len(text))
        end = start + cell_len(text)
        if 0 <= row + away < height and all(
            end < other or start > other + cell_len(said) for other, said, _ in labels[row + away]
        ):
            labels[row + away].append((start, text, mark.paint))
            return True
    return False


def _with_labels(row: str, labels: Sequence[tuple[int, str, str]]) -> Spans:
    spans: Spans = []
    at = 0
    for start, text, paint in labels:
        spans += [(row[at:start], "notice"), (text, paint)]
        at = start + cell_len(text)
    return [*spans, (row[at:], "notice")]
