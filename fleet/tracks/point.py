"""One reported position as a track holds it: whole numbers only, so that what is packed comes back to the bit."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """A report. Times are UTC milliseconds: the terminal's own clock and the node's when it arrived; degrees are WGS-84
    in 1e-6; speed in 0.1 km/h; course in degrees; the odometer in 100 m and fuel in 0.1 l as terminals count them. What
    a vehicle has no sensor for is None. `alarm_bits` and `status_bits` are JT/T 808's words."""

    device_ms: int
    arrival_ms: int
    lat_e6: int
    lon_e6: int
    alt_m: int
    speed_kmh_e1: int
    course: int
    fix: int
    acc: int
    odometer_km_e1: int | None
    fuel_l_e1: int | None
    satellites: int | None
    rssi: int | None
    alarm_bits: int
    status_bits: int = 0
