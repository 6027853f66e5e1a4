"""Where simulated vehicles drive: a yard, and ways out of it in straight legs between real places.

Rules kept here:
* Coordinates are WGS-84 degrees. Legs are straight on the ground, near enough to the road for a plausible track.
* A place on a route is a distance from its start; nothing here knows time or speed.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import atan2, cos, degrees, radians, sin

from fleet.rules.position import distance_m

Point = tuple[float, float]  # latitude, longitude
SLOT_DEG = 0.00008  # one parking slot, about 9 m north to south


@dataclass(frozen=True)
class Route:
    """A way through several points; `name` is what people call it."""

    name: str
    points: tuple[Point, ...]

    @cached_property
    def ends_m(self) -> list[float]:
        """Distance from the start at the end of each leg."""
        return list(accumulate(distance_m(*start, *end) for start, end in pairwise(self.points)))

    @property
    def length_m(self) -> float:
        return self.ends_m[-1]

    def at(self, travelled_m: float) -> tuple[float, float, int]:
        """Latitude, longitude and course after so many metres; the route's end beyond it."""
        travelled_m = min(max(travelled_m, 0.0), self.length_m)
        leg = min(bisect_right(self.ends_m, travelled_m), len(self.ends_m) - 1)
        start, end = self.points[leg], self.points[leg + 1]
        before_m = self.ends_m[leg - 1] if leg else 0.0
        share = (travelled_m - before_m) / max(self.ends_m[leg] - before_m, 1e-9)
        lat, lon = (low + (high - low) * share for low, high in zip(start, end, strict=True))
        return lat, lon, course(start, end)


def course(start: Point, end: Point) -> int:
    """Initial course from one point to another, whole degrees clockwise from north."""
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (start, end))
    east = sin(lon2 - lon1) * cos(lat2)
    north = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(lon2 - lon1)
    return round(degrees(atan2(east, north))) % 360


YARD: Point = (39.2165, 101.6666)  # Badain Jaran, seat of Alxa Right Banner
ROUTES = (
    Route(
        "Badain Jaran – Yabulai", (YARD, (39.2312, 101.7480), (39.2890, 102.1050), (39.3604, 102.4630), (39.42, 102.78))
    ),
    Route("Badain Jaran – Jinchang", (YARD, (39.1120, 101.8210), (38.8640, 102.0030), (38.5207, 102.1879))),
    Route("Badain Jaran – desert edge", (YARD, (39.2760, 101.6310), (39.4105, 101.6802), (39.5630, 101.7680))),
)


def slot(number: int) -> Point:
    """The yard's parking slots, one row to the south."""
    return YARD[0] - SLOT_DEG * (number % 20 + 1), YARD[1]
