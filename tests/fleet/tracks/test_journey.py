"""What a trip's track shows: legs between stops, where it stood, how much of its time is known."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tracks.journey import Journey, Stop, completeness, counted_m, journey
from fleet.tracks.point import Point
from fleet.tracks.track import judged

NOON_MS = 1_793_505_600_000
MINUTE_MS = 60_000


def report(second: int, lat_e6: int, *, moving: bool, driven_m: float, acc: int = 1, fix: int = 1) -> Point:
    return Point(
        NOON_MS + second * 1000, NOON_MS + second * 1000 + 2000, lat_e6, 101_600_000, 1300, 720 * moving, 0, fix, acc,
        10_000 + int(driven_m // 100), None, 12, 28, 0, 3,
    )  # fmt: skip


def a_trip(*, engine_on: bool = False, left_out: range = range(0), fix: int = 1) -> list[Point]:
    """Ten minutes north at 72 km/h, twenty standing, ten further north; a report every ten seconds."""
    points, driven_m = [], 0.0
    for second in range(0, 2401, 10):
        moving = 0 < second < 600 or 1800 < second < 2400
        driven_m += 200.0 * moving
        stands = 600 <= second <= 1800
        lat_e6 = 39_200_000 + round(driven_m / 0.111)
        if second not in left_out:
            points.append(
                report(
                    second, lat_e6, moving=moving, driven_m=driven_m, acc=int(engine_on or not stands),
                    fix=fix if stands else 1,
                )
            )  # fmt: skip
    return points


def told(points: list[Point], minutes: int = 40) -> Journey:
    return journey(judged(points), NOON_MS, NOON_MS + minutes * MINUTE_MS)


def test_two_legs_with_a_stop_between() -> None:
    found = told(a_trip())

    assert [(stop.start_ms - NOON_MS, stop.end_ms - NOON_MS) for stop in found.stops] == [(600_000, 1_800_000)]
    assert [round(leg.metres, -3) for leg in found.legs] == [12_000, 12_000]
    assert sum(leg.metres for leg in found.legs) == pytest.approx(found.metres)
    assert found.stops[0].placed == (39_200_000 + round(11_800 / 0.111), 101_600_000)
    assert (found.completeness, found.odometer_m) == (1.0, 23_600)


@pytest.mark.parametrize("engine_on", [True, False])
def test_whether_the_engine_ran_while_it_stood_is_known(engine_on: bool) -> None:
    assert told(a_trip(engine_on=engine_on)).stops[0].engine_on is engine_on


def test_a_stop_without_a_good_place_is_a_stop_nobody_knows_where() -> None:
    assert told(a_trip(fix=0)).stops[0].placed is None


def test_a_jump_is_never_where_a_vehicle_stood() -> None:
    points = a_trip()
    points[70] = points[70]._replace(lat_e6=points[70].lat_e6 + 4_000)
    assert told(points).stops == told(a_trip()).stops


def test_short_stands_are_traffic() -> None:
    assert told(a_trip(left_out=range(700, 1800))).stops != ()
    points = [each for each in a_trip() if not 700 <= (each.device_ms - NOON_MS) // 1000 < 1800]
    shifted = [
        each._replace(device_ms=each.device_ms - 1_100_000 * (each.device_ms > NOON_MS + 900_000)) for each in points
    ]
    assert told(shifted, 22).stops == ()


@pytest.mark.parametrize(
    ("left_out", "share"),
    [
        (range(0), 1.0),
        (range(700, 1700), 1.0),  # silent where it stood
        (range(200, 400), 1 - 210 / 2400),  # silent on the way
        (range(1500, 2000), 1 - 510 / 2400),  # silent where it stood and drove off: nobody knows when
        (range(300), 1 - 300 / 2400),
    ],
)
def test_time_is_covered_where_reports_come_or_both_ends_stand_at_one_place(left_out: range, share: float) -> None:
    assert told(a_trip(left_out=left_out)).completeness == pytest.approx(share)


def test_a_silence_over_which_the_odometer_ran_is_not_covered_though_it_ends_where_it_began() -> None:
    ends = [report(0, 39_200_000, moving=False, driven_m=0), report(3600, 39_200_000, moving=False, driven_m=50_000)]
    track = judged(ends)
    assert completeness(track, NOON_MS, NOON_MS + 3_600_000) == 0
    assert counted_m(track, NOON_MS, NOON_MS + 3_600_000) == 50_000


def test_of_a_trip_nobody_heard_nothing_is_known() -> None:
    found = told([])
    assert (found.metres, found.legs, found.stops, found.completeness, found.odometer_m) == (0, (), (), 0, None)
    assert completeness(judged([]), NOON_MS, NOON_MS) == 0


@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_trip(chance: Random) -> None:
    points = a_trip() + a_trip()[50:90]
    chance.shuffle(points)
    assert told(points) == told(a_trip())


def test_where_a_stop_was_is_its_middle() -> None:
    assert Stop(0, 1, None, 5, False).placed is None
    assert Stop(0, 1, 4, 5, False).placed == (4, 5)
