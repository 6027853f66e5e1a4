"""One line at work: what is heard is stored, and only then answered.

    line ──bytes──▶ station ──heard──▶ commit ──stored──▶ answers ──▶ line

Rules kept here:
* An answer is a promise that the message is safe: it is written after `commit` returned, never before, and not at all
  if it failed. A terminal without an answer keeps its report and sends it again.
* Whatever waits is stored in one go: a slow disk makes batches larger, and when the line's own bound is reached,
  reading stops. Nothing is queued here.
* A line that is gone takes its half-heard frame with it; answers that can no longer be written are forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.line import Line
from fleet.errors import FleetError, Unavailable
from fleet.ports import Clock

DUE_EVERY_S = 1.0

Commit = Callable[[Sequence[Heard]], Awaitable[None]]


class Listener:
    """A line and the conversation on it. `unstored` counts messages that could not be committed, so went unanswered."""

    def __init__(self, line: Line, station: Station, commit: Commit, clock: Clock) -> None:
        self.line, self.station, self.unstored = line, station, 0
        self._commit, self._clock = commit, clock

    async def run(self) -> None:
        """Listen until cancelled."""
        async with self.line, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask_for_missing())
            async for data in self.line:
                if data:
                    await self._hear(data)
                else:
                    self.station.reset()

    async def _hear(self, data: bytes) -> None:
        heard = self.station.receive(data, self._clock.now_ms())
        if not heard:
            return
        try:
            await self._commit(heard)
        except FleetError:  # disk full, store closed: what went wrong is the store's to report
            self.unstored += len(heard)
            return
        await self._say(b"".join(message.answer for message in heard if message.answer))

    async def _say(self, frames: bytes) -> None:
        if frames:
            with suppress(Unavailable):
                await self.line.write(frames)

    async def _ask_for_missing(self) -> None:
        while True:
            await asyncio.sleep(DUE_EVERY_S)
            await self._say(b"".join(self.station.due(self._clock.now_ms())))
