"""Forms at a real node: a default gives way to what is typed, a refusal leads to its line, work is kept."""

from __future__ import annotations

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, fill_in, settled, the_form
from tui.screens.board import BoardScreen

pytestmark = pytest.mark.anyio
SAID = {
    "rider": "limei",
    "department": "fanghuo",
    "category": "3",
    "reason": "6",
    "origin": "yuan",
    "destination": "sumu",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_refused_application_leads_to_the_line_that_is_wrong_and_goes_through_when_it_is_mended(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("n")
        form = await the_form(pilot)
        await fill_in(pilot, **SAID, phone="1390483", passengers="3", applicant="1", pin=PINS["1001"])
        await settled(pilot, lambda: words("refusal.phone_wrong.next") in shown(pilot))
        await settled(pilot, lambda: form.field.name == "phone")
        await pilot.press(*"1234", "f2")
        await settled(pilot, lambda: form.field.name == "pin")  # a PIN is not kept for a second try
        await pilot.press(*PINS["1001"], "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

    made = unit.get("/orders?limit=1")["rows"][0]
    assert (made["rider"], made["phone"], made["passengers"]) == ("limei", "13904831234", 3)  # 3, not the default and 3


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_left_unsent_stands_there_again_and_is_put_aside_by_one_key(
    unit: RealNode, language: Language
) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("n")
        await the_form(pilot)
        await pilot.press(*"bayar", "enter", "escape")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await pilot.press("n")
        await settled(pilot, lambda: "bayar" in shown(pilot) and words("form.draft")[:30] in shown(pilot))
        await pilot.press("f3")
        await settled(pilot, lambda: "bayar" not in shown(pilot))
        await pilot.press("escape", "n")
        await the_form(pilot)
        assert words("form.draft")[:30] not in shown(pilot)
