"""What terminals are told of orders: a new one once, an urgent one with close tracking, a secret one by number only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from edge.announcements import TRACK_MAX_S, Announcements, Errand
from fleet.errors import RuleBroken, Unavailable
from fleet.words import Words

pytestmark = pytest.mark.anyio
HOUR_MS = 3_600_000
START_MS = 1_790_222_400_000  # noon in China


class Terminals:
    """Takes what is asked; fails for the plates it is told to."""

    def __init__(self, *silent: str) -> None:
        self.silent, self.cannot = silent, False
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self.came = asyncio.Event()

    async def ask(self, whom: str, message: str, facts: Mapping[str, Any], wait_s: float) -> Mapping[str, Any]:
        self.asked.append((whom, message, facts))
        self.came.set()
        if whom in self.silent:
            raise Unavailable("terminal_no_answer")
        if self.cannot:
            raise RuleBroken("terminal_cannot")
        return {}

    async def until(self, count: int) -> None:
        while len(self.asked) < count:
            self.came.clear()
            await self.came.wait()


def errand(order: str = "1-00042", vehicle: str = "A1", **changes: Any) -> Errand:
    plain: dict[str, Any] = {"destination": "额肯呼都格", "urgency": 2, "confidential": False}
    times: dict[str, Any] = {"start_ms": START_MS, "end_ms": START_MS + HOUR_MS}
    return Errand(order=order, vehicle=vehicle, **(times | plain | changes))


def announcing(terminals: Terminals) -> Announcements:
    return Announcements(terminals, Words("zh_CN", "command"), 10, retry_s=0.001)


async def test_a_new_order_is_told_once_and_what_stood_before_the_start_not_at_all() -> None:
    terminals = Terminals()
    announcements = announcing(terminals)
    old, new = errand("1-00041", "A1"), errand("1-00042", "B2")
    announcements.begin([old])
    for _ in range(3):
        announcements.follow([old, new])
    await terminals.until(1)
    announcements.follow([errand("1-00042", "C3")])  # another vehicle took the order over
    await terminals.until(2)
    assert [(whom, message) for whom, message, _ in terminals.asked] == [("B2", "text"), ("C3", "text")]
    text = terminals.asked[0][2]["text"]
    assert "0042" in text
    assert "09-24 12:00" in text
    assert "额肯呼都格" in text


@pytest.mark.parametrize(("hours", "validity_s"), [(1, 3600), (48, TRACK_MAX_S)])
async def test_an_urgent_trip_is_tracked_closely_for_as_long_as_it_is_planned(hours: int, validity_s: int) -> None:
    terminals = Terminals()
    announcing(terminals).follow([errand(urgency=0, end_ms=START_MS + hours * HOUR_MS)])
    await terminals.until(2)
    assert terminals.asked[1] == ("A1", "track", {"interval": 10, "validity": validity_s})


async def test_of_a_confidential_order_no_place_is_shown() -> None:
    text = announcing(Terminals()).text(errand(confidential=True, destination="某地"))
    assert "某地" not in text
    assert "0042" in text


async def test_a_terminal_that_does_not_answer_is_told_again_while_the_order_stands_and_keeps_nobody_waiting() -> None:
    terminals = Terminals("A1")
    announcements = announcing(terminals)
    silent, other = errand(vehicle="A1", urgency=0), errand("1-00043", "B2")
    announcements.follow([silent, other])
    await terminals.until(4)
    assert [whom for whom, _, _ in terminals.asked].count("B2") == 1
    terminals.silent = ()
    await terminals.until(6)  # and when it is back, the order and then the tracking
    assert [message for whom, message, _ in terminals.asked if whom == "A1"][-2:] == ["text", "track"]


async def test_an_order_that_no_longer_stands_is_not_told_any_more() -> None:
    terminals = Terminals("A1")
    announcements = announcing(terminals)
    announcements.follow([errand(vehicle="A1")])
    await terminals.until(1)
    announcements.follow([])
    await asyncio.gather(*announcements._telling)
    assert len(terminals.asked) <= 2


async def test_a_terminal_that_cannot_show_text_is_not_asked_twice() -> None:
    terminals = Terminals()
    terminals.cannot = True
    announcements = announcing(terminals)
    announcements.follow([errand(vehicle="A1")])
    await asyncio.gather(*announcements._telling)
    assert len(terminals.asked) == 1
