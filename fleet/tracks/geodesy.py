"""Distances on the WGS-84 ellipsoid, for steps of a vehicle: exact to a millimetre a kilometre up to some ten km.

A sphere is off by up to a quarter of a per cent in these latitudes. The radii of curvature at the middle latitude make
a flat piece of the ellipsoid; nothing here needs more.
"""

from __future__ import annotations

from math import cos, hypot, radians, sin, sqrt

EQUATOR_M = 6_378_137.0
ECCENTRICITY_2 = 0.006_694_379_990_141
_RAD_E6 = radians(1e-6)


def metres_a_unit(lat_e6: float) -> tuple[float, float]:
    """Metres north and metres east of 1e-6 degree at a latitude given in 1e-6 degree."""
    lat = lat_e6 * _RAD_E6
    bent = 1 - ECCENTRICITY_2 * sin(lat) ** 2
    prime = EQUATOR_M / sqrt(bent)
    return prime * (1 - ECCENTRICITY_2) / bent * _RAD_E6, prime * cos(lat) * _RAD_E6


def distance_m(lat_e6: int, lon_e6: int, to_lat_e6: int, to_lon_e6: int) -> float:
    """The length of a step between two places in 1e-6 degree."""
    north, east = metres_a_unit((lat_e6 + to_lat_e6) / 2)
    return hypot((to_lat_e6 - lat_e6) * north, (to_lon_e6 - lon_e6) * east)
