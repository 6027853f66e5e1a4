"""Places on the unit's register (Art. 17: a vehicle parks where it is designated to; Art. 11: filling stations, gates).

    circle    what is near enough to the point        polygon   what the outline surrounds
    corridor  what is near enough to the line of the outline

Coordinates are WGS-84 in millionths of a degree, east and north positive. The point of a place that has an outline is
the middle of it, unless the register names another: it is what distances by road are reckoned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.errors import BadInput
from fleet.rules.fields import Field, read_one, whole
from fleet.rules.outline import LENGTH_MAX, Box, Spot, away_m, box_of, parse, spot, surrounds, text_of
from fleet.rules.position import distance_m

KINDS = (
    "designated",
    "filling_station",
    "gate",
    "repairer",
    "destination",
    "sensitive",
    "out_of_region",
    "radio_hole",
    "tunnel",
    "route",
    "town",
)
SHAPES = {"circle": 0, "corridor": 2, "polygon": 3}
"""Every shape, and the least points its outline has; a circle has none."""
RADIUS_DEFAULT_M, RADIUS_MAX_M = 150, 20_000
ROAD_PERCENT = 130
"""A way by road against the straight line. Local choice: steppe tracks run fairly straight."""

CARD: tuple[Field, ...] = (
    Field(name="kind", article="17", kind="listed", listed=KINDS, required=True),
    Field(name="lat_e6", article="17", kind="whole", most=90_000_000),
    Field(name="lon_e6", article="17", kind="whole", most=180_000_000),
    Field(name="radius_m", article="17", kind="whole", least=10, most=RADIUS_MAX_M),
    Field(name="shape", article="17", kind="listed", listed=tuple(SHAPES)),
    Field(name="outline", article="17", most=LENGTH_MAX),
)
"""The region lies north of the equator and east of Greenwich: no sign is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named piece of ground. `radius_m` is of a circle, or how far a corridor reaches on either side;
    `box` is what it cannot reach beyond."""

    name: str
    kind: str
    lat_e6: int
    lon_e6: int
    radius_m: int
    shape: str = "circle"
    outline: tuple[Spot, ...] = ()
    box: Box = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        box = box_of(self._points, 0 if self.shape == "polygon" else self.radius_m)
        object.__setattr__(self, "box", box)

    @property
    def _points(self) -> tuple[Spot, ...]:
        return self.outline or (Spot(self.lat_e6, self.lon_e6),)

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point (degrees) lies in it."""
        at = spot(lat, lon)
        if not self.box.holds(at):
            return False
        return surrounds(self.outline, at) if self.shape == "polygon" else away_m(self._points, at) <= self.radius_m

    def away_m(self, lat: float, lon: float) -> float:
        """Metres to its point, its line or its edge; 0 within a polygon."""
        at = spot(lat, lon)
        if self.shape != "polygon":
            return away_m(self._points, at)
        return 0.0 if surrounds(self.outline, at) else away_m((*self.outline, self.outline[0]), at)

    def way_km(self, other: Place) -> int:
        """The way to another place by road, estimated, in whole km."""
        straight_m = distance_m(self.lat_e6 / 1e6, self.lon_e6 / 1e6, other.lat_e6 / 1e6, other.lon_e6 / 1e6)
        return round(straight_m) * ROAD_PERCENT // 100_000


def read(given: Mapping[str, object]) -> Place:
    """Turn field values into a Place; BadInput names the field at fault."""
    name = read_one(Field(name="name", article="17", required=True), given.get("name"))
    if "/" in name:
        raise BadInput("field_not_listed", article="17", field="name", value=name)
    texts = {each.name: read_one(each, given.get(each.name)) for each in CARD}
    shape = texts["shape"] or "circle"
    try:
        enough = len(parse(texts["outline"])) >= SHAPES[shape]
    except ValueError:
        enough = False
    if not enough or (texts["outline"] and shape == "circle"):
        raise BadInput("outline", article="17", field="outline", shape=shape)
    found = card(name, texts)
    if found is None:
        raise BadInput("field_missing", article="17", field="lon_e6" if texts["lat_e6"] else "lat_e6")
    return found


def card(name: str, texts: Mapping[str, str]) -> Place | None:
    """The place that fields of the register make; None if they are not whole."""
    shape = texts.get("shape") or "circle"
    try:
        outline = parse(texts.get("outline", ""))
    except ValueError:
        return None
    if texts.get("kind") not in KINDS or shape not in SHAPES or len(outline) < SHAPES[shape]:
        return None
    if shape == "circle":
        outline = ()
    lat_e6, lon_e6 = whole(texts.get("lat_e6", "")), whole(texts.get("lon_e6", ""))
    if lat_e6 is None or lon_e6 is None:
        if not outline:
            return None
        lat_e6, lon_e6 = _middle(outline)
    radius_m = whole(texts.get("radius_m", "")) or RADIUS_DEFAULT_M
    at = {"lat_e6": lat_e6, "lon_e6": lon_e6, "radius_m": radius_m}
    return Place(name=name, kind=texts["kind"], shape=shape, outline=outline, **at)


def fields_of(place: Place) -> dict[str, str]:
    """The fields of the register that make a place."""
    texts = {"kind": place.kind, "lat_e6": str(place.lat_e6), "lon_e6": str(place.lon_e6), "shape": place.shape}
    if place.shape != "polygon":
        texts["radius_m"] = str(place.radius_m)
    return texts | ({"outline": text_of(place.outline)} if place.outline else {})


def _middle(outline: tuple[Spot, ...]) -> tuple[int, int]:
    south, west, north, east = box_of(outline, 0)
    return (south + north) // 2, (west + east) // 2
