"""What the terminal shows is, cell by cell, what the framework painted, whatever the line: keys pressed at random."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pyte
import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from fleet.words import Words
from tests.tui.consoles import Time, shown, until
from tests.tui.node_double import PIN, DoubleHttp, NodeDouble
from tui.api import Api
from tui.app import Console
from tui.thin.output import ASK, PIECE_S, Output
from tui.thin.screen import Screen
from tui.widgets.lines import THIN_LINE

pytestmark = pytest.mark.anyio

SIZE = (80, 24)
KEYS = (
    "down",
    "up",
    "pagedown",
    "pageup",
    "enter",
    "escape",
    "tab",
    "1",
    "2",
    "3",
    "d",
    "c",
    "slash",
    "y",
    "question_mark",
    "x",
    "5",
)


class Both(HeadlessDriver):
    """Everything written goes to a terminal as it is, and to another as differences."""

    def __init__(self, app: App[Any], *, thin: bool, **options: Any) -> None:
        super().__init__(app, **options)
        self.whole, self.thin = Screen(*SIZE), pyte.Screen(*SIZE)
        self._stream, self.sent = pyte.Stream(self.thin), 0
        self._stream.feed("\x1b[?7l")
        self.whole.wraps = False
        self.questions, self.now_s = 0, 0.0
        self.output = Output(self._send, SIZE, lambda: self.now_s, thin=thin)

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.whole.feed(data)
        self.output.write(data)

    def flush(self) -> None:
        self.output.flush()

    def answer(self) -> None:
        """The terminal answers what it was asked longest ago, as late as over a slow line: so pieces stay small."""
        if self.questions:
            self.questions -= 1
            self.now_s += PIECE_S
            self.output.answer(0)

    def _send(self, text: str) -> None:
        self.questions += text.count(ASK)
        self.sent += len(text.encode())
        self._stream.feed(text.replace(ASK, ""))


class Pressed(Console):
    """A console whose driver writes to both terminals; what is not painted cannot be compared."""

    glass: Both

    def _build_driver(self, *_: Any, **__: Any) -> Any:
        self._driver = self.glass = Both(self, thin=self.has_class(THIN_LINE), size=SIZE)
        return self.glass


@pytest.mark.parametrize(("thin", "seed"), [(True, 0), (True, 1), (True, 2), (False, 3)])
async def test_the_terminal_shows_what_the_framework_wrote(thin: bool, seed: int, node: NodeDouble, time: Time) -> None:
    words, chance = Words("zh_CN", "console"), random.Random(seed)
    api = Api(DoubleHttp(node), language=words.tag)
    app = Pressed(api, words, node="/run/node.sock", pause=time.pause, monotonic_s=time.monotonic_s, thin=thin)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press(*PIN, "enter")
        await until(pilot, lambda: "0231" in shown(pilot))
        await compare(pilot, app.glass)
        assert "待办" in "".join(app.glass.thin.display)
        for _ in range(50):
            await pilot.press(chance.choice(KEYS))
            if chance.random() < 0.6:
                app.glass.answer()
            if chance.random() < 0.2:
                node.board["vehicles"]["rows"][0] |= {"speed_kmh": float(chance.randrange(90))}
                node.changed("vehicles")
            if chance.random() < 0.3:
                await compare(pilot, app.glass)
        await compare(pilot, app.glass)


async def compare(pilot: Pilot[None], glass: Both) -> None:
    """Once everything is painted and answered both terminals show the same."""
    await pilot.pause()
    while glass.questions:
        glass.answer()
    await asyncio.sleep(0)
    thin = glass.thin
    assert (thin.cursor.x, thin.cursor.y) == (glass.whole.x, glass.whole.y)
    for y, row in enumerate(glass.whole.rows):
        assert "".join(sign for sign, _ in row) == "".join(thin.buffer[y][x].data for x in range(SIZE[0]))
        for x, (sign, style) in enumerate(row):
            seen = thin.buffer[y][x]
            if sign.strip():
                assert (seen.bold, seen.reverse, seen.underscore) == tuple(
                    bool(style.bits & bit) for bit in (1, 32, 8)
                ), (x, y)
                assert (seen.fg != "default") == bool(style.ink)
            elif sign:
                assert seen.reverse == bool(style.bits & 32)
