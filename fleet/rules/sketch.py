"""Places as a drawing without a map: metres around a middle point, east to the right and north up. Pure.

A piece of ground a unit looks at is some kilometres wide, where the ellipsoid is flat to a few parts in ten thousand;
what is drawn is for finding and outlining a yard, and what is kept are the degrees, not the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fleet.rules.outline import Spot, box_of
from fleet.rules.place import Place
from fleet.tracks.geodesy import metres_a_unit

SPAN_MIN_M, MARGIN = 600.0, 0.15
EMPTY = Spot(39_216_000, 101_669_000)
"""The middle of a drawing with nothing on it: Alxa Right Banner's seat."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A place as SVG: a path in metres, the line's width where it is a corridor (else 0), and where its name stands."""

    name: str
    kind: str
    path: str
    width: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Dot:
    """Something that stands somewhere, by what is written beside it."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A way to be drawn: its points, and of what kind it is."""

    kind: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A line as SVG: a path in metres."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """The whole drawing. `middle` is at (0, 0); `north` and `east` are metres a millionth of a degree; the view is
    `left`, `top` and `span` metres wide and high. Of that `high` metres about the middle are enough for what is drawn;
    they are at least half as many."""

    middle: Spot
    north: float
    east: float
    left: float
    top: float
    span: float
    high: float
    places: tuple[Drawn, ...]
    dots: tuple[Dot, ...]
    lines: tuple[Way, ...] = ()


def sketch(places: Sequence[Place], dots: Iterable[tuple[str, Spot]], lines: Sequence[Line] = ()) -> Sketch:
    """Draw places and points, and lines; what is drawn is where the lines go, if there are any, and else all of it."""
    marked = tuple(dots)
    spots = [spot for line in lines for spot in line.spots] + [spot for _, spot in marked]
    if not lines:
        spots = [spot for place in places for spot in _points(place)] + spots or [EMPTY]
    reach_m = max((place.radius_m for place in places if place.shape != "polygon"), default=0)
    box = box_of(spots, 0 if lines else reach_m)
    middle = Spot((box.south + box.north) // 2, (box.west + box.east) // 2)
    north, east = metres_a_unit(middle.lat_e6)
    span = max(SPAN_MIN_M, (1 + 2 * MARGIN) * max((box.north - box.south) * north, (box.east - box.west) * east))

    def at(spot: Spot) -> tuple[float, float]:
        return round((spot.lon_e6 - middle.lon_e6) * east, 1), round((middle.lat_e6 - spot.lat_e6) * north, 1)

    return Sketch(
        middle=middle,
        north=north,
        east=east,
        left=round(-span / 2, 1),
        top=round(-span / 2, 1),
        span=round(span, 1),
        high=round(min(span, max(span / 2, (1 + 2 * MARGIN) * (box.north - box.south) * north)), 1),
        places=tuple(
            Drawn(
                place.name,
                place.kind,
                _path(place, [at(spot) for spot in _points(place)]),
                2.0 * place.radius_m if place.shape == "corridor" else 0.0,
                *at(Spot(place.lat_e6, place.lon_e6)),
            )
            for place in places
        ),
        dots=tuple(Dot(label, *at(spot)) for label, spot in marked),
        lines=tuple(Way(line.kind, _chain([at(spot) for spot in line.spots])) for line in lines),
    )


def _points(place: Place) -> tuple[Spot, ...]:
    return place.outline or (Spot(place.lat_e6, place.lon_e6),)


def _path(place: Place, points: Sequence[tuple[float, float]]) -> str:
    if place.shape == "circle":
        (x, y), r = points[0], place.radius_m
        return f"M{x - r:g} {y:g}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0"
    chain = _chain(points)
    return f"{chain}Z" if place.shape == "polygon" else chain


def _chain(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
