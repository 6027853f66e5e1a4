"""Outlines on the ground: chains of points in WGS-84, in millionths of a degree, north and east positive.

    polygon    what the closed chain surrounds, its edge included     corridor   what is near enough to the open chain

* Between two points the line is straight in degrees, as in GeoJSON (RFC 7946, 3.1.1): what lies in a polygon is decided
  in whole numbers, without rounding. A chain that crosses itself surrounds what an odd number of its loops does.
* Distances are metres on the ellipsoid, good to a part in ten thousand within some 20 km of the line and up to the
  latitudes of the region (37 to 53 N).
* As text an outline is "lat,lon lat,lon ...", in degrees with up to six places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from fleet.tracks.geodesy import metres_a_unit

POINTS_MAX = 100
LENGTH_MAX = 2_000
"""Characters of an outline as text: a value of a document holds no more (`ledger.update.TEXT_SIZE_MAX`)."""


class Spot(NamedTuple):
    """A point of an outline."""

    lat_e6: int
    lon_e6: int


class Box(NamedTuple):
    """What an outline cannot reach beyond."""

    south: int
    west: int
    north: int
    east: int

    def holds(self, spot: Spot) -> bool:
        """Whether a point lies in it."""
        return self.south <= spot.lat_e6 <= self.north and self.west <= spot.lon_e6 <= self.east


def spot(lat: float, lon: float) -> Spot:
    """The point at some degrees."""
    return Spot(round(lat * 1e6), round(lon * 1e6))


def parse(text: str) -> tuple[Spot, ...]:
    """The points of an outline as text; ValueError if it is none, or longer than POINTS_MAX."""
    pairs = [pair.split(",") for pair in text.split()]
    if len(pairs) > POINTS_MAX or any(len(pair) != 2 for pair in pairs):
        raise ValueError(text)
    points = tuple(Spot(*(_e6(degrees) for degrees in pair)) for pair in pairs)
    if any(abs(point.lat_e6) > 90_000_000 or abs(point.lon_e6) > 180_000_000 for point in points):
        raise ValueError(text)
    return points


def text_of(points: Iterable[Spot]) -> str:
    """The one text of an outline: what `parse` reads back."""
    return " ".join(",".join(degrees(value) for value in point) for point in points)


def degrees(value_e6: int) -> str:
    """Millionths of a degree as people write degrees."""
    whole, part = divmod(abs(value_e6), 1_000_000)
    return f"{'-' if value_e6 < 0 else ''}{whole}" + f".{part:06d}".rstrip("0").rstrip(".")


def box_of(points: Sequence[Spot], margin_m: float) -> Box:
    """What lies within so many metres of some points, and a little more."""
    lats, lons = [point.lat_e6 for point in points], [point.lon_e6 for point in points]
    north_m, _ = metres_a_unit(0)
    up = int(margin_m / north_m) + 1
    pole = min(max(abs(min(lats)), abs(max(lats))) + up, 89_000_000)
    _, east_m = metres_a_unit(pole)
    side = int(margin_m / east_m) + 1
    return Box(min(lats) - up, min(lons) - side, max(lats) + up, max(lons) + side)


def surrounds(points: Sequence[Spot], at: Spot) -> bool:
    """Whether a closed chain of points surrounds one, or passes through it."""
    inside = False
    for a, b in pairwise((*points, points[0])):
        cross = (b.lon_e6 - a.lon_e6) * (at.lat_e6 - a.lat_e6) - (b.lat_e6 - a.lat_e6) * (at.lon_e6 - a.lon_e6)
        if cross == 0 and _between(a.lat_e6, at.lat_e6, b.lat_e6) and _between(a.lon_e6, at.lon_e6, b.lon_e6):
            return True
        if (a.lat_e6 > at.lat_e6) != (b.lat_e6 > at.lat_e6):
            inside ^= (cross < 0) == (b.lat_e6 > a.lat_e6)
    return inside


def away_m(points: Sequence[Spot], at: Spot) -> float:
    """Metres from a chain of points, or from a single one, to a point: the shortest way."""
    if len(points) == 1:
        return _way_m(*points[0], at)
    return min(_way_m(*_nearest(a, b, at), at) for a, b in pairwise(points))


def _nearest(a: Spot, b: Spot, at: Spot) -> tuple[float, float]:
    """The place on a straight piece that is nearest to a point: one that is a little off changes little."""
    north_m, east_m = metres_a_unit(at.lat_e6)
    up, side = (b.lat_e6 - a.lat_e6) * north_m, (b.lon_e6 - a.lon_e6) * east_m
    length_2 = up * up + side * side
    if not length_2:
        return a
    along = ((at.lat_e6 - a.lat_e6) * north_m * up + (at.lon_e6 - a.lon_e6) * east_m * side) / length_2
    along = min(1.0, max(0.0, along))
    return a.lat_e6 + along * (b.lat_e6 - a.lat_e6), a.lon_e6 + along * (b.lon_e6 - a.lon_e6)


def _way_m(lat_e6: float, lon_e6: float, at: Spot) -> float:
    north_m, east_m = metres_a_unit((lat_e6 + at.lat_e6) / 2)
    return hypot((at.lat_e6 - lat_e6) * north_m, (at.lon_e6 - lon_e6) * east_m)


def _between(one: int, at: int, other: int) -> bool:
    return min(one, other) <= at <= max(one, other)


def _e6(text: str) -> int:
    try:
        number = Decimal(text) * 1_000_000
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or number != number.to_integral_value() or abs(number) > 180_000_000:
        raise ValueError(text)
    return int(number)
