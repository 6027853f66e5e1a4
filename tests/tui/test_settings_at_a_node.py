"""Settings from the console: where each number comes from, and changing one by two people at one console."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tui.screens.case import CaseScreen
from tui.screens.choose import ChooseDialog
from tui.screens.settings import SettingScreen, SettingsScreen

pytestmark = pytest.mark.anyio


async def to_setting(pilot: Pilot[None], name: str) -> None:
    """One setting, by the command line and the list."""
    await pilot.press("colon", *"settings", "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
    settings = pilot.app.screen.query_one("#page")
    await settled(pilot, lambda: bool(settings._items))  # type: ignore[attr-defined]
    at = [one["name"] for one in settings._items].index(name)  # type: ignore[attr-defined]
    await pilot.press(*["down"] * at, "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, SettingScreen))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_number_says_its_unit_source_and_article_and_the_text_itself_is_only_made_stricter(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, "5001", language=language) as pilot:
        await to_setting(pilot, "supplement_deadline_h")
        await settled(pilot, lambda: words("setting_source.text") in shown(pilot))
        assert words("alarm.article_n", article="12") in shown(pilot)
        assert f"24 {words('measure.h')}" in shown(pilot)
        await pilot.press("n")
        await the_form(pilot)
        await pilot.press("up", "up", "up", "up", "down", *"48", "enter", "f2")
        await pilot.press("enter", "enter", *"longer", "enter", "f2")
        await settled(pilot, lambda: words("refusal.setting_out_of_bounds.next") in shown(pilot))


@pytest.mark.parametrize(("language", "value"), [("zh_CN", 25), ("en", 35)])
async def test_a_change_is_proposed_and_approved_by_two_people_who_come_to_a_dispatchers_console(
    unit: RealNode, language: Language, value: int
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:  # a dispatcher's session all the time
        await to_setting(pilot, "dispatch_buffer_min")
        await pilot.press("n")
        await the_form(pilot)
        await pilot.press(*["up"] * 8, "down", *str(value), "enter", "enter", "enter", *"roads", "enter")
        await pilot.press("enter", *PINS["5001"], "enter", "enter")
        await settled(pilot, lambda: words("setting_page.proposed_by") in shown(pilot) and "roads" in shown(pilot))

        await pilot.press("c")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("1")
        await the_form(pilot)
        await pilot.press("enter", "enter", *PINS["6001"], "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await pilot.press("escape")
        await settled(pilot, lambda: words("setting_page.approved_by") in shown(pilot) and "布和" in shown(pilot))

    told = unit.get("/settings/dispatch_buffer_min")
    assert (told["value"], told["changed"]["proposed_by"], told["changed"]["approved_by"]) == (value, "萨仁", "布和")
