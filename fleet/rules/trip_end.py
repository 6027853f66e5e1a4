"""When a trip without an order ended (Art. 12: the day for a supplement runs from there).

The first long stop inside a designated place ends it, and it ended when the vehicle came to stand there. Positions are
those that passed the quality gate, in order of their own time; a gap in the track ends no stop, because a vehicle that
is heard at the same place before and after has stood there (coverage holes are where vehicles are parked, too).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fleet.rules.place import Place

STANDING_KMH = 3.0
"""Below it a vehicle stands: receivers wander."""


class Fix(NamedTuple):
    """Where a vehicle was: UTC ms, degrees, km/h."""

    time_ms: int
    lat: float
    lon: float
    speed_kmh: float


def first_stop(fixes: Iterable[Fix], places: Iterable[Place], *, least_ms: int) -> tuple[int, str] | None:
    """When the first stop of at least `least_ms` in a designated place began (UTC ms), and its name; None if there is
    none (yet)."""
    designated = [place for place in places if place.kind == "designated"]
    since_ms, where = 0, ""
    for fix in fixes:
        here = next((place.name for place in designated if place.holds(fix.lat, fix.lon)), "")
        if not here or fix.speed_kmh >= STANDING_KMH or here != where:
            since_ms, where = fix.time_ms, here if fix.speed_kmh < STANDING_KMH else ""
        elif fix.time_ms - since_ms >= least_ms:
            return since_ms, where
    return None
