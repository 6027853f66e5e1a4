"""In a place, or so far to one side of the nearest: what a dispatcher reads instead of coordinates."""

from __future__ import annotations

from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.place import Place
from fleet.rules.places import NO_PLACES, Places
from fleet.rules.whereabouts import NEAR_MAX_M, SIDES, Near, near, place_of, side

TOWN = Place(name="额肯呼都格镇", kind="town", lat_e6=39_216_000, lon_e6=101_680_000, radius_m=2_500)
YARD = Place(name="机关大院", kind="designated", lat_e6=39_216_500, lon_e6=101_666_600, radius_m=150)
GATE = Place(name="大院东门", kind="gate", lat_e6=39_216_500, lon_e6=101_667_000, radius_m=60)
HOLE = Place(name="沟里", kind="radio_hole", lat_e6=39_400_000, lon_e6=101_680_000, radius_m=20_000)
KNOWN = Places([TOWN, YARD, GATE, HOLE])
KM = 1 / 111.2
"""Degrees of latitude."""


@pytest.mark.parametrize(
    ("lat", "lon", "within"),
    [
        (39.2165, 101.6666, "大院东门"),
        (39.2165, 101.6656, "机关大院"),
        (39.2160, 101.6850, None),
        (39.4000, 101.6800, None),
    ],
    ids=["in two: the smaller", "in one", "only in a town", "only in a radio hole"],
)
def test_the_smallest_place_that_holds_a_point_names_it(lat: float, lon: float, within: str | None) -> None:
    assert place_of(KNOWN, lat, lon) == within


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        (39.2160, 101.6850, Near("额肯呼都格镇", 0, "")),
        (39.216 + 12 * KM, 101.68, Near("额肯呼都格镇", 12_000, "north")),
        (39.216 - 5 * KM, 101.68, Near("额肯呼都格镇", 5_000, "south")),
        (39.2165, 101.60, Near("额肯呼都格镇", 6_900, "west")),
    ],
    ids=["in a town", "north of it", "south of it", "the town begins before the yard, whose middle is nearer"],
)
def test_a_point_in_the_open_is_so_far_from_the_nearest_place(lat: float, lon: float, said: Near) -> None:
    found = near(KNOWN, lat, lon)

    assert found is not None
    assert (found.place, found.side) == (said.place, said.side)
    assert found.away_m == pytest.approx(said.away_m, rel=0.005)


def test_a_radio_hole_is_no_place_to_be_near_to_and_far_from_everything_nothing_is_near() -> None:
    assert near(Places([HOLE]), 39.4, 101.68) is None
    assert near(KNOWN, 39.216 + (NEAR_MAX_M / 1000 + 4) * KM, 101.68) is None
    assert near(NO_PLACES, 39.2, 101.6) is None


@given(
    eighth=st.integers(0, 7),
    off=st.floats(-0.99, 0.99),
    lat=st.floats(37.5, 53.3),
    lon=st.floats(97.3, 126.0),
    away_m=st.floats(50, 20_000),
)
def test_a_side_is_an_eighth_of_the_circle_about_its_direction(
    eighth: int, off: float, lat: float, lon: float, away_m: float
) -> None:
    degrees = eighth * 45 + off * 22
    to_lat = lat + away_m / 111_200 * cos(radians(degrees))
    to_lon = lon + away_m / 111_200 * sin(radians(degrees)) / cos(radians((lat + to_lat) / 2))

    assert side(lat, lon, to_lat, to_lon) == SIDES[eighth]
