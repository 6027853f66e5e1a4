"""An order is voided after its trip by two people at one console; neither does it by one key too many (Art. 14)."""

from __future__ import annotations

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tests.tui.test_orders_at_a_node import opened
from tui.cells import capital
from tui.screens.case import CaseScreen
from tui.screens.cases import CasesScreen
from tui.screens.choose import ChooseDialog
from tui.screens.order import OrderScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", LANGUAGES)
async def test_voiding_asks_for_the_orders_last_four_of_both_and_is_refused_until_it_is_right(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.dispatched("蒙M-0B312", "4001")
    unit.do("4001", order, "depart", odometer_km=45_000, checks="done")
    unit.do("4001", order, "return", odometer_km=9_999_999)
    wrong = capital(words("form.wrong.tail", field=words("form.tail"), text="9999"))
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("w")
        await the_form(pilot)
        await pilot.press(*["up"] * 5, "enter", *"entered twice", "enter", *"9999", "enter", "f2")
        await settled(pilot, lambda: wrong in shown(pilot))
        await pilot.press(*["backspace"] * 4, *order[-4:], "enter", "f2")
        await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

        await pilot.press("escape", "escape", "colon", *"changes", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and "entered twice" in shown(pilot))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("1")
        await the_form(pilot)
        await pilot.press(*["up"] * 5, "enter", *order[-4:], "enter", *"6001", "enter", *PINS["6001"], "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await settled(pilot, lambda: words("case_state.void.approved") in shown(pilot))

    assert unit.get(f"/orders/{order}")["state"] == "void"
