"""A station of `fleet.radio` on a line, in real time: what the line says is heard, what the station says is written in
its time.

    line ──▶ station.receive ──▶ events, for whoever carries the conversation
    line ◀── station.outgoing, packet by packet, woken by time and by `stir`

A line that is gone, or a disk that keeps no key, is weather: packets are lost, and the station tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress

from cable.line import Line
from fleet.errors import Unavailable
from fleet.ports import Clock
from fleet.radio.station import NEVER, Event, Station

log = logging.getLogger(__name__)

PAUSE_MIN_S = 0.001
TROUBLE_S = 1.0
"""The wait after a line or a disk that failed."""


class Antenna:
    """One station on one line. Belongs to the event loop, and so does the station: whoever changes it calls `stir`."""

    def __init__(self, station: Station, line: Line, clock: Clock) -> None:
        self.line = line
        self._station, self._clock = station, clock
        self._events = deque[Event]()  # no more than the air has brought since somebody last looked
        self._stirred, self._stepped = asyncio.Event(), asyncio.Event()

    @property
    def now_s(self) -> float:
        """The station's time."""
        return self._clock.monotonic_s()

    def stir(self) -> None:
        """Something was asked of the station: look at once whether it is time to speak."""
        self._stirred.set()

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        happened, self._events = [*self._events], deque()
        return happened

    async def step(self) -> None:
        """Wait until the station has heard or said something, or waited for long enough, since the last call."""
        await self._stepped.wait()
        self._stepped.clear()

    async def run(self) -> None:
        """Hear and speak until cancelled."""
        async with self.line, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            tasks.create_task(self._speak())

    async def _hear(self) -> None:
        async for data in self.line:
            try:
                self._tell(self._station.receive(data, self.now_s))
            except Unavailable as error:  # a key that could not be kept: the other end will ask again
                log.warning("radio: %s", error)
                self._tell(self._station.events())
            self.stir()

    async def _speak(self) -> None:
        while True:
            self._stirred.clear()
            try:
                if said := self._station.outgoing(self.now_s):
                    await self.line.write(said)
            except Unavailable as error:
                log.info("radio: %s", error)
                await asyncio.sleep(TROUBLE_S)
            self._tell(self._station.events())
            wait_s = max(PAUSE_MIN_S, self._station.wake() - self.now_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if wait_s == NEVER else wait_s):
                    await self._stirred.wait()

    def _tell(self, happened: list[Event]) -> None:
        self._events.extend(happened)
        self._stepped.set()
