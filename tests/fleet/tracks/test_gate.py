"""The gate: what each report of a day is worth, whatever order the day arrived in."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.tracks.gate import CLOCK_AHEAD_MAX_MS, INSTALLED_FIRST_MS, JUMPS_MAX, doubts, timed
from fleet.tracks.point import Point

NOON_MS = 1_793_505_600_000


def at(second: int, lat_e6: int = 39_200_000, **said: Any) -> Point:
    point = Point(
        NOON_MS + second * 1000, NOON_MS + second * 1000 + 2000, lat_e6, 101_600_000, 1300, 0, 0, 1, 0, None, None, 12,
        28, 0, 2,
    )  # fmt: skip
    return point._replace(**said)


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ({}, ""),
        ({"fix": 0}, "no_fix"),
        ({"lat_e6": 90_000_001}, "out_of_range"),
        ({"lon_e6": -180_000_001}, "out_of_range"),
        ({"lat_e6": 0, "lon_e6": 0}, "null_island"),
        ({"satellites": 2}, "few_satellites"),
        ({"satellites": 3}, ""),
        ({"satellites": 0}, ""),  # a terminal that does not say
        ({"satellites": None}, ""),
    ],
)
def test_what_a_report_alone_says_against_itself(said: dict[str, Any], doubt: str) -> None:
    assert doubts([at(0, **said)]) == [doubt]


def test_a_place_that_could_not_be_reached_is_doubted_and_the_one_after_it_is_not() -> None:
    assert doubts([at(0), at(10, 39_300_000), at(20)]) == ["", "implied_speed", ""]


@pytest.mark.parametrize(("metres_e6", "doubt"), [(4_900, ""), (5_100, "implied_speed")])
def test_two_hundred_kilometres_an_hour_is_the_bound(metres_e6: int, doubt: str) -> None:
    assert doubts([at(0), at(10, 39_200_000 + metres_e6)])[1] == doubt  # 544 m and 566 m in ten seconds


def test_a_step_of_less_than_a_hundred_metres_says_nothing_of_speed() -> None:
    assert doubts([at(0), at(0, 39_200_880)]) == ["", ""]


def test_where_all_that_follows_disagrees_the_first_was_the_jump() -> None:
    points = [at(0, 45_000_000), *(at(10 * number) for number in range(1, 10))]
    assert doubts(points) == ["", *["implied_speed"] * JUMPS_MAX, *[""] * (9 - JUMPS_MAX)]


def test_a_doubted_place_is_nothing_to_measure_the_next_one_by() -> None:
    assert doubts([at(0), at(10, fix=0, lat_e6=10_000_000), at(20)]) == ["", "no_fix", ""]


@pytest.mark.parametrize(
    ("device_ms", "believed"),
    [
        (INSTALLED_FIRST_MS - 1, False),
        (INSTALLED_FIRST_MS, True),
        (NOON_MS + CLOCK_AHEAD_MAX_MS, True),
        (NOON_MS + CLOCK_AHEAD_MAX_MS + 1, False),
    ],
)
def test_a_time_is_believed_from_the_first_installation_to_a_little_ahead(device_ms: int, believed: bool) -> None:
    assert timed(device_ms, NOON_MS) is believed
