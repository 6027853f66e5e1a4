"""Metres of road: what speeds, odometer and places say together, and that none of them adds to a parked vehicle's."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tracks.geodesy import distance_m, metres_a_unit
from fleet.tracks.movement import KNOWN_M, Run, Tyres, moving, run
from fleet.tracks.point import Point

NOON_MS = 1_793_505_600_000
UNKNOWN = Tyres()
KNOWN = Tyres(road_m=KNOWN_M * 1.01, counted_m=KNOWN_M)
"""A vehicle whose tyres are a hundredth larger than its odometer believes."""


def at(
    second: int, speed_kmh: float = 0, *, odometer: int | None = 1000, lat_e6: int = 39_200_000, fix: int = 1
) -> Point:
    return Point(
        NOON_MS + second * 1000, NOON_MS + second * 1000 + 2000, lat_e6, 101_600_000, 1300, round(speed_kmh * 10), 0,
        fix, int(speed_kmh > 0), odometer, None, 12, 28, 0, 3,
    )  # fmt: skip


def total(points: list[Point], tyres: Tyres = UNKNOWN) -> float:
    return run(points, tyres).metres[-1]


@pytest.mark.parametrize(
    ("speeds", "moves"),
    [
        ([0, 0, 0], [False, False, False]),
        ([0, 3, 0], [False, False, False]),  # a parked receiver's claim
        ([4, 4, 4], [False, False, False]),
        ([0, 30, 0], [False, True, False]),
        ([2, 30, 1], [True, True, True]),  # drawing away, rolling out
        ([2, 2, 30, 0, 2], [True, True, True, False, False]),
    ],
)
def test_a_report_moves_by_its_speed_or_beside_one_that_does(speeds: list[float], moves: list[bool]) -> None:
    assert moving([at(10 * number, speed) for number, speed in enumerate(speeds)]) == moves


def test_a_slow_claim_after_a_long_silence_is_not_beside_anything() -> None:
    assert moving([at(0, 30), at(300, 3)]) == [True, False]


def test_between_reports_it_ran_the_mean_of_their_speeds() -> None:
    points = [at(0, 36, odometer=None), at(10, 72, odometer=None), at(20, 72, odometer=None)]
    assert run(points).metres == pytest.approx([0, 150, 350])


def test_a_parked_vehicle_goes_no_metre_whatever_its_receiver_and_its_ignition_claim() -> None:
    chance = Random(5)
    points = [
        at(60 * number, chance.choice((0, 0, 0, 3.9)), lat_e6=39_200_000 + chance.randrange(-5000, 5000))._replace(
            acc=1
        )
        for number in range(1440)
    ]
    assert run(points).metres == [0.0] * 1440
    without_odometer = [point._replace(odometer_km_e1=None) for point in points]
    assert run(without_odometer).metres == [0.0] * 1440


def test_over_a_gap_the_odometer_tells() -> None:
    assert total([at(0, odometer=1000), at(3600, odometer=1230)]) == 23_000
    assert total([at(0, odometer=1000), at(3600, odometer=1230)], KNOWN) == pytest.approx(23_230)


def test_a_count_that_was_due_anyway_is_no_trip() -> None:
    assert total([at(0, odometer=1000), at(3600, odometer=1001)]) == 0


def test_an_odometer_that_runs_backwards_adds_nothing() -> None:
    assert total([at(0, odometer=1000), at(3600, odometer=200), at(3660, odometer=200)]) == 0


def test_without_an_odometer_a_long_gap_is_a_straight_line_and_a_short_one_is_a_jump() -> None:
    far = at(3600, odometer=None, lat_e6=39_300_000)
    north_m = distance_m(39_200_000, 101_600_000, 39_300_000, 101_600_000)
    assert total([at(0, odometer=None), far]) == north_m
    assert total([at(0, odometer=None), far._replace(device_ms=NOON_MS + 60_000)]) == 0
    assert total([at(0, odometer=None), far._replace(fix=0)]) == 0


def test_what_it_ran_stays_within_what_the_odometer_shows() -> None:
    # The speeds say half of what the odometer counts: the sum is pulled along, a count or two behind.
    points = [at(10 * number, 36, odometer=1000 + number * 2) for number in range(100)]
    assert total(points, KNOWN) == pytest.approx(99 * 200 * 1.01, abs=202)


def test_tyres_are_learnt_from_what_speeds_and_odometer_said_together() -> None:
    metres, points = 0.0, []
    for number in range(40_000):
        points.append(at(10 * number, 36, odometer=1000 + int(metres / 1.02 / 100)))
        metres += 100
    factor = run(points).tyres.factor
    assert factor == pytest.approx(1.02, abs=0.001)


def test_learning_goes_on_from_what_was_learnt_before() -> None:
    points = [at(10 * number, 72, odometer=1000 + number * 2) for number in range(200)]
    learnt = run(points, KNOWN).tyres
    assert learnt.counted_m > KNOWN.counted_m
    assert learnt.factor != KNOWN.factor


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90), st.integers(0, 5)), max_size=40))
def test_metres_never_shrink_and_a_report_told_twice_counts_once(steps: list[tuple[int, int, int]]) -> None:
    second, odometer, points = 0, 1000, [at(0)]
    for wait, speed, counts in steps:
        second, odometer = second + wait, odometer + counts
        points.append(at(second, speed, odometer=odometer))
    once: Run = run(points, KNOWN)
    assert once.metres == sorted(once.metres)
    twice = [point for point in points for _ in range(2)]
    assert run(twice, KNOWN).metres[::2] == once.metres


def test_lengths_on_the_ellipsoid() -> None:
    # 1 degree of the meridian from 39.5 to 40.5 and of the parallel of 40, as the ellipsoid's integrals give them.
    assert distance_m(39_500_000, 0, 40_500_000, 0) == pytest.approx(111_034.61, abs=0.5)
    assert distance_m(40_000_000, 0, 40_000_000, 1_000_000) == pytest.approx(85_393.7, abs=1)
    north, east = metres_a_unit(40_000_000)
    assert (north, east) == pytest.approx((0.111035, 0.085394), abs=1e-6)
