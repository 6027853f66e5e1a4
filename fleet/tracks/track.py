"""A vehicle's track over a span, judged: reports in the order of the terminal's clock, what each is worth, and metres.

    reports as they rest -> once each, in order -> gate -> moving, metres (`movement`) -> Track

Rules kept here:
* The same reports give the same track, in whatever order and however often they arrived.
* A place that is doubted is no place, but its report still counts: wheels turn in tunnels, ignition and odometer too.
* Nothing is cached here; a late report is judged by judging its days again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise
from operator import eq, itemgetter

from fleet.tracks import movement
from fleet.tracks.gate import doubts
from fleet.tracks.movement import UNKNOWN, Tyres
from fleet.tracks.point import Point


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of a span. The lists are of one length; `metres` are those run since the first report."""

    points: list[Point]
    doubts: list[str]
    moves: list[bool]
    metres: list[float]
    tyres: Tyres

    @property
    def placed(self) -> list[Point]:
        """The reports whose places are good."""
        return [point for point, doubt in zip(self.points, self.doubts, strict=True) if not doubt]

    def metres_at(self, at_ms: int) -> float:
        """Metres run up to a moment; between two reports as if the vehicle went evenly."""
        after = bisect_left(self.points, at_ms, key=_device_ms)
        if after == len(self.points):
            return self.metres[-1] if self.metres else 0.0
        b = self.points[after]
        if after == 0 or b.device_ms == at_ms:
            return self.metres[after]
        a = self.points[after - 1]
        part = (at_ms - a.device_ms) / (b.device_ms - a.device_ms)
        return self.metres[after - 1] + (self.metres[after] - self.metres[after - 1]) * part

    def metres_between(self, from_ms: int, to_ms: int) -> float:
        """Metres run in a part of the span."""
        return self.metres_at(to_ms) - self.metres_at(from_ms)

    def within(self, from_ms: int, to_ms: int) -> range:
        """Where the reports of a part of the span stand, its ends included."""
        first = bisect_left(self.points, from_ms, key=_device_ms)
        return range(first, bisect_right(self.points, to_ms, key=_device_ms))


def in_order(points: Iterable[Point]) -> list[Point]:
    """Reports once each, in the order of the terminal's clock; of equal ones the one that arrived first."""
    ordered = sorted(points, key=_device_ms)
    times = list(map(_device_ms, ordered))
    if not any(map(eq, times, islice(times, 1, None))):
        return ordered
    ordered.sort(key=_rank)
    return ordered[:1] + [point for before, point in pairwise(ordered) if not _same(before, point)]


def judged(points: Iterable[Point], tyres: Tyres = UNKNOWN) -> Track:
    """Judge reports of a vehicle whose times are believed, with what is known of its tyres."""
    ordered = in_order(points)
    found = doubts(ordered)
    trusted = [
        point if not doubt or not point.fix else point._replace(fix=0)
        for point, doubt in zip(ordered, found, strict=True)
    ]
    ran = movement.run(trusted, tyres)
    return Track(ordered, found, ran.moves, ran.metres, ran.tyres)


_device_ms: Callable[[Point], int] = itemgetter(0)


def _rank(point: Point) -> tuple[int, ...]:
    """By time; of one moment by what was said, and only of the same word by when it was heard."""
    return point[0], point[2], point[3], point[13], point[14], point[1]


def _same(a: Point, b: Point) -> bool:
    return a[0] == b[0] and a[2] == b[2] and a[3] == b[3] and a[13:] == b[13:]
