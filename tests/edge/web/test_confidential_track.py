"""Where a really sealed confidential trip went, and what its alarms know of it, at every door of a node (Art. 10 (4)).

The trip is driven: reports with coordinates that nothing else has, a long stay in a sensitive area, fuel from a station
on the way, a return that is overdue. Every door is then read by everyone who comes in there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from edge.node import Node
from edge.store.heard import Report
from edge.store.journal import Office
from fleet.desk.report import report
from fleet.rules.calendar import day_of, month_of
from fleet.rules.position import Position
from tests.edge.web.conftest import HOUR_MS, PINS, Api
from tests.edge.web.test_api_authority import READ, filled
from tests.edge.web.test_confidential import MAY_NOT, PLATE, order, told
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio
__all__ = ["order", "told"]  # the fixtures of a trip with a sealed form
STREAM, NAMES_OF_PLACES = "/api/events", {"/api/places", "/api/cases/{kind:str}", "/api/cases/{kind:str}/{case_id:str}"}
"""The register of places is the office's own: that a place exists is not where the vehicle went."""
AREA, STATION = "某某雷达站", "某某加油站"
MINUTE_MS = 60_000
THERE = (41.9581, 101.0683)
COORDINATES = re.compile(r"41\.?958\d|101\.?068\d")
"""The trip's places in degrees or millionths of them."""
KINDS = ("alarm", "expense", "supplement", "key", "check", "handover")


def reports(start_ms: int, trip: str, minutes: int) -> list[Report]:
    """A report a minute about one spot, the first ten of them driving up to it."""
    found = []
    for minute in range(minutes):
        away = max(0, 10 - minute) * 0.009
        at = Position(
            device_time_ms=start_ms + minute * MINUTE_MS, lat=THERE[0] + away, lon=THERE[1], satellites=11,
            speed_kmh=60.0 if away else 0.0, acc=bool(away),
        )  # fmt: skip
        found.append(Report("13800000777", at, start_ms + minute * MINUTE_MS, "", trip, vehicle=PLATE))
    return found


async def put(api: Api, person: str, path: str, **given: Any) -> dict[str, Any]:
    answer = await (await api.signed_in(person)).post(path, given)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
async def driven(api: Api, node: Node, time: SimulatedTime, order: str) -> str:
    """The trip, hours later: it stood in the area, took fuel, and is not back."""
    for name, kind in ((AREA, "sensitive"), (STATION, "filling_station")):
        sets = {"kind": kind, "lat_e6": "41957000", "lon_e6": "101070000", "radius_m": "900"}
        change = await put(api, "5001", "/cases/change", entry=f"place/{name}", sets=sets, reason="登记")
        await put(api, "6001", f"/cases/change/{change['id']}/acts/approve", pin=PINS["6001"])
    await node.telemetry.save(reports(api.now_ms, order, 120), [])
    taken_ms = api.now_ms + 30 * MINUTE_MS
    time.pass_ms(14 * HOUR_MS)
    api.tokens.clear()
    asked = {"plate": PLATE, "type": "fuel", "estimate_fen": 40_000, "supplier": "x", "why": "油量不足"}
    case = await put(api, "3001", "/cases/expense", **asked)
    await put(api, "6001", f"/cases/expense/{case['id']}/acts/approve", pin=PINS["6001"])
    done = {"actual_fen": 38_000, "done_ms": taken_ms, "ml": 40_000}
    await put(api, "4001", f"/cases/expense/{case['id']}/acts/done", **done)
    entered = {"invoice": "044-1", "amount_fen": 38_000, "invoiced_on": str(day_of(time.now_ms))}
    await put(api, "7001", f"/cases/expense/{case['id']}/acts/enter", **entered)
    await node._judging.step()
    await node._alarms.refresh()
    return order


async def every_door(
    api: Api, node: Node, person: str, trip: str, begun_ms: int
) -> AsyncIterator[tuple[str, httpx.Response]]:
    """What someone is answered at each door that only reads."""
    day, caller = str(day_of(begun_ms)), await api.signed_in(person)
    queries: dict[str, dict[str, str]] = {
        "/api/vehicles/{plate:str}/track": {"from_ms": str(begun_ms), "to_ms": str(begun_ms + 8 * HOUR_MS)},
        "/api/tracks/{plate:str}": {"day": day},
        "/api/journeys": {"day": day},
        "/api/journeys/{order_id:str}/odometer": {"km": "100"},
        "/api/trips/end": {"plate": PLATE, "started_ms": str(begun_ms)},
        "/api/receipts": {"month": month_of(begun_ms)},
        "/api/alarms": {"all": "true"},
    }
    alarms = await node.journal.do(lambda office: [t for t in office.replica.state.cases if t.startswith("alarm/")])
    for method, path in sorted(READ):
        if method != "GET" or path == STREAM:
            continue
        named = {"order_id": trip, "plate": PLATE, "month": month_of(begun_ms)}
        for kind in KINDS if "{kind:str}" in path else ("",):
            ids = [target.split("/")[1] for target in alarms] if kind == "alarm" else ["1-00001"]
            for case_id in ids if "{case_id:str}" in path else ("",):
                address = filled(path, **named, kind=kind, case_id=case_id).removeprefix("/api")
                yield path, await caller.get(address, **queries.get(path, {}))


async def alarms_of(node: Node, trip: str) -> dict[str, dict[str, object]]:
    def read(office: Office) -> dict[str, dict[str, object]]:
        cases = [case for target, case in office.replica.state.cases.items() if target.startswith("alarm/")]
        return {case.text("code"): {**case.data, "plate": case.plate} for case in cases if case.order == trip}

    return await node.journal.do(read)


async def test_alarms_of_such_a_trip_tell_code_and_time_and_no_place_even_in_what_is_signed(
    node: Node, driven: str
) -> None:
    found = await alarms_of(node, driven)

    assert {"A14", "A20"} <= set(found), "they are raised all the same"
    assert [code for code, data in found.items() if COORDINATES.search(str(data)) or AREA in str(data)] == []
    assert all(data["from_ms"] for data in found.values())


@pytest.mark.parametrize("person", sorted(MAY_NOT | {"1002", "4002"}))
async def test_no_door_tells_where_it_was_to_who_may_not_read_it(
    api: Api, node: Node, driven: str, person: str
) -> None:
    read = set()
    async for path, answer in every_door(api, node, person, driven, api.now_ms):
        assert not COORDINATES.search(answer.text), (path, answer.text[:2000])
        if path not in NAMES_OF_PLACES:
            assert AREA not in answer.text, (path, answer.text[:2000])
            assert STATION not in answer.text, (path, answer.text[:2000])
        if answer.is_success:
            read.add(path)

    if person in MAY_NOT:
        wanted = {"/api/board", "/api/vehicles", "/api/alarms", "/api/tracks/{plate:str}", "/api/journeys"}
        assert wanted | {"/api/reports/month/{month:str}", "/api/vehicles/{plate:str}/track"} <= read


async def test_the_dispatcher_who_looks_for_the_traveller_is_told(api: Api, node: Node, driven: str) -> None:
    telling = {
        path
        async for path, answer in every_door(api, node, "3001", driven, api.now_ms)
        if COORDINATES.search(answer.text)
    }
    overdue = next(row for row in (await (await api.signed_in("3001")).get("/alarms")).json() if row["code"] == "A14")
    hidden = next(row for row in (await (await api.signed_in("6001")).get("/alarms")).json() if row["code"] == "A14")

    assert {"/api/vehicles", "/api/alarms", "/api/vehicles/{plate:str}/track", "/api/tracks/{plate:str}"} <= telling
    assert (overdue["watch"]["lat"], overdue["watch"]["last_ms"]) == (THERE[0], api.now_ms + 119 * MINUTE_MS)
    assert (hidden["order"], hidden["watch"]) == (driven, None)


async def test_such_a_vehicle_is_nobodys_nearest_but_for_who_may_follow_it(
    api: Api, node: Node, time: SimulatedTime, driven: str
) -> None:
    late = await api.approved(start_ms=time.now_ms, end_ms=time.now_ms + HOUR_MS)
    await api.must("3001", late, "dispatch", vehicle="蒙M-0B312", driver="4002", why="近")
    await api.must("4002", late, "depart", odometer_km=1)
    at = Position(device_time_ms=time.now_ms, lat=41.9, lon=101.0, satellites=11, speed_kmh=0.0)
    await node.telemetry.save([Report("13800000312", at, time.now_ms, "", late, vehicle="蒙M-0B312")], [])
    time.pass_ms(4 * HOUR_MS)
    api.tokens.clear()
    await node._judging.step()

    for person, nearest in (("3001", PLATE), ("6001", None)):
        rows = (await (await api.signed_in(person)).get("/alarms")).json()
        row = next(row for row in rows if row["code"] == "A14" and row["order"] == late)
        assert row["watch"]["nearest"] == nearest
        assert row["watch"]["lat"] == 41.9


async def test_neither_report_nor_idle_pages_tell_a_place(
    api: Api, node: Node, time: SimulatedTime, driven: str
) -> None:
    month = month_of(api.now_ms)
    told_of = await node.journal.do(
        lambda office: repr(report(office.replica.state, [driven], "lyj", month, time.now_ms))
    )
    pages = [(await api.client.get(page)).text for page in ("/", "/kiosk", "/kiosk/who", "/apply", "/approve")]

    text = told_of + "".join(pages)
    assert PLATE in told_of
    assert not COORDINATES.search(text)
    assert AREA not in text
