"""The regulation's other records, row by row, driven through the API of a real node process: vehicles and sealing,
checks, money, meetings, accidents, faults and interpretations.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fleet.rules import checks
from fleet.rules.calendar import day_of, month_of
from fleet.rules.cases import CASES
from fleet.rules.settings import SETTINGS
from tests.edge.walk.conftest import Office
from tests.edge.web.conftest import HOUR_MS, PINS

pytestmark = pytest.mark.anyio
DAY_MS = 24 * HOUR_MS
SEAL = {"place": "机关大院", "odometer_km": 1000, "fuel_quarters": 3, "key_to": "钥匙柜", "witness": "萨仁"}


async def test_a_vehicles_life_and_its_sealing(office: Office) -> None:
    # registered -> fitted -> in service <-> suspended -> pending disposal -> disposed
    plate = "蒙M-1S001"
    await office.entry(f"vehicle/{plate}", cls="general", seats="5", stage="registered", marking="marked")
    entry = f"vehicle/{plate}"
    await office.refused("5001", "/cases/change", "field_missing", entry=entry, sets={"stage": "fitted"}, reason="装机")
    await office.refused("5001", "/cases/change", "stage_step", entry=entry, reason="报废",
                         sets={"stage": "disposed", "terminal": "13900009001"})  # fmt: skip
    for stage in ("fitted", "in_service", "suspended", "in_service", "pending_disposal"):
        await office.entry(entry, stage=stage, terminal="13900009001")
    # renewal and disposal: compiled from the records, decided by the unit head, executed with its document
    dossier = await office.open("5001", "disposal", plate=plate, way="auction", reason="车况差", trips=999)
    assert dossier["data"]["trips"] == 0
    await office.refused("5001", f"/cases/disposal/{dossier['id']}/acts/execute", "case_move", document="拍卖7号")
    await office.act("6001", dossier, "approve", pin=PINS["6001"])
    await office.act("5001", dossier, "execute", document="拍卖7号", proceeds_fen=3_000_000)
    await office.entry(entry, stage="disposed")
    # exempt: ground, document, approver and review day
    exempt = {"cls": "general", "seats": "5", "stage": "exempt", "exempt_ground": "case_investigation"}
    await office.refused(
        "5001", "/cases/change", "field_missing", entry="vehicle/蒙M-1S002", sets=exempt, reason="办案"
    )
    more = {"exempt_document": "公〔2026〕1号", "exempt_approver": "公安局", "exempt_review_on": "2027-06-30"}
    await office.entry("vehicle/蒙M-1S002", **exempt | more)
    # availability is computed: assigned, out
    held = await office.vehicle("蒙M-1S003")
    order = await office.dispatched(41, held)
    tags = {row["plate"]: row["tag"] for row in await office.get("7001", "/vehicles")}
    assert (tags[held], tags["蒙M-1S002"]) == ("silent", "suspended")
    await office.step("4001", order, "depart", odometer_km=1)
    assert next(row["tag"] for row in await office.get("3001", "/vehicles") if row["plate"] == held) == "out"
    await office.step("4001", order, "return", odometer_km=2)
    # sealing: planned -> approved -> sealed -> unsealed; exceptions with reason and approver; early unsealing refused
    first, last = day_of(office.now_ms), day_of(office.now_ms) + timedelta(days=3)
    plan = {"name": "元旦", "from_day": str(first), "to_day": str(last), "plates": [held]}
    await office.refused("3001", "/cases/sealing", "no_role", **plan)
    await office.refused("5001", "/cases/sealing", "sealed_and_duty", **plan, duty=[held])
    batch = await office.open("5001", "sealing", **plan)
    path = f"/cases/sealing/{batch['id']}/acts"
    await office.refused("3001", f"{path}/seal", "case_move", plate=held, **SEAL)
    await office.act("2001", batch, "send_back", pin=PINS["2001"], reason="写明值班车")
    await office.act("5001", batch, "plan", **plan)
    await office.act("2001", batch, "approve", pin=PINS["2001"])
    photo = await office.scan(b"\x89PNG\r\n\x1a\n the yard")
    await office.refused("3001", f"{path}/seal", "not_in_batch", plate="蒙M-1R001", **SEAL)
    await office.act("3001", batch, "seal", plate=held, **SEAL, photos=[photo])
    await office.refused("3001", f"{path}/seal", "sealed_already", plate=held, **SEAL)
    busy = await office.approved(2, destination="拐子湖")
    await office.refused("3001", f"/orders/{busy}/acts/dispatch", "vehicle_unfit", vehicle=held, driver="4001")
    out = {"plate": held, "odometer_km": 1007, "fuel_quarters": 2}
    await office.refused("3001", f"{path}/unseal", "unsealed_early", **out)
    await office.act("2001", batch, "except", pin=PINS["2001"], plate=held, reason="防火巡护", order=busy)
    await office.step("3001", busy, "dispatch", vehicle=held, driver="4001", why="例外批准")
    await office.refused("3001", f"{path}/close", "still_sealed")
    await office.act("3001", batch, "unseal", **out)
    assert (await office.alarm("6001", "A04", what="odometer"))["facts"]["km"] == 7
    await office.act("3001", batch, "close")
    # the calendar is yearly data, and a year that is not known is said to be
    await office.refused("5001", "/cases/change", "calendar_form", entry="calendar/2031", reason="通知",
                         sets={"off": "2031-02-30", "workdays": "", "source": "国办"})  # fmt: skip
    await office.entry("calendar/2031", off="2031-01-01 2031-02-01", workdays="2031-02-08", source="国办发明电")


async def test_three_checks_and_what_they_find(office: Office) -> None:
    plate = await office.vehicle("蒙M-1J001")
    winter = checks.is_winter(day_of(office.now_ms), {})
    before = dict.fromkeys(checks.items(checks.BEFORE, winter=winter), "ok")
    order = await office.dispatched(51, plate)
    # every item is answered: ok, defect or not applicable; winter items in the cold months
    await office.refused("4001", "/cases/check", "check_item_open", phase="before", order=order, items={"brakes": "ok"})
    await office.refused(
        "4001", "/cases/check", "check_item_open", phase="before", order=order, items=before | {"tyres": "?"}
    )
    await office.open("4001", "check", phase="before", order=order, items=before | {"tyres": "defect", "radio": "na"})
    # a defect of a blocking item blocks until a named person clears it, and the next driver must know
    defect = {"plate": plate, "item": "tyres", "text": "左前胎鼓包"}
    await office.refused("4001", "/cases/defect", "blocking_item", **defect, severity="minor")
    photo = await office.scan(b"\xff\xd8\xff tyre")
    ticket = await office.open("4001", "defect", **defect, severity="blocking", photo=photo, order=order)
    await office.refused("4001", f"/orders/{order}/acts/depart", "vehicle_unfit", odometer_km=1)
    await office.refused("4001", f"/cases/defect/{ticket['id']}/acts/clear", "no_role", how="没事")
    await office.act("3001", ticket, "repair", supplier="定点修理厂")
    await office.act("3001", ticket, "clear", how="换新胎")
    await office.refused("4001", f"/orders/{order}/acts/depart", "defects_unseen", odometer_km=1)
    await office.refused("4001", "/cases/check", "defects_unseen", phase="before", order=order, items=before)
    await office.act("4001", ticket, "acknowledge")
    await office.step("4001", order, "depart", odometer_km=1, checks="done")
    # during and after; the key is handed to somebody by name
    during = dict.fromkeys(checks.items(checks.DURING, winter=winter), "ok")
    await office.open("4001", "check", phase="during", order=order, items=during)
    await office.step("4001", order, "return", odometer_km=2, key_to="钥匙柜")
    after = dict.fromkeys(checks.items(checks.AFTER, winter=winter), "ok")
    await office.open("4001", "check", phase="after", order=order, items=after)
    await office.refused("4001", "/cases/key", "no_vehicle", plate="蒙M-00000", to="萨仁", **{"from": "孟克"})
    await office.open("4001", "key", plate=plate, to="萨仁", order=order, **{"from": "孟克"})
    # a check that was left out is an alarm (A29), and stops nobody
    await office.finished(52, await office.vehicle("蒙M-1J002"))
    left = await office.dispatched(53, plate)
    await office.step("4001", left, "depart", odometer_km=3, checks="skipped")
    assert (await office.alarm("4001", "A29", order=left))["facts"]["what"] == "check_before"
    await office.step("4001", left, "return", odometer_km=4)
    assert await office.get("4001", "/cases/check")


async def test_money_from_the_request_to_the_reconciled_month(office: Office) -> None:
    plate = await office.vehicle("蒙M-1F001", tank_ml="70000")
    done_ms, today = office.now_ms - HOUR_MS, str(day_of(office.now_ms))
    month = month_of(done_ms)  # which may be the one before
    asked = {"plate": plate, "type": "fuel", "estimate_fen": 40_000, "supplier": "定点加油站", "why": "油量不足"}
    paid = {"actual_fen": 38_000, "done_ms": done_ms, "ml": 50_000, "receipt": await office.scan()}
    # requested by the dispatcher -> sent back or approved by the unit head -> done -> entered by finance -> matched
    await office.refused("7001", "/cases/expense", "no_role", **asked)
    await office.refused("3001", "/cases/expense", "field_out_of_range", **asked | {"estimate_fen": 0})
    case = await office.open("3001", "expense", **asked)
    path = f"/cases/expense/{case['id']}/acts"
    await office.refused("3001", f"{path}/done", "case_move", **paid)
    await office.refused("3001", f"{path}/approve", "no_role", pin=PINS["3001"])
    await office.act("6001", case, "send_back", pin=PINS["6001"], reason="写明油量")
    await office.act("3001", case, "request", **asked)
    await office.act("6001", case, "approve", pin=PINS["6001"])
    await office.refused("4001", f"{path}/done", "case_particular", **{**paid, "ml": None})
    await office.act("4001", case, "done", **paid)
    entered = {"invoice": "044-1", "amount_fen": 38_000, "invoiced_on": today}
    await office.refused("3001", f"{path}/enter", "no_role", **entered)
    await office.refused("7001", f"{path}/enter", "case_particular", **entered | {"invoiced_on": "昨天"})
    await office.act("7001", case, "enter", **entered)
    await office.refused("7001", f"{path}/match", "unmatched_reason", evidence="none")
    await office.act("7001", case, "match", evidence="stop", found="定点加油站")
    # tolls and parking begin at done; fuel in need is asked for afterwards, and late is flagged
    toll = {"plate": plate, "type": "toll", "actual_fen": 2_500, "done_ms": done_ms, "place": "收费站"}
    await office.refused("4001", "/cases/expense", "field_not_listed", act="pay", **toll | {"type": "fuel"})
    road = await office.open("4001", "expense", act="pay", **toll)
    need = await office.open("3001", "expense", **asked, done_ms=office.now_ms - 30 * HOUR_MS)
    assert need["data"]["late"] is True
    assert await office.alarm("7001", "A15", what="fuel_asked_late")
    await office.act("3001", need, "withdraw", reason="未加油")
    # the month: not while something is open; a hash over its lines; a change afterwards shows and reopens visibly
    await office.refused("7001", "/cases/settlement", "month_unfinished", month=month)
    await office.act("7001", road, "enter", invoice="T-9", amount_fen=2_500, invoiced_on=today)
    await office.act("7001", road, "match", evidence="gate", found="收费站")
    books = await office.open("7001", "settlement", month=month)
    await office.refused("7001", "/cases/settlement", "month_has_books", month=month)
    await office.act("7001", case, "enter", **entered | {"amount_fen": 38_001})
    await office.act("7001", case, "match", evidence="stop", found="定点加油站")
    assert (await office.alarm("7001", "A28", what="month_changed"))["grade"] == "serious"
    await office.act("7001", books, "reopen", reason="更正发票")
    again = await office.act("7001", books, "settle")
    assert again["data"]["hash"] != books["data"]["hash"]
    # reconciled with the ledger to the fen: a difference is named, explained and put into a draft notice
    ledger = f"车牌,费用类别,金额\n{plate},加油,380.00\n{plate},过路过桥,25.00\n".encode()
    await office.refused("7001", f"/settlements/{books['id']}/ledger", "json_form")
    answer = await office.call("7001", "POST", f"/settlements/{books['id']}/ledger", ledger, file="账.csv")
    assert answer.is_success, answer.text
    assert answer.json()["data"]["difference_count"] == 1
    for person, code in (("7001", "same_person"), ("6001", "month_differs")):
        await office.refused(person, f"/cases/settlement/{books['id']}/acts/confirm", code, pin=PINS[person])
    await office.act("6001", books, "dispute", pin=PINS["6001"], explanation="发票尾差")
    assert "380.01" in (await office.get("6001", f"/settlements/{books['id']}/notice"))["text"]


async def test_meetings_accidents_faults_and_interpretations(office: Office) -> None:
    plate = await office.vehicle("蒙M-1Q001")
    # a shift handed over: corrected until it is taken, and taken by somebody else (3001 is the only dispatcher here)
    shift = await office.open("3001", "handover", note="两车在途", out=["蒙M-0B312"], keys=["312 钥匙在柜"])
    shift = await office.act("3001", shift, "write", note="三车在途")
    await office.refused(
        "3001",
        f"/cases/handover/{shift['id']}/acts/take",
        "same_person",
        record=shift["data"]["record"],
        pin=PINS["3001"],
    )
    await office.refused("4001", "/cases/handover", "no_role", note="三车在途")
    # minutes: attendees sign, the absent make up, nobody else signs
    held = {"type": "safety_meeting", "held_ms": office.now_ms - HOUR_MS, "host": "巴图", "topics": "冬季行车"}
    await office.refused("3001", "/cases/minutes", "no_person", **held, attendees=["9999"])
    await office.refused(
        "3001", "/cases/minutes", "case_particular", **held | {"held_ms": office.now_ms + DAY_MS}, attendees=["4001"]
    )
    meeting = await office.open(
        "3001", "minutes", **held, attendees=["4001"], absent=["4002"], attachments=[await office.scan()]
    )
    path = f"/cases/minutes/{meeting['id']}/acts"
    await office.act("4001", meeting, "sign", pin=PINS["4001"])
    await office.refused("4001", f"{path}/sign", "signed_already", pin=PINS["4001"])
    await office.refused("4002", f"{path}/sign", "not_an_attendee", pin=PINS["4002"])
    await office.act("3001", meeting, "make_up", person="4002", made_up_ms=office.now_ms)
    await office.act("4002", meeting, "sign", pin=PINS["4002"])
    await office.act("3001", meeting, "close")
    # accident: reported -> what becomes known -> under review -> closed with liability and lessons
    crash = {"plate": plate, "driver": "4001", "happened_ms": office.now_ms - HOUR_MS, "place": "S218 40公里",
             "description": "冰面侧滑", "injuries": "none"}  # fmt: skip
    await office.refused("4001", "/cases/accident", "field_not_listed", **crash | {"injuries": "some"})
    accident = await office.open("4001", "accident", **crash)
    await office.act(
        "3001", accident, "add", police_no="1529-7", insurer="人保", costs_fen=120_000, photos=[await office.scan()]
    )
    await office.refused(
        "3001", f"/cases/accident/{accident['id']}/acts/close", "no_role", liability="own", lessons="慢行"
    )
    await office.act("6001", accident, "review")
    closed = await office.act("6001", accident, "close", pin=PINS["6001"], liability="own", lessons="十月起挂防滑链")
    assert (closed["state"], closed["data"]["police_no"]) == ("closed", "1529-7")
    # fault ticket of a terminal: noticed, reported, part on order, repaired by whom
    fault = await office.open("4001", "fault", plate=plate, what="指示灯不亮", noticed_ms=office.now_ms - 26 * HOUR_MS)
    assert await office.alarm("3001", "A33", what="fault_unreported")
    await office.refused("3001", f"/cases/fault/{fault['id']}/acts/repair", "case_move", by="厂家", how="更换天线")
    await office.act("3001", fault, "report", to="终端厂家")
    await office.act("3001", fault, "await_part", part="天线")
    await office.act("3001", fault, "repair", by="厂家", how="更换天线")
    # interpretations and settings: two people, a document, bounds; shown with their source
    ruling = {
        "question": "周末是否封存",
        "ruling": "封存",
        "document": "公车办〔2026〕3号",
        "effective_on": "2026-04-01",
    }
    await office.refused("5001", "/cases/ruling", "case_particular", **ruling | {"effective_on": "四月"}, reason="来文")
    case = await office.open("5001", "ruling", **ruling, article="17", setting="rest_h", reason="来文登记")
    await office.act("6001", case, "approve", pin=PINS["6001"])
    wanted = {"name": "rest_after_h", "value": 9, "source": "ruling", "reason": "按来文"}
    await office.refused("5001", "/cases/setting", "setting_out_of_bounds", **wanted | {"value": 99}, document="3号")
    await office.refused("5001", "/cases/setting", "case_particular", **wanted)
    change = await office.open("5001", "setting", **wanted, document="公车办〔2026〕3号")
    await office.act("6001", change, "approve", pin=PINS["6001"])
    shown = await office.get("1001", "/settings/rest_after_h")
    assert (shown["value"], shown["source"], shown["changed"]["document"]) == (9, "ruling", "公车办〔2026〕3号")
    assert {row["name"] for row in await office.get("1001", "/settings")} == set(SETTINGS)


def test_every_kind_of_case_was_walked() -> None:
    walked = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    raised_by_the_node = {"alarm"}

    assert [
        kind for kind in set(CASES) - raised_by_the_node if f'"{kind}"' not in walked and f"/cases/{kind}" not in walked
    ] == []
