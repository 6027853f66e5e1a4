"""A trip as its track shows it: legs between stops, metres, how much of it is known. Pure.

    departed ──leg──▶ stop ──leg──▶ stop ──leg──▶ back        from the metres and movements of a judged track

Rules kept here:
* A stop begins with the first report that does not move and ends with the last one before the next that does, or
  before metres were run unseen; shorter ones than STOP_MS are traffic. Where it was is the middle of its good places:
  a jump is never in the middle.
* Completeness is covered time by trip time (Art. 11). Time between two reports is covered if they are no further apart
  than reports come; a longer gap is covered if both ends stand at one place and no metre was run meanwhile: a hole in
  coverage is where vehicles are parked, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from fleet.tracks.geodesy import distance_m
from fleet.tracks.movement import COUNT_M, GAP_MS, LONG_GAP_MS
from fleet.tracks.track import Track

STOP_MS = 180_000
"""Shorter stands are traffic lights, gates and herds on the road."""
ONE_PLACE_M = 200.0
"""Two places so near are one: parked receivers wander so far."""
UNSEEN_M = 100.0
"""Metres run between two reports that stand: the vehicle went somewhere meanwhile."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The vehicle stood (UTC ms); where (1e-6 degree), None if no good place is known; `engine_on` if the ignition bit
    was set all the time."""

    start_ms: int
    end_ms: int
    lat_e6: int | None
    lon_e6: int | None
    engine_on: bool

    @property
    def placed(self) -> tuple[int, int] | None:
        """Where, if that is known."""
        return None if self.lat_e6 is None or self.lon_e6 is None else (self.lat_e6, self.lon_e6)


@dataclass(frozen=True, slots=True)
class Leg:
    """A way between two stops, or between one and an end of the trip."""

    start_ms: int
    end_ms: int
    metres: float


@dataclass(frozen=True, slots=True)
class Journey:
    """A span of a track. `odometer_m` is what the terminal's odometer counted meanwhile, None if it says nothing;
    `completeness` is a part of 1."""

    start_ms: int
    end_ms: int
    metres: float
    legs: tuple[Leg, ...]
    stops: tuple[Stop, ...]
    completeness: float
    odometer_m: int | None


def journey(track: Track, start_ms: int, end_ms: int) -> Journey:
    """What a track shows of the time from departure to return, its ends included."""
    found = tuple(stops(track, start_ms, end_ms))
    turns = [start_ms, *(moment for stop in found for moment in (stop.start_ms, stop.end_ms)), end_ms]
    ways = [
        Leg(begin, end, track.metres_between(begin, end)) for begin, end in zip(turns[::2], turns[1::2], strict=True)
    ]
    return Journey(
        start_ms,
        end_ms,
        track.metres_between(start_ms, end_ms),
        tuple(way for way in ways if way.end_ms > way.start_ms and way.metres > 0),
        found,
        completeness(track, start_ms, end_ms),
        counted_m(track, start_ms, end_ms),
    )


def stops(track: Track, start_ms: int, end_ms: int, least_ms: int = STOP_MS) -> Iterator[Stop]:
    """The stands of at least `least_ms` within a span, in order."""
    begin: int | None = None
    last = -1
    for at in track.within(start_ms, end_ms):
        ran_unseen = begin is not None and track.metres[at] - track.metres[last] > UNSEEN_M
        if begin is not None and (track.moves[at] or ran_unseen):
            yield from _stop(track, begin, last, least_ms)
            begin = None
        if begin is None and not track.moves[at]:
            begin = at
        last = at
    if begin is not None:
        yield from _stop(track, begin, last, least_ms)


def completeness(track: Track, start_ms: int, end_ms: int) -> float:
    """Covered time by trip time; a trip without any report is not covered, however short it was."""
    span = track.within(start_ms, end_ms)
    if not span:
        return 0.0
    if end_ms <= start_ms:
        return 1.0
    first, last = track.points[span[0]].device_ms, track.points[span[-1]].device_ms
    covered_ms = sum(gap for gap in (first - start_ms, end_ms - last) if gap <= LONG_GAP_MS)
    covered_ms += sum(_covered_ms(track, a, b) for a, b in pairwise(span))
    return covered_ms / (end_ms - start_ms)


def counted_m(track: Track, start_ms: int, end_ms: int) -> int | None:
    """What the terminal's odometer counted in a span."""
    counts = [count for at in track.within(start_ms, end_ms) if (count := track.points[at].odometer_km_e1) is not None]
    return round((counts[-1] - counts[0]) * COUNT_M) if counts and counts[-1] >= counts[0] else None


def _stop(track: Track, begin: int, last: int, least_ms: int) -> Iterator[Stop]:
    points = track.points[begin : last + 1]
    if points[-1].device_ms - points[0].device_ms < least_ms:
        return
    good = [point for point, doubt in zip(points, track.doubts[begin : last + 1], strict=True) if not doubt]
    yield Stop(
        points[0].device_ms,
        points[-1].device_ms,
        median_low([point.lat_e6 for point in good]) if good else None,
        median_low([point.lon_e6 for point in good]) if good else None,
        all(point.acc for point in points),
    )


def _covered_ms(track: Track, a: int, b: int) -> int:
    one, other = track.points[a], track.points[b]
    gap_ms = other.device_ms - one.device_ms
    stands = not (track.moves[a] or track.moves[b])
    if gap_ms <= (LONG_GAP_MS if stands else GAP_MS):
        return gap_ms
    good = not (track.doubts[a] or track.doubts[b])
    near = good and distance_m(one.lat_e6, one.lon_e6, other.lat_e6, other.lon_e6) <= ONE_PLACE_M
    return gap_ms if stands and near and track.metres[b] - track.metres[a] <= UNSEEN_M else 0
