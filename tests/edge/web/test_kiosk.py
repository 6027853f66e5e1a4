"""The kiosk without scripts: an idle screen that tells nothing, a check that is never lost, one decision a page."""

from __future__ import annotations

import re

import pytest

from edge.node import Node
from tests.edge.web.conftest import PINS, Api, Visitor

pytestmark = pytest.mark.anyio

GROUPS = ("outside", "engine_bay", "inside")


async def test_the_idle_screen_shows_unit_clock_plates_and_departures_and_nothing_of_who_where_or_why(
    visitor: Visitor, api: Api
) -> None:
    order = await api.dispatched(reason="机要件传递", **{"class": "general"})
    row = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()

    page = (await visitor.get("/kiosk")).text

    assert "阿右旗林草局" in page
    assert "蒙M-0B312" in page
    for name in ("rider", "driver_name", "reason", "origin", "destination", "phone", "department", "tail", "category"):
        assert row[name] not in page, name


async def test_the_idle_screen_signs_out_whoever_was_in(visitor: Visitor, api: Api, node: Node) -> None:
    await api.dispatched()
    await visitor.sign_in("kiosk", "4001")
    token = visitor.client.cookies.get("ortoo_session", path="/kiosk") or ""
    assert node.sessions.get(token).person == "4001"

    await visitor.get("/kiosk")

    assert (await visitor.get("/kiosk/trips", Cookie=f"ortoo_session={token}")).status_code == 303


async def test_a_driver_without_a_trip_is_told_whom_to_see(visitor: Visitor) -> None:
    await visitor.sign_in("kiosk", "4002")

    page = (await visitor.get("/kiosk/trips")).text

    assert "今天没有你的任务。" in page
    assert "紧急出车请找调度员。" in page


async def test_the_wrong_driver_is_told_whose_trip_it_is(visitor: Visitor, api: Api) -> None:
    order = await api.dispatched(driver="4001")
    await visitor.sign_in("kiosk", "4002")

    answer = await visitor.get(f"/kiosk/trips/{order}")

    assert answer.status_code == 409
    assert "已派给 孟克" in answer.text
    assert "换人请调度员处理" in answer.text


async def test_a_name_that_is_no_drivers_leads_back_to_the_names(visitor: Visitor) -> None:
    await visitor.get("/kiosk/who")
    for person in ("3001", "0000"):
        assert (await visitor.get(f"/kiosk/pin/{person}")).headers["location"] == "/kiosk/who"
        assert (await visitor.send(f"/kiosk/pin/{person}", pin=PINS.get(person, "0"))).headers[
            "location"
        ] == "/kiosk/who"


async def test_a_wrong_pin_is_refused_on_the_same_page(visitor: Visitor) -> None:
    await visitor.get("/kiosk/pin/4001")

    answer = await visitor.send("/kiosk/pin/4001", pin="888888")

    assert (answer.status_code, "还可以试 4 次" in answer.text) == (403, True)
    assert "888888" not in answer.text


async def test_one_trip_opens_at_once_and_of_several_the_driver_chooses(visitor: Visitor, api: Api) -> None:
    day_ms = 86_400_000
    first = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")

    assert (await visitor.get("/kiosk/trips")).headers["location"] == f"/kiosk/trips/{first}"

    second = await api.dispatched(start_ms=api.now_ms + day_ms, end_ms=api.now_ms + day_ms + 3_600_000)
    page = (await visitor.get("/kiosk/trips")).text
    assert page.index(f"/kiosk/trips/{first}") < page.index(f"/kiosk/trips/{second}")


async def test_five_steps_from_pin_to_departure_and_the_record_says_the_check_was_done(
    visitor: Visitor, api: Api
) -> None:
    order = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")
    for group in GROUPS:
        assert (await visitor.get(f"/kiosk/trips/{order}")).headers["location"] == f"/kiosk/trips/{order}/check/{group}"
        await visitor.send(f"/kiosk/trips/{order}/check/{group}")
    assert "里程表是多少公里" in (await visitor.get(f"/kiosk/trips/{order}/depart")).text
    await visitor.send(f"/kiosk/trips/{order}/odometer", odometer_km="45218")
    assert "45,218" in (await visitor.get(f"/kiosk/trips/{order}/depart")).text

    gone = await visitor.send(f"/kiosk/trips/{order}/depart", odometer_km="45218")

    assert gone.headers["location"] == "/kiosk/done/depart"
    assert "孟克，一路平安。" in (await visitor.get("/kiosk/done/depart")).text
    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert told["state"] == "departed"
    assert told["timeline"][-1]["detail"] == {"odometer_km": 45_218, "checks": "done"}


async def test_defects_that_were_tapped_travel_with_the_departure_in_the_units_language(
    visitor: Visitor, api: Api
) -> None:
    order = await api.dispatched()
    visitor.client.headers["Accept-Language"] = "en"
    await visitor.sign_in("kiosk", "4001")
    await visitor.send(f"/kiosk/trips/{order}/check/outside", tyres="on", leaks="on", nonsense="on")
    await visitor.send(f"/kiosk/trips/{order}/check/engine_bay")
    await visitor.send(f"/kiosk/trips/{order}/check/inside", belts="on")
    await visitor.send(f"/kiosk/trips/{order}/depart", odometer_km="45218")

    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()

    assert told["timeline"][-1]["detail"]["note"] == "轮胎、螺母、渗漏、安全带"


async def test_a_departure_without_the_check_is_recorded_as_skipped(visitor: Visitor, api: Api) -> None:
    order = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")
    await visitor.send(f"/kiosk/trips/{order}/check/outside")

    await visitor.send(f"/kiosk/trips/{order}/depart", odometer_km="45218")

    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert told["timeline"][-1]["detail"]["checks"] == "skipped"


async def test_what_was_ticked_is_still_there_after_leaving_and_coming_back(visitor: Visitor, api: Api) -> None:
    order = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")
    await visitor.send(f"/kiosk/trips/{order}/check/outside", lights="on")
    await visitor.send("/kiosk/leave")
    await visitor.sign_in("kiosk", "4001")

    assert (await visitor.get(f"/kiosk/trips/{order}")).headers["location"].endswith("/check/engine_bay")
    assert 'name="lights" checked' in (await visitor.get(f"/kiosk/trips/{order}/check/outside")).text


async def test_an_odometer_that_is_no_number_is_refused_on_its_page(visitor: Visitor, api: Api) -> None:
    order = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")

    answer = await visitor.send(f"/kiosk/trips/{order}/depart", odometer_km="many")

    assert (answer.status_code, "“里程表读数”要填数字" in answer.text) == (400, True)


async def home(visitor: Visitor, order: str, odometer_km: str) -> str:
    location = ""
    for step, answer in (("odometer_km", odometer_km), ("fuel_quarters", "2"), ("receipts", "3"), ("key_to", "钥匙柜")):
        sent = await visitor.send(f"/kiosk/trips/{order}/return/{step}", **{step: answer})
        location = sent.headers.get("location", sent.text)
    return location


async def test_coming_home_is_four_answers_and_one_record(visitor: Visitor, api: Api) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=45_218)
    await visitor.sign_in("kiosk", "4001")
    assert "归队" in (await visitor.get(f"/kiosk/trips/{order}")).text

    assert await home(visitor, order, "45398") == "/kiosk/done/return"

    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert (told["state"], told["timeline"][-1]["detail"]) == (
        "back",
        {"odometer_km": 45_398, "fuel_quarters": 2, "receipts": "3", "key_to": "钥匙柜"},
    )


async def test_an_odometer_that_ran_backwards_is_asked_again_and_the_other_answers_are_kept(
    visitor: Visitor, api: Api
) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=45_218)
    await visitor.sign_in("kiosk", "4001")

    assert "归队里程 45100 小于出车里程 45218" in await home(visitor, order, "45100")

    await visitor.send(f"/kiosk/trips/{order}/return/odometer_km", odometer_km="45398")
    gone = await visitor.send(f"/kiosk/trips/{order}/return/key_to", key_to="钥匙柜")
    assert gone.headers["location"] == "/kiosk/done/return"
    told = (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()
    assert told["timeline"][-1]["detail"]["fuel_quarters"] == 2


@pytest.mark.parametrize(("step", "state"), [("arrive", "waiting"), ("head-back", "returning")])
async def test_on_the_way_one_tap_tells_where_the_trip_stands(
    visitor: Visitor, api: Api, step: str, state: str
) -> None:
    order = await api.dispatched()
    await api.must("4001", order, "depart", odometer_km=45_218)
    await visitor.sign_in("kiosk", "4001")

    await visitor.send(f"/kiosk/trips/{order}/on-the-way/{step}")

    assert (await (await api.signed_in("3001")).get(f"/orders/{order}")).json()["state"] == state


@pytest.mark.parametrize("page", ["check/outside", "check/nothing", "depart", "return/odometer_km", "return/nothing"])
async def test_a_page_that_does_not_fit_the_trips_state_leads_to_one_that_does(
    visitor: Visitor, api: Api, page: str
) -> None:
    order = await api.dispatched()
    await visitor.sign_in("kiosk", "4001")
    if not page.startswith(("return", "check/nothing")):
        await api.must("4001", order, "depart", odometer_km=45_218)

    assert (await visitor.get(f"/kiosk/trips/{order}/{page}")).headers["location"] == f"/kiosk/trips/{order}"


async def test_without_scripts_a_page_left_alone_still_goes_back_to_idle(visitor: Visitor, api: Api) -> None:
    await api.dispatched()
    await visitor.sign_in("kiosk", "4001")

    page = (await visitor.client.get("/kiosk/trips", follow_redirects=True)).text

    assert re.search(r'<noscript><meta http-equiv="refresh" content="80; url=/kiosk"></noscript>', page)
