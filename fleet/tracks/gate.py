"""The gate that reports pass before any rule looks at them, for all of a vehicle's reports of a day at once.

Rules kept here:
* Nothing is corrected and nothing left out: each report gets a word for what is wrong with it, "" if nothing is.
* What a report is worth depends on the terminal's order of time alone, never on the order in which reports arrived: a
  late report may spoil or save those after it.
* The one good place before says how fast the vehicle would have had to go. If JUMPS_MAX reports in a row cannot be
  reached from it, it was the jump.
Source: position quality gate of the alarm catalogue; Art. 14 and 15.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleet.tracks.geodesy import distance_m
from fleet.tracks.point import Point

CLOCK_AHEAD_MAX_MS = 5 * 60_000
"""How far a device's clock may run before the receiver's."""
IMPLIED_SPEED_MAX_KMH = 200.0
IMPLIED_DISTANCE_MIN_M = 100.0
"""Two fixes nearer than this say nothing about speed: receivers wander."""
SATELLITES_MIN = 3
"""Fewer solve no position; 0 is what terminals send that do not say."""
INSTALLED_FIRST_MS = 1_529_884_800_000
"""2018-06-25 UTC, the day the rules came into force: no terminal is older."""
JUMPS_MAX = 5

_LAT_MAX, _LON_MAX = 90_000_000, 180_000_000
_NEAR_E6 = 600
"""So few millionths of a degree both ways are less than IMPLIED_DISTANCE_MIN_M anywhere; most steps are."""


def timed(device_ms: int, arrival_ms: int, installed_ms: int = INSTALLED_FIRST_MS) -> bool:
    """Whether a terminal's time can be believed, so that its report has a place in a day."""
    return installed_ms <= device_ms <= arrival_ms + CLOCK_AHEAD_MAX_MS


def doubts(points: Sequence[Point]) -> list[str]:
    """What is wrong with each of a day's reports, given in the order of the terminal's clock, whose times are believed.

    Returns:
        For each "", or the first that applies of: no_fix, out_of_range, null_island, few_satellites, implied_speed.
    """
    found: list[str] = []
    last: Point | None = None
    jumps = 0
    for point in points:
        doubt = _own(point)
        if not doubt and last is not None and _too_fast(last, point):
            jumps += 1
            if jumps <= JUMPS_MAX:
                doubt = "implied_speed"
        if not doubt:
            last, jumps = point, 0
        found.append(doubt)
    return found


def _own(point: Point) -> str:
    """What a report alone says against itself."""
    if not point.fix:
        return "no_fix"
    if not (-_LAT_MAX <= point.lat_e6 <= _LAT_MAX and -_LON_MAX <= point.lon_e6 <= _LON_MAX):
        return "out_of_range"
    if point.lat_e6 == 0 and point.lon_e6 == 0:
        return "null_island"
    return "few_satellites" if point.satellites and point.satellites < SATELLITES_MIN else ""


def _too_fast(a: Point, b: Point) -> bool:
    north, east = b.lat_e6 - a.lat_e6, b.lon_e6 - a.lon_e6
    if -_NEAR_E6 < north < _NEAR_E6 and -_NEAR_E6 < east < _NEAR_E6:
        return False
    far_m = distance_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)
    span_ms = max(1000, b.device_ms - a.device_ms)  # device clocks count whole seconds
    return far_m > IMPLIED_DISTANCE_MIN_M and far_m * 3600 > IMPLIED_SPEED_MAX_KMH * span_ms
