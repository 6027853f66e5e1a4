"""Orders from the console, key by key, against a real node: applied for, decided, rented, taken, called home."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import VEHICLES, RealNode, at_desk, settled, the_form
from tui.screens.act_form import ActForm
from tui.screens.board import BoardScreen
from tui.screens.clash import ClashScreen
from tui.screens.dispatch import DispatchScreen
from tui.screens.order import OrderScreen
from tui.widgets.lines import Lines

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_dispatcher_fills_in_what_a_rider_says_and_the_custodian_signs_with_the_pin(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("n")
        await the_form(pilot)
        for typed in ("limei", "fanghuo", "13904831234", "3", "6", "yuan", "sumu"):
            await pilot.press(*typed, "enter")
        await pilot.press(*["enter"] * 6)  # times, passengers, urgency, class and remark stand as they are
        await pilot.press("1", "enter", *PINS["1001"], "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        tail = unit.get("/orders?limit=1")["rows"][0]["tail"]
        await settled(pilot, lambda: words("done.submitted", tail=tail) in shown(pilot))

    made = unit.get("/orders?limit=1")["rows"][0]
    order = unit.get(f"/orders/{made['id']}")
    assert (made["rider"], made["department"], made["destination"]) == ("limei", "fanghuo", "sumu")
    assert language == "en" or (made["category"], made["reason"]) == ("下乡调研", "火情现场处置")
    assert [(entry["act"], entry["by"]) for entry in order["timeline"]] == [("submit", "1001")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_approver_at_the_console_sends_back_with_a_reason_and_the_pin(
    unit: RealNode, language: Language
) -> None:
    words, order = Words(language, "console"), unit.applied()
    async with at_desk(unit, "2001", language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("b")
        await the_form(pilot)
        await pilot.press("3", "enter", *PINS["2001"], "enter", "enter")
        await settled(pilot, lambda: words("decided.send_back", tail=order[-4:]) in shown(pilot))

    assert unit.get(f"/orders/{order}")["timeline"][-1]["detail"]["reason"] == words("send_back_reason.shared")


@pytest.mark.parametrize(("language", "grade"), [("zh_CN", "以本机时钟为准"), ("en", "clock")])
async def test_a_timeline_shows_each_records_hash_and_what_is_known_of_its_time(
    unit: RealNode, language: Language, grade: str
) -> None:
    order = unit.approved()
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        records = [entry["record"] for entry in unit.get(f"/orders/{order}")["timeline"]]
        assert records[0] not in shown(pilot)
        await pilot.press("i")
        await settled(pilot, lambda: all(record in shown(pilot) for record in records))
        assert grade in shown(pilot)  # no link: nothing but this node's clock is known


@pytest.mark.parametrize("language", LANGUAGES)
async def test_renting_puts_every_vehicles_reason_on_record_first(unit: RealNode, language: Language) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.approved(passengers=40)
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("d")
        await settled(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press("r")
        await settled(pilot, lambda: words("rental.about", n=len(VEHICLES))[:20] in shown(pilot))
        await pilot.press("enter", *"ABC", "enter", *"M12345", "enter", "1", "enter", *"800", "enter", "enter")
        await settled(pilot, lambda: "M12345" in shown(pilot) and isinstance(pilot.app.screen, OrderScreen))

    done = unit.get(f"/orders/{order}")
    assert [entry["act"] for entry in done["timeline"]][-2:] == ["unmet", "dispatch"]
    assert all(str(one["plate"]) in done["timeline"][-2]["detail"]["shortage"] for one in VEHICLES)
    assert done["supplier"] == "ABC"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sudden_event_takes_a_vehicle_that_has_not_left_and_says_why(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    held = [unit.dispatched(str(one["plate"]), driver) for one, driver in zip(VEHICLES, ("4001", "4002"), strict=False)]
    order = unit.approved(urgency=0, passengers=4)
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("d")
        await settled(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen) and held[0] in shown(pilot))
        await pilot.press("1")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("2", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

    lost = next(one for one in held if unit.get(f"/orders/{one}")["preempted_by"])
    assert unit.get(f"/orders/{lost}")["preempted_by"] == order


@pytest.mark.parametrize(("key", "states", "language"), [
    ("1", ("approved", "dispatched"), "zh_CN"),
    ("2", ("dispatched", "dispatched"), "en"),
    ("3", ("dispatched", "approved"), "zh_CN"),
])  # fmt: skip
async def test_a_vehicle_that_another_order_holds_is_kept_moved_or_taken(
    unit: RealNode, key: str, states: tuple[str, str], language: Language
) -> None:
    unit.cancel_all()
    other = unit.dispatched("蒙M-0B318", "4002", passengers=2)  # few enough for any other vehicle
    order = unit.approved(passengers=6)  # only this one has the seats
    async with at_desk(unit, language=language, size=(120, 40)) as pilot:
        await opened(pilot, order)
        await pilot.press("d")
        await settled(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press("tab")
        unfit = pilot.app.screen.query_one("#unfit", Lines)
        while unfit.selected["vehicle"] != "蒙M-0B318":  # type: ignore[index]
            await pilot.press("down")
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ClashScreen) and other[-4:] in shown(pilot))
        await pilot.press(key)
        if key != "1":
            await the_form(pilot)
            await pilot.press("1", "enter", "enter")
            await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

    assert tuple(unit.get(f"/orders/{one}")["state"] for one in (order, other)) == states


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_early_return_is_put_on_record_for_the_urgent_order_it_is_for(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    out = unit.dispatched("蒙M-0B312", "4001")
    unit.do("4001", out, "depart", odometer_km=45_000, checks="done")
    urgent = unit.approved(urgency=0)
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, out)
        await pilot.press("t")
        await the_form(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: Words(language, "console")("early.linked", orders=urgent) in shown(pilot))

    (link,) = unit.get(f"/cases/confirmation?order={out}")["rows"]
    assert link["data"]["about"] == f"early_return/{urgent}"


async def opened(pilot: Pilot[None], order: str) -> None:
    """The order's own screen, by way of finding it."""
    await pilot.press("slash", *order)
    await settled(pilot, lambda: "(1)" in shown(pilot))
    await pilot.press("enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
