"""A console on the double, driven by keys; nothing here waits for a clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from fleet.words import Language, Words
from tests.tui.a_day import NOW_MS
from tests.tui.node_double import PIN, DoubleHttp, NodeDouble
from tui.api import Api
from tui.app import Console

GOLDEN = Path(__file__).parent / "golden"
ROUNDS_MAX = 500


@dataclass
class Time:
    """The clock of node and console alike, moved by hand; pauses end when they are told to."""

    passed_s: float = 0.0
    pauses_s: list[float] = field(default_factory=list)
    _go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def now_ms(self) -> int:
        return NOW_MS + int(self.passed_s * 1000)

    def monotonic_s(self) -> float:
        return self.passed_s

    async def pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        self._go_on.clear()
        await self._go_on.wait()

    def go_on(self) -> None:
        """End the pauses that are being waited for."""
        self._go_on.set()


class Watched(Console):
    """A console that counts what it paints."""

    paints = 0

    def _display(self, screen: object, renderable: object) -> None:
        if renderable is not None:
            self.paints += 1
        super()._display(screen, renderable)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(
    node: NodeDouble, time: Time, *, language: Language = "zh_CN", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[None]]:
    """A console that has just been started."""
    words = Words(language, "console")
    api = Api(DoubleHttp(node), language=words.tag)
    app = Watched(api, words, node="/run/node.sock", pause=time.pause, monotonic_s=time.monotonic_s)
    async with app.run_test(size=size) as pilot:
        yield pilot


@asynccontextmanager
async def signed_in(
    node: NodeDouble, time: Time, *, language: Language = "zh_CN", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[None]]:
    """A console with the dispatcher signed in and the board painted."""
    async with opened(node, time, language=language, size=size) as pilot:
        await until(pilot, lambda: "巴图" in shown(pilot))
        await pilot.press("enter", *PIN, "enter")
        await until(pilot, lambda: "0231" in shown(pilot))
        yield pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the console work until `condition` holds."""
    for _ in range(ROUNDS_MAX):
        await pilot.pause()
        if condition():
            return
    raise AssertionError(f"never came about; the screen says:\n{shown(pilot)}")


def lines(pilot: Pilot[None]) -> list[str]:
    """The screen as the terminal would hold it."""
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


def shown(pilot: Pilot[None]) -> str:
    return "\n".join(lines(pilot))


def console_of(pilot: Pilot[None]) -> Watched:
    assert isinstance(pilot.app, Watched)
    return pilot.app


def assert_golden(pilot: Pilot[None], name: str) -> None:
    """The screen is as it was when a person last looked at it; ORTOO_GOLDEN=write takes it as it is now."""
    width, height = pilot.app.size
    screen = lines(pilot)
    assert [cell_len(line) for line in screen] == [width] * height
    path = GOLDEN / f"{name}-{console_of(pilot).words.language}-{width}x{height}.txt"
    text = "\n".join(line.rstrip() for line in screen) + "\n"
    if os.environ.get("ORTOO_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
