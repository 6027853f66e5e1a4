"""The position report of JT/T 808: fixed part and additional items, to and from bytes.

    alarm 4 | status 4 | latitude 4 | longitude 4 | altitude 2 | speed 2 | course 2 | time BCD[6] | items …
    item: id 1 | length 1 | value

Rules kept here:
* Sound fixed bytes are a position even if the items are nonsense: an item that runs past the end ends the list, and
  what is left is kept as `tail`. Items keep their order and their repeats; unknown ones are kept raw.
* The terminal's clock is China time and may be nothing at all: a time that is not a date is None, never a guess.
* Latitude and longitude travel unsigned; status bits 2 and 3 say south and west. Altitude is read as signed.
Source: JT/T 808-2013 and -2019, message 0x0200; the same bytes stand in 0x0201, 0x0500, 0x0704 and 0x0801.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from struct import Struct
from typing import NamedTuple

from fleet.rules.position import Position

FIXED = Struct(">IIIIhHH6s")
FIXED_SIZE = FIXED.size  # 28 bytes
ACC, FIX, SOUTH, WEST = 1 << 0, 1 << 1, 1 << 2, 1 << 3  # status bits
HEMISPHERES = SOUTH | WEST
ODOMETER, FUEL, RSSI, SATELLITES = 0x01, 0x02, 0x30, 0x31  # additional items
CHINA = timezone(timedelta(hours=8))
MINUTES_KEPT_MAX = 4096  # minutes whose date was worked out; a terminal with a wild clock must not grow it for ever

_BCD = [(byte >> 4) * 10 + (byte & 15) if byte >> 4 < 10 and byte & 15 < 10 else 0xFF for byte in range(256)]
_new = tuple.__new__  # what a NamedTuple's own constructor calls, without its argument handling
_minutes: dict[bytes, int | None] = {}


class Location(NamedTuple):
    """One position report as the terminal said it.

    Degrees are signed (south and west negative), speed in 0.1 km/h, altitude in m, `time` the six raw BCD bytes;
    `items` the additional items in order and `tail` whatever could not be an item.
    """

    alarm: int
    status: int
    lat: float
    lon: float
    alt_m: int
    speed_tenths: int
    course: int
    time: bytes
    items: tuple[tuple[int, bytes], ...] = ()
    tail: bytes = b""


def read(body: bytes, at: int = 0) -> Location:
    """Decode a report of 28 bytes or more, which starts at `at`.

    Raises:
        struct.error: fewer than 28 bytes.
    """
    alarm, status, lat, lon, alt_m, speed, course, time = FIXED.unpack_from(body, at)
    if status & HEMISPHERES:
        lat, lon = -lat if status & SOUTH else lat, -lon if status & WEST else lon
    items: list[tuple[int, bytes]] = []
    at, end = at + FIXED_SIZE, len(body)
    while (value_at := at + 2) <= end and (stop := value_at + body[at + 1]) <= end:
        items.append((body[at], body[value_at:stop]))
        at = stop
    return _new(Location, (alarm, status, lat / 1e6, lon / 1e6, alt_m, speed, course, time, tuple(items), body[at:]))


def write(location: Location) -> bytes:
    """Encode a report; the hemisphere bits of `status` follow the signs of the coordinates."""
    hemispheres = (SOUTH if location.lat < 0 else 0) | (WEST if location.lon < 0 else 0)
    fixed = FIXED.pack(
        location.alarm,
        location.status & ~HEMISPHERES | hemispheres,
        round(abs(location.lat) * 1e6),
        round(abs(location.lon) * 1e6),
        location.alt_m,
        location.speed_tenths,
        location.course,
        location.time,
    )
    return fixed + b"".join(bytes((item, len(value))) + value for item, value in location.items) + location.tail


def device_time_ms(raw: bytes) -> int | None:
    """UTC ms of a BCD[6] yyMMddHHmmss in China time; None if it is not a date (zeros before the first fix)."""
    try:
        minute_ms = _minutes[raw[:5]]
    except KeyError:
        minute_ms = _minute_ms(raw[:5])
    second = _BCD[raw[5]]
    return None if minute_ms is None or second > 59 else minute_ms + second * 1000


def bcd_time(at_ms: int) -> bytes:
    """The BCD[6] China time of a UTC ms between the years 2000 and 2099."""
    return bytes.fromhex(datetime.fromtimestamp(at_ms / 1000, CHINA).strftime("%y%m%d%H%M%S"))


def _minute_ms(raw: bytes) -> int | None:
    if len(_minutes) >= MINUTES_KEPT_MAX:
        _minutes.clear()
    year, month, day, hour, minute = [_BCD[byte] for byte in raw]
    try:
        at = datetime(2000 + year, month, day, hour, minute, tzinfo=CHINA) if year < 100 else None
    except ValueError:
        at = None
    _minutes[raw] = None if at is None else round(at.timestamp()) * 1000
    return _minutes[raw]


def position(location: Location) -> Position:
    """The report in the terms the rules use. A repeated item counts with its last value."""
    items = dict(location.items)
    odometer, fuel = items.get(ODOMETER, b""), items.get(FUEL, b"")
    rssi, satellites = items.get(RSSI, b""), items.get(SATELLITES, b"")
    return Position(
        device_time_ms=device_time_ms(location.time),
        lat=location.lat,
        lon=location.lon,
        alt_m=location.alt_m,
        speed_kmh=location.speed_tenths / 10,
        course=location.course,
        fix=bool(location.status & FIX),
        acc=bool(location.status & ACC),
        alarm_bits=location.alarm,
        status_bits=location.status,
        odometer_km=int.from_bytes(odometer, "big") / 10 if len(odometer) == 4 else None,
        fuel_l=int.from_bytes(fuel, "big") / 10 if len(fuel) == 2 else None,
        satellites=satellites[0] if len(satellites) == 1 else None,
        rssi=rssi[0] if len(rssi) == 1 else None,
        extras=location.items,
    )
