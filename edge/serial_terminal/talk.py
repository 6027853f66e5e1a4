"""A line one command has for itself, for as long as a conversation on it lasts.

Rules kept here:
* A port that cannot be used, or does not come back, is told in the words of every command (`terminal.port.*`).
* Waiting for bytes never loses any: a wait that ends early is taken up again by the next one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from cable.line import Line
from fleet.words import Words, language_from_environment
from machine.system import SystemClock

words = Words(language_from_environment(os.environ), "command")


class Talk:
    """An open line, read a while at a time."""

    def __init__(self, line: Line, clock: SystemClock) -> None:
        self.line, self._clock, self._reads = line, clock, aiter(line)
        self._next: asyncio.Future[bytes] | None = None

    def now_ms(self) -> int:
        """Milliseconds that only ever grow: conversations count waits, not dates."""
        return round(self._clock.monotonic_s() * 1000)

    async def heard(self, within_s: float) -> bytes | None:
        """What the line says next; None if that is nothing within the time, b"" if the line broke."""
        self._next = self._next or asyncio.ensure_future(anext(self._reads))
        await asyncio.wait([self._next], timeout=within_s)
        if not self._next.done():
            return None
        came, self._next = self._next, None
        return came.result()

    async def back(self, within_s: float) -> None:
        """Wait for the line, which broke.

        Raises:
            click.ClickException: it did not come back in time.
        """
        try:
            async with asyncio.timeout(within_s):
                await self.line.until("absent")
                await self.line.until("open")
        except TimeoutError:
            raise self.lost() from None

    def lost(self) -> click.ClickException:
        """What a person is told of a line that cannot be used."""
        return click.ClickException(words(f"terminal.port.{self.line.health.why or 'gone'}", port=self.line.name))

    async def close(self) -> None:
        """Stop waiting for bytes."""
        if self._next:
            self._next.cancel()
            await asyncio.wait([self._next])


@asynccontextmanager
async def opened(port: str, baud: int) -> AsyncIterator[Talk]:
    """Open a port and keep it open.

    Raises:
        click.ClickException: it cannot be opened, with what to do about it.
    """
    clock = SystemClock()
    async with Line(port, clock, baud=baud) as line:
        talk = Talk(line, clock)
        await line.until("open", "absent")
        if line.health.state == "absent":
            raise talk.lost()
        try:
            yield talk
        finally:
            await talk.close()
