"""What the rules leave to people, key by key against a real node: a vehicle promised twice, an order set right."""

from __future__ import annotations

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import HOUR_MS, RealNode, at_desk, fill_in, settled, the_form
from tests.tui.test_orders_at_a_node import opened
from tui.screens.board import BoardScreen
from tui.screens.clash import ClashScreen
from tui.screens.form import FormScreen
from tui.screens.order import OrderScreen

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"


def promised_twice(unit: RealNode) -> tuple[str, str]:
    """An order whose vehicle left early on another one's trip, and that other one."""
    now_ms = unit.get("/board")["now_ms"]
    waits = unit.dispatched(PLATE, "4001", passengers=2)
    gone = unit.dispatched(PLATE, "4002", start_ms=now_ms + 26 * HOUR_MS, end_ms=now_ms + 28 * HOUR_MS)
    unit.do("4002", gone, "depart", odometer_km=45_000, checks="done")
    return waits, gone


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("key", "state"), [("1", "dispatched"), ("2", "dispatched"), ("3", "approved")])
async def test_a_vehicle_promised_twice_is_kept_moved_or_called_back(
    unit: RealNode, key: str, state: str, language: Language
) -> None:
    unit.cancel_all()
    waits, gone = promised_twice(unit)
    words = Words(language, "console")
    async with at_desk(unit, language=language, size=(120, 40)) as pilot:
        await opened(pilot, waits)
        await settled(pilot, lambda: words("key.clash") in shown(pilot))
        await pilot.press("x")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ClashScreen) and gone[-4:] in shown(pilot))
        assert words("clash.said", subject=PLATE)[:8] in shown(pilot)
        await pilot.press(key)
        await the_form(pilot)
        await pilot.press("1", "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

    order = unit.get(f"/orders/{waits}")
    assert order["state"] == state
    assert unit.get(f"/orders/{gone}")["state"] == "departed"  # who has left stays
    kept = [row for row in unit.get(f"/cases/confirmation?order={waits}")["rows"] if "clash" in row["data"]["about"]]
    assert (order["vehicle"], bool(kept)) == {"1": (PLATE, True), "3": (None, False)}.get(
        key, (order["vehicle"], False)
    )
    assert key != "2" or order["vehicle"] != PLATE


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_order_that_was_sent_back_is_applied_for_again_with_what_it_said(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.applied()
    unit.do("2001", order, "send_back", pin=PINS["2001"], reason="地点不清楚")
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("u")
        await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen) and "春季造林验收" in shown(pilot))
        await fill_in(pilot, destination="sumu", applicant="1", pin=PINS["1001"])
        await settled(pilot, lambda: words("done.submitted", tail=order[-4:]) in shown(pilot))

    again = unit.get(f"/orders/{order}")
    assert (again["state"], again["revision"], again["destination"]) == ("submitted", 2, "sumu")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_closed_order_is_set_right_by_a_supplement(unit: RealNode, language: Language) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.dispatched(PLATE, "4001")
    unit.do("4001", order, "depart", odometer_km=45_000, checks="done")
    unit.do("4001", order, "return", odometer_km=9_999_999)
    unit.do("3001", order, "close", receipts="none")
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("s")
        await fill_in(pilot, why="wrong km", facts="read twice")
        await settled(pilot, lambda: words("case_state.supplement.requested") in shown(pilot))

    (case,) = unit.get(f"/cases/supplement?order={order}")["rows"]
    assert (case["data"]["cause"], case["data"]["why"]) == ("correction", "wrong km")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_cannot_be_served_is_put_on_record_and_what_is_called_off_too(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    order = unit.approved()
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await settled(pilot, lambda: order[-4:] in shown(pilot))
        await pilot.press("m", "1", "enter")
        await settled(pilot, lambda: unit.get(f"/orders/{order}")["state"] == "unmet")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await pilot.press("c", "1", "enter")
        await settled(pilot, lambda: words("done.cancelled", tail=order[-4:]) in shown(pilot))

    assert unit.get(f"/orders/{order}")["state"] == "cancelled"
