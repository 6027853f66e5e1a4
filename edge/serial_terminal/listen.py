"""One line at work: what is heard is stored, and only then answered; what is asked of a terminal is awaited.

    line ──bytes──▶ echo out ──▶ station ──heard──▶ quota ──▶ commit ──stored──▶ answers ──▶ line
                                                                   questions, resends ───────▲

Rules kept here:
* An answer is a promise that the message is safe: it is written after `commit` returned, never before, and not at all
  if it failed. A terminal without an answer keeps its report and sends it again.
* Whatever waits is stored in one go: a slow disk makes batches larger, and when the line's own bound is reached,
  reading stops. Nothing is queued here but what waits for a half-duplex line to be free, SAY_MAX frames of it.
* A line that is gone takes its half-heard frame with it; answers that can no longer be written are forgotten.
* On a half-duplex line nothing is sent before the air is free, one frame at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, NamedTuple, Protocol

from cable.line import Health, State
from edge.serial_terminal.air import PATIENCE_MS, Air, Polling
from edge.serial_terminal.echo import Echo
from edge.serial_terminal.hearing import Hearing, next_speed
from edge.serial_terminal.jt808.downlink import Session
from edge.serial_terminal.jt808.heard import Counters, Heard
from edge.serial_terminal.jt808.outbox import Outcome
from edge.serial_terminal.quota import Quota
from fleet.errors import FleetError, Unavailable
from fleet.ports import Clock

DUE_EVERY_S = 0.5
SAY_MAX = 256  # frames that wait for the air; the oldest gives way, its terminal will repeat itself
WHERE = 0x8201  # the question a poll asks

Commit = Callable[[Sequence[Heard]], Awaitable[None]]


class Cable(AbstractAsyncContextManager["Cable"], Protocol):
    """What a listener needs of a line: `line.Line`, or one connection of a `network` door."""

    name: str
    baud: int
    health: Health
    heard_s: float

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def until(self, *states: State) -> None: ...

    async def write(self, data: bytes) -> None: ...

    def retune(self, baud: int) -> None: ...


class Conversation(Protocol):
    """What a listener needs of who is spoken with: `jt808.station.Station`, or one of `receivers`."""

    counters: Counters
    outcomes: list[Outcome]

    @property
    def sessions(self) -> Mapping[str, Session]: ...

    @property
    def is_idle(self) -> bool: ...

    def receive(self, data: bytes, at_ms: int) -> list[Heard]: ...

    def reset(self) -> None: ...

    def due(self, at_ms: int) -> list[bytes]: ...

    def ask(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> int: ...

    def expect(self, phone: str) -> None: ...

    def knows(self, phone: str) -> bool: ...


class Manner(NamedTuple):
    """How a line is spoken on. `air_bps` 0 means as fast as the cable; `poll_s` 0 means terminals speak by themselves.

    `terminals` are phones to poll before they were ever heard, 20 digits for the 2019 edition; `hunt` allows looking
    for the right speed.
    """

    half_duplex: bool = False
    echo: bool = False
    air_bps: int = 0
    turn_ms: int = 0
    poll_s: float = 0.0
    terminals: tuple[str, ...] = ()
    hunt: bool = False


PLAIN = Manner()


class Listener:
    """A line and the conversation on it. `unstored` counts messages that could not be committed, so went unanswered."""

    def __init__(
        self, line: Cable, station: Conversation, commit: Commit, clock: Clock, manner: Manner = PLAIN
    ) -> None:
        self.line, self.station, self.unstored = line, station, 0
        self.hearing, self.quota = Hearing(clock.now_ms()), Quota()
        speed = manner.air_bps or line.baud
        self.echo = Echo(speed) if manner.echo or manner.half_duplex else None
        self._air = Air(speed, manner.turn_ms) if manner.half_duplex else None
        self._polling = Polling(round(manner.poll_s * 1000), Air(speed, manner.turn_ms)) if manner.poll_s else None
        self._commit, self._clock, self._manner = commit, clock, manner
        self._asked: dict[int, asyncio.Future[Outcome]] = {}
        self._to_say: deque[bytes] = deque(maxlen=SAY_MAX)
        self._said = asyncio.Event()
        for phone in manner.terminals:
            station.expect(phone)

    async def run(self) -> None:
        """Listen until cancelled, or until the line says it is over."""
        async with self.line, asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(self._keep_time()), tasks.create_task(self._speak())]
            try:
                async for data in self.line:
                    if data:
                        await self._hear(data)
                    else:
                        self.station.reset()
            finally:
                for other in others:
                    other.cancel()

    async def ask(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> Outcome:
        """Send a message to a terminal of this line, again if need be, and wait for what becomes of it.

        Raises:
            KeyError: the phone was not heard here, or a fact the message needs is missing.
            RuleBroken: it may not be sent. Unavailable: the line is gone, or too much waits for this terminal.
        """
        if self.line.health.state == "absent":
            raise Unavailable("line_absent", line=self.line.name, why=self.line.health.why)
        ticket = self.station.ask(phone, msg_id, facts)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._asked[ticket] = future
        try:
            await self._say_due()
            return await future
        finally:
            del self._asked[ticket]

    async def _hear(self, data: bytes) -> None:
        if self.echo:
            data = self.echo.strip(data, self._monotonic_ms())
        now_ms, good = self._clock.now_ms(), self.station.counters.good
        heard = self.station.receive(data, now_ms)
        self.hearing.took(len(data), self.station.counters.good - good, now_ms)
        admitted = self.quota.admit(heard, now_ms)
        if admitted:
            try:
                await self._commit(admitted)
            except FleetError:  # disk full, store closed: what went wrong is the store's to report
                self.unstored += len(admitted)
                admitted = []
            await self._say(message.answer for message in admitted if message.answer)
        self._settle()

    def _settle(self) -> None:
        """Tell those who asked what became of it."""
        outcomes, self.station.outcomes = self.station.outcomes, []
        for outcome in outcomes:
            if (future := self._asked.get(outcome.ticket)) is not None and not future.done():
                future.set_result(outcome)

    async def _say(self, frames: Iterable[bytes]) -> None:
        if self._air:
            self._to_say.extend(frames)
            self._said.set()
        else:
            await self._write(b"".join(frames))

    async def _write(self, frames: bytes) -> None:
        if not frames:
            return
        if self.echo:
            self.echo.wrote(frames, self._monotonic_ms())
        with suppress(Unavailable):
            await self.line.write(frames)

    async def _speak(self) -> None:
        """Say what waits, whenever the air is free."""
        while self._air:
            await self._said.wait()
            patience_ms = PATIENCE_MS
            while patience_ms > 0 and (wait_ms := self._air.free_in_ms(self._monotonic_ms(), self._heard_ms())) > 0:
                await asyncio.sleep(wait_ms / 1000)
                patience_ms -= max(1, round(wait_ms))
            frame = self._to_say.popleft()
            self._air.wrote(len(frame), self._monotonic_ms())
            await self._write(frame)
            if not self._to_say:
                self._said.clear()

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(DUE_EVERY_S)
            if self.echo and (late := self.echo.strip(b"", self._monotonic_ms())):
                await self._hear(late)
            self._poll()
            await self._say_due()
            if self._manner.hunt and self.hearing.should_leave(self._clock.now_ms()):
                self.line.retune(next_speed(self.line.baud))
                self.hearing.restart(self._clock.now_ms())

    def _poll(self) -> None:
        if self._polling and self.station.is_idle:
            known = [phone for phone in self.station.sessions if self.station.knows(phone)]
            if phone := self._polling.next(known, self._monotonic_ms()):
                self.station.ask(phone, WHERE, {})

    async def _say_due(self) -> None:
        await self._say(self.station.due(self._clock.now_ms()))
        self._settle()

    def _heard_ms(self) -> int | None:
        return round(self.line.heard_s * 1000) if self.line.heard_s else None

    def _monotonic_ms(self) -> int:
        return round(self._clock.monotonic_s() * 1000)
