"""One position of a vehicle, by whatever protocol it came, and the gate it passes before any rule looks at it.

Rules kept here:
* A position is what a terminal said, never corrected: the gate names what is wrong with it, the raw report stays.
* Coordinates are WGS-84 degrees, time is UTC milliseconds. The device's own clock is a claim; the receiver's is kept
  beside it by whoever stores the position.
* Older than the last one is allowed: terminals store in coverage holes and send later. Only the future is refused.
* A place is judged here against the last good one heard, to know at once where a vehicle is. What a track is made of
  is judged again in the order of the terminal's clock (`fleet.tracks.gate`).
Source: Art. 14 and 15 (what terminals must report), position quality gate of the alarm catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from fleet.tracks.gate import (
    CLOCK_AHEAD_MAX_MS,
    IMPLIED_DISTANCE_MIN_M,
    IMPLIED_SPEED_MAX_KMH,
    INSTALLED_FIRST_MS,
    SATELLITES_MIN,
)

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a terminal said about where it is.

    `device_time_ms` is None when the device sent no date. `fix` is the receiver's own word for whether the
    coordinates are its own and fresh. `alarm_bits` and `status_bits` are the JT/T 808 words; `extras` the additional
    items as they came, in order, (id, raw value).
    """

    device_time_ms: int | None
    lat: float
    lon: float
    alt_m: int = 0
    speed_kmh: float = 0.0
    course: int = 0
    fix: bool = True
    acc: bool = False
    alarm_bits: int = 0
    status_bits: int = 0
    odometer_km: float | None = None
    fuel_l: float | None = None
    satellites: int | None = None
    rssi: int | None = None
    extras: tuple[tuple[int, bytes], ...] = ()


def judge(
    position: Position, received_ms: int, previous: Position | None = None, installed_ms: int = INSTALLED_FIRST_MS
) -> str | None:
    """The first reason why no rule may use this position, or None if it is good.

    Args:
        received_ms: the receiver's clock when the position was heard, UTC.
        previous: the last good position of the same vehicle, to judge the speed implied between the two.
        installed_ms: when the terminal was installed in the vehicle, UTC; nothing it says is older.
    Returns:
        One of no_fix, no_time, out_of_range, null_island, before_installation, clock_ahead, few_satellites,
        implied_speed; or None.
    """
    time_ms = position.device_time_ms or 0
    gate = {
        "no_fix": not position.fix,
        "no_time": position.device_time_ms is None,
        "out_of_range": not (abs(position.lat) <= 90 and abs(position.lon) <= 180),
        "null_island": position.lat == 0 and position.lon == 0,
        "before_installation": time_ms < installed_ms,
        "clock_ahead": time_ms > received_ms + CLOCK_AHEAD_MAX_MS,
        "few_satellites": 0 < (position.satellites or 0) < SATELLITES_MIN,
        "implied_speed": _implied_speed_kmh(position, previous) > IMPLIED_SPEED_MAX_KMH,
    }
    return next((reason for reason, broken in gate.items() if broken), None)


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance between two points in degrees (haversine on the mean sphere)."""
    north, east = radians(lat2 - lat1), radians(lon2 - lon1)
    chord = sin(north / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def _implied_speed_kmh(position: Position, previous: Position | None) -> float:
    """Speed needed to get from one to the other, whichever was first; 0 where nothing can be said."""
    if previous is None or position.device_time_ms is None or previous.device_time_ms is None:
        return 0.0
    moved_m = distance_m(previous.lat, previous.lon, position.lat, position.lon)
    passed_ms = max(1000, abs(position.device_time_ms - previous.device_time_ms))  # device clocks count whole seconds
    return moved_m * 3600 / passed_ms if moved_m > IMPLIED_DISTANCE_MIN_M else 0.0
