"""Tables over HTTP (Art. 6, 14): seen, confirmed, proposed, and approved by the unit head."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.edge.web.conftest import PINS, Api

pytestmark = pytest.mark.anyio
TABLE = "车牌,车辆用途,座位数,终端号,保险到期\n蒙M-0A007,应急,5,13800000007,2027-05-01\n蒙M-0B312,,,,2027-06-01\n"


async def send(api: Api, person: str, path: str, table: str = TABLE, **query: str) -> httpx.Response:
    headers = (await api.signed_in(person)).headers | {"Content-Type": "application/octet-stream"}
    return await api.client.post(
        f"/api/imports/{path}", params={"file": "车辆.csv"} | query, content=table.encode(), headers=headers
    )


async def plates(api: Api) -> dict[str, Any]:
    return {row["plate"]: row["class"] for row in (await (await api.signed_in("3001")).get("/vehicles")).json()}


async def test_a_table_is_seen_proposed_and_approved_by_two_people(api: Api) -> None:
    seen = (await send(api, "5001", "vehicles")).json()
    assert seen["counts"] == {"new": 1, "changed": 1, "same": 0, "wrong": 0}
    assert seen["rows"][1]["changes"] == {"insured_until": {"was": "", "will": "2027-06-01"}}
    assert "蒙M-0A007" not in await plates(api)

    taken = (await send(api, "5001", "vehicles/confirm", hash=seen["hash"])).json()
    assert (taken["saved"], len(taken["proposed"])) == (0, 2)
    assert "蒙M-0A007" not in await plates(api), "proposed is not approved"
    path = f"/imports/approve/{taken['batch']}"
    wrong_pin = await (await api.signed_in("6001")).post(path, {"pin": "000000"})
    assert wrong_pin.json()["code"] == "pin_wrong"
    approved = (await (await api.signed_in("6001")).post(path, {"pin": PINS["6001"]})).json()

    assert sorted(approved["approved"]) == sorted(taken["proposed"])
    assert (await plates(api))["蒙M-0A007"] == "emergency"
    again = await (await api.signed_in("6001")).post(path, {"pin": PINS["6001"]})
    assert (again.status_code, again.json()["code"]) == (404, "no_batch")
    same = (await send(api, "5001", "vehicles")).json()
    assert same["counts"] == {"new": 0, "changed": 0, "same": 2, "wrong": 0}


async def test_a_wrong_cell_is_told_in_the_callers_words_and_nothing_is_saved(api: Api) -> None:
    table = TABLE.replace("2027-06-01", "明年")
    seen = (await send(api, "5001", "vehicles", table)).json()
    [cell] = seen["rows"][1]["wrong"]
    assert (cell["column"], cell["what"]) == (5, "“保险到期”不是日期: 明年。")

    told = (await send(api, "5001", "vehicles/confirm", table, hash=seen["hash"])).json()

    assert (told["code"], told["facts"]) == ("import_wrong", {"count": 1, "row": 3})


async def test_what_changed_since_the_preview_is_not_confirmed(api: Api) -> None:
    seen = (await send(api, "5001", "vehicles")).json()
    other = await send(api, "5001", "vehicles/confirm", TABLE.replace("2027-06-01", "2027-07-01"), hash=seen["hash"])

    assert (other.status_code, other.json()["code"]) == (409, "import_changed")


async def test_a_table_of_another_format_or_kind_is_refused(api: Api) -> None:
    assert (await send(api, "5001", "boats")).json()["code"] == "import_kind"
    assert (await send(api, "5001", "vehicles", file="t.pdf")).json()["code"] == "sheet_format"


async def test_places_come_from_a_map_and_go_back_to_one(api: Api) -> None:
    ring = [[101.7, 39.2], [101.9, 39.2], [101.9, 39.4], [101.7, 39.2]]
    drawn: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"name": "巴丹吉林盲区", "kind": "电台盲区", "stroke": "#f00"},
            }
        ],
    }  # fmt: skip
    table = json.dumps(drawn)
    seen = (await send(api, "5001", "places", table, file="盲区.geojson")).json()
    assert (seen["counts"]["new"], seen["rows"][0]["changes"]["outline"]["will"]) == (
        1,
        "39.2,101.7 39.2,101.9 39.4,101.9",
    )
    taken = (await send(api, "5001", "places/confirm", table, file="盲区.geojson", hash=seen["hash"])).json()
    await (await api.signed_in("6001")).post(f"/imports/approve/{taken['batch']}", {"pin": PINS["6001"]})

    found = (await (await api.signed_in("3001")).get("/places")).json()

    [hole] = [each for each in found["features"] if each["properties"]["name"] == "巴丹吉林盲区"]
    assert hole["geometry"] == drawn["features"][0]["geometry"]
    assert hole["properties"]["kind"] == "radio_hole"
