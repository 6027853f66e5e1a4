"""Vehicles, sealing, alarms, the map and the change of shift from the console, against a real node."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, fill_in, settled, the_form
from tui.cells import capital
from tui.screens.alarms import AlarmScreen, AlarmsScreen
from tui.screens.board import BoardScreen
from tui.screens.case import CaseScreen
from tui.screens.cases import CasesScreen
from tui.screens.choose import ChooseDialog
from tui.screens.form import FormScreen
from tui.screens.map import MapScreen
from tui.screens.shift import ShiftScreen
from tui.screens.vehicles import VehicleScreen, VehiclesScreen

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0A009"


async def to_card(pilot: Pilot[None], plate: str) -> None:
    """A vehicle's card, by way of the list."""
    await pilot.press("v")
    await settled(pilot, lambda: isinstance(pilot.app.screen, VehiclesScreen) and plate in shown(pilot))
    vehicles = pilot.app.screen.query_one("#page")
    at = [row["plate"] for row in vehicles._items].index(plate)  # type: ignore[attr-defined]
    await pilot.press(*["down"] * at, "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, VehicleScreen))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_defect_is_reported_from_the_card_and_stands_on_it(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await to_card(pilot, PLATE)
        await settled(pilot, lambda: words("card.part.register") in shown(pilot))
        await pilot.press("n")
        await the_form(pilot)
        await pilot.press("down", *words("check_item.glass")[:3], "enter", "2", "enter", *"crack", "enter", "f2")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehicleScreen) and "crack" in shown(pilot))

    defect = unit.get(f"/cases/defect?plate={PLATE}")["rows"][0]
    assert (defect["data"]["item"], defect["data"]["severity"]) == ("glass", "minor")
    unit.case("3001", "defect", "clear", defect["id"], how="replaced")


@pytest.mark.parametrize(("language", "has_it"), [("zh_CN", "在 孟克 处"), ("en", "孟克")])
async def test_the_key_is_handed_on_and_the_card_says_who_has_it(
    unit: RealNode, language: Language, has_it: str
) -> None:
    async with at_desk(unit, language=language) as pilot:
        await to_card(pilot, PLATE)
        await pilot.press("c")
        await the_form(pilot)
        await pilot.press("up", "up", "up", "up", "down", *"box", "enter", *"4001", "enter", "f2")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehicleScreen) and has_it in shown(pilot))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sealing_is_planned_and_approved_at_a_dispatchers_console_by_those_whose_it_is(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("v", "s")
        await settled(
            pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and capital(words("room.sealing")) in shown(pilot)
        )
        await settled(pilot, lambda: pilot.app.screen._openings is not None)  # type: ignore[attr-defined]
        await pilot.press("n")
        named = {"name": f"holiday {language}", "from_day": "1-1", "to_day": "1-3", "plates": "A009"}
        await fill_in(pilot, **named, pin=PINS["5001"])
        await settled(
            pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and f"holiday {language}" in shown(pilot)
        )
        rows = pilot.app.screen.query_one("#page")
        at = [row["data"]["name"] for row in rows._items].index(f"holiday {language}")  # type: ignore[attr-defined]
        await pilot.press("home", *["down"] * at, "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen | ChooseDialog))
        if isinstance(pilot.app.screen, ChooseDialog):
            await pilot.press("1")
        await fill_in(pilot, pin=PINS["2001"])
        await settled(pilot, lambda: words("case_state.sealing.approved") in shown(pilot))

    (batch,) = [row for row in unit.get("/cases/sealing")["rows"] if row["data"]["name"] == f"holiday {language}"]
    timeline = unit.get(f"/cases/sealing/{batch['id']}")["timeline"]
    assert [(entry["act"], entry["by"]) for entry in timeline] == [("plan", "5001"), ("approve", "2001")]
    unit.case("3001", "sealing", "close", batch["id"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_unsealing_compares_with_what_was_sealed(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    today = "2026-01-01"
    batch = unit.case("5001", "sealing", "plan", name="元旦", from_day=today, to_day=today, plates=[PLATE])["id"]
    unit.case("2001", "sealing", "approve", batch, pin=PINS["2001"])
    sealed = {"place": "院内", "odometer_km": 1_000, "fuel_quarters": 3, "key_to": "巴图", "witness": "孟克"}
    unit.case("3001", "sealing", "seal", batch, plate=PLATE, **sealed)
    async with at_desk(unit, language=language, size=(120, 40)) as pilot:
        await pilot.press("v")
        await settled(pilot, lambda: isinstance(pilot.app.screen, VehiclesScreen))
        await pilot.press("s")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and "元旦" in shown(pilot))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and "1000" in shown(pilot))
        await pilot.press("2")  # unseal
        await the_form(pilot)
        await pilot.press("3" if language == "en" else "1")
        form = pilot.app.screen
        form.query_one("#entry").value = PLATE  # type: ignore[attr-defined]
        await pilot.press("enter", *"1025", "enter", "2", "enter", "enter", *"a007", "enter", "enter")
        await settled(
            pilot, lambda: capital(words("form.wrong.tail", field=words("form.tail"), text="a007")) in shown(pilot)
        )
        await pilot.press(*["backspace"] * 4, *"a009", "enter", "enter")
        await settled(pilot, lambda: words("seal.moved", km=25) in shown(pilot))
        assert words("seal.fuel_fell") in shown(pilot)
    unit.case("3001", "sealing", "close", batch)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_alarm_is_marked_seen_and_opened_with_its_facts(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    unseen = words("alarm.unseen")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("a")
        await settled(pilot, lambda: isinstance(pilot.app.screen, AlarmsScreen) and "A07" in shown(pilot))
        before = shown(pilot).count(unseen)
        await pilot.press("space")
        await settled(pilot, lambda: shown(pilot).count(unseen) == before - 1)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, AlarmScreen) and words("field.plate") in shown(pilot))


@pytest.mark.parametrize(("language", "scale", "every"), [("zh_CN", "公里", "全部车辆"), ("en", " km", "All vehicles")])
async def test_the_map_draws_a_track_in_braille_with_a_scale(
    unit: RealNode, language: Language, scale: str, every: str
) -> None:
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("t")
        await settled(pilot, lambda: isinstance(pilot.app.screen, MapScreen) and "*B318" in shown(pilot))
        await pilot.press("escape")
        await to_card(pilot, "蒙M-0B318")
        await pilot.press("m")
        await settled(pilot, lambda: any("\u2801" <= sign <= "\u28ff" for sign in shown(pilot)))
        await settled(pilot, lambda: scale in shown(pilot))
        await pilot.press("plus", "left", "0", "a")
        await settled(pilot, lambda: every in shown(pilot))


async def test_a_note_is_written_by_who_leaves_and_taken_by_who_comes_both_signing(unit: RealNode) -> None:
    unit.cancel_all()
    out = unit.dispatched("蒙M-0B312", "4001")
    unit.do("4001", out, "depart", odometer_km=45_000, checks="done")
    async with at_desk(unit) as pilot:
        await pilot.press("q")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ShiftScreen))
        await pilot.press("n")
        await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen) and "在外 1" in shown(pilot))
        await pilot.press(*"keep warm", "enter", *"-28", "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ShiftScreen) and "keep warm" in shown(pilot))
        assert "待接班" in shown(pilot)

    async with at_desk(unit, "3002", language="en", shows=ShiftScreen) as pilot:
        await settled(pilot, lambda: "keep warm" in shown(pilot))  # before anything else
        await pilot.press("t")
        await the_form(pilot)
        await pilot.press("enter", *PINS["3002"], "enter", "enter")
        await settled(pilot, lambda: "taken over" in shown(pilot))
        await pilot.press("escape")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

    (note,) = unit.get("/cases/handover")["rows"]
    timeline = unit.get(f"/cases/handover/{note['id']}")["timeline"]
    assert [(entry["act"], entry["by"]) for entry in timeline] == [("write", "3001"), ("take", "3002")]
    assert note["data"]["celsius"] == -28
    assert note["data"]["out"][0].startswith("蒙M-0B312 孟克")
