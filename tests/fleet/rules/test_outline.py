"""Outlines against a slow check of another kind: angles summed, lines walked in small steps, geodesics by Vincenty."""

from __future__ import annotations

from itertools import pairwise
from math import atan, atan2, cos, hypot, pi, radians, sin, sqrt, tan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fleet.rules.outline import LENGTH_MAX, POINTS_MAX, Spot, away_m, box_of, parse, surrounds, text_of

LATS, LONS = st.integers(37_000_000, 53_000_000), st.integers(97_000_000, 126_000_000)
SPOTS = st.builds(Spot, LATS, LONS)
REACH = 150_000  # millionths of a degree: some 15 km
STEPS = 400


@st.composite
def near(draw: st.DrawFn, count: tuple[int, int]) -> tuple[list[Spot], Spot]:
    """A chain of points within some 15 km of each other, and a point among them."""
    middle = draw(SPOTS)
    offsets = st.tuples(st.integers(-REACH, REACH), st.integers(-REACH, REACH))
    chain = draw(st.lists(offsets, min_size=count[0], max_size=count[1], unique=True))
    lat, lon = draw(offsets)
    return [Spot(middle.lat_e6 + a, middle.lon_e6 + b) for a, b in chain], Spot(
        middle.lat_e6 + lat, middle.lon_e6 + lon
    )


def vincenty_m(a: Spot, b: Spot) -> float:
    """Vincenty's inverse formula on WGS-84 (Survey Review 176, 1975)."""
    major, flat = 6_378_137.0, 1 / 298.257223563
    minor = major * (1 - flat)
    u1, u2 = (atan((1 - flat) * tan(radians(each.lat_e6 / 1e6))) for each in (a, b))
    apart = lon = radians((b.lon_e6 - a.lon_e6) / 1e6)
    sin_s = cos_s = cos_2m = cos2_a = sigma = 0.0
    for _ in range(50):
        sin_s = hypot(cos(u2) * sin(lon), cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(lon))
        if not sin_s:
            return 0.0
        cos_s = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(lon)
        sigma = atan2(sin_s, cos_s)
        sin_a = cos(u1) * cos(u2) * sin(lon) / sin_s
        cos2_a = 1 - sin_a**2
        cos_2m = cos_s - 2 * sin(u1) * sin(u2) / cos2_a if cos2_a else 0.0
        c = flat / 16 * cos2_a * (4 + flat * (4 - 3 * cos2_a))
        lon, before = (
            apart + (1 - c) * flat * sin_a * (sigma + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m**2 - 1))),
            lon,
        )
        if abs(lon - before) < 1e-13:
            break
    u_2 = cos2_a * (major**2 - minor**2) / minor**2
    one = 1 + u_2 / 16384 * (4096 + u_2 * (-768 + u_2 * (320 - 175 * u_2)))
    two = u_2 / 1024 * (256 + u_2 * (-128 + u_2 * (74 - 47 * u_2)))
    turn = cos_s * (2 * cos_2m**2 - 1) - two / 6 * cos_2m * (4 * sin_s**2 - 3) * (4 * cos_2m**2 - 3)
    return minor * one * (sigma - two * sin_s * (cos_2m + two / 4 * turn))


def winds(points: list[Spot], at: Spot) -> int:
    """How often a closed chain goes round a point: its angles, seen from there, summed."""
    total = 0.0
    for a, b in pairwise((*points, points[0])):
        ahead = atan2(b.lat_e6 - at.lat_e6, b.lon_e6 - at.lon_e6)
        turn = ahead - atan2(a.lat_e6 - at.lat_e6, a.lon_e6 - at.lon_e6)
        total += (turn + pi) % (2 * pi) - pi
    return round(total / (2 * pi))


def walked_m(points: list[Spot], at: Spot) -> float:
    """The least distance to any of many places along a chain."""
    return min(
        vincenty_m(
            Spot(
                round(a.lat_e6 + (b.lat_e6 - a.lat_e6) * step / STEPS),
                round(a.lon_e6 + (b.lon_e6 - a.lon_e6) * step / STEPS),
            ),
            at,
        )
        for a, b in pairwise(points)
        for step in range(STEPS + 1)
    )


def on_edge(points: list[Spot], at: Spot) -> bool:
    return any(
        abs((b.lon_e6 - a.lon_e6) * (at.lat_e6 - a.lat_e6) - (b.lat_e6 - a.lat_e6) * (at.lon_e6 - a.lon_e6))
        <= hypot(b.lat_e6 - a.lat_e6, b.lon_e6 - a.lon_e6)
        for a, b in pairwise((*points, points[0]))
    )


@given(near((3, 8)))
def test_a_polygon_surrounds_what_its_edge_winds_around_an_odd_number_of_times(drawn: tuple[list[Spot], Spot]) -> None:
    points, at = drawn
    assume(not on_edge(points, at))

    assert surrounds(points, at) == (winds(points, at) % 2 == 1)


@given(near((3, 6)), st.integers(0, 1_000))
def test_the_corners_of_a_polygon_and_its_middles_of_edges_belong_to_it(
    drawn: tuple[list[Spot], Spot], part: int
) -> None:
    points, _ = drawn
    doubled = [Spot(2 * each.lat_e6, 2 * each.lon_e6) for each in points]
    a, b = points[part % len(points)], points[(part + 1) % len(points)]

    assert surrounds(points, a)
    assert surrounds(doubled, Spot(a.lat_e6 + b.lat_e6, a.lon_e6 + b.lon_e6))


@given(near((1, 1)))
def test_the_distance_to_a_point_is_that_on_the_ellipsoid(drawn: tuple[list[Spot], Spot]) -> None:
    (one,), at = drawn

    assert away_m([one], at) == pytest.approx(vincenty_m(one, at), rel=2e-5, abs=0.01)


@given(near((2, 3)))
def test_the_distance_to_a_line_is_the_least_to_any_place_on_it(drawn: tuple[list[Spot], Spot]) -> None:
    points, at = drawn
    longest_m = max(vincenty_m(a, b) for a, b in pairwise(points))

    least_m = walked_m(points, at)
    between_steps_m = sqrt(least_m**2 + (longest_m / STEPS) ** 2) - least_m
    assert away_m(points, at) == pytest.approx(least_m, rel=1e-4, abs=between_steps_m + 0.2)


@given(near((1, 5)), st.floats(0, 20_000))
def test_nothing_within_reach_lies_outside_the_box(drawn: tuple[list[Spot], Spot], margin_m: float) -> None:
    points, at = drawn
    if away_m(points, at) <= margin_m:
        assert box_of(points, margin_m).holds(at)


@given(st.lists(SPOTS, max_size=60))
def test_an_outline_is_read_back_from_its_text(points: list[Spot]) -> None:
    assert parse(text_of(points)) == tuple(points)
    assert parse(text_of(points).replace(" ", "  ")) == tuple(points)


@pytest.mark.parametrize(
    "text",
    ["39.2", "39.2,101.7,5", "39.2,a", "91,101.7", "39.2,181", "39.21650012,101", "nan,101", "1e999,101",
     " ".join(["39,101"] * (POINTS_MAX + 1))],
)  # fmt: skip
def test_what_is_no_outline_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whoever asks names the field
        parse(text)


def test_the_longest_outline_of_the_region_to_a_metre_fits_the_register() -> None:
    assert len(text_of([Spot(39_216_510, 101_680_130)] * POINTS_MAX)) <= LENGTH_MAX
