"""Places as maps exchange them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import geojson, sheets
from fleet.errors import BadInput, FleetError
from fleet.rules.outline import Spot, degrees
from fleet.rules.place import Place, card

SPOTS = st.builds(Spot, st.integers(3_700_000, 5_300_000), st.integers(9_700_000, 12_600_000)).map(
    lambda each: Spot(each.lat_e6 * 10, each.lon_e6 * 10)
)


@st.composite
def places(draw: st.DrawFn) -> Place:
    shape = draw(st.sampled_from(["circle", "corridor", "polygon"]))
    fields = {"kind": draw(st.sampled_from(["sensitive", "tunnel"])), "shape": shape}
    if shape == "circle":
        at = draw(SPOTS)
        fields |= {"lat_e6": str(at.lat_e6), "lon_e6": str(at.lon_e6)}
    else:
        outline = draw(st.lists(SPOTS, min_size=3, max_size=9))
        fields["outline"] = " ".join(f"{degrees(each.lat_e6)},{degrees(each.lon_e6)}" for each in outline)
    if shape != "polygon":
        fields["radius_m"] = str(draw(st.integers(10, 20_000)))
    found = card(draw(st.sampled_from(["敖伦布拉格", "Tunnel 2"])), fields)
    assert found
    return found


@given(st.lists(places(), max_size=4))
def test_what_is_written_is_read_back_as_the_same_places(known: list[Place]) -> None:
    header, *rows = geojson.rows(json.dumps(geojson.collection(known)).encode())

    for place, row in zip(known, rows, strict=True):
        texts = dict(zip(header, row, strict=True))
        for name in ("lat_e6", "lon_e6"):  # the table has degrees, and makes millionths of them
            texts[name] = texts[name] and str(round(float(texts[name]) * 1e6))
        assert card(texts.pop("name"), texts) == place


def feature(geometry: Any, properties: Any = None) -> bytes:
    one = {"type": "Feature", "geometry": geometry, "properties": properties}
    return json.dumps({"type": "FeatureCollection", "features": [one]}).encode()


RING = [[101.7, 39.2], [101.9, 39.2], [101.9, 39.4], [101.7, 39.2]]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "sheet_unreadable"), (b"[" * 100_000, "sheet_unreadable"), (b'{"type":"Feature"}', "sheet_unreadable"),
     (b'{"type":"FeatureCollection","features":[1]}', "geojson_shape"),
     (feature(None), "geojson_shape"),
     (feature({"type": "Polygon", "coordinates": [RING, RING]}), "geojson_shape"),
     (feature({"type": "Polygon", "coordinates": [RING[:3]]}), "geojson_shape"),
     (feature({"type": "Polygon", "coordinates": []}), "geojson_shape"),
     (feature({"type": "MultiPolygon", "coordinates": [[RING]]}), "geojson_shape"),
     (feature({"type": "Point", "coordinates": ["a", "b"]}), "geojson_shape"),
     (feature({"type": "Point", "coordinates": [float("nan"), 39]}), "geojson_shape"),
     (json.dumps({"type": "FeatureCollection", "features": [1] * 2001}).encode(), "sheet_too_large")],
)  # fmt: skip
def test_what_is_no_collection_of_places_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        sheets.read(data, "places.geojson")

    assert refused.value.code == code


NAMES = st.sampled_from(["type", "features", "geometry", "coordinates", "properties"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
)


@given(JSON)
def test_any_json_is_a_table_or_one_of_our_refusals(told: Any) -> None:
    for data in (json.dumps(told), json.dumps({"type": "FeatureCollection", "features": [told]})):
        try:
            geojson.rows(data.encode())
        except FleetError:
            continue
