"""The vehicle side and money over HTTP (Art. 9, 10, 11, 15, 17, 18, 19a): whole stories, as a script drives them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from edge.node import Node
from fleet.rules import checks
from fleet.rules.calendar import day_of, month_of, start_of
from tests.edge.web.conftest import HOUR_MS, PINS, Api
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio
PLATE, OTHER_PLATE = "蒙M-0B312", "蒙M-0B318"
DAY_MS = 24 * HOUR_MS


async def do(api: Api, person: str, path: str, **given: Any) -> dict[str, Any]:
    """Ask, and be given what was asked for."""
    answer = await (await api.signed_in(person)).post(path, given)
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refused(api: Api, person: str, path: str, *, language: str = "zh-CN", **given: Any) -> dict[str, Any]:
    """Ask, and be refused: the code, in words, with its article."""
    answer = await (await api.signed_in(person, language=language)).post(path, given)
    assert answer.status_code >= 400, answer.text
    told: dict[str, Any] = answer.json()
    assert told["what"] != told["code"]
    assert "{" not in told["what"] + told["why"] + told["next"], "every fact has its place"
    return told


async def act(api: Api, person: str, case: dict[str, Any], act: str, **given: Any) -> dict[str, Any]:
    return await do(api, person, f"/cases/{case['kind']}/{case['id']}/acts/{act}", **given)


async def flags(api: Api) -> dict[str, str]:
    rows = (await (await api.signed_in("3001")).get("/flags")).json()
    return {row["finding"]: row["text"] for row in rows}


async def alarms(api: Api, node: Node, *, ended: bool = False) -> dict[str, str]:
    """What alarms say that go on, or that a moment raised which is over, judged just now; or also those that ended."""
    await node._judging.step()
    rows = (await (await api.signed_in("3001")).get("/alarms")).json()
    told = (row for row in rows if ended or not row["until_ms"] or row["until_ms"] - row["from_ms"] <= 1)
    return {row["facts"]["what"]: row["what"] for row in told if "what" in row["facts"]}


def items(api: Api, **found: str) -> dict[str, str]:
    winter = checks.is_winter(day_of(api.now_ms), {})
    return dict.fromkeys(checks.items(checks.BEFORE, winter=winter), "ok") | found


# -- checks and defects ---------------------------------------------------------------------------------------------


async def test_a_defect_found_before_leaving_stops_the_vehicle_until_someone_clears_it_and_the_driver_knows(
    api: Api,
) -> None:
    order = await api.dispatched(plate=PLATE)
    check = {"phase": "before", "order": order, "items": items(api, brakes="defect")}
    await do(api, "4001", "/cases/check", **check)
    report = {"plate": PLATE, "item": "brakes", "text": "踏板发软", "order": order}
    minor = await refused(api, "4001", "/cases/defect", **report, severity="minor")
    assert (minor["code"], minor["article"], minor["what"]) == ("blocking_item", "10", "“制动”的故障不能报为一般。")
    defect = await do(api, "4001", "/cases/defect", **report, severity="blocking")

    stopped = await refused(api, "4001", f"/orders/{order}/acts/depart", odometer_km=45_000, checks="done")
    assert (stopped["code"], stopped["facts"]["reason"]) == ("vehicle_unfit", "defect")
    other = await api.approved(passengers=2)
    offers = (await (await api.signed_in("3001")).get(f"/orders/{other}/offers")).json()
    assert [(each["vehicle"], each["reason"]) for each in offers["refused"]] == [(PLATE, "defect")]

    await act(api, "3001", defect, "clear", how="更换制动片, 路试正常")
    unseen = await refused(api, "4001", f"/orders/{order}/acts/depart", odometer_km=45_000, checks="done")
    assert unseen["code"] == "defects_unseen"
    await act(api, "4001", defect, "acknowledge")
    left = await api.must("4001", order, "depart", odometer_km=45_000, checks="done")

    assert left["state"] == "departed"


async def test_a_check_before_leaving_names_the_tickets_its_driver_has_seen(api: Api) -> None:
    order = await api.dispatched(plate=PLATE)
    report = {"plate": PLATE, "item": "tools", "text": "缺扳手", "severity": "minor"}
    defect = await do(api, "4002", "/cases/defect", **report)
    check = {"phase": "before", "order": order, "items": items(api)}

    unseen = await refused(api, "4001", "/cases/check", language="en", **check)
    done = await do(api, "4001", "/cases/check", **check, seen=[defect["id"]])

    assert (unseen["code"], unseen["facts"]["case"]) == ("defects_unseen", defect["id"])
    assert (done["state"], done["plate"], done["data"]["seen"]) == ("recorded", PLATE, [defect["id"]])


async def test_leaving_without_a_check_is_an_alarm_and_hinders_nobody(
    api: Api, node: Node, time: SimulatedTime
) -> None:
    order = await api.dispatched(plate=PLATE)
    await api.must("4001", order, "depart", odometer_km=45_000, checks="skipped")
    await api.must("4001", order, "return", odometer_km=45_100, fuel_quarters=2, receipts="0", key_to="钥匙柜")
    assert "check_before" in await alarms(api, node)
    assert "check_after" not in await alarms(api, node)

    time.pass_ms(13 * HOUR_MS)
    api.tokens.clear()

    assert "收车后未检查" in (await alarms(api, node))["check_after"]


# -- terminals ------------------------------------------------------------------------------------------------------


async def test_a_terminals_fault_is_reported_in_a_day_and_repaired_in_a_week(
    api: Api, node: Node, time: SimulatedTime
) -> None:
    fault = await do(api, "4001", "/cases/fault", plate=PLATE, what="指示灯不亮")
    assert fault["data"]["terminal"] == "13800000312", "the desk knows the terminal of a vehicle"
    time.pass_ms(DAY_MS + HOUR_MS)
    api.tokens.clear()
    assert "fault_unreported" in await alarms(api, node)
    await act(api, "3001", fault, "report", to="厂家")
    assert "fault_unreported" not in await alarms(api, node)
    time.pass_ms(6 * DAY_MS + 1)
    api.tokens.clear()
    assert "fault_unrepaired" in await alarms(api, node)
    await act(api, "3001", fault, "await_part", part="天线")

    assert "fault_unrepaired" not in await alarms(api, node)
    done = await act(api, "3001", fault, "repair", by="厂家", how="更换天线")
    assert (done["state"], done["open"]) == ("repaired", False)


# -- keys and sealing -----------------------------------------------------------------------------------------------


async def test_keys_go_from_hand_to_hand_on_record(api: Api) -> None:
    await do(api, "3001", "/cases/key", plate=PLATE, **{"from": "钥匙柜", "to": "4001"})
    unknown = await refused(api, "3001", "/cases/key", plate="蒙X-9", **{"from": "钥匙柜", "to": "4001"})

    assert unknown["code"] == "no_vehicle"
    rows = (await (await api.signed_in("4002")).get("/cases/key", plate=PLATE)).json()["rows"]
    assert [(row["data"]["giver"], row["data"]["to"]) for row in rows] == [("钥匙柜", "4001")]


async def test_a_holiday_seals_vehicles_the_approver_lets_one_order_out_and_unsealing_compares(
    api: Api, node: Node, time: SimulatedTime
) -> None:
    order = await api.approved()
    first = day_of(api.now_ms)
    last = first + timedelta(days=1)
    plan = {"name": "中秋节", "from_day": str(first), "to_day": str(last), "plates": [PLATE, OTHER_PLATE]}
    batch = await do(api, "5001", "/cases/sealing", **plan)
    await act(api, "2001", batch, "approve", pin=PINS["2001"])
    sealed = {"place": "机关大院", "odometer_km": 45_000, "fuel_quarters": 3, "key_to": "钥匙柜", "witness": "萨仁"}
    await act(api, "3001", batch, "seal", plate=PLATE, **sealed)

    offers = (await (await api.signed_in("3001")).get(f"/orders/{order}/offers")).json()
    assert {each["reason"] for each in offers["refused"]} == {"sealed"}
    stopped = await refused(api, "3001", f"/orders/{order}/acts/dispatch", vehicle=PLATE, driver="4001")
    assert stopped["code"] == "vehicle_unfit"
    path = f"/cases/sealing/{batch['id']}/acts"
    early = await refused(api, "3001", f"{path}/unseal", plate=PLATE, odometer_km=45_000, fuel_quarters=3)
    assert early["code"] == "unsealed_early"

    await act(api, "2001", batch, "except", plate=PLATE, order=order, reason="值守需要", pin=PINS["2001"])
    await api.must("3001", order, "dispatch", vehicle=PLATE, driver="4001")
    time.pass_ms(3 * DAY_MS)
    api.tokens.clear()
    done = await act(api, "3001", batch, "unseal", plate=PLATE, odometer_km=45_012, fuel_quarters=2)
    closed = await act(api, "3001", batch, "close")

    assert done["data"]["vehicles"][PLATE]["moved_km"] == 12
    assert closed["state"] == "closed"
    assert (await alarms(api, node, ended=True))["odometer"].startswith("车辆在封存期间里程增加 12 公里")


async def test_a_plan_for_a_year_without_a_calendar_says_so(api: Api) -> None:
    plan = {"name": "元旦", "from_day": "2031-01-01", "to_day": "2031-01-01", "plates": [PLATE]}

    assert (await do(api, "5001", "/cases/sealing", **plan))["data"]["calendar_unknown"] is True


async def test_from_december_the_next_years_calendar_is_asked_for(api: Api, time: SimulatedTime) -> None:
    assert "calendar_missing" not in await flags(api)
    time.pass_ms(start_of(date(day_of(api.now_ms).year, 12, 1)) - api.now_ms)
    api.tokens.clear()

    assert "还没有录入" in (await flags(api))["calendar_missing"]


# -- money ----------------------------------------------------------------------------------------------------------


async def fuelled(api: Api, fen: int = 38_000) -> dict[str, Any]:
    """Fuel asked for, approved and taken."""
    asked = {"plate": PLATE, "type": "fuel", "estimate_fen": 40_000, "supplier": "定点加油站", "why": "油量不足"}
    case = await do(api, "3001", "/cases/expense", **asked)
    await act(api, "6001", case, "approve", pin=PINS["6001"])
    return await act(api, "4001", case, "done", actual_fen=fen, done_ms=api.now_ms, ml=50_000, odometer_km=45_010)


async def entered(api: Api, case: dict[str, Any], fen: int, *, evidence: str = "stop") -> None:
    day = str(day_of(api.now_ms))
    await act(api, "7001", case, "enter", invoice=f"044-{fen}", amount_fen=fen, invoiced_on=day)
    why = {"reason": "票据齐全, 轨迹缺失"} if evidence == "none" else {}
    await act(api, "7001", case, "match", evidence=evidence, **why)


async def test_an_expense_is_asked_for_approved_done_entered_and_matched_each_by_their_own(
    api: Api, node: Node
) -> None:
    case = await fuelled(api)
    assert (await refused(api, "6001", f"/cases/expense/{case['id']}/acts/enter"))["code"] == "no_role"
    no_reason = await refused(api, "7001", f"/cases/expense/{case['id']}/acts/match", evidence="none")
    assert no_reason["code"] == "case_move", "nothing is matched before it is entered"
    await entered(api, case, 38_000, evidence="none")

    row = (await (await api.signed_in("7001")).get(f"/cases/expense/{case['id']}")).json()

    assert [(each["act"], each["by"]) for each in row["timeline"]] == [
        ("request", "3001"), ("approve", "6001"), ("done", "4001"), ("enter", "7001"), ("match", "7001"),
    ]  # fmt: skip
    assert (row["state"], row["data"]["unmatched_reason"]) == ("matched", "票据齐全, 轨迹缺失")
    assert (await alarms(api, node))["off_track"] == "加油 50 升的票据与车辆的停留、轨迹都对不上。"


async def test_a_month_is_settled_compared_to_the_fen_and_reopened_for_all_to_see(api: Api, node: Node) -> None:
    month = month_of(api.now_ms)
    fuel = await fuelled(api)
    toll = {"plate": PLATE, "type": "toll", "actual_fen": 2_500, "done_ms": api.now_ms, "place": "巴彦浩特东"}
    gate = await do(api, "4001", "/cases/expense", act="pay", **toll)
    early = await refused(api, "7001", "/cases/settlement", month=month)
    assert (early["code"], early["facts"]["count"]) == ("month_unfinished", 2)
    await entered(api, fuel, 38_000)
    await entered(api, gate, 2_500, evidence="gate")
    books = await do(api, "7001", "/cases/settlement", month=month)
    assert (books["data"]["count"], books["data"]["sum_fen"]) == (2, 40_500)
    assert (await refused(api, "7001", "/cases/settlement", month=month))["code"] == "month_has_books"

    rows = [{"plate": PLATE, "type": "fuel", "fen": 37_999}, {"plate": PLATE, "type": "toll", "fen": 2_500}]
    compared = await act(api, "7001", books, "reconcile", rows=rows)
    assert compared["data"]["differences"] == [f"{PLATE}|fuel|38000|37999"]
    path = f"/cases/settlement/{books['id']}/acts"
    assert (await refused(api, "7001", f"{path}/confirm", pin=PINS["7001"]))["code"] == "same_person"
    assert (await refused(api, "6001", f"{path}/confirm", pin=PINS["6001"]))["code"] == "month_differs"
    differs = await act(api, "6001", books, "dispute", pin=PINS["6001"], explanation="财务少记一分")
    assert differs["state"] == "difference"
    assert "ledger_difference" in await alarms(api, node)

    await act(api, "7001", fuel, "enter", invoice="044-1", amount_fen=37_999, invoiced_on=str(day_of(api.now_ms)))
    assert "month_changed" in await alarms(api, node), "an entry after the settlement shows"
    await act(api, "7001", fuel, "match", evidence="stop")
    await act(api, "6001", books, "reopen", reason="发票更正")
    again = await act(api, "7001", books, "settle")
    rows[0]["fen"] = 37_999
    await act(api, "7001", books, "reconcile", rows=rows)
    done = await act(api, "6001", books, "confirm", pin=PINS["6001"])

    assert done["state"] == "reconciled"
    assert len(set(again["data"]["hashes"])) == 2
    assert "month_changed" not in await alarms(api, node)


async def test_a_ledger_row_that_cannot_be_read_is_named(api: Api) -> None:
    books = await do(api, "7001", "/cases/settlement", month=month_of(api.now_ms))
    path = f"/cases/settlement/{books['id']}/acts/reconcile"
    good = {"plate": PLATE, "type": "fuel", "fen": 1}

    for bad in ({"plate": PLATE, "type": "tea", "fen": 1}, {"plate": "", "type": "fuel", "fen": 1}, {"fen": 1.5}, "x"):
        told = await refused(api, "7001", path, rows=[good, bad])
        assert (told["code"], told["facts"]["row"]) == ("ledger_row", 2)
    assert (await refused(api, "7001", path))["code"] == "field_missing"


async def test_finance_hands_in_its_books_as_a_table_and_a_notice_is_drafted_of_what_differs(api: Api) -> None:
    await entered(api, await fuelled(api), 38_000)
    books = await do(api, "7001", "/cases/settlement", month=month_of(api.now_ms))
    finance = await api.signed_in("7001")
    path, file = f"/api/settlements/{books['id']}", {"file": "账.csv"}
    headers = finance.headers | {"Content-Type": "application/octet-stream"}

    async def hand_in(table: str) -> dict[str, Any]:
        answer = await api.client.post(f"{path}/ledger", params=file, content=table.encode("gb18030"), headers=headers)
        told: dict[str, Any] = answer.json()
        return told

    bad = await hand_in(f"车牌,费用类别,金额(元)\n{PLATE},加油,三百八十")
    assert (bad["code"], bad["facts"]["row"]) == ("ledger_row", 2)
    other = await hand_in(f"月份,车牌,费用类别,金额(元)\n2020-01,{PLATE},加油,380")
    assert other["code"] == "ledger_row", "a row of another month is not this month's"
    agrees = await hand_in(f"车牌,费用类别,金额(元)\n{PLATE},加油,300.00\n{PLATE},加油,80")
    assert agrees["data"]["difference_count"] == 0
    assert (await finance.get(f"/settlements/{books['id']}/notice")).json()["code"] == "month_agrees"

    differs = await hand_in(f"plate,type,amount\n{PLATE},fuel,379.99")
    draft = (await finance.get(f"/settlements/{books['id']}/notice")).json()["text"]

    assert differs["data"]["differences"] == [f"{PLATE}|fuel|38000|37999"]
    assert f"{PLATE} 加油: 平台 380.00 元, 财务账 379.99 元, 相差 0.01 元" in draft
    assert "草稿" in draft
    english = await (await api.signed_in("7001", language="en")).get(f"/settlements/{books['id']}/notice")
    assert "differ from the financial books in 1 places" in english.json()["text"]


# -- who goes first -------------------------------------------------------------------------------------------------


async def test_a_sudden_event_takes_a_vehicle_and_the_rider_who_loses_it_is_told(api: Api) -> None:
    lost = [await api.dispatched(plate=PLATE, driver="4001"), await api.dispatched(plate=OTHER_PLATE, driver="4002")]
    sudden = await api.approved(urgency=0)
    offers = (await (await api.signed_in("3001")).get(f"/orders/{sudden}/offers")).json()
    assert (offers["offers"], {each["order"] for each in offers["takeable"]}) == ([], set(lost))
    chosen = offers["takeable"][0]

    choice = {"vehicle": chosen["vehicle"], "driver": chosen["driver"], "preempts": chosen["order"], "why": "边境火情"}
    await api.must("3001", sudden, "dispatch", **choice)

    row = (await (await api.signed_in("1001")).get(f"/orders/{chosen['order']}")).json()
    assert (row["state"], row["preempted_by"]) == ("approved", sudden)
    board = (await (await api.signed_in("3001")).get("/board")).json()
    assert [each["id"] for each in board["todo"]["rows"]][:2] == [sudden, chosen["order"]]


async def test_a_shortage_on_record_opens_the_way_to_a_rented_vehicle(api: Api) -> None:
    order = await api.approved(passengers=12)
    rented = {"vehicle": "蒙M-R001", "driver": "4001", "supplier": "草原租车", "price_basis": "框架协议 3"}
    assert (await refused(api, "3001", f"/orders/{order}/acts/dispatch", **rented))["code"] == "rental_before_unmet"
    unmet = await api.must("3001", order, "unmet", reason="没有大车")
    proof = unmet["timeline"][-1]["detail"]["shortage"]
    assert proof.splitlines() == [f"{PLATE} seats seats=5 needed=13", f"{OTHER_PLATE} seats seats=7 needed=13"]

    done = await api.must("3001", order, "dispatch", **rented)

    assert (done["state"], done["supplier"], done["vehicle"]) == ("dispatched", "草原租车", "蒙M-R001")


async def test_the_board_shows_what_stands_of_a_vehicle(api: Api) -> None:
    async def tags() -> dict[str, str]:
        return {row["plate"]: row["tag"] for row in (await (await api.signed_in("3001")).get("/vehicles")).json()}

    day = str(day_of(api.now_ms))
    batch = await do(api, "5001", "/cases/sealing", name="封存", from_day=day, to_day=day, plates=[PLATE])
    await act(api, "2001", batch, "approve", pin=PINS["2001"])
    sealed = {"place": "机关大院", "odometer_km": 1, "fuel_quarters": 3, "key_to": "钥匙柜", "witness": "萨仁"}
    await act(api, "3001", batch, "seal", plate=PLATE, **sealed)
    report = {"plate": OTHER_PLATE, "item": "brakes", "text": "踏板发软", "severity": "blocking"}
    await do(api, "4001", "/cases/defect", **report)

    assert await tags() == {PLATE: "sealed", OTHER_PLATE: "repair"}
