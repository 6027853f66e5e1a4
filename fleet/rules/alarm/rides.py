"""A track as rides and stops: what most rules speak of.

* A ride is from one moving report to another without standing for BREAK_MS between them. Receivers that wander and
  places that jump make no ride: what moves is said by `fleet.tracks` (speeds, not places), and a ride has at least
  `fixes` moving reports and gets at least `moved_m` away from where it began.
* A silence in which the vehicle stayed at one place is part of a stop; one that it came out of elsewhere is part of a
  ride.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.tracks.geodesy import distance_m
from fleet.tracks.point import Point
from fleet.tracks.track import Track

BREAK_MS = 10 * 60_000
SAME_PLACE_M = 500.0
"""Receivers' jumps reach so far: ends of a silence that are nearer to each other are one place."""
GAP_MS = 5 * 60_000
"""A track says nothing of a silence longer than this: parked vehicles report every minute."""


@dataclass(frozen=True, slots=True)
class Ride:
    """A drive. `first` and `last` are its moving reports' places in the track; `until_ms` is None while it goes on."""

    first: int
    last: int
    from_ms: int
    until_ms: int | None

    @property
    def span(self) -> Span:
        """The time of it."""
        return Span(self.from_ms, FOR_EVER if self.until_ms is None else max(self.until_ms, self.from_ms + 1))


@dataclass(frozen=True, slots=True)
class Stop:
    """Standing at a place (1e-6 degree; None if no good place is known). `cut` if it began before the track."""

    from_ms: int
    until_ms: int | None
    at: tuple[int, int] | None
    cut: bool

    @property
    def span(self) -> Span:
        """The time of it."""
        return Span(self.from_ms, FOR_EVER if self.until_ms is None else self.until_ms)


@dataclass(frozen=True, slots=True)
class Course:
    """A track's rides and the stops between them, in order."""

    rides: list[Ride]
    stops: list[Stop]


def course(track: Track, now_ms: int, *, fixes: int, moved_m: float) -> Course:
    """Cut a track into rides and stops."""
    points = track.points
    rides = [
        ride
        for first, last in _moving(track)
        if _drives(track, ride := _ride(track, first, last, now_ms), fixes, moved_m)
    ]
    stops = []
    if points:
        begin, from_ms = 0, points[0].device_ms
        for ride in rides:
            if ride.from_ms > from_ms:
                stops.append(Stop(from_ms, ride.from_ms, _place(track, begin, ride.first), begin == 0))
            begin, from_ms = ride.last, points[ride.last].device_ms
        if not rides or rides[-1].until_ms is not None:
            stops.append(Stop(from_ms, None, _place(track, begin, len(points)), begin == 0))
    return Course(rides, stops)


def gaps(track: Track) -> list[Span]:
    """Silences of which nothing is known: longer than GAP_MS, and not between two reports of one place."""
    found = []
    points = track.points
    last: Point | None = None
    for point, doubt in zip(points, track.doubts, strict=True):
        if last is not None and point.device_ms - last.device_ms > GAP_MS and not _one_place(track, last, point):
            found.append(Span(last.device_ms, point.device_ms))
        if not doubt or last is None or point.device_ms - last.device_ms > GAP_MS:
            last = point
        else:
            last = point._replace(lat_e6=last.lat_e6, lon_e6=last.lon_e6, fix=last.fix)
    return found


def _one_place(track: Track, a: Point, b: Point) -> bool:
    near = a.fix and b.fix and distance_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6) <= SAME_PLACE_M
    return bool(near) and track.metres_between(a.device_ms, b.device_ms) <= SAME_PLACE_M


def _moving(track: Track) -> list[tuple[int, int]]:
    """Runs of moving reports, by their first and last."""
    runs: list[tuple[int, int]] = []
    points = track.points
    for at, moves in enumerate(track.moves):
        if not moves:
            continue
        if runs and _goes_on(track, points, runs[-1][1], at):
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _goes_on(track: Track, points: Sequence[Point], before: int, at: int) -> bool:
    """Whether the vehicle did not stand between two moving reports, as far as it was heard."""
    apart_ms = points[at].device_ms - points[before].device_ms
    if apart_ms <= BREAK_MS:
        return True
    silent_ms = max(points[each + 1].device_ms - points[each].device_ms for each in range(before, at))
    return apart_ms - silent_ms <= BREAK_MS and track.metres[at] - track.metres[before] > SAME_PLACE_M


def _ride(track: Track, first: int, last: int, now_ms: int) -> Ride:
    points = track.points
    ended_ms = points[last].device_ms
    still = last == len(points) - 1 and now_ms - ended_ms <= BREAK_MS
    return Ride(first, last, points[first].device_ms, None if still else ended_ms)


def _drives(track: Track, ride: Ride, fixes: int, moved_m: float) -> bool:
    within = range(ride.first, ride.last + 1)
    if sum(track.moves[at] for at in within) < fixes:
        return False
    if track.metres[ride.last] - track.metres[ride.first] > 2 * moved_m:
        return True
    good = [track.points[at] for at in within if not track.doubts[at]]
    return any(distance_m(good[0].lat_e6, good[0].lon_e6, each.lat_e6, each.lon_e6) > moved_m for each in good[1:])


def _place(track: Track, begin: int, end: int) -> tuple[int, int] | None:
    good = [point for point, doubt in zip(track.points[begin:end], track.doubts[begin:end], strict=True) if not doubt]
    still = good[1:] if len(good) > 1 else good  # the first is the last of the ride before
    if not still:
        return None
    return median_low(each.lat_e6 for each in still), median_low(each.lon_e6 for each in still)
