"""Segments: positions in, the same positions out, in a few bytes each; foreign bytes are an error that is known."""

from __future__ import annotations

import lzma
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.tracks import planes, segment
from fleet.tracks.planes import varints
from fleet.tracks.point import Point
from fleet.tracks.segment import POINTS_MAX, pack, unpack, unpack_columns

NOON_MS = 1_793_505_600_000
WORDS = st.integers(0, (1 << 32) - 1)
SENSOR = st.none() | st.integers(-40, 200) | st.integers(0, 1 << 32)
POINTS = st.builds(
    Point,
    device_ms=st.integers(NOON_MS, NOON_MS + 100_000) | st.integers(-(1 << 50), 1 << 50),
    arrival_ms=st.integers(NOON_MS, NOON_MS + 100_000),
    lat_e6=st.integers(-90_000_000, 90_000_000),
    lon_e6=st.integers(101_000_000, 101_100_000) | st.integers(-180_000_000, 180_000_000),
    alt_m=st.integers(-(1 << 15), 1 << 15),
    speed_kmh_e1=st.integers(0, 1 << 16),
    course=st.integers(0, 359) | st.integers(0, 1 << 16),
    fix=st.integers(0, 1),
    acc=st.integers(0, 1),
    odometer_km_e1=SENSOR,
    fuel_l_e1=SENSOR,
    satellites=SENSOR,
    rssi=SENSOR,
    alarm_bits=WORDS,
    status_bits=WORDS,
)


def drive(count: int, seed: int = 7) -> list[Point]:
    """A vehicle on a road, a report every ten seconds, with the noise of a cheap receiver."""
    chance = Random(seed)
    lat, lon, odometer_m, speed, course, points = 39.2, 101.6, 8_000_000.0, 600, 45, []
    for number in range(count):
        speed = min(900, max(0, speed + chance.randrange(-40, 41)))
        course = (course + chance.randrange(-4, 5)) % 360
        step_m = speed / 36 * 10
        north, east = segment._NORTH[course] / (1 << 14), segment._EAST[course] / (1 << 14)
        lat, lon, odometer_m = lat + step_m * north / 111_200, lon + step_m * east / 86_300, odometer_m + step_m
        at_ms = NOON_MS + number * 10_000
        points.append(
            Point(
                at_ms, at_ms + chance.choice((1000, 2000, 3000)), round(lat * 1e6) + chance.randrange(-9, 10),
                round(lon * 1e6) + chance.randrange(-9, 10), 1300 + chance.randrange(-2, 3), speed, course, 1, 1,
                int(odometer_m / 100), 457, 12 + chance.randrange(2), 28, 0, 3,
            )
        )  # fmt: skip
    return points


@given(st.lists(POINTS, min_size=1, max_size=40))
def test_whatever_was_packed_comes_back_to_the_bit_in_the_order_of_the_terminals_clock(points: list[Point]) -> None:
    assert unpack(pack(points)) == sorted(points, key=lambda point: point[:2])


def test_the_order_in_which_positions_arrived_changes_nothing() -> None:
    points = drive(500)
    shuffled = points[:]
    Random(3).shuffle(shuffled)
    assert pack(shuffled) == pack(points)


def test_columns_are_the_rows_turned_over() -> None:
    points = drive(50)
    assert [tuple(column) for column in unpack_columns(pack(points))] == list(zip(*points, strict=True))


def test_a_drive_costs_a_few_bytes_a_position() -> None:
    points = drive(2000)
    assert len(pack(points)) / len(points) < 6.5  # fifteen columns; the noise alone has some four bytes


@pytest.mark.parametrize("step_ms", [1, 250, 1000])
def test_a_clock_of_any_grain_costs_alike(step_ms: int) -> None:
    rows = drive(1000)
    points = [row._replace(device_ms=number * step_ms, arrival_ms=number * step_ms) for number, row in enumerate(rows)]
    assert unpack(pack(points)) == points
    assert len(pack(points)) / len(points) < 7


def test_a_sensor_that_comes_and_goes_is_none_where_it_was_none() -> None:
    points = [
        point._replace(fuel_l_e1=None if number % 3 else 400 - number, rssi=None)
        for number, point in enumerate(drive(60))
    ]
    assert unpack(pack(points)) == points


@pytest.mark.parametrize("count", [0, POINTS_MAX + 1])
def test_none_or_too_many_is_an_error_of_the_caller(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 65536"):
        pack(drive(1) * count)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_foreign_bytes_are_positions_or_one_known_error(garbage: bytes, place: int, value: int) -> None:
    good = bytearray(pack(drive(30)))
    good[place % len(good)] = value
    for data in (garbage, b"\x01" + garbage, bytes(good), bytes(good[: place % len(good)]), bytes(good) + garbage):
        assert _read_or_refused(data)


def _read_or_refused(data: bytes) -> bool:
    try:
        return all(isinstance(point, Point) for point in unpack(data))
    except NotTrusted as refused:
        return refused.code == "segment_form"


def test_a_bomb_is_not_unpacked_beyond_what_its_count_can_need() -> None:
    head = pack(drive(1))
    zeros = lzma.compress(bytes(1 << 26), format=lzma.FORMAT_RAW, filters=planes._FILTERS)
    bomb = varints([9, 15, *[1] * 15]) + zeros
    empty = planes.pack([[]] * 15)
    assert head.endswith(empty)
    with pytest.raises(NotTrusted, match="size"):
        unpack(head[: -len(empty)] + bomb)


@pytest.mark.parametrize("course", [360, -1, 1 << 40])
def test_a_first_course_that_is_no_direction_is_told_although_nothing_turns(course: int) -> None:
    data = pack([Point(at, at, 0, 0, 0, 10, 5, 1, 1, None, None, None, None, 0) for at in range(3)])
    numbers, at = planes.read_varints(data, 3 + len(Point._fields), 1)
    numbers[3 + Point._fields.index("course")] = planes.unsigned(course)

    with pytest.raises(NotTrusted, match="head"):
        unpack_columns(data[:1] + varints(numbers) + data[at:])
