"""Where a point is, as people say it: in a place of the register, or so far to one side of the nearest. Pure.

The smallest place that holds a point names it; a town is too large to be that answer, but one may be in it, or so far
from it. What is known for something else than where it is (`NOWHERE`) says nothing. Beyond `NEAR_MAX_M` nothing is
near, and coordinates say more.
"""

from __future__ import annotations

from math import atan2, cos, pi, radians
from typing import NamedTuple

from fleet.rules.place import Place
from fleet.rules.places import Places

NOWHERE = frozenset({"out_of_region", "radio_hole", "route"})
LANDMARK = "town"
NEAR_MAX_M = 100_000
SIDES = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
"""Clockwise from north, each an eighth of the circle."""


class Near(NamedTuple):
    """A point lies `away_m` from a place, on this side of it; 0 and "" within it."""

    place: str
    away_m: int
    side: str


def place_of(known: Places, lat: float, lon: float) -> str | None:
    """The place that a point (degrees) lies in, the smallest of several; None in none, or only in a town."""
    holding = [place for place in known.at(lat, lon) if place.kind not in NOWHERE | {LANDMARK}]
    return min(holding, key=lambda place: (place.radius_m, place.name)).name if holding else None


def near(known: Places, lat: float, lon: float) -> Near | None:
    """Which place begins nearest to a point (degrees), and how the point lies from it: metres from its own point, line
    or outline."""
    nearest: tuple[float, str, Place] | None = None
    for least_m, places in known.outward(lat, NEAR_MAX_M):
        if nearest and nearest[0] < least_m:
            break
        found = ((_from_edge_m(place, lat, lon), place.name, place) for place in places if place.kind not in NOWHERE)
        nearest = min([nearest, *found] if nearest else found, key=lambda one: one[:2], default=None)
    if nearest is None or nearest[0] > NEAR_MAX_M:
        return None
    _, name, place = nearest
    if place.holds(lat, lon):
        return Near(name, 0, "")
    return Near(name, round(place.away_m(lat, lon)), side(place.lat_e6 / 1e6, place.lon_e6 / 1e6, lat, lon))


def _from_edge_m(place: Place, lat: float, lon: float) -> float:
    """Metres to where a place begins: of a town and a gate just as far away the town is what people name."""
    return max(0.0, place.away_m(lat, lon) - (0 if place.shape == "polygon" else place.radius_m))


def side(lat: float, lon: float, to_lat: float, to_lon: float) -> str:
    """On which side of a first point (degrees) a second lies."""
    bearing = atan2((to_lon - lon) * cos(radians((lat + to_lat) / 2)), to_lat - lat)
    return SIDES[round(bearing / (pi / 4)) % 8]
