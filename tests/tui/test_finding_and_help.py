"""Getting around: panels, find, timelines, the sync page, help; by keys and by the mouse alike."""

from __future__ import annotations

import pytest

from tests.tui.a_day import NOW_MS, some_sync
from tests.tui.consoles import Time, shown, signed_in, until
from tests.tui.node_double import NodeDouble
from tui.screens.board import BoardScreen
from tui.screens.find import PAGE_ROWS, FindScreen
from tui.screens.help import HelpScreen
from tui.screens.order import OrderScreen
from tui.screens.sync import SyncScreen
from tui.widgets.keys import Keys

pytestmark = pytest.mark.anyio


async def test_digits_go_to_the_panels_and_enter_on_a_vehicle_opens_the_order_it_is_on(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("2", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        assert "0227 在途" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await pilot.press("3")
        await until(pilot, lambda: "|>! " in shown(pilot))


async def test_enter_on_a_line_without_an_order_says_so(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("3", "enter")
        await until(pilot, lambda: "这一行没有单子" in shown(pilot))


async def test_a_timeline_shows_what_was_refused_and_the_rule_that_refused_it(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time, language="en") as pilot:
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

        assert "x cancel: no effect" in shown(pilot)
        assert "a reason is needed" in shown(pilot)


async def test_an_order_two_places_acted_on_says_what_happened(node: NodeDouble, time: Time) -> None:
    node.orders["N7-0227"]["conflict"] = "cancel_after_departure"
    async with signed_in(node, time, language="en") as pilot:
        await pilot.press("2", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))

        assert "cancelled after the vehicle had left" in shown(pilot)


async def test_find_narrows_with_every_key_and_enter_opens_the_only_one_left(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen) and "单子 (6)" in shown(pilot))
        await pilot.press(*"0225")
        await until(pilot, lambda: "单子 (1)" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        assert "0225 已办结" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))

        assert "| 0225" in shown(pilot)  # what was written is still there


async def test_finding_nothing_says_what_to_try(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("slash", *"zzz")
        await until(pilot, lambda: '没找到 "zzz"' in shown(pilot))


async def test_of_a_long_list_only_the_pages_in_view_are_fetched(node: NodeDouble, time: Time) -> None:
    pattern = node.orders["N7-0225"]
    for number in range(1000, 6000):
        node.orders[f"N7-{number}"] = pattern | {"id": f"N7-{number}", "tail": str(number), "start_ms": NOW_MS}
    async with signed_in(node, time) as pilot:
        await pilot.press("slash", "tab")
        await until(pilot, lambda: "5999" in shown(pilot))
        await pilot.press("end")
        await until(pilot, lambda: "|>常 0225" in shown(pilot))

    pages = [path for _, path, _ in node.asked if path == "/api/orders"]
    assert len(pages) <= 3  # the first, and the last one or two: 5,006 orders are 101 pages
    assert PAGE_ROWS * 100 < 5006


async def test_a_try_is_told_step_by_step_to_its_end(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncScreen) and "本机 824 条" in shown(pilot))
        assert "紧急" in shown(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "2/3 节点正在连央端" in shown(pilot))
        assert ("POST", "/api/sync/try", {}) in node.asked

        ended = some_sync()
        ended["ways"][0] |= {"tried_ms": NOW_MS}
        node.answers["/sync"] = ended
        node.changed("sync")
        await until(pilot, lambda: "3/3 没连上: 连不上央端" in shown(pilot))

        await pilot.press("t")
        await until(pilot, lambda: "2/3" in shown(pilot))
        ended["ways"][0] |= {"tried_ms": NOW_MS + 1, "state": "up", "last_error": None}
        node.answers["/sync"] = ended | {"heaps": [], "records": 0, "size": 0}
        node.changed("sync")
        await until(pilot, lambda: "3/3 央端已收全" in shown(pilot))


async def test_help_lists_the_keys_of_what_has_the_focus_and_goes_away_with_the_same_key(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and "d F3" in shown(pilot))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))


async def test_the_footer_answers_to_the_mouse(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        footer = pilot.app.screen.query_one(Keys)
        place = shown(pilot).splitlines()[-2].index("y ")
        cells = len(shown(pilot).splitlines()[-2][:place].encode("gbk"))  # a Hanzi is two bytes and two cells
        await pilot.click(footer, offset=(cells, 1))
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))


async def test_a_click_selects_a_line_and_a_second_click_opens_it(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.click("#todo", offset=(5, 3))
        await until(pilot, lambda: "|>常 0233" in shown(pilot))
        await pilot.click("#todo", offset=(5, 3))
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
