"""The regulation as states, guards and records, row by row, driven through the API of a real node process.

A test a chapter: roles, orders, supplements, choice, vehicles and sealing, checks, money, other records, secrecy.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.ledger.suite import SHIPPED
from fleet.rules import checks
from fleet.rules.calendar import day_of, month_of
from fleet.rules.cases import CASES
from fleet.rules.settings import SETTINGS
from tests.edge.process import ROOT
from tests.edge.walk.conftest import Json, Office
from tests.edge.web.conftest import HOUR_MS, PINS

pytestmark = pytest.mark.anyio
DAY_MS = 24 * HOUR_MS
SEAL = {"place": "机关大院", "odometer_km": 1000, "fuel_quarters": 3, "key_to": "钥匙柜", "witness": "萨仁"}


def trip(office: Office, plate: str, hours_ago: int = 8, **changes: object) -> Json:
    """What a supplement asks for."""
    return {
        "cause": "no_prior_order", "why": "夜间火情", "facts": "接警后带车前往", "plate": plate, "driver": "4001",
        "rider": "王海", "started_ms": office.now_ms - hours_ago * HOUR_MS,
        "ended_ms": office.now_ms - (hours_ago - 4) * HOUR_MS, "ended_by": "back",
    } | changes  # fmt: skip


def completion(office: Office, scan: str, hours_ago: int = 8, **changes: object) -> Json:
    """What completes it; size and type of the scan are the node's to say."""
    begun_ms, over_ms = office.now_ms - hours_ago * HOUR_MS, office.now_ms - (hours_ago - 4) * HOUR_MS
    return {
        "scan": scan, "seal_visible": True, "endorser": "李志强", "endorsed_on": str(day_of(office.now_ms)),
        "form": office.form(start_ms=begun_ms, end_ms=over_ms, urgency=0), "departed_ms": begun_ms,
        "back_ms": over_ms, "odometer_out_km": 1000, "odometer_in_km": 1100,
    } | changes  # fmt: skip


async def test_roles_and_who_may_do_what(office: Office) -> None:
    plate = await office.vehicle("蒙M-1R001")
    order = await office.applied(101)
    # create order: the applicant; the dispatcher only by a supplement
    await office.refused("3001", "/orders", "no_role", **office.form(101))
    # approve, send back: the approver, with the PIN each time, and never an order of their own
    for person in ("1001", "3001", "4001", "5001", "7001", "6001"):
        await office.refused(person, f"/orders/{order}/acts/approve", "no_role")
    await office.refused("2001", f"/orders/{order}/acts/approve", "pin_needed")
    own = str((await office.do("2002", "/orders", **office.form(101)))["id"])
    await office.refused("2002", f"/orders/{own}/acts/approve", "own_order", pin=PINS["2002"])
    # dispatch: the dispatcher; depart: the driver assigned, or the dispatcher as a witness, on record
    await office.step("2001", order, "approve", pin=PINS["2001"])
    await office.refused("2001", f"/orders/{order}/acts/dispatch", "no_role", vehicle=plate, driver="4001")
    await office.step("3001", order, "dispatch", vehicle=plate, driver="4001", why="指定")
    await office.refused("4002", f"/orders/{order}/acts/depart", "not_the_driver", odometer_km=1)
    await office.refused("3001", f"/orders/{order}/acts/depart", "no_role", odometer_km=1)
    told = await office.step("3001", order, "depart", odometer_km=1, witnessed="驾驶员手机没电")
    assert told["timeline"][-1]["detail"]["witnessed"] == "驾驶员手机没电"
    # master data and grants: proposed by the admin, approved by a second person, nobody alone
    await office.refused(
        "5001", "/vehicles", "two_people_needed", plate="蒙M-1R002", **{"class": "general"}, seats=5, terminal="1"
    )
    change = await office.open("5001", "change", entry=f"vehicle/{plate}", sets={"seats": "6"}, reason="核对")
    await office.refused("5001", f"/cases/change/{change['id']}/acts/approve", "no_role", pin=PINS["5001"])
    await office.refused("6001", f"/cases/change/{change['id']}/acts/approve", "pin_needed")
    await office.act("6001", change, "refuse", pin=PINS["6001"], reason="座位未变")
    key = SHIPPED.key(b"n" * 32).public.hex()
    asked = {"what": "person", "particulars": {"person": "4009", "name": "新驾驶员", "roles": "driver", "public": key}}
    await office.refused("3001", "/authority/grants", "no_role", **asked, pin=PINS["3001"])
    grant = await office.do("5001", "/authority/grants", **asked, pin=PINS["5001"])
    await office.refused("5001", f"/authority/grants/{grant['id']}/approve", "one_person", pin=PINS["5001"])
    await office.do("6001", f"/authority/grants/{grant['id']}/approve", pin=PINS["6001"])
    both = {"person": "4009", "roles": "approver dispatcher"}
    await office.refused(
        "5001", "/authority/grants", "roles_together", what="roles", particulars=both, pin=PINS["5001"]
    )
    # small units: approver and unit head, or dispatcher and admin, if it is declared
    two = {"person": "4009", "roles": "dispatcher admin"}
    await office.refused(
        "5001", "/authority/grants", "roles_undeclared", what="roles", particulars=two, pin=PINS["5001"]
    )
    await office.do(
        "5001", "/authority/grants", what="roles", particulars=two | {"declared": "编制不足"}, pin=PINS["5001"]
    )
    # delegation: from, to, valid from, valid to, authorised, document; both names stay with each decision
    lent: Json = {"lender": "2001", "holder": "4002", "document": "授权书2026-3"}
    lent |= {"valid_from_ms": office.now_ms - 60_000, "valid_to_ms": office.now_ms + DAY_MS}
    loan = await office.do("5001", "/authority/grants", what="delegation", particulars=lent, pin=PINS["5001"])
    await office.do("6001", f"/authority/grants/{loan['id']}/approve", pin=PINS["6001"])
    del office.tokens["4002"]  # signed in anew, with what was lent
    second = await office.applied(102)
    decided = await office.step("4002", second, "approve", pin=PINS["4002"])
    assert (decided["timeline"][-1]["by"], decided["timeline"][-1]["detail"]["for"]) == ("4002", "2001")
    await office.refused("5001", "/authority/grants", "lender_no_approver", what="delegation", pin=PINS["5001"],
                         particulars=lent | {"lender": "4002", "holder": "4001"})  # fmt: skip
    # whoever is not of the unit's work sees nothing of others
    assert (await office.call("1002", "GET", f"/orders/{order}")).json()["code"] == "no_order"
    assert (await office.get("7001", f"/orders/{order}"))["id"] == order
    assert (await office.get("7001", "/board"))["unit"]["code"] == "lyj"


async def test_an_order_through_every_state_and_guard(office: Office) -> None:
    plate = await office.vehicle("蒙M-1Z001")
    await office.entry("place/盟外机场", kind="out_of_region", lat_e6="38000000", lon_e6="106000000")
    # required fields, and what is checked of them
    for field in ("rider", "department", "reason", "category", "origin", "destination", "phone"):
        await office.refused("1001", "/orders", "field_missing", **office.form(1, **{field: ""}))
    for changed, code in (
        ({"end_ms": office.now_ms}, "end_before_start"), ({"phone": "12345"}, "phone_wrong"),
        ({"reason": "去"}, "reason_too_short"), ({"passengers": 0}, "field_not_listed"),
        ({"start_ms": office.now_ms - HOUR_MS}, "start_in_the_past"), ({"destination": "盟外机场"}, "remark_needed"),
        ({"urgency": 3}, "field_not_listed"), ({"class": "private"}, "field_not_listed"),
    ):  # fmt: skip
        await office.refused("1001", "/orders", code, **office.form(1, **changed))
    # draft -> submitted -> sent back (reason) -> submitted (changed or explained, next revision)
    order = await office.applied(1, destination="没登记的牧点")
    told = await office.get("1001", f"/orders/{order}")
    assert (told["state"], told["revision"], told["warnings"]) == (
        "submitted", 1, ["origin_unlisted", "destination_unlisted"],
    )  # fmt: skip
    await office.refused("2001", f"/orders/{order}/acts/send_back", "reason_missing", pin=PINS["2001"])
    await office.step("2001", order, "send_back", pin=PINS["2001"], reason="写明乡镇")
    await office.refused("1001", f"/orders/{order}/acts/submit", "unchanged_resubmission")
    await office.refused("1002", f"/orders/{order}/acts/submit", "no_order", passengers=2)
    told = await office.step("1001", order, "submit", passengers=2)
    assert (told["state"], told["revision"]) == ("submitted", 2)
    # an approval covers what was read, and confirms the urgency
    await office.refused("2001", f"/orders/{order}/acts/approve", "content_changed", pin=PINS["2001"], content="0" * 64)
    told = await office.step("2001", order, "approve", pin=PINS["2001"], opinion="同意", urgency=1)
    assert (told["state"], told["confirmed_urgency"], told["approved_content"]) == ("approved", 1, told["content"])
    # approved -> dispatched -> approved (re-plan) -> dispatched; nobody leaves twice
    await office.step("3001", order, "dispatch", vehicle=plate, driver="4001", why="指定")
    await office.refused("3001", f"/orders/{order}/acts/recall", "reason_missing")
    await office.step("3001", order, "recall", reason="车辆故障")
    await office.step("3001", order, "dispatch", vehicle=plate, driver="4001", why="已修好")
    await office.refused("4001", f"/orders/{order}/acts/depart", "particular_missing")
    told = await office.step("4001", order, "depart", odometer_km=500, fuel_quarters=3, checks="skipped")
    assert told["state"] == "departed"
    await office.refused("3001", f"/orders/{order}/acts/cancel", "illegal_move", reason="改期")
    for act, state in (("arrive", "waiting"), ("head_back", "returning")):
        assert (await office.step("4001", order, act))["state"] == state
    # returning -> back: the odometer does not run backwards, the vehicle comes home or says why not
    await office.refused("4001", f"/orders/{order}/acts/return", "odometer_backwards", odometer_km=499)
    await office.refused("4001", f"/orders/{order}/acts/return", "place_reason_missing", odometer_km=600, place="家中")
    told = await office.step(
        "4001",
        order,
        "return",
        odometer_km=600,
        fuel_quarters=2,
        place="苏木政府",
        place_reason="沙尘暴",
        key_to="萨仁",
    )
    assert told["state"] == "back"
    # back -> closed: receipts attached or none
    await office.refused("3001", f"/orders/{order}/acts/close", "receipts_missing")
    assert (await office.step("3001", order, "close", receipts="none"))["state"] == "closed"
    # closed -> void: two people, and it stays readable
    void = await office.open("3001", "void", order=order, reason="重复录入")
    await office.refused("3001", f"/cases/void/{void['id']}/acts/approve", "no_role", pin=PINS["3001"])
    await office.act("2001", void, "approve", pin=PINS["2001"])
    assert (await office.get("3001", f"/orders/{order}"))["state"] == "void"
    # submitted or approved -> cancelled by applicant or dispatcher with a reason
    for person in ("1001", "3001"):
        gone = await office.applied(2)
        await office.refused(person, f"/orders/{gone}/acts/cancel", "reason_missing")
        assert (await office.step(person, gone, "cancel", reason="会议改期"))["state"] == "cancelled"
    await office.refused("3001", "/orders/1-99999/acts/cancel", "no_order", reason="改期")
    await office.refused("3001", f"/orders/{order}/acts/teleport", "no_act")
    assert [row["id"] for row in (await office.get("3001", "/orders", state="void"))["rows"]] == [order]
    # what two places did is work for its owner until confirmed
    assert (await office.get("3001", "/work")) == []
    await office.open("3001", "confirmation", order=order, about="clash/x/y", reason="已核对")


async def test_a_supplement_in_three_steps_that_cannot_be_skipped(office: Office) -> None:
    plate, scan = await office.vehicle("蒙M-1B001"), await office.scan()
    # emergency notice: opens the clock, is no order
    notice = {
        "what": "边境火情",
        "rider": "王海",
        "plate": plate,
        "driver": "4001",
        "started_ms": office.now_ms - HOUR_MS,
    }
    opened = await office.open("4001", "supplement", act="notice", **notice, planned_end_ms=office.now_ms)
    assert (opened["state"], opened["order"], opened["left_ms"] > 0) == ("open", None, True)
    await office.refused("3001", f"/cases/supplement/{opened['id']}/acts/endorse", "no_role", pin=PINS["3001"])
    await office.refused("2001", f"/cases/supplement/{opened['id']}/acts/endorse", "case_move", pin=PINS["2001"])
    await office.act("3001", opened, "withdraw", reason="误报")
    # requested -> endorsed by the approver -> completed with the sealed scan -> closed
    await office.refused("1001", "/cases/supplement", "no_role", **trip(office, plate))
    asked = await office.open("3001", "supplement", **trip(office, plate))
    path = f"/cases/supplement/{asked['id']}/acts"
    await office.refused("3001", f"{path}/complete", "case_move", **completion(office, scan))
    await office.refused("2001", f"{path}/endorse", "request_changed", pin=PINS["2001"], request="0" * 64)
    await office.act("2001", asked, "endorse", pin=PINS["2001"], opinion="情况属实")
    await office.refused("3001", f"{path}/complete", "blob_missing", **completion(office, "0" * 64))
    await office.refused("3001", f"{path}/complete", "blob_differs", **completion(office, scan, scan_type="image/png"))
    await office.refused("3001", f"{path}/complete", "field_missing", **completion(office, scan, seal_visible=False))
    await office.refused("3001", f"{path}/complete", "supplement_times", **completion(office, scan, back_ms=1))
    await office.refused(
        "3001", f"{path}/complete", "odometer_backwards", **completion(office, scan, odometer_in_km=999)
    )
    done = await office.act("3001", asked, "complete", **completion(office, scan))
    order = await office.get("3001", f"/orders/{done['order']}")
    assert (order["state"], order["supplement"], order["start_ms"]) == ("closed", True, office.now_ms - 8 * HOUR_MS)
    assert done["proof"] == "claimed_in_time"
    # a second person may reject the scan; a better one follows
    await office.refused("3001", f"{path}/reject", "same_person", reason="公章不清")
    await office.act("2001", asked, "reject", reason="公章不清")
    await office.act("3001", asked, "complete", **completion(office, await office.scan(b"%PDF-1.7 better")))
    # late is taken and flagged; a trip still running enters its current state
    late = await office.open("3001", "supplement", **trip(office, plate, 40))
    await office.act("2001", late, "endorse", pin=PINS["2001"])
    await office.act("3001", late, "complete", **completion(office, scan, 40))
    told = await office.alarm("7001", "A15", what="supplement_late")
    assert told["article"] == "12"
    assert "补单时限: 24 小时 (规定原文)" in told["limits"]
    running = await office.open("3001", "supplement", **trip(office, plate, 2, ended_ms=None, ended_by=None))
    await office.act("2001", running, "endorse", pin=PINS["2001"])
    gone = completion(office, scan, 2, back_ms=None, odometer_in_km=None)
    out = await office.act("3001", running, "complete", **gone)
    assert (await office.get("3001", f"/orders/{out['order']}"))["state"] == "departed"
    await office.step("4001", out["order"], "return", odometer_km=1200)
    # refused: the trip stands as unauthorised (A01)
    no = await office.open("3001", "supplement", **trip(office, plate))
    await office.act("2001", no, "refuse", pin=PINS["2001"], reason="未见事由")
    assert (await office.alarm("3001", "A01", what="trip_unauthorised", about=no["id"]))["article"] == "12"
    # correction: beside the record, both readable
    wrong = {"cause": "correction", "order": done["order"], "why": "里程录错", "facts": "应为1180"}
    fix = await office.open("3001", "supplement", **wrong)
    await office.act("2001", fix, "endorse", pin=PINS["2001"])
    proof = {name: completion(office, scan)[name] for name in ("scan", "seal_visible", "endorser", "endorsed_on")}
    await office.refused(
        "3001",
        f"/cases/supplement/{fix['id']}/acts/complete",
        "field_unknown",
        **proof,
        corrections={"colour": "red"},
    )
    await office.act("3001", fix, "complete", **proof, corrections={"odometer_in_km": "1180", "rider": "王海东"})
    told = await office.get("3001", f"/orders/{done['order']}")
    assert (told["rider"], told["timeline"][-1]["detail"]["corrections"]["rider"]) == ("王海", "王海东")
    # before the rules: nothing is supplemented
    old = trip(office, plate, started_ms=1_500_000_000_000, ended_ms=1_500_000_000_001)
    await office.refused("3001", "/cases/supplement", "before_the_rules", **old)
    assert (await office.get("3001", "/trips/end", plate=plate, started_ms=str(office.now_ms - HOUR_MS)))[
        "ended_ms"
    ] is None


async def test_who_goes_first_with_which_vehicle(office: Office) -> None:
    small = await office.vehicle("蒙M-1X001", usual_driver="4002", department="防火办")
    # queue: urgent before routine, planned before temporary; the confirmed urgency sorts
    routine, sudden = await office.applied(31), await office.applied(31, urgency=0)
    claimed = await office.applied(31, urgency=0, department="办公室")
    await office.step("2001", routine, "approve", pin=PINS["2001"])
    await office.step("2001", sudden, "approve", pin=PINS["2001"], urgency=0)
    await office.step("2001", claimed, "approve", pin=PINS["2001"], urgency=2)
    rows = [row["id"] for row in (await office.get("3001", "/board"))["todo"]["rows"]]
    assert rows.index(sudden) < rows.index(routine) < rows.index(claimed)
    assert (await office.get("6001", "/claims"))["办公室"] == 1
    # hard filters, each with its reason; ranked offers, each with its terms
    filters = {
        "stage": ("蒙M-1X002", {"stage": "registered", "terminal": ""}),
        "insurance": ("蒙M-1X003", {"insured_until": "2020-01-01"}),
        "inspection": ("蒙M-1X004", {"inspected_until": "2020-01-01"}),
        "class": ("蒙M-1X005", {"cls": "confidential"}),
        "class_unserved": ("蒙M-1X006", {"cls": "emergency", "serves": "emergency"}),
        "seats": ("蒙M-1X007", {"seats": "2"}),
    }
    for plate, sets in filters.values():
        if sets.get("terminal") == "":
            whole = {"cls": "general", "seats": "5", "stage": "registered"}
            await office.entry(f"vehicle/{plate}", **whole)
        else:
            await office.vehicle(plate, **sets)
    found = await office.get("3001", f"/orders/{routine}/offers")
    why = {row["vehicle"]: row["reason"] for row in found["refused"]}
    assert {plate: reason for reason, (plate, _) in filters.items()}.items() <= why.items()
    first = next(row for row in found["offers"] if row["vehicle"] == small)
    assert (first["driver"], "usual_pair" in first["reasons"], "insurance_unrecorded" in first["cautions"]) == (
        "4002", True, True,
    )  # fmt: skip
    for reason, (plate, _) in filters.items():
        await office.refused("3001", f"/orders/{routine}/acts/dispatch", "vehicle_unfit", vehicle=plate, driver="4001")
        assert office.heard[-1][2], reason
    await office.refused(
        "3001", f"/orders/{routine}/acts/dispatch", "vehicle_unknown", vehicle="蒙M-99999", driver="4001"
    )
    await office.refused("3001", f"/orders/{routine}/acts/dispatch", "driver_unfit", vehicle=small, driver="1001")
    # an override says why; a vehicle promised for that time is taken
    told = await office.step("3001", routine, "dispatch", vehicle=small, driver="4002", why="熟悉路线")
    assert told["vehicle"] == small
    await office.refused("3001", f"/orders/{claimed}/acts/dispatch", "vehicle_unfit", vehicle=small, driver="4001")
    # pre-emption: a sudden event takes it while it has not left, and says why
    taking = {"vehicle": small, "driver": "4002", "preempts": routine}
    await office.refused("3001", f"/orders/{sudden}/acts/dispatch", "preemption_reason_missing", **taking)
    await office.step("3001", sudden, "dispatch", **taking, why="火情")
    lost = await office.get("3001", f"/orders/{routine}")
    assert (lost["state"], lost["preempted_by"]) == ("approved", sudden)
    await office.step("4002", sudden, "depart", odometer_km=1)
    await office.refused("3001", f"/orders/{routine}/acts/dispatch", "not_preemptable", **taking | {"preempts": sudden})
    await office.step("4002", sudden, "return", odometer_km=2)
    # no candidate -> unmet with every vehicle's reason -> rental, self-driven or with the supplier's driver
    many = await office.approved(33, passengers=40)
    rented = {"vehicle": "租-0001", "supplier": "草原租赁", "price_basis": "合同7号"}
    await office.refused("3001", f"/orders/{many}/acts/dispatch", "rental_before_unmet", **rented, driver="4001")
    await office.refused("3001", f"/orders/{many}/acts/unmet", "reason_missing")
    unmet = await office.step("3001", many, "unmet", reason="没有大车")
    assert unmet["timeline"][-1]["detail"]["shortage"].count("\n") >= len(filters)
    await office.refused(
        "3001", f"/orders/{many}/acts/dispatch", "supplier_driver", **rented, driver="4001", supplier_driver="宝音"
    )
    told = await office.step("3001", many, "dispatch", **rented, supplier_driver="宝音")
    assert (told["supplier_driver"], told["driver"], told["driver_name"]) == ("宝音", None, "宝音")
    for act, given in (
        ("depart", {"odometer_km": 1}),
        ("arrive", {}),
        ("head_back", {}),
        ("return", {"odometer_km": 9}),
    ):
        await office.step("3001", many, act, **given, witnessed="租赁驾驶员无账号")
    assert (await office.get("3001", "/clashes")) == []
    # drivers: licence, shift, rest and clearance
    await office.entry("person/4001", licence="C1", licence_until="2020-01-01")
    trip_by_4001 = await office.approved(35)
    await office.refused("3001", f"/orders/{trip_by_4001}/acts/dispatch", "driver_unfit", vehicle=small, driver="4001")
    await office.entry("person/4001", licence="A1", licence_until="2036-01-01")


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


async def test_a_traveller_who_is_not_back_is_looked_for_by_the_mornings_thermometer(office: Office) -> None:
    plate = await office.vehicle("蒙M-1W001")
    await office.refused("3001", "/cases/handover", "field_out_of_range", note="夜间值班", celsius=-280)
    await office.open("3001", "handover", note="夜间值班", celsius=-28)
    # out since the night, expected back four hours ago, and its terminal was never heard
    asked = await office.open("3001", "supplement", **trip(office, plate, ended_ms=None, ended_by=None))
    await office.act("2001", asked, "endorse", pin=PINS["2001"])
    gone = completion(office, await office.scan(), back_ms=None, odometer_in_km=None)
    order = (await office.act("3001", asked, "complete", **gone))["order"]
    told = await office.alarm("3001", "A14", order=order, what="by_reading", celsius=-28)
    assert (told["grade"], told["facts"]["step"], "-28" in told["what"]) == ("critical", 3, True)
    assert (told["watch"]["last_ms"], told["watch"]["text"]) == (None, "没有收到过该车终端的信号。")
    # the dispatcher has heard by other means that it takes longer
    until = {"expected_ms": office.now_ms + 8 * HOUR_MS, "reason": "雪大, 在苏木过夜"}
    await office.refused("4001", f"/cases/alarm/{told['id']}/acts/extend", "no_role", **until)
    await office.act("3001", {"kind": "alarm", "id": told["id"]}, "extend", **until)
    for _ in range(300):
        if told["id"] not in {row["id"] for row in await office.get("3001", "/alarms")}:
            break
        await asyncio.sleep(0.1)
    assert (await office.get("3001", f"/cases/alarm/{told['id']}"))["state"] == "withdrawn"
    await office.step("4001", order, "return", odometer_km=1200)


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
    month, today = month_of(office.now_ms), str(day_of(office.now_ms))
    asked = {"plate": plate, "type": "fuel", "estimate_fen": 40_000, "supplier": "定点加油站", "why": "油量不足"}
    paid = {"actual_fen": 38_000, "done_ms": office.now_ms - HOUR_MS, "ml": 50_000, "receipt": await office.scan()}
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
    toll = {"plate": plate, "type": "toll", "actual_fen": 2_500, "done_ms": office.now_ms - HOUR_MS, "place": "收费站"}
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


async def test_a_confidential_trip_and_who_reads_of_it(office: Office) -> None:
    plate = await office.vehicle("蒙M-1M001", cls="confidential")
    await office.entry("person/4001", cleared="yes")
    secret = {"rider": "机要员甲", "reason": "机要件传递", "destination": "某某边防连", "class": "confidential"}
    order = await office.approved(61, **secret)
    await office.refused("3001", f"/orders/{order}/acts/dispatch", "driver_unfit", vehicle=plate, driver="4002")
    await office.refused("3001", f"/orders/{order}/acts/dispatch", "vehicle_unfit", vehicle="蒙M-1Q001", driver="4001")
    await office.step("3001", order, "dispatch", vehicle=plate, driver="4001", why="唯一机要车")
    for person, reads in (("1001", True), ("2001", True), ("3001", True), ("4001", True)):
        assert ((await office.get(person, f"/orders/{order}"))["rider"] == "机要员甲") is reads
    for person in ("5001", "6001", "7001"):
        told = await office.get(person, f"/orders/{order}")
        assert (told["hidden"], told["rider"], told["vehicle"]) == (True, "", plate)
        assert "边防连" not in json.dumps(told, ensure_ascii=False)
    await office.step("2001", await office.applied(62, **secret), "send_back", pin=PINS["2001"], reason="改期")
    assert (await office.get("6001", "/authority/custodians"))["inner"] == "纪检监察"
    # the scan of a supplement for it is named to nobody else, and says so
    asked = await office.open("3001", "supplement", **trip(office, plate))
    assert asked["notes"] == []
    await office.act("2001", asked, "endorse", pin=PINS["2001"])
    proof = completion(office, await office.scan())
    proof["form"] = proof["form"] | {"class": "confidential"}
    done = await office.act("3001", asked, "complete", **proof)
    assert done["notes"] == ["scan_stays"]


async def test_the_same_from_a_shell(office: Office) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PINS['3001']}\n".encode())
    os.close(writing)
    home = str(office.home)
    command = ["node", "api", home, "GET", "/orders", "--as", "3001", "--pin-fd", str(reading)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ortoo", *command, pass_fds=[reading], stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    out, _ = await child.communicate()
    os.close(reading)

    assert child.returncode == 0
    assert json.loads(out) == await office.get("3001", "/orders")


def test_every_kind_of_case_was_walked() -> None:
    walked = Path(__file__).read_text(encoding="utf-8")
    raised_by_the_node = {"alarm"}

    assert [
        kind for kind in set(CASES) - raised_by_the_node if f'"{kind}"' not in walked and f"/cases/{kind}" not in walked
    ] == []
