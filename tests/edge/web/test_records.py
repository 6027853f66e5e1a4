"""Records of the regulation over HTTP: changes of data, voiding, minutes, accidents, disposal, interpretations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.edge.web.conftest import HOUR_MS, PINS, Api
from tests.simulation.clock import SimulatedTime

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"


async def step(api: Api, person: str, path: str, **given: Any) -> dict[str, Any]:
    answer = await (await api.signed_in(person)).post(path, given)
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_vehicle_changes_by_two_people_and_one_alone_is_told_how(api: Api) -> None:
    entry = {"plate": PLATE, "class": "general", "seats": 7, "terminal": "13800000312"}
    alone = await (await api.signed_in("5001")).post("/vehicles", entry)
    change = await step(api, "5001", "/cases/change", entry=f"vehicle/{PLATE}", sets={"seats": "7"}, reason="加装座椅")

    await step(api, "6001", f"/cases/change/{change['id']}/acts/approve", pin=PINS["6001"])

    rows = (await (await api.signed_in("3001")).get("/vehicles")).json()
    assert (alone.status_code, alone.json()["code"], alone.json()["article"]) == (409, "two_people_needed", "14")
    assert next(row["seats"] for row in rows if row["plate"] == PLATE) == 7


@pytest.mark.parametrize(
    ("entry", "sets", "code"),
    [
        (f"vehicle/{PLATE}", {"seats": "5"}, "nothing_changes"),
        (f"vehicle/{PLATE}", {"seats": "0"}, "field_out_of_range"),
        ("vehicle/蒙M-0C001", {"seats": "5"}, "field_missing"),
        ("place/院子", {"kind": "designated"}, "field_missing"),
        ("person/4001", {"licence": "Z9"}, "field_not_listed"),
        ("calendar/2027", {"off": "2027-13-01", "workdays": "", "source": "国办发明电"}, "calendar_form"),
    ],
)
async def test_a_proposal_that_would_not_leave_a_whole_entry_is_refused_at_once(
    api: Api, entry: str, sets: dict[str, str], code: str
) -> None:
    proposal = {"entry": entry, "sets": sets, "reason": "核对"}

    assert (await (await api.signed_in("5001")).post("/cases/change", proposal)).json()["code"] == code


async def test_a_finished_trip_is_voided_by_two_people_and_stays_readable(api: Api) -> None:
    order = await api.dispatched()
    early = await (await api.signed_in("3001")).post("/cases/void", {"order": order, "reason": "重复录入"})
    await api.must("4001", order, "depart", odometer_km=45_218, checks="done")
    await api.must("4001", order, "return", odometer_km=45_402)
    case = await step(api, "3001", "/cases/void", order=order, reason="重复录入")

    await step(api, "2001", f"/cases/void/{case['id']}/acts/approve", pin=PINS["2001"])

    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert (early.status_code, early.json()["code"]) == (409, "not_voidable")
    assert (told["state"], told["vehicle"], told["timeline"][-1]["act"]) == ("void", PLATE, "void")


async def test_minutes_are_signed_by_those_who_were_there(api: Api, time: SimulatedTime) -> None:
    made = await step(
        api, "3001", "/cases/minutes", type="safety_meeting", held_ms=api.now_ms, host="巴图", topics="冬季行车",
        attendees=["4001"], absent=["4002"],
    )  # fmt: skip
    path = f"/cases/minutes/{made['id']}/acts"
    stranger = await (await api.signed_in("4002")).post(f"{path}/sign", {"pin": PINS["4002"]})
    signed = await step(api, "4001", f"{path}/sign", pin=PINS["4001"])

    time.pass_ms(32 * 24 * HOUR_MS)

    again = (await api.client.post("/api/session", json={"person": "3001", "pin": PINS["3001"]})).json()["token"]
    flags = (await api.client.get("/api/flags", headers={"Authorization": f"Bearer {again}"})).json()
    assert stranger.json()["code"] == "not_an_attendee"
    assert signed["data"]["signed"] == ["4001"]
    assert [flag["facts"]["setting"] for flag in flags if flag["finding"] == "minutes_due"] == ["minutes_due_d"]


async def test_an_accident_from_the_report_to_its_lessons(api: Api) -> None:
    made = await step(
        api, "4001", "/cases/accident", plate=PLATE, driver="4001", happened_ms=api.now_ms, place="S218 40公里",
        description="冰面侧滑", injuries="none",
    )  # fmt: skip
    path = f"/cases/accident/{made['id']}/acts"
    await step(api, "3001", f"{path}/add", police_no="1529-7")
    await step(api, "6001", f"{path}/review")
    closed = await step(api, "6001", f"{path}/close", pin=PINS["6001"], liability="own", lessons="十月起挂防滑链")

    assert (closed["state"], closed["plate"], closed["data"]["police_no"]) == ("closed", PLATE, "1529-7")
    assert [entry["act"] for entry in closed["timeline"]] == ["report", "add", "review", "close"]


async def test_a_dossier_is_compiled_from_the_records_whatever_the_caller_says(api: Api) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=310_000, checks="done")
    await api.must("4001", order, "return", odometer_km=310_200)

    made = await step(
        api, "5001", "/cases/disposal", plate=PLATE, way="auction", reason="里程过高", odometer_km=1, trips=99
    )

    assert (made["data"]["odometer_km"], made["data"]["trips"]) == (310_200, 1)
    assert made["data"]["speaks_for"] == ["odometer_km"]
    assert "age_months" not in made["data"], "what the records do not tell is left out"


async def test_an_interpretation_is_on_the_register_for_everyone_once_confirmed(api: Api) -> None:
    made = await step(
        api, "5001", "/cases/ruling", question="周末是否封存", ruling="封存", document="公车办〔2026〕3号",
        effective_on="2026-04-01", article="17", reason="来文登记",
    )  # fmt: skip
    await step(api, "6001", f"/cases/ruling/{made['id']}/acts/approve", pin=PINS["6001"])

    rows = (await (await api.signed_in("1001")).get("/cases/ruling")).json()["rows"]

    assert [(row["state"], row["data"]["document"]) for row in rows] == [("approved", "公车办〔2026〕3号")]


async def test_a_conflict_is_work_for_its_owner_said_in_words_until_confirmed(api: Api) -> None:
    await api.dispatched(plate="蒙M-0B312")
    second = await api.approved(passengers=2)
    caller = await api.signed_in("3001", language="en")
    assert (await caller.get("/work")).json() == []

    made = await step(api, "3001", "/cases/confirmation", order=second, about="clash/x/y", reason="已核对")

    assert (made["state"], made["order"], made["open"]) == ("confirmed", second, False)
