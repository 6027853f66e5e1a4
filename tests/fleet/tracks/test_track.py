"""A judged track: the same reports make the same, in whatever order, batches and number they arrived."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tracks.days import DAY_MS, ZONE_MS, day_of, days
from fleet.tracks.point import Point
from fleet.tracks.track import Track, in_order, judged

NOON_MS = 1_793_505_600_000


def drive(seconds: int = 600, *, seed: int = 1) -> list[Point]:
    """A vehicle that stands a minute, drives north at 72 km/h, stands again; one jump, one tunnel."""
    chance, points, lat = Random(seed), [], 39_200_000.0
    for second in range(0, seconds, 10):
        moving = 60 <= second < seconds - 60
        lat += 200 / 0.111 * moving
        place = lat + (20_000 if second == 200 else chance.uniform(-20, 20))
        fix = not 300 <= second < 340
        points.append(
            Point(
                NOON_MS + second * 1000, NOON_MS + second * 1000 + chance.randrange(1000, 9000), round(place),
                101_600_000, 1300, 720 * moving, 0, int(fix), 1, 1000 + second // 50, None, 12, 28, 0, 3,
            )
        )  # fmt: skip
    return points


def result(track: Track) -> tuple[object, ...]:
    return track.points, track.doubts, track.moves, track.metres, track.tyres


@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_of_arrival_and_repetition_change_nothing(chance: Random, again: int) -> None:
    points = drive()
    shuffled = points + [point._replace(arrival_ms=point.arrival_ms + 60_000) for point in points[:again]]
    chance.shuffle(shuffled)

    assert result(judged(shuffled)) == result(judged(points))


def test_places_that_are_doubted_are_no_places_but_their_speeds_count() -> None:
    track = judged(drive())

    assert [doubt for doubt in track.doubts if doubt] == ["implied_speed", *["no_fix"] * 4]
    assert len(track.placed) == len(track.points) - 5
    assert track.metres[-1] == pytest.approx(48 * 200, rel=0.01)


def test_metres_of_a_part_are_those_between_its_ends() -> None:
    track = judged(drive())

    assert track.metres_between(NOON_MS, NOON_MS + 50_000) == 0
    assert track.metres_between(NOON_MS + 100_000, NOON_MS + 150_000) == pytest.approx(1000)
    assert track.metres_between(NOON_MS + 105_000, NOON_MS + 110_000) == pytest.approx(100)
    assert track.metres_between(0, NOON_MS + DAY_MS) == track.metres[-1]
    assert [*track.within(NOON_MS + 10_000, NOON_MS + 30_000)] == [1, 2, 3]


def test_nothing_was_heard_nothing_was_run() -> None:
    track = judged([])
    assert (track.points, track.metres_between(0, NOON_MS)) == ([], 0)


def test_two_reports_of_one_moment_that_differ_both_stay() -> None:
    a, b = drive()[0], drive()[0]._replace(lat_e6=39_200_123)
    assert in_order([b, a, b]) == in_order([a, b]) == sorted([a, b], key=lambda point: point.lat_e6)


def test_a_day_begins_at_midnight_of_the_regions_zone() -> None:
    midnight = day_of(NOON_MS)
    assert (midnight + ZONE_MS) % DAY_MS == 0
    assert day_of(midnight) == midnight
    assert day_of(midnight - 1) == midnight - DAY_MS
    assert [*days(midnight - 1, midnight)] == [midnight - DAY_MS, midnight]
    assert [*days(midnight, midnight - 1)] == []
