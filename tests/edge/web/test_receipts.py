"""A month's receipts against the track (Art. 11): paired with stops, gates and the tank, or listed with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from edge.node import Node
from fleet.rules.calendar import day_of, month_of
from tests.edge.web.conftest import MINUTE_MS, PINS, Api
from tests.edge.web.driving import northwards
from tests.edge.web.test_vehicle_cases import act, do
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio

PLATE, TERMINAL = "蒙M-0B312", "13800000312"
STATION, GATE = "定点加油站", "东收费站"


async def place(api: Api, name: str, **sets: str) -> None:
    """A place on the register, proposed by one and approved by another."""
    proposal = {"entry": f"place/{name}", "sets": sets, "reason": "登记"}
    change = await do(api, "5001", "/cases/change", **proposal)
    await act(api, "6001", change, "approve", pin=PINS["6001"])


async def drive(node: Node, time: SimulatedTime) -> int:
    """Ten minutes to the station, eight there, ten on through the gate; when it came to stand."""
    begin_ms = time.now_ms

    def moves(second: int) -> bool:
        return 0 < second < 600 or 1080 < second < 1680

    reports = northwards(begin_ms, 1680, moves, PLATE, lambda second, _: {"fuel_l": 20.0 if second < 900 else 62.0})
    time.pass_ms(30 * MINUTE_MS)
    await node.telemetry.save(reports, [])
    return begin_ms + 600_000


@pytest.fixture
async def at_ms(api: Api, node: Node, time: SimulatedTime) -> int:
    """When the vehicle stood at the station, on a register that knows station, gate and tank."""
    await place(
        api, STATION, kind="filling_station", lat_e6=str(39_200_000 + round(11_800 / 0.111)), lon_e6="101600000"
    )
    await place(api, GATE, kind="gate", lat_e6=str(39_200_000 + round(18_000 / 0.111)), lon_e6="101600000")
    change = await do(
        api, "5001", "/cases/change", entry=f"vehicle/{PLATE}", sets={"tank_ml": "65000"}, reason="登记油箱"
    )
    await act(api, "6001", change, "approve", pin=PINS["6001"])
    return await drive(node, time)


async def fuel(api: Api, at_ms: int, ml: int, *, invoice: str = "044-1") -> dict[str, Any]:
    asked = {"plate": PLATE, "type": "fuel", "estimate_fen": 40_000, "supplier": STATION, "why": "油量不足"}
    case = await do(api, "3001", "/cases/expense", **asked)
    await act(api, "6001", case, "approve", pin=PINS["6001"])
    await act(api, "4001", case, "done", actual_fen=38_000, done_ms=at_ms, ml=ml)
    return await enter(api, case, 38_000, invoice)


async def paid(api: Api, at_ms: int, kind: str) -> dict[str, Any]:
    given = {"plate": PLATE, "type": kind, "actual_fen": 2_500, "done_ms": at_ms}
    return await enter(api, await do(api, "4001", "/cases/expense", act="pay", **given), 2_500, f"{kind}-1")


async def enter(api: Api, case: dict[str, Any], fen: int, invoice: str) -> dict[str, Any]:
    day = str(day_of(api.now_ms))
    return await act(api, "7001", case, "enter", invoice=invoice, amount_fen=fen, invoiced_on=day)


async def listed(api: Api) -> dict[str, tuple[str, str, str]]:
    rows = (await (await api.signed_in("7001")).get("/receipts", month=month_of(api.now_ms))).json()
    return {row["case"]: (row["evidence"], row["found"], row["reason"]) for row in rows}


async def test_receipts_are_paired_with_the_stop_and_the_gate_and_signed_at_once(api: Api, at_ms: int) -> None:
    filled, gate = await fuel(api, at_ms + MINUTE_MS, 42_000), await paid(api, at_ms + 13 * MINUTE_MS, "toll")
    parked = await paid(api, at_ms + 4 * MINUTE_MS, "parking")
    wanted = {filled["id"]: ("stop", STATION, ""), gate["id"]: ("gate", GATE, ""), parked["id"]: ("gate", GATE, "")}
    assert await listed(api) == wanted

    finance = await api.signed_in("7001")
    rows = (await finance.post(f"/receipts/match?month={month_of(api.now_ms)}")).json()

    assert {row["case"]: (row["state"], row["signed"]) for row in rows} == {
        filled["id"]: ("matched", "stop"), gate["id"]: ("matched", "gate"), parked["id"]: ("matched", "gate"),
    }  # fmt: skip


async def test_more_than_the_tank_could_take_is_not_paired(api: Api, at_ms: int) -> None:
    """20 l were in it, 65 l is what it takes: 47.25 l are believed, and not a millilitre more."""
    fits, over = await fuel(api, at_ms, 47_250), await fuel(api, at_ms + MINUTE_MS, 47_251)
    told = await listed(api)
    assert (told[fits["id"]], told[over["id"]]) == (("stop", STATION, ""), ("none", "", "more_than_tank"))


async def test_a_second_receipt_for_the_same_stop_is_listed_with_its_reason(api: Api, at_ms: int) -> None:
    first, second = await fuel(api, at_ms, 20_000), await fuel(api, at_ms + MINUTE_MS, 20_000, invoice="044-2")
    told = await listed(api)
    assert (told[first["id"]][0], told[second["id"]]) == ("stop", ("none", "", "stop_taken"))


async def test_what_does_not_fit_is_left_for_finance_to_decide(api: Api, at_ms: int) -> None:
    early = await fuel(api, at_ms - 45 * MINUTE_MS, 20_000)
    answer = await (await api.signed_in("7001", language="en")).post(f"/receipts/match?month={month_of(api.now_ms)}")
    (row,) = answer.json()
    assert (row["state"], row["reason"], row["signed"]) == ("entered", "no_track", "")
    assert row["text"] == "the track of that time is not known"
    assert (await act(api, "7001", early, "match", evidence="none", reason="轨迹缺失"))["state"] == "matched"


async def test_a_month_is_named(api: Api) -> None:
    assert (await (await api.signed_in("7001")).get("/receipts", month="soon")).json()["code"] == "field_missing"
