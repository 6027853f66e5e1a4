"""Dispatching and the other acts of a dispatcher, key by key: what is sent, what is shown, what is never offered."""

from __future__ import annotations

import pytest

from tests.tui.consoles import Time, console_of, shown, signed_in, until
from tests.tui.node_double import Answer, Json, NodeDouble
from tui.screens.act_form import ActForm
from tui.screens.board import BoardScreen
from tui.screens.dispatch import DispatchScreen
from tui.screens.form import FormScreen
from tui.screens.order import OrderScreen

pytestmark = pytest.mark.anyio


def acts_sent(node: NodeDouble) -> list[tuple[str, Json]]:
    return [(path, body) for method, path, body in node.asked if method == "POST" and "/acts/" in path]


async def test_the_first_offer_is_dispatched_with_two_keys_from_its_line_on_the_board(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j")  # to the order that waits for a vehicle
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen) and "N7-0227" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "已派车 0230 蒙M-0B312 孟克" in shown(pilot))

        assert isinstance(pilot.app.screen, BoardScreen)
        assert acts_sent(node) == [("/api/orders/N7-0230/acts/dispatch", {"vehicle": "蒙M-0B312", "driver": "p4"})]


async def test_another_vehicle_than_the_first_asks_why_and_sends_the_reason_as_it_read(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        assert acts_sent(node) == []
        await pilot.press("3", "enter")
        await until(pilot, lambda: "已派车 0230 蒙M-0A011 道尔吉" in shown(pilot))

        sent = {"vehicle": "蒙M-0A011", "driver": "p5", "why": "驾驶员熟悉路线"}
        assert acts_sent(node) == [("/api/orders/N7-0230/acts/dispatch", sent)]


async def test_leaving_the_form_dispatches_nothing(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert acts_sent(node) == []


async def test_an_order_that_waits_for_approval_cannot_be_dispatched_and_the_board_says_why(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: '0231 待审批: 现在不能办"派车"' in shown(pilot))

        assert isinstance(pilot.app.screen, BoardScreen)
        assert acts_sent(node) == []


async def test_a_refused_dispatch_stays_on_the_form_and_says_what_why_and_what_next(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        node.refuse_next = Answer(409, "vehicle_unfit", "蒙M-0B312 不能派", "该时段已派出 (第九条)", "请换一辆")
        await pilot.press("enter")
        await until(pilot, lambda: "请换一辆" in shown(pilot))

        assert "蒙M-0B312 不能派" in shown(pilot)
        assert "该时段已派出 (第九条)" in shown(pilot)
        assert isinstance(pilot.app.screen, DispatchScreen)
        assert node.orders["N7-0230"]["state"] == "approved"


async def test_what_was_written_is_still_there_after_a_refusal_and_goes_through_the_second_time(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        node.refuse_next = Answer(507, "disk_full", "磁盘满了", "没有存下", "请腾出空间再试")
        await pilot.press("tab", *"snow", "enter")
        await until(pilot, lambda: "请腾出空间再试" in shown(pilot))
        assert "snow" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "已取消 0231" in shown(pilot))

        assert [body for _, body in acts_sent(node)] == [{"reason": "snow"}, {"reason": "snow"}]


async def test_an_empty_reason_is_not_sent(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("tab", "space", "enter")
        await until(pilot, lambda: "还没写" in shown(pilot))

        assert acts_sent(node) == []


async def test_offers_that_change_while_one_looks_leave_the_cursor_on_its_vehicle(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        node.offers["offers"].reverse()
        node.changed("vehicles")
        await until(pilot, lambda: "|>2 蒙M-0B312" in shown(pilot))


@pytest.mark.parametrize(("state", "key", "said"), [
    ("dispatched", "r", "已撤回派车 0230"),
    ("approved", "m", "0230 已标为无法保障"),
    ("back", "o", "已办结 0230"),
])  # fmt: skip
async def test_the_other_acts_are_a_letter_and_enter_away(
    node: NodeDouble, time: Time, state: str, key: str, said: str
) -> None:
    node.orders["N7-0230"] |= {"state": state, "vehicle": "蒙M-0B312", "driver": "p4", "driver_name": "孟克"}
    async with signed_in(node, time) as pilot:
        await pilot.press("slash", *"0230", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))
        await pilot.press("enter")
        await until(pilot, lambda: said in shown(pilot))

        assert isinstance(pilot.app.screen, OrderScreen)


async def test_a_digit_opens_the_same_form_for_those_whose_letters_go_to_an_input_method(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        await pilot.press("4")
        await until(pilot, lambda: isinstance(pilot.app.screen, ActForm))

        assert "取消 0231" in shown(pilot)


async def test_a_decision_is_offered_to_who_may_make_it_and_asks_for_the_pin_each_time(
    node: NodeDouble, time: Time
) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: '0231 待审批: 现在不能办"同意"' in shown(pilot))
        for person in node.sessions.values():
            person["roles"] = ["approver"]
        try:
            await pilot.press("b")
            await until(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
            await pilot.press("1", "enter", "enter", "enter")
            await until(pilot, lambda: "PIN 码 还没有填" in shown(pilot))
            assert acts_sent(node) == []
        finally:
            for person in node.sessions.values():
                person["roles"] = ["dispatcher"]


async def test_nothing_is_shown_as_dispatched_before_the_node_has_committed_it(node: NodeDouble, time: Time) -> None:
    async with signed_in(node, time) as pilot:
        await pilot.press("j", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DispatchScreen))
        node.down = True
        await pilot.press("enter")
        await until(pilot, lambda: "不知道是否已经存下" in shown(pilot))

        assert isinstance(pilot.app.screen, DispatchScreen)
        board = console_of(pilot).board
        assert board is not None
        assert [row["state"] for row in board["todo"]["rows"] if row["tail"] == "0230"] == ["approved"]


async def test_an_alarm_that_is_about_no_order_offers_no_act_on_one(node: NodeDouble, time: Time) -> None:
    node.board["alarms"]["rows"][0]["facts"] = {"order": ""}
    async with signed_in(node, time) as pilot:
        await pilot.press("3", "u", "enter", "d")
        await pilot.pause()

        assert isinstance(pilot.app.screen, BoardScreen)
        assert not [path for _, path, _ in node.asked if path.startswith("/api/orders/")]
