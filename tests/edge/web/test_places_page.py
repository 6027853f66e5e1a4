"""The page of places without a script: coordinates are typed, the unit head approves, the sketch shows what is so."""

from __future__ import annotations

import re

import pytest

from edge.node import Node
from edge.store.heard import Report
from fleet.rules.outline import Spot
from fleet.rules.place import Place, read
from fleet.rules.position import Position
from fleet.rules.sketch import sketch
from tests.edge.web.conftest import PINS, Api, Visitor

pytestmark = pytest.mark.anyio

YARD = {"name": "机关大院", "kind": "designated", "shape": "polygon"} | {
    "outline": "39.21,101.67 39.21,101.673 39.212,101.673 39.212,101.67",
    "reason": "新院落启用",
}
PUMP = {"name": "城南加油站", "kind": "filling_station", "shape": "circle", "reason": "定点加油"} | {
    "lat_e6": "39.2011",
    "lon_e6": "101.6655",
    "radius_m": "80",
}


async def admin(visitor: Visitor) -> Visitor:
    await visitor.sign_in("places", "5001")
    return visitor


async def approve(api: Api) -> None:
    head = await api.signed_in("6001")
    for row in (await head.get("/cases/change", state="proposed")).json()["rows"]:
        answer = await head.post(f"/cases/change/{row['id']}/acts/approve", {"pin": PINS["6001"]})
        assert answer.status_code == 200, answer.text


async def test_only_the_admin_comes_in(visitor: Visitor) -> None:
    await visitor.get("/places/sign-in")

    assert (await visitor.send("/places/sign-in", person="3001", pin=PINS["3001"])).status_code == 403
    assert (await visitor.get("/places")).headers["location"] == "/places/sign-in"


@pytest.mark.parametrize("place", [YARD, PUMP], ids=["polygon", "circle"])
async def test_a_place_that_is_sent_stands_once_the_unit_head_agrees(
    visitor: Visitor, api: Api, place: dict[str, str]
) -> None:
    page = await admin(visitor)
    answer = await page.send("/places", **place)
    assert answer.status_code == 303, answer.text
    waiting = await page.get(answer.headers["location"])
    assert place["name"] in waiting.text.split('class="rule"')[1]

    await approve(api)
    form = (await page.get(f"/places?name={place['name']}")).text
    shown = {"lat_e6": "39.2011", "radius_m": "80"} if place is PUMP else {"outline": YARD["outline"]}
    for name, text in (shown | {"name": place["name"]}).items():
        assert re.search(rf'id="{name}"[^>]*value="{text}', form), name
    collection = (await (await api.signed_in("5001")).get("/places")).json()
    assert [feature["properties"]["name"] for feature in collection["features"]] == [place["name"]]


async def test_a_polygon_that_becomes_a_circle_keeps_no_outline(visitor: Visitor, api: Api) -> None:
    page = await admin(visitor)
    await page.send("/places", **YARD)
    await approve(api)
    changed = PUMP | {"name": YARD["name"], "kind": "designated"}
    assert (await page.send("/places", **changed)).status_code == 303
    await approve(api)

    (feature,) = (await (await api.signed_in("5001")).get("/places")).json()["features"]
    assert feature["geometry"]["type"] == "Point"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"outline": "39.21,101.67"}, "outline"),
        ({"outline": "no,where 1,2 3,4"}, "outline"),
        ({"shape": "circle", "outline": "", "lat_e6": "north"}, "lat_e6"),
        ({"reason": ""}, "reason"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    visitor: Visitor, api: Api, wrong: dict[str, str], field: str
) -> None:
    page = await admin(visitor)
    answer = await page.send("/places", **(YARD | wrong))

    assert answer.status_code in {400, 409}
    assert re.search(rf'id="{field}"[^>]*aria-invalid', answer.text), answer.text
    assert YARD["kind"] in answer.text
    for name, text in (YARD | wrong).items():
        assert name in {"kind", "shape"} or f'value="{text}"' in answer.text
    assert (await (await api.signed_in("6001")).get("/cases/change")).json()["total"] == 0


async def test_the_sketch_shows_where_vehicles_stand_and_none_that_is_out(
    visitor: Visitor, api: Api, node: Node
) -> None:
    page = await admin(visitor)
    there = Position(device_time_ms=api.now_ms, lat=39.216, lon=101.669, speed_kmh=0.0)
    await node.telemetry.save([Report("13800000312", there, api.now_ms, "", "", vehicle="蒙M-0B312")], [])
    assert ">312</text>" in (await page.get("/places")).text

    await api.dispatched(plate="蒙M-0B312")
    assert ">312</text>" not in (await page.get("/places")).text


def a_place(**fields: object) -> Place:
    return read({"name": "一", "kind": "designated"} | fields)


def test_a_sketch_is_to_scale_with_north_up() -> None:
    south = a_place(lat_e6="39200000", lon_e6="101600000", radius_m="100")
    north = a_place(name="二", lat_e6="39210000", lon_e6="101600000", radius_m="100")
    drawn = sketch([south, north], [("312", Spot(39_205_000, 101_611_580))])

    assert drawn.places[0].y - drawn.places[1].y == pytest.approx(1110.2, rel=1e-3)
    assert drawn.dots[0].x - drawn.places[0].x == pytest.approx(1000, rel=1e-2)
    for x, y in ((shape.x, shape.y) for shape in drawn.places):
        assert drawn.left < x < drawn.left + drawn.span
        assert drawn.top < y < drawn.top + drawn.span


def test_a_register_without_places_still_gives_ground_to_draw_on() -> None:
    assert sketch([], []).span > 0
