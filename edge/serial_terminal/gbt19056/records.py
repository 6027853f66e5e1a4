"""What a recorder's answers say, as tables: data ↔ facts, and the positions among them.

Rules kept here:
* The names are those of every protocol; times are ISO 8601 UTC (the recorder's clock is China time).
* A speed of FF and a coordinate of 7FFFFFFF are "not known" and told as null, never as numbers.
* Power states: 1 means connected, 2 means cut: evidence of a power cut. Log-in is 1, log-out 2.
Gaps: the scale of coordinates (0.0001 minute), and what the status bits mean, are as implementations agree; the
standard's own text was not seen. Vehicles' status signals are told as a number.
Source: GB/T 19056-2012, tables of collected data, as implementations show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from struct import Struct
from typing import Any, NamedTuple

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.jt808 import layout
from edge.serial_terminal.jt808.fields import BYTE, DWORD, WORD, Cursor, Digits, Field, Moment, Raw, Row, Several, Text
from edge.serial_terminal.jt808.layout import Body, Layout, Layouts
from fleet.rules.position import Position

NO_SPEED, NO_PLACE = 0xFF, 0x7FFFFFFF
UNITS_PER_DEGREE = 600_000  # of 0.0001 minute
MINUTE_MS = 60_000
_PLACE = Struct(">iih")


class Speed:
    """BYTE in km/h; FF is not known."""

    def read(self, cursor: Cursor) -> int | None:
        value = cursor.take(1)[0]
        return None if value == NO_SPEED else value

    def write(self, value: int | None) -> bytes:
        return bytes((NO_SPEED if value is None else value,))


class Place:
    """Longitude, latitude (0.0001 minute, signed), altitude (m, signed): three facts of their own."""

    def read(self, cursor: Cursor) -> Facts:
        lon, lat, alt = _PLACE.unpack(cursor.take(_PLACE.size))
        return {"lat": _degrees(lat), "lon": _degrees(lon), "alt": alt}

    def read_into(self, facts: Facts, cursor: Cursor) -> None:
        facts |= self.read(cursor)

    def write(self, value: Mapping[str, Any]) -> bytes:
        return _PLACE.pack(_units(value["lon"]), _units(value["lat"]), value["alt"])


class Tenths:
    """BCD[4], in tenths."""

    def read(self, cursor: Cursor) -> float | None:
        digits = cursor.take(4).hex()
        return int(digits) / 10 if digits.isdecimal() else None

    def write(self, value: float | None) -> bytes:
        return b"\xff" * 4 if value is None else bytes.fromhex(f"{round(value * 10):08d}")


class Exactly(NamedTuple):
    """So many of a kind, as a list."""

    times: int
    of: Any

    def read(self, cursor: Cursor) -> list[Any]:
        return [self.of.read(cursor) for _ in range(self.times)]

    def write(self, value: list[Any]) -> bytes:
        return b"".join(self.of.write(item) for item in value)


def _degrees(units: int) -> float | None:
    return None if units == NO_PLACE else round(units / UNITS_PER_DEGREE, 7)


def _units(degrees: float | None) -> int:
    return NO_PLACE if degrees is None else round(degrees * UNITS_PER_DEGREE)


_TIME, _LICENCE = Field("time", Moment()), Field("licence", Text(18))
_SECOND = Row((Field("speed_kmh", Speed()), Field("signals", BYTE)))
_MINUTE = Row((Place(), Field("speed_kmh", Speed())))

# What a range of records is made of: the size of one, where its time stands, and its fields.
_RECORDS: dict[int, tuple[int, int, Row]] = {
    0x08: (126, 0, Row((_TIME, Field("seconds", Exactly(60, _SECOND))))),
    0x09: (666, 0, Row((_TIME, Field("minutes", Exactly(60, _MINUTE))))),
    0x10: (234, 0, Row((_TIME, _LICENCE, Field("fifths", Exactly(100, _SECOND)), Place()))),
    0x11: (
        50,
        18,
        Row((_LICENCE, _TIME, Field("end", Moment()), Field("from", Place()), Field("to", Place()))),
    ),
    0x12: (25, 0, Row((_TIME, _LICENCE, Field("event", BYTE)))),
    0x13: (7, 0, Row((_TIME, Field("power", BYTE)))),
    0x14: (7, 0, Row((_TIME, Field("changed", BYTE)))),
    0x15: (
        133,
        1,
        Row(
            (
                Field("state", BYTE),
                _TIME,
                Field("end", Moment()),
                Field("seconds", Exactly(60, Row((Field("speed_kmh", Speed()), Field("reference_kmh", Speed()))))),
            )
        ),
    ),
}
_SINGLE: dict[int, Row] = {
    0x00: Row((Field("standard_year", Digits(1)), Field("amendment", BYTE))),
    0x01: Row((_LICENCE,)),
    0x02: Row((_TIME,)),
    0x03: Row((_TIME, Field("installed", Moment()), Field("first_km", Tenths()), Field("mileage_km", Tenths()))),
    0x04: Row((_TIME, Field("pulses_per_km", WORD))),
    0x05: Row((Field("vin", Text(17)), Field("plate", Text(12)), Field("plate_class", Text(12)))),
    0x06: Row((_TIME, Field("count", BYTE), Field("names", Several(Text(10))))),
    0x07: Row(
        (
            Field("ccc", Text(7)),
            Field("model", Text(16)),
            Field("made", Digits(3)),
            Field("serial", DWORD),
            Field("spare", Raw(5)),
        )
    ),
}
RANGES = frozenset(_RECORDS)
QUESTION_SIZE = 14  # bytes of a question for a range
_QUESTION: Layouts = (Layout(Row((Field("start", Moment()), Field("end", Moment()), Field("blocks", WORD)))),)
ANSWERS: dict[int, Layouts] = {command: (Layout(row),) for command, row in _SINGLE.items()} | {
    command: (Layout(Row((Field("items", Several(row)),))),) for command, (_, _, row) in _RECORDS.items()
}


def read(command: int, data: bytes, *, question: bool = False) -> Body:
    """Read a block's data; never raises. A range without records states none."""
    if question:
        return layout.read(_QUESTION if command in RANGES else (), 0, data) if data else Body({})
    return layout.read(ANSWERS.get(command, ()), 0, data) if data or command not in RANGES else Body({"items": []})


def write(command: int, facts: Mapping[str, Any], *, question: bool = False) -> bytes:
    """Encode facts as a block's data.

    Raises:
        KeyError: the command has no table, or a fact it needs is missing.
    """
    return layout.write(_QUESTION if question else ANSWERS[command], 0, facts)


def split(command: int, data: bytes) -> list[tuple[int | None, bytes]]:
    """The records of a range's answer, each with its time (UTC ms, None if it is not a date); a rest too short for
    one is left out."""
    size, time_at, _ = _RECORDS[command]
    records = [data[at : at + size] for at in range(0, len(data) - size + 1, size)]
    return [(ms(Moment().read(Cursor(record[time_at : time_at + 6]))), record) for record in records]


def record_size(command: int) -> int:
    """Bytes of one record of a range."""
    return _RECORDS[command][0]


def positions(command: int, data: bytes) -> list[Position]:
    """The positions in an answer: one a minute of command 09, where a doubtful stop of command 10 ended, where
    over-long driving of command 11 began and ended. Minutes without a place are left out."""
    told = read(command, data).facts.get("items", [])
    found: list[Position | None] = []
    for item in told:
        start_ms = ms(item["time"])
        if command == 0x09:
            found += [
                _position(minute, start_ms and start_ms + MINUTE_MS * index, minute["speed_kmh"])
                for index, minute in enumerate(item["minutes"])
            ]
        elif command == 0x10:
            found.append(_position(item, start_ms, item["fifths"][0]["speed_kmh"]))
        elif command == 0x11:
            found += [_position(item["from"], start_ms, None), _position(item["to"], ms(item["end"]), None)]
    return [position for position in found if position]


def ms(time: str | None) -> int | None:
    """UTC ms of an ISO time."""
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000)


def _position(place: Mapping[str, Any], time_ms: int | None, speed_kmh: int | None) -> Position | None:
    if place["lat"] is None or place["lon"] is None:
        return None
    return Position(
        device_time_ms=time_ms, lat=place["lat"], lon=place["lon"], alt_m=place["alt"], speed_kmh=float(speed_kmh or 0)
    )
