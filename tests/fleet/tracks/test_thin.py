"""Thinned lines: where a vehicle was at every moment, within the error that is stated, and in very few vertices."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.tracks.point import Point
from fleet.tracks.thin import TOLERANCE_M, Vertex, error_m, pack, places, thin, unpack

NOON_MS = 1_793_505_600_000
STEPS = st.lists(
    st.tuples(st.integers(1, 600), st.integers(-900, 900), st.integers(-900, 900), st.integers(0, 1)), max_size=60
)


def at(second: float, lat_e6: int = 39_200_000, lon_e6: int = 101_600_000, speed_kmh: float = 0, fix: int = 1) -> Point:
    ms = NOON_MS + round(second * 1000)
    return Point(ms, ms, lat_e6, lon_e6, 1300, round(speed_kmh * 10), 0, fix, 1, None, None, 12, 28, 0, 3)


def walk(steps: list[tuple[int, int, int, int]]) -> list[Point]:
    second, lat, lon, points = 0, 39_200_000, 101_600_000, [at(0)]
    for wait, north, east, fix in steps:
        second, lat, lon = second + wait, lat + north, lon + east
        points.append(at(second, lat, lon, speed_kmh=60, fix=fix))
    return points


@given(STEPS, st.sampled_from([15.0, TOLERANCE_M, 100.0]))
def test_no_report_is_further_from_the_line_than_the_tolerance(
    steps: list[tuple[int, int, int, int]], tolerance_m: float
) -> None:
    points = walk(steps)
    assert error_m(points, thin(points, tolerance_m)) <= tolerance_m


@given(STEPS)
def test_lines_come_back_as_they_were_packed(steps: list[tuple[int, int, int, int]]) -> None:
    vertices = thin(walk(steps))
    assert unpack(pack(vertices)) == vertices


def test_a_day_in_the_yard_is_two_vertices() -> None:
    chance = Random(3)
    points = [
        at(60 * n, 39_200_000 + chance.randrange(-90, 90), 101_600_000 + chance.randrange(-90, 90)) for n in range(1440)
    ]
    assert len(thin(points)) == 2


def test_a_straight_road_at_one_speed_is_two_vertices_and_a_stop_on_it_two_more() -> None:
    drive = [at(10 * n, 39_200_000 + 1500 * n, speed_kmh=60) for n in range(100)]
    assert len(thin(drive)) == 2
    end = drive[-1]
    stop = [end._replace(device_ms=end.device_ms + 10_000 * n, speed_kmh_e1=0) for n in range(1, 60)]
    on = [
        stop[-1]._replace(device_ms=stop[-1].device_ms + 10_000 * n, lat_e6=end.lat_e6 + 1500 * n, speed_kmh_e1=600)
        for n in range(1, 100)
    ]
    assert len(thin(drive + stop + on)) == 4


def test_a_jump_of_the_receiver_is_no_place_but_what_stays_is() -> None:
    yard, far = [at(10 * n) for n in range(10)], [at(100 + 10 * n, 39_203_000) for n in range(20)]
    assert places([*yard, far[0], at(110), at(120)]) == [*yard, at(110), at(120)]
    assert places(yard + far)[-1] == far[-1]


@pytest.mark.parametrize("no_place", [at(5, fix=0), at(5, lat_e6=0, lon_e6=0), at(0)])
def test_a_report_without_a_place_or_a_moment_of_its_own_is_left_out(no_place: Point) -> None:
    assert places([at(0), no_place, at(10)]) == [at(0), at(10)]


def test_nothing_is_a_line_of_nothing() -> None:
    assert thin([]) == thin([at(0, fix=0)]) == []
    with pytest.raises(ValueError, match="1 to"):
        pack([])


def test_one_report_is_one_vertex() -> None:
    assert thin([at(0.75)]) == [Vertex(NOON_MS + 750, 39_200_000, 101_600_000)]


@given(st.binary(max_size=60))
def test_foreign_bytes_are_a_line_or_one_known_error(garbage: bytes) -> None:
    for data in (garbage, b"\x01" + garbage, pack(thin(walk([(10, 500, 500, 1)]))) + garbage):
        try:
            line = unpack(data)
        except NotTrusted as refused:
            assert str(refused).startswith("segment_form")  # noqa: PT017 - either outcome is right
        else:
            assert all(isinstance(vertex, Vertex) for vertex in line)
