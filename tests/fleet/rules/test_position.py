"""The gate every position passes before a rule looks at it: what is refused, and what is let through on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.position import Position, distance_m, judge
from fleet.tracks.gate import CLOCK_AHEAD_MAX_MS, INSTALLED_FIRST_MS

NOON_MS = 1_790_222_400_000
GOOD = Position(device_time_ms=NOON_MS, lat=39.2165, lon=101.6666, speed_kmh=36.5, satellites=13)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"fix": False}, "no_fix"),
        ({"device_time_ms": None}, "no_time"),
        ({"lat": 91.0}, "out_of_range"),
        ({"lon": -180.5}, "out_of_range"),
        ({"lat": 0.0, "lon": 0.0}, "null_island"),
        ({"device_time_ms": INSTALLED_FIRST_MS - 1}, "before_installation"),
        ({"device_time_ms": NOON_MS + CLOCK_AHEAD_MAX_MS}, None),
        ({"device_time_ms": NOON_MS + CLOCK_AHEAD_MAX_MS + 1}, "clock_ahead"),
        ({"device_time_ms": NOON_MS - 30 * 86_400_000}, None),  # stored in a radio hole for a month
        ({"satellites": 2}, "few_satellites"),
        ({"satellites": 3}, None),
        ({"satellites": 0}, None),  # what terminals send that do not say
        ({"satellites": None}, None),
        ({"fix": False, "device_time_ms": None, "lat": 95.0}, "no_fix"),  # the first reason is the one told
    ],
)
def test_a_position_is_refused_for_one_reason_or_passes(change: dict[str, Any], reason: str | None) -> None:
    assert judge(replace(GOOD, **change), NOON_MS) == reason


@pytest.mark.parametrize(
    ("north_m", "seconds", "reason"),
    [
        (1000, 60, None),  # 60 km/h
        (3300, 60, None),  # 198 km/h
        (3400, 60, "implied_speed"),  # 204 km/h
        (90, 1, None),  # receivers wander
        (3400, -60, "implied_speed"),  # a late report of before is judged alike
        (5000, 0, "implied_speed"),
    ],
)
def test_two_positions_must_be_reachable_from_each_other(north_m: float, seconds: int, reason: str | None) -> None:
    there = replace(GOOD, lat=GOOD.lat + north_m / 111_195, device_time_ms=NOON_MS + seconds * 1000)
    assert judge(there, NOON_MS + 60_000, previous=GOOD) == reason


def test_a_terminal_says_nothing_from_before_it_was_installed() -> None:
    assert judge(GOOD, NOON_MS, installed_ms=NOON_MS + 1) == "before_installation"


def test_one_degree_north_is_111_km_everywhere_and_one_east_shrinks_with_latitude() -> None:
    assert distance_m(39, 101, 40, 101) == pytest.approx(111_195, rel=1e-4)
    assert distance_m(60, 101, 60, 102) == pytest.approx(distance_m(0, 101, 0, 102) / 2, rel=1e-3)


@given(*[st.floats(-89, 89), st.floats(-179, 179)] * 2)
def test_distance_is_the_same_both_ways_and_never_more_than_half_round_the_earth(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    there, back = distance_m(lat1, lon1, lat2, lon2), distance_m(lat2, lon2, lat1, lon1)
    assert there == pytest.approx(back, abs=1e-3)
    assert 0 <= there <= 20_016_000
