"""Signing in, losing the node, coming back; terminals that are too small; a console that is idle."""

from __future__ import annotations

import pytest

from tests.tui.consoles import Time, console_of, lines, opened, shown, signed_in, until
from tests.tui.node_double import PIN, NodeDouble
from tui.app import IDLE_S
from tui.link import RETRY_S_FIRST, RETRY_S_MAX
from tui.screens.act_form import ActForm
from tui.screens.board import BoardScreen
from tui.screens.health import HealthScreen
from tui.screens.shift import ShiftScreen
from tui.screens.sign_in import SignInScreen
from tui.screens.too_small import TooSmallScreen
from tui.thin.driver import TerminalKnown
from tui.widgets.lines import Lines

pytestmark = pytest.mark.anyio


async def test_dispatchers_stand_first_and_the_pin_is_never_shown(node: NodeDouble, time: Time) -> None:
    async with opened(node, time) as pilot:
        await until(pilot, lambda: ">巴图" in shown(pilot))
        await pilot.press("enter", *PIN)
        await until(pilot, lambda: "*" * len(PIN) in shown(pilot))

        assert PIN not in shown(pilot)


async def test_a_wrong_pin_says_how_many_tries_are_left_and_the_next_try_starts_empty(
    node: NodeDouble, time: Time
) -> None:
    async with opened(node, time) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", "1", "1", "enter")
        await until(pilot, lambda: "还可以试 4 次" in shown(pilot))
        assert "*" not in shown(pilot)
        await pilot.press(*PIN, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))


async def test_a_locked_pin_is_told_plainly(node: NodeDouble, time: Time) -> None:
    node.tries_left = 0
    async with opened(node, time) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: "已锁定" in shown(pilot) and "15:02 以后再试" in shown(pilot))


async def test_a_node_that_is_not_there_is_named_and_asked_again_later_and_later(node: NodeDouble, time: Time) -> None:
    node.down = True
    async with opened(node, time) as pilot:
        await until(pilot, lambda: "找不到节点 /run/node.sock" in shown(pilot))
        for count in range(1, 7):
            await until(pilot, lambda count=count: len(time.pauses_s) == count)  # type: ignore[misc]
            time.go_on()
        await until(pilot, lambda: len(time.pauses_s) == 7)
        assert time.pauses_s == [RETRY_S_FIRST, 2, 4, 8, 16, RETRY_S_MAX, RETRY_S_MAX]

        node.down = False
        time.go_on()
        await until(pilot, lambda: "巴图" in shown(pilot))
        assert "找不到节点" not in shown(pilot)


async def test_a_lost_connection_is_said_in_the_header_and_mended_by_itself(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        node.down = True
        node.cut()
        await until(pilot, lambda: "连接中断 14:32, 正在重连" in shown(pilot))
        assert "0231" in shown(pilot)  # what was known stays, and the header says when it came
        time.passed_s = 600
        console_of(pilot)._minute_passed()
        await until(pilot, lambda: "待审批 19分" in shown(pilot))
        assert "更新 14:32" in shown(pilot)

        node.orders["N7-0231"]["reason"] = "森林防火夜巡"
        node.down = False
        time.go_on()
        await until(pilot, lambda: "森林防火" in shown(pilot) and "连接中断" not in shown(pilot))
        assert "更新 14:42" in shown(pilot)


async def test_a_lost_session_asks_who_is_there_over_what_was_being_written(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("tab", *"flood")
        node.sessions.clear()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInScreen) and "会话已结束" in shown(pilot))
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))

        assert "flood" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: node.orders["N7-0231"]["state"] == "cancelled")


async def test_a_change_at_the_node_shows_on_the_board_without_asking_in_between(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await until(pilot, lambda: console_of(pilot).board is not None)
        asked = len(node.asked)
        node.board["sync"] |= {"situation": "all_sent", "heard_ms": time.now_ms(), "waiting": 0}
        node.changed("sync")
        await until(pilot, lambda: "已全部送达 14:32" in shown(pilot))

        assert [path for _, path, _ in node.asked[asked:]] == ["/api/board"]


async def test_the_line_one_is_on_stays_the_same_order_when_others_come_and_go(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j")
        await until(pilot, lambda: "|>紧 0230" in shown(pilot))
        del node.orders["N7-0231"]
        node.changed("orders")
        await until(pilot, lambda: "0231" not in shown(pilot))

        assert "|>紧 0230" in shown(pilot)


async def test_an_idle_console_paints_nothing_and_a_minute_paints_only_what_it_changed(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        app = console_of(pilot)
        await pilot.pause()
        app.paints = 0
        app._minute_passed()
        await pilot.pause()
        assert app.paints == 0  # woken without a minute having passed: nothing has changed

        time.passed_s = 60
        app._minute_passed()
        await until(pilot, lambda: "待审批 10分" in shown(pilot))
        assert app.paints > 0
        assert "更新 14:32" in shown(pilot)  # nothing came


async def test_the_header_s_time_is_that_of_the_last_news_of_what_the_screen_shows(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        app = console_of(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: "单子 (" in shown(pilot))
        await pilot.pause()
        app.paints = 0
        time.passed_s = 60
        asked = len(node.asked)
        node.changed("vehicles")
        await until(pilot, lambda: len(node.asked) > asked)
        await pilot.pause()
        assert app.paints == 0
        assert "更新 14:32" in shown(pilot)

        time.passed_s = 120
        node.changed("orders")
        await until(pilot, lambda: "更新 14:34" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "更新 14:34" in shown(pilot) and "0231" in shown(pilot))


@pytest.mark.parametrize(("width", "height"), [(79, 24), (80, 23), (20, 5)])
async def test_a_terminal_too_small_says_its_size_and_gives_everything_back_when_it_grows(
    node: NodeDouble, time: Time, width: int, height: int
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("tab", *"wind")
        await pilot.resize_terminal(width, height)
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen))
        assert f"{width}x{height}" in shown(pilot).replace("\n", "")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))

        assert "wind" in shown(pilot)


async def test_leaving_ends_the_session_and_not_the_node(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("q")  # by way of the handover note
        await until(pilot, lambda: isinstance(pilot.app.screen, ShiftScreen))
        await pilot.press("q")
        await until(pilot, lambda: not node.sessions)

        assert ("DELETE", "/api/session", {}) in node.asked
        assert not node.down


async def test_a_console_nobody_touches_locks_and_keeps_what_was_being_written(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("tab", *"wind")
        time.passed_s = IDLE_S - 1
        console_of(pilot)._minute_passed()
        await pilot.pause()
        assert isinstance(pilot.app.screen, ActForm)

        time.passed_s = IDLE_S + 1
        console_of(pilot)._minute_passed()
        await until(pilot, lambda: "久未操作, 已锁定" in shown(pilot) and not node.sessions)
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        assert "wind" in shown(pilot)


async def test_who_comes_back_to_a_locked_console_is_marked_already(node: NodeDouble, time: Time) -> None:
    async with opened(node, time) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("down", *PIN, "enter")
        await until(pilot, lambda: console_of(pilot).person is not None and "0231" in shown(pilot))
        person = console_of(pilot).person
        time.passed_s = IDLE_S + 1
        console_of(pilot)._minute_passed()
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInScreen) and "巴图" in shown(pilot))

        marked = pilot.app.screen.query_one("#people", Lines).selected
        assert person is not None
        assert person["name"] != "巴图"
        assert marked is not None
        assert marked["id"] == person["id"]


async def test_frames_are_lines_on_every_screen_however_late_the_terminal_answers(node: NodeDouble, time: Time) -> None:
    async with opened(node, time) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        pilot.app.post_message(TerminalKnown(thin=False, wide_signs=False))
        await until(pilot, lambda: "╭" in shown(pilot))
        await pilot.press(*PIN, "enter")
        await until(pilot, lambda: "0231" in shown(pilot))

        assert lines(pilot)[0].startswith("┌")


async def test_an_answer_that_comes_while_the_console_closes_has_nowhere_to_be_shown(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        console, board = console_of(pilot), pilot.app.screen
        assert isinstance(board, BoardScreen)
        console._running = False  # as Textual begins to take screens down
        await board.remove_children()

        board.say("dispatched")
        assert not board.here
        console._running = True


async def test_news_and_answers_for_a_screen_that_is_not_laid_out_yet_or_any_more_end_nothing(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        screen = HealthScreen()
        pilot.app.push_screen(screen)
        screen.say("slow")  # nothing of it is there yet
        await until(pilot, lambda: screen.composed and "13904830001" in shown(pilot))

        asked = len(node.asked)
        await screen.remove_children()
        screen.fetch()
        await until(pilot, lambda: len(node.asked) > asked)
        for _ in range(3):
            await pilot.pause()
        assert console_of(pilot).fault is None
        pilot.app.pop_screen()
