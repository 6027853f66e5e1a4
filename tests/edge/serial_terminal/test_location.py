"""Position reports: the fixed part, the items in whatever state they come, and a clock that may say nothing."""

from __future__ import annotations

from struct import error

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808 import location, location_facts
from edge.serial_terminal.jt808.location import Location

# alarm 0 | status: engine, fix | 39.216500 | 101.666600 | 1500 m | 36.5 km/h | 90 | 2026-09-24 12:00:00 China time
FIXED = bytes.fromhex("00000000 00000003 02566574 060f4f28 05dc 016d 005a 260924120000")

words = st.integers(0, 0xFFFFFFFF)
items = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=8).map(tuple)


@st.composite
def locations(draw: st.DrawFn) -> Location:
    lat, lon = draw(st.integers(-90_000_000, 90_000_000)), draw(st.integers(-180_000_000, 180_000_000))
    hemispheres = (location.SOUTH if lat < 0 else 0) | (location.WEST if lon < 0 else 0)
    return Location(
        alarm=draw(words),
        status=draw(words) & ~(location.SOUTH | location.WEST) | hemispheres,
        lat=lat / 1e6,
        lon=lon / 1e6,
        alt_m=draw(st.integers(-500, 9000)),
        speed_tenths=draw(st.integers(0, 0xFFFF)),
        course=draw(st.integers(0, 0xFFFF)),
        time=draw(st.binary(min_size=6, max_size=6)),
        items=draw(items),
    )


def test_the_fixed_part_reads_as_the_standard_lays_it_out() -> None:
    position = location.position(location.read(FIXED))
    assert (position.lat, position.lon, position.alt_m) == (39.2165, 101.6666, 1500)
    assert (position.speed_kmh, position.course, position.fix, position.acc) == (36.5, 90, True, True)
    assert position.device_time_ms == 1_790_222_400_000
    assert position.odometer_km is position.fuel_l is position.satellites is position.rssi is None


def test_south_and_west_are_status_bits_and_altitude_may_be_below_the_sea() -> None:
    read = location.read(FIXED[:7] + b"\x0f" + FIXED[8:16] + b"\xff\xf6" + FIXED[18:])
    assert (read.lat, read.lon, read.alt_m) == (-39.2165, -101.6666, -10)


def test_items_keep_their_order_their_repeats_and_their_unknowns() -> None:
    body = FIXED + bytes.fromhex("0104 00075b1c 0202 0113 3001 1c 3101 0d e402 0063 0104 00075b1d")
    read = location.read(body)
    assert [item for item, _ in read.items] == [0x01, 0x02, 0x30, 0x31, 0xE4, 0x01]
    position = location.position(read)
    assert (position.odometer_km, position.fuel_l, position.rssi, position.satellites) == (48_207.7, 27.5, 28, 13)
    assert location_facts.facts(read)["extras"]["0x01"] == ["00075b1c", "00075b1d"]


def test_an_item_with_another_length_than_the_standards_is_a_vendors_and_only_kept_raw() -> None:
    position = location.position(location.read(FIXED + bytes.fromhex("0102 0007 3102 0001")))
    assert position.odometer_km is None
    assert position.satellites is None
    assert position.extras == ((0x01, b"\x00\x07"), (0x31, b"\x00\x01"))


@pytest.mark.parametrize("tail", ["01", "0104 0007", "00de 4200"])
def test_an_item_that_runs_past_the_end_ends_the_list_and_the_base_stands(tail: str) -> None:
    read = location.read(FIXED + bytes.fromhex("3001 1c") + bytes.fromhex(tail))
    assert read.items == ((0x30, b"\x1c"),)
    assert read.tail == bytes.fromhex(tail)
    assert read.lat == 39.2165


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("260924120000", 1_790_222_400_000),
        ("000101000000", 946_656_000_000),  # 2000-01-01 in China is still 1999 in UTC
        ("240229235959", 1_709_222_399_000),
        ("000000000000", None),
        ("230229120000", None),
        ("260924240000", None),
        ("260924126000", None),
        ("26092412000a", None),
        ("ffffffffffff", None),
    ],
)
def test_a_terminals_clock_is_china_time_or_nothing(raw: str, expected: int | None) -> None:
    assert location.device_time_ms(bytes.fromhex(raw)) == expected
    assert location.device_time_ms(bytes.fromhex(raw)) == expected  # a minute that is kept answers the same


@given(st.integers(946_656_000_000, 4_102_415_999_000).map(lambda ms: ms // 1000 * 1000))
def test_every_second_of_the_century_survives_the_wire(at_ms: int) -> None:
    assert location.device_time_ms(location.bcd_time(at_ms)) == at_ms


def test_the_minutes_kept_are_bounded() -> None:
    for raw in range(3 * location.MINUTES_KEPT_MAX):
        location.device_time_ms(raw.to_bytes(5, "big") + bytes(1))
    assert len(location._minutes) <= location.MINUTES_KEPT_MAX


@given(locations())
def test_a_report_that_was_written_is_read_as_it_was_meant(meant: Location) -> None:
    assert location.read(location.write(meant)) == meant


@given(locations())
def test_a_reports_facts_hold_all_of_it(meant: Location) -> None:
    again = location_facts.location(location_facts.facts(meant))
    assert again._replace(items=()) == meant._replace(items=())
    assert sorted(again.items) == sorted(meant.items)


@given(st.binary(min_size=28, max_size=200))
def test_any_28_bytes_are_a_position_whatever_follows(body: bytes) -> None:
    read = location.read(body)
    assert location.position(read).extras == read.items
    assert sum(2 + len(value) for _, value in read.items) + len(read.tail) == len(body) - 28


@given(st.binary(max_size=27))
def test_fewer_are_none(body: bytes) -> None:
    with pytest.raises(error):
        location.read(body)
