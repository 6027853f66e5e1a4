"""Places on the unit's register (Art. 17: a vehicle parks where it is designated to; Art. 11: filling stations, gates).

Coordinates are WGS-84 in millionths of a degree, east and north positive; a place is a circle around its point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.errors import BadInput
from fleet.rules.fields import Field, read_one, whole
from fleet.rules.position import distance_m

KINDS = ("designated", "filling_station", "gate", "repairer", "destination", "sensitive", "out_of_region")
RADIUS_DEFAULT_M, RADIUS_MAX_M = 150, 20_000
ROAD_PERCENT = 130
"""A way by road against the straight line. Local choice: steppe tracks run fairly straight."""

CARD: tuple[Field, ...] = (
    Field(name="kind", article="17", kind="listed", listed=KINDS, required=True),
    Field(name="lat_e6", article="17", kind="whole", most=90_000_000, required=True),
    Field(name="lon_e6", article="17", kind="whole", most=180_000_000, required=True),
    Field(name="radius_m", article="17", kind="whole", least=10, most=RADIUS_MAX_M),
)
"""The region lies north of the equator and east of Greenwich: no sign is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named circle on the ground."""

    name: str
    kind: str
    lat_e6: int
    lon_e6: int
    radius_m: int

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point (degrees) lies in it."""
        return distance_m(self.lat_e6 / 1e6, self.lon_e6 / 1e6, lat, lon) <= self.radius_m

    def way_km(self, other: Place) -> int:
        """The way to another place by road, estimated, in whole km."""
        straight_m = distance_m(self.lat_e6 / 1e6, self.lon_e6 / 1e6, other.lat_e6 / 1e6, other.lon_e6 / 1e6)
        return round(straight_m) * ROAD_PERCENT // 100_000


def read(given: Mapping[str, object]) -> Place:
    """Turn field values into a Place; BadInput names the field at fault."""
    name = read_one(Field(name="name", article="17", required=True), given.get("name"))
    if "/" in name:
        raise BadInput("field_not_listed", article="17", field="name", value=name)
    texts = {field.name: read_one(field, given.get(field.name)) for field in CARD}
    found = card(name, texts)
    if found is None:
        raise BadInput("field_missing", article="17", field="lat_e6")
    return found


def card(name: str, texts: Mapping[str, str]) -> Place | None:
    """The place that fields of the register make; None if they are not whole."""
    lat_e6, lon_e6 = whole(texts.get("lat_e6", "")), whole(texts.get("lon_e6", ""))
    if texts.get("kind") not in KINDS or lat_e6 is None or lon_e6 is None:
        return None
    radius_m = whole(texts.get("radius_m", "")) or RADIUS_DEFAULT_M
    return Place(name=name, kind=texts["kind"], lat_e6=lat_e6, lon_e6=lon_e6, radius_m=radius_m)
