"""Places as maps exchange them (GeoJSON, RFC 7946: WGS-84, longitude first): read into a table, written from them.

    Point       a circle of `radius_m`        Polygon   what its ring surrounds
    LineString  a corridor of `radius_m` on either side

A feature's properties are the columns of its row, under the names or words of the table of places; what the geometry
says goes before them. Coordinates are kept to a metre (five places), a point's to six. Nothing is believed here: every
row is held to the rules by whoever takes the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from fleet.errors import BadInput
from fleet.rules.outline import Spot, degrees, text_of
from fleet.rules.place import Place

FEATURES_MAX = 2_000
COLUMNS = ("name", "kind", "shape", "lat_e6", "lon_e6", "radius_m", "outline")
SHAPES = {"Point": "circle", "LineString": "corridor", "Polygon": "polygon"}
Json = dict[str, Any]


def rows(data: bytes) -> list[list[str]]:
    """The features of a collection as a table, its header first.

    Raises:
        BadInput: `sheet_unreadable`: no collection of features; `sheet_too_large`; `geojson_shape`: a geometry that no
            place can have, with the number of its feature.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("sheet_unreadable") from None
    features = told.get("features") if isinstance(told, dict) and told.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise BadInput("sheet_unreadable")
    if len(features) > FEATURES_MAX:
        raise BadInput("sheet_too_large", rows=FEATURES_MAX, columns=len(COLUMNS))
    return [list(COLUMNS), *(_row(number, feature) for number, feature in enumerate(features, 1))]


def collection(places: Iterable[Place]) -> Json:
    """Places as a collection of features: what `rows` reads back."""
    return {"type": "FeatureCollection", "features": [_feature(place) for place in places]}


def _row(number: int, feature: object) -> list[str]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or str(geometry.get("type")) not in SHAPES:
        raise BadInput("geojson_shape", article="17", number=number)
    said = {name: _text(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    try:
        said |= _shape(geometry["type"], geometry.get("coordinates"))
    except (ValueError, TypeError, IndexError, ArithmeticError):
        raise BadInput("geojson_shape", article="17", number=number) from None
    return [said.get(column, "") for column in COLUMNS]


def _shape(kind: str, coordinates: Any) -> dict[str, str]:
    if kind == "Point":
        at = _spot(coordinates, 6)
        return {"shape": SHAPES[kind], "lat_e6": degrees(at.lat_e6), "lon_e6": degrees(at.lon_e6), "outline": ""}
    if kind == "Polygon":
        ring = coordinates[0]
        if len(coordinates) != 1 or ring[0] != ring[-1]:  # an island in it, or a ring left open
            raise ValueError(kind)
        coordinates = ring[:-1]
    points = [_spot(each, 5) for each in coordinates]
    return {"shape": SHAPES[kind], "outline": text_of(points)}


def _spot(coordinates: Any, places: int) -> Spot:
    lon, lat = (round(Decimal(str(float(value))), places) for value in coordinates[:2])
    return Spot(int(lat * 1_000_000), int(lon * 1_000_000))


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _feature(place: Place) -> Json:
    points = [[point.lon_e6 / 1e6, point.lat_e6 / 1e6] for point in place.outline]
    geometry: Mapping[str, Json] = {
        "circle": {"type": "Point", "coordinates": [place.lon_e6 / 1e6, place.lat_e6 / 1e6]},
        "corridor": {"type": "LineString", "coordinates": points},
        "polygon": {"type": "Polygon", "coordinates": [[*points, *points[:1]]]},
    }
    properties: Json = {"name": place.name, "kind": place.kind}
    if place.shape != "polygon":
        properties["radius_m"] = place.radius_m
    return {"type": "Feature", "geometry": geometry[place.shape], "properties": properties}
