"""A position report under the names every protocol shares: lat, lon, alt, speed_kmh, course, time, and its items.

Rules kept here:
* One name for one fact in every protocol; times are ISO 8601 UTC, with the terminal's own digits beside them.
* Every item is shown raw in `extras`, a repeated one as a list; the standard ones also under their name, if they have
  their standard length: vendors reuse standard ids with other lengths.
Source: JT/T 808-2013 and -2019, message 0x0200, table of additional items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, NamedTuple

from edge.serial_terminal.facts import Facts, iso
from edge.serial_terminal.jt808.fields import DWORD, WORD, Cursor, Digits, Field, Number, Row
from edge.serial_terminal.jt808.location import ACC, FIX, FIXED_SIZE, Location, device_time_ms, read, write


def _number(name: str) -> Callable[[bytes], Facts]:
    return lambda value: {name: int.from_bytes(value, "big")}


def _tenths(name: str) -> Callable[[bytes], Facts]:
    return lambda value: {name: int.from_bytes(value, "big") / 10}


def _struct(name: str, layout: str, *fields: str) -> Callable[[bytes], Facts]:
    unpack = Struct(layout).unpack
    return lambda value: {name: dict(zip(fields, unpack(value), strict=True))}


# (item id, length of its value) to the facts it states
ITEMS: dict[tuple[int, int], Callable[[bytes], Facts]] = {
    (0x01, 4): _tenths("mileage_km"),
    (0x02, 2): _tenths("fuel_l"),
    (0x03, 2): _tenths("recorder_speed_kmh"),
    (0x04, 2): _number("event_id"),
    (0x11, 1): _struct("overspeed_area", ">B", "type"),
    (0x11, 5): _struct("overspeed_area", ">BI", "type", "id"),
    (0x12, 6): _struct("area_in_out", ">BIB", "type", "id", "dir"),
    (0x13, 7): _struct("segment_time", ">IHB", "id", "seconds", "result"),
    (0x25, 4): _number("signal_bits"),
    (0x2A, 2): _number("io_bits"),
    (0x2B, 4): lambda value: {
        "analog0": int.from_bytes(value[2:], "big"),
        "analog1": int.from_bytes(value[:2], "big"),
    },
    (0x30, 1): _number("rssi"),
    (0x31, 1): _number("satellites"),
}

# The fixed part field by field, for reports cut off inside it.
_FIXED = Row(
    (
        Field("alarm", DWORD),
        Field("status", DWORD),
        Field("lat_raw", DWORD),
        Field("lon_raw", DWORD),
        Field("alt", WORD),
        Field("speed_raw", WORD),
        Field("course", WORD),
        Field("time_raw", Digits(6)),
    )
)


class Report(NamedTuple):
    """A position report as a field: to the end of the body, of fixed `size`, or counted by a number before it."""

    size: int = 0
    counted: Number | None = None

    def read(self, cursor: Cursor) -> Facts:
        stated: Facts = {}
        self.read_into(stated, cursor)
        return stated

    def read_into(self, stated: Facts, cursor: Cursor) -> None:
        size = int(self.counted.read(cursor)) if self.counted else self.size or cursor.left
        report = cursor.take(size)
        if len(report) >= FIXED_SIZE:
            stated |= facts(read(report))
        elif self.counted:  # one bad item of a batch: its own length says where the next one starts
            stated["undecoded_body"] = report.hex()
        else:
            _FIXED.read_into(stated, Cursor(report))

    def write(self, value: Mapping[str, Any]) -> bytes:
        body = bytes.fromhex(value["undecoded_body"]) if "undecoded_body" in value else write(location(value))
        return (self.counted.write(len(body)) if self.counted else b"") + body


def facts(location: Location) -> Facts:
    """What one report states, as JSON would say it."""
    time_ms = device_time_ms(location.time)
    stated: Facts = {
        "alarm": location.alarm,
        "status": location.status,
        "alarm_bits": bits(location.alarm),
        "status_bits": bits(location.status),
        "lat": location.lat,
        "lon": location.lon,
        "fix": bool(location.status & FIX),
        "acc": bool(location.status & ACC),
        "alt": location.alt_m,
        "speed_kmh": location.speed_tenths / 10,
        "course": location.course,
        "time": iso(time_ms),
        "time_raw": location.time.hex(),
    }
    if location.tail:
        stated["extras_tail"] = location.tail.hex()
    stated["extras"] = _extras(location.items)
    for item, value in location.items:
        if (item, len(value)) in ITEMS:
            stated |= ITEMS[item, len(value)](value)
    return stated


def location(stated: Mapping[str, Any]) -> Location:
    """The report that states these facts; of the items only `extras` counts, not the names read from them."""
    items = [
        (int(item, 16), bytes.fromhex(value))
        for item, values in stated["extras"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return Location(
        alarm=stated["alarm"],
        status=stated["status"],
        lat=stated["lat"],
        lon=stated["lon"],
        alt_m=stated["alt"],
        speed_tenths=round(stated["speed_kmh"] * 10),
        course=stated["course"],
        time=bytes.fromhex(stated["time_raw"]),
        items=tuple(items),
        tail=bytes.fromhex(stated.get("extras_tail", "")),
    )


def bits(word: int) -> list[int]:
    """The numbers of the bits that are set, lowest first."""
    return [bit for bit in range(32) if word >> bit & 1]


def _extras(items: tuple[tuple[int, bytes], ...]) -> Facts:
    extras: Facts = {}
    for item, value in items:
        key, shown = f"0x{item:02x}", value.hex()
        if key not in extras:
            extras[key] = shown
        else:
            kept = extras[key]
            extras[key] = [*kept, shown] if isinstance(kept, list) else [kept, shown]
    return extras
