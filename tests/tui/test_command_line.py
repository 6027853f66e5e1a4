"""The command line at a real node: a dispatch in one line, a choice that asks why, undo, and nothing by mistake."""

from __future__ import annotations

import pytest

from fleet.words import LANGUAGES, Language
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled
from tui.screens.act_form import ActForm
from tui.screens.board import BoardScreen
from tui.screens.dispatch import DispatchScreen
from tui.screens.find import FindScreen
from tui.screens.line import LineScreen
from tui.screens.order import OrderScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_line_dispatches_and_one_key_takes_it_back(unit: RealNode, language: Language) -> None:
    unit.cancel_all()
    order = unit.approved()
    first = unit.get(f"/orders/{order}/offers")["offers"][0]
    async with at_desk(unit, language=language) as pilot:
        await settled(pilot, lambda: order[-4:] in shown(pilot))
        await pilot.press("colon", *f"pai {order[-4:]} {first['vehicle'][-3:]}", "enter")
        await settled(pilot, lambda: unit.get(f"/orders/{order}")["state"] == "dispatched")
        assert unit.get(f"/orders/{order}")["vehicle"] == first["vehicle"]
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen) and "(z " in shown(pilot))

        await pilot.press("z")
        await settled(pilot, lambda: unit.get(f"/orders/{order}")["state"] == "approved")
        acts = [entry["act"] for entry in unit.get(f"/orders/{order}")["timeline"]]
        assert acts[-2:] == ["dispatch", "recall"]  # nothing is taken out of the record

        await pilot.press("z")
        await pilot.pause()
        assert len(unit.get(f"/orders/{order}")["timeline"]) == len(acts)


async def test_the_first_offer_takes_two_keys_from_the_board(unit: RealNode) -> None:
    unit.cancel_all()
    order = unit.approved()
    async with at_desk(unit) as pilot:
        await settled(pilot, lambda: order[-4:] in shown(pilot))
        keys = ("d", "enter")
        await pilot.press(keys[0])
        await settled(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press(keys[1])
        await settled(pilot, lambda: unit.get(f"/orders/{order}")["state"] == "dispatched")

        assert len(keys) <= 3


async def test_a_vehicle_that_is_not_the_first_offer_opens_the_form_that_asks_why(unit: RealNode) -> None:
    unit.cancel_all()
    order = unit.approved()
    offers = unit.get(f"/orders/{order}/offers")["offers"]
    async with at_desk(unit) as pilot:
        await settled(pilot, lambda: order[-4:] in shown(pilot))
        await pilot.press("f8", *f"{order[-4:]} pc {offers[1]['vehicle'][-3:]}")
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        assert unit.get(f"/orders/{order}")["state"] == "approved"
        await pilot.press("1", "enter")
        await settled(pilot, lambda: unit.get(f"/orders/{order}")["state"] == "dispatched")

        assert unit.get(f"/orders/{order}")["vehicle"] == offers[1]["vehicle"]


async def test_what_is_not_understood_stays_to_be_mended(unit: RealNode) -> None:
    unit.cancel_all()
    order = unit.applied()
    async with at_desk(unit) as pilot:
        await settled(pilot, lambda: order[-4:] in shown(pilot))
        await pilot.press("ctrl+p", *"pai 999999", "enter")
        await settled(pilot, lambda: "999999 结尾的单" in shown(pilot))
        await pilot.press("ctrl+u", *f"pai {order[-4:]} 312", "enter")
        await settled(pilot, lambda: "现在不能派车" in shown(pilot))
        await pilot.press("ctrl+u", *order[-4:], "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        await pilot.press("slash")
        await settled(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        await pilot.press("f8", *"tb", "enter")
        await settled(pilot, lambda: type(pilot.app.screen).__name__ == "SyncScreen")


async def test_the_palette_lists_every_verb_and_runs_the_marked_one(unit: RealNode) -> None:
    async with at_desk(unit) as pilot:
        await pilot.press("ctrl+p")
        await settled(pilot, lambda: "paiche" in shown(pilot))
        await pilot.press(*["down"] * 40)
        await settled(pilot, lambda: ">退出" in shown(pilot))
        await pilot.press("up", "enter")
        await settled(pilot, lambda: not isinstance(pilot.app.screen, LineScreen))
