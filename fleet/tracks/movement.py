"""How far a vehicle drove: metres of road, from three witnesses none of which is enough.

Places jump and drift; speeds are good, but known only every so often; the odometer counts every metre, in hundreds of
metres and with tyres of its own size. So:

* A report moves if its speed is DRIVING or more, or if it has any and stands next to one that moves. A lone claim of
  a few km/h is the noise of a parked receiver; the ignition bit is not asked, for it lies. Who does not move goes no
  metre.
* Between two reports the vehicle ran the mean of their speeds. Over a gap it ran what the odometer counted or, without
  one, the straight line.
* What it ran in all never leaves the hundred metres the odometer shows, once the odometer's tyres are known (`Tyres`):
  one factor a vehicle between its kilometres and the road's, learnt from what speeds and odometer said together.

All of it is a fold over reports in the order of the terminal's clock: given the same reports it gives the same metres.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fleet.tracks.geodesy import distance_m
from fleet.tracks.point import Point

DRIVING_KMH_E1 = 50
"""5 km/h: a parked receiver claims less."""
GAP_MS = 45_000
"""Between reports further apart than this the speed is not known; a vehicle under way reports every 10 to 30 s."""
LONG_GAP_MS = 150_000
"""Parked vehicles report every minute: without an odometer only a longer silence can hide a trip."""
STRAIGHT_M_MIN = 500.0
"""The ends of a gap that are nearer to each other than a receiver's jumps prove no trip."""
COUNT_M = 100.0
"""One count of the odometer."""
COUNTS_OF_A_TRIP = 2
"""So many counts within a gap are a trip; one may be what was left of a count before it."""
LEARN_M = 5_000.0
"""Tyres are learnt from pieces of this length without a gap."""
KNOWN_M = 300_000.0
"""And are known after so many metres: what the odometer's counts cut off is then no part of the error."""
FACTOR_MIN, FACTOR_MAX = 0.9, 1.1
"""Tyres are never further off; a piece that says so is another fault, and teaches nothing."""


@dataclass(frozen=True, slots=True)
class Tyres:
    """What was learnt of a vehicle's odometer: the same metres as speeds told them and as it counted them."""

    road_m: float = 0.0
    counted_m: float = 0.0

    @property
    def factor(self) -> float | None:
        """Metres of road for a metre counted; None while too little was learnt."""
        if self.counted_m < KNOWN_M:
            return None
        return self.road_m / self.counted_m

    def learn(self, road_m: float, counted_m: float) -> Tyres:
        """With one more piece."""
        return Tyres(self.road_m + road_m, self.counted_m + counted_m)


UNKNOWN = Tyres()


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a stretch of reports: metres run since the first of them, at each, which of them are of a vehicle
    that moves, and the tyres afterwards."""

    metres: list[float]
    moves: list[bool]
    tyres: Tyres


def run(points: Sequence[Point], tyres: Tyres = UNKNOWN) -> Run:
    """Fold reports, in the order of the terminal's clock, into metres. Reports of one moment count once."""
    moves = moving(points)
    odometer = _Odometer(points, tyres)
    total, metres = 0.0, []
    before: Point | None = None
    moved = False
    for point, moves_now in zip(points, moves, strict=True):
        if before is None or point.device_ms > before.device_ms:
            if before is not None:
                step, sure = _step(before, moved, point, moves_now, odometer.tyres.factor)
                total = odometer.bound(point, total + step, step, sure)
            before, moved = point, moves_now
        metres.append(total)
    return Run(metres, moves, odometer.tyres)


def moving(points: Sequence[Point]) -> list[bool]:
    """Which reports are of a vehicle that moves."""
    moves = [point.speed_kmh_e1 >= DRIVING_KMH_E1 for point in points]
    for at, beside in (*_beside(len(points), 1), *_beside(len(points), -1)):
        near = abs(points[at].device_ms - points[beside].device_ms) <= GAP_MS
        moves[at] |= moves[beside] and near and points[at].speed_kmh_e1 > 0
    return moves


def _beside(count: int, way: int) -> Iterator[tuple[int, int]]:
    places = range(1, count) if way > 0 else range(count - 2, -1, -1)
    return ((at, at - way) for at in places)


def _step(a: Point, a_moves: bool, b: Point, b_moves: bool, factor: float | None) -> tuple[float, bool]:
    """Metres between two reports, and whether speeds told them."""
    span_ms = b.device_ms - a.device_ms
    speed_m = (a.speed_kmh_e1 * a_moves + b.speed_kmh_e1 * b_moves) / 72_000 * min(span_ms, GAP_MS)
    if span_ms <= GAP_MS:
        return speed_m, True
    if a.odometer_km_e1 is not None and b.odometer_km_e1 is not None:
        counts = b.odometer_km_e1 - a.odometer_km_e1
        if counts >= COUNTS_OF_A_TRIP:
            return counts * COUNT_M * (factor or 1.0), False
        return min(speed_m, (counts + 1) * COUNT_M) if counts >= 0 else 0.0, speed_m == 0.0
    if span_ms > LONG_GAP_MS and a.fix and b.fix:
        straight_m = distance_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)
        return (straight_m if straight_m > STRAIGHT_M_MIN else 0.0), False
    return speed_m, speed_m == 0.0


class _Odometer:
    """Holds the sum within what the odometer shows, and learns its tyres on the way."""

    def __init__(self, points: Sequence[Point], tyres: Tyres) -> None:
        self.tyres = tyres
        self._factor = tyres.factor
        self._zero_m: float | None = None  # the sum at which the odometer, once its tyres are known, would show nothing
        self._piece: tuple[int, float] | None = None  # since this count, so many metres by speed
        first = points[0].odometer_km_e1 if points else None
        if first is not None:
            self._piece = first, 0.0

    def bound(self, point: Point, total_m: float, step_m: float, sure: bool) -> float:
        """The sum at a report, whose last step speeds told or did not."""
        count = point.odometer_km_e1
        if count is None:
            return total_m
        self._learn(count, step_m, sure)
        factor = self.tyres.factor
        if factor is None:
            return total_m
        if self._zero_m is None or self._factor is None:
            self._zero_m = total_m - (count + 0.5) * COUNT_M * factor
        elif factor != self._factor:
            self._zero_m += count * COUNT_M * (self._factor - factor)
        self._factor = factor
        low_m = self._zero_m + count * COUNT_M * factor
        return min(max(total_m, low_m), low_m + COUNT_M * factor)

    def _learn(self, count: int, step_m: float, sure: bool) -> None:
        if self._piece is None or not sure or count < self._piece[0]:
            self._piece = count, 0.0
            return
        since, road_m = self._piece
        road_m += step_m
        counted_m = (count - since) * COUNT_M
        if counted_m >= LEARN_M:
            if FACTOR_MIN <= road_m / counted_m <= FACTOR_MAX:
                self.tyres = self.tyres.learn(road_m, counted_m)
            self._piece = count, 0.0
        else:
            self._piece = since, road_m
