"""Datums: everything inside is WGS-84. GCJ-02, the shifted datum of maps sold in China, is met at two doors only.

    a terminal set to GCJ-02 ── to_wgs84 ──▶ rules, store, ledger (WGS-84) ── to_gcj02 ──▶ a map that asks for it

The shift is published only as code that everybody copies: a polynomial and four sines on the Krasovsky ellipsoid. It is
smooth, so the way back is found by repeating it; both ways agree to the millionth of a degree. Outside China's box
there is no shift.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

WGS84, GCJ02 = "wgs84", "gcj02"
DATUMS = (WGS84, GCJ02)

_AXIS_M, _ECCENTRICITY_2 = 6_378_245.0, 0.006_693_421_622_965_943
_BOX_E6 = (829_300, 55_827_100, 72_004_000, 137_834_700)
_ROUNDS = 4


def to_gcj02(lat_e6: int, lon_e6: int) -> tuple[int, int]:
    """A WGS-84 place in 1e-6 degree as a GCJ-02 map wants it."""
    lat, lon = _shifted(lat_e6 / 1e6, lon_e6 / 1e6)
    return round(lat * 1e6), round(lon * 1e6)


def to_wgs84(lat_e6: int, lon_e6: int) -> tuple[int, int]:
    """A GCJ-02 place in 1e-6 degree in WGS-84."""
    said_lat, said_lon = lat, lon = lat_e6 / 1e6, lon_e6 / 1e6
    for _ in range(_ROUNDS):
        there_lat, there_lon = _shifted(lat, lon)
        lat, lon = lat + said_lat - there_lat, lon + said_lon - there_lon
    return round(lat * 1e6), round(lon * 1e6)


def _shifted(lat: float, lon: float) -> tuple[float, float]:
    south, north, west, east = _BOX_E6
    if not (south < lat * 1e6 < north and west < lon * 1e6 < east):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north_m += (20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east_m += (20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    bent = 1 - _ECCENTRICITY_2 * sin(radians(lat)) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / (bent * sqrt(bent))
    return (
        lat + north_m * 180 / (meridian * pi),
        lon + east_m * 180 / (_AXIS_M / sqrt(bent) * cos(radians(lat)) * pi),
    )
