"""Screens as text, in both languages and three sizes: columns straight under Chinese, no doubtful width."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from textual.pilot import Pilot

from fleet.words import LANGUAGES, Language
from tests.tui.a_day import a_promised_order
from tests.tui.consoles import Time, assert_golden, lines, opened, shown, signed_in, until
from tests.tui.node_double import NodeDouble
from tui.screens.clash import ClashScreen
from tui.screens.dispatch import DispatchScreen

pytestmark = pytest.mark.anyio

SIZES = ((80, 24), (120, 40), (160, 50))
SCREENS: dict[str, tuple[tuple[str, ...], str]] = {
    "board": ((), "0231"),
    "order": (("down", "enter"), "3fa9c1d2"),
    "dispatch": (("down", "d"), "N7-0226"),
    "why": (("down", "d", "down", "enter"), "5 "),
    "cancel": (("c",), "4 "),
    "find": (("slash",), "0225"),
    "sync": (("y",), "N7-0219"),
    "health": (("0", "6"), "3fa9c1d2"),
    "help": (("question_mark",), "F3"),
    "new_order": (("n",), "F2"),
    "emergency": (("e",), "F2"),
    "vehicles": (("v",), "0B312"),
    "card": (("v", "down", "enter"), "13904830007"),
    "alarms": (("a",), "A07"),
    "alarm": (("a", "enter"), "静默"),
    "rental": (("down", "d", "r"), "F2"),
    "map": (("t",), "*B318"),
    "shift": (("h",), "0227"),
    "supplements": (("s",), "0007"),
    "supplement": (("s", "down", "enter"), "09:10"),
}
"""Keys from the board, and what the screen says once it is there."""


@pytest.mark.parametrize(("name", "language", "size"), list(product(SCREENS, LANGUAGES, SIZES)))
async def test_the_screen_is_as_it_was_last_looked_at(
    node: NodeDouble, time: Time, name: str, language: Language, size: tuple[int, int]
) -> None:
    keys, sign = SCREENS[name]
    async with signed_in(node, time, language=language, size=size) as pilot:
        for key in keys:
            before = pilot.app.screen
            await pilot.press(key)
            if key == "s":
                await until(pilot, lambda: "0007" in shown(pilot))
            if key not in {"down"}:
                await until(pilot, lambda before=before: pilot.app.screen is not before)  # type: ignore[misc]
        await until(pilot, lambda: sign in shown(pilot))
        await at_rest(pilot)
        assert_no_doubtful_width(pilot)
        assert_golden(pilot, name)


@pytest.mark.parametrize(("language", "size"), list(product(LANGUAGES, SIZES)))
async def test_two_orders_that_want_one_vehicle_are_as_they_were_last_looked_at(
    node: NodeDouble, time: Time, language: Language, size: tuple[int, int]
) -> None:
    node.orders["N7-0226"] = a_promised_order()
    async with signed_in(node, time, language=language, size=size) as pilot:
        await pilot.press("down", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ClashScreen) and "0226" in shown(pilot))
        await at_rest(pilot)
        assert_no_doubtful_width(pilot)
        assert_golden(pilot, "clash")


@pytest.mark.parametrize(("language", "size"), list(product(LANGUAGES, SIZES)))
async def test_the_sign_in_screen_is_as_it_was_last_looked_at(
    node: NodeDouble, time: Time, language: Language, size: tuple[int, int]
) -> None:
    async with opened(node, time, language=language, size=size) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", "1", "2")
        await until(pilot, lambda: "**" in shown(pilot))
        assert_no_doubtful_width(pilot)
        assert_golden(pilot, "sign_in")


async def at_rest(pilot: Pilot[None]) -> None:
    """Let every panel be laid out: the screen says the same twice."""
    before, now = "", shown(pilot)
    while before != now:
        await pilot.pause()
        await pilot.pause()
        before, now = now, shown(pilot)


def assert_no_doubtful_width(pilot: Pilot[None]) -> None:
    """A sign terminals disagree about would push the frame out of line on some of them."""
    doubtful = {sign for line in lines(pilot) for sign in line if unicodedata.east_asian_width(sign) == "A"}
    assert doubtful == set()
