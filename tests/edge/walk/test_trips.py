"""The regulation as states and guards, row by row, driven through the API of a real node process: roles, orders,
supplements, choice, travellers, secrecy.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from fleet.ledger.suite import SHIPPED
from tests.edge.process import ROOT
from tests.edge.walk.conftest import Json, Office
from tests.edge.walk.supplements import completion, trip
from tests.edge.web.conftest import HOUR_MS, PINS

pytestmark = pytest.mark.anyio
DAY_MS = 24 * HOUR_MS
SEAL = {"place": "机关大院", "odometer_km": 1000, "fuel_quarters": 3, "key_to": "钥匙柜", "witness": "萨仁"}


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
    await office.step("4001", order, "return", odometer_km=2)
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
