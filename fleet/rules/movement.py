"""What a track shows of a trip (Art. 13, 16): that a vehicle left, waits at its destination, heads back.

Physical truth wins over paper, but paper is people's to write: a departure that was seen is put on record and asked
for, never made; waiting and heading back are marked as inferred. Receivers wander, so nothing follows from a single
position, and standing is not moving until several agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.rules.order import Seen, State
from fleet.rules.place import Place
from fleet.rules.position import distance_m
from fleet.rules.trip_end import STANDING_KMH, Fix

FIXES_NEEDED = 3
MOVING_KMH = 5.0
MOVED_M = 50.0
"""Numbers of the alarm for movement without an order (A01)."""


@dataclass(frozen=True, slots=True)
class Leg:
    """An order whose vehicle is to leave or has left; `destination` where the register knows the place."""

    order: str
    plate: str
    state: State
    destination: Place | None = None


def seen(leg: Leg, fixes: Sequence[Fix]) -> Seen | None:
    """What the last good fixes of a vehicle, oldest first, show of its order; None if nothing new."""
    last = fixes[-FIXES_NEEDED:]
    if len(last) < FIXES_NEEDED:
        return None
    away = distance_m(last[0].lat, last[0].lon, last[-1].lat, last[-1].lon) > MOVED_M
    moving = away and all(fix.speed_kmh >= MOVING_KMH for fix in last)
    there = leg.destination is not None and all(leg.destination.holds(fix.lat, fix.lon) for fix in last)
    if leg.state is State.DISPATCHED and moving:
        return Seen.MOVEMENT
    if leg.state is State.DEPARTED and there and all(fix.speed_kmh < STANDING_KMH for fix in last):
        return Seen.ARRIVED
    if leg.state is State.WAITING and moving and leg.destination is not None and not there:
        return Seen.HEADED_BACK
    return None
