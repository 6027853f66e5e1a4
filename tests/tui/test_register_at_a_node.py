"""The register of vehicles from the console, against a real node: the admin proposes, the unit head approves."""

from __future__ import annotations

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, fill_in, settled
from tui.screens.case import CaseScreen
from tui.screens.vehicles import VehicleScreen, VehiclesScreen

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0A009"


@pytest.mark.parametrize(("language", "department"), list(zip(LANGUAGES, ("fanghuo", "zaolin"), strict=True)))
async def test_an_entry_is_changed_by_two_people_at_one_console(
    unit: RealNode, language: Language, department: str
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language, size=(120, 40)) as pilot:
        await pilot.press("v")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehiclesScreen) and PLATE in shown(pilot))
        at = [row["plate"] for row in pilot.app.screen.query_one("#page")._items].index(PLATE)  # type: ignore[attr-defined]
        await pilot.press(*["down"] * at, "enter")
        await settled(pilot, lambda: words("card.part.register") in shown(pilot))
        await pilot.press("r")
        await fill_in(pilot, department=department, reason="moved", pin=PINS["5001"])
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and department in shown(pilot))
        assert words("entry.vehicle") in shown(pilot)
        assert unit.get(f"/vehicles/{PLATE}")["fields"].get("department") != department  # one person changes nothing
        await pilot.press("w")
        await settled(pilot, lambda: words("act.change.approve") in shown(pilot))
        await pilot.press("1")
        await fill_in(pilot, pin=PINS["6001"])
        await settled(pilot, lambda: words("case_state.change.approved") in shown(pilot))
        await pilot.press("escape")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehicleScreen) and department in shown(pilot))

    assert unit.get(f"/vehicles/{PLATE}")["fields"]["department"] == department


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_vehicle_is_proposed_from_the_list(unit: RealNode, language: Language) -> None:
    words, plate = Words(language, "console"), f"MONGOL-{language[:2]}"
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("v")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehiclesScreen))
        await pilot.press("n")
        await fill_in(pilot, plate=plate, cls="1", seats="5", stage="1", reason="bought", pin=PINS["5001"])
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and plate in shown(pilot))
        assert words("case_state.change.proposed") in shown(pilot)

    (case,) = [row for row in unit.get("/cases/change?open=true", "5001")["rows"] if plate in row["data"]["entry"]]
    assert case["data"]["sets"] == {"cls": "confidential", "seats": "5", "stage": "registered"}
    unit.case("5001", "change", "withdraw", case["id"])
    assert plate not in {row["plate"] for row in unit.get("/vehicles")}
