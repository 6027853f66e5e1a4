"""Keeps the node and central in step: talks when the schedule says so, over whatever link it was given.

The conversation runs on the journal's thread, piece by piece; between two pieces the journal serves everyone else. What
a face shows of the link is what happened here, never what was hoped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from edge.changes import Changes
from edge.store.journal import Journal, Office
from edge.sync.schedule import Schedule
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.exchange import Exchange
from fleet.ledger.replica import Replica
from fleet.ports import Clock, Randomness

log = logging.getLogger(__name__)

TURN_SIZE_MAX = 1 << 20
TURNS_MAX = 10_000
"""Turns of one conversation; a unit's whole history is some hundred."""
SETTLE_S = 0.05
"""A change waits this long for its neighbours before a conversation starts."""

Situation = Literal["starting", "all_sent", "sending", "waiting", "refused", "long_silence"]
LONG_SILENCE_MS = 24 * 3_600_000


class Link(Protocol):
    """A way to central that carries whole turns."""

    bytes_up: int
    bytes_down: int
    round_trips: int

    async def turn(self, outgoing: bytes) -> bytes:
        """Send frames, return frames; Unavailable or NotTrusted if it cannot."""


@dataclass(slots=True)
class LinkState:
    """What is known of the link. `heard_ms` is when central last answered, by this node's clock."""

    state: Literal["up", "down", "off", "trying"] = "off"
    heard_ms: int | None = None
    last_error: str | None = None
    next_try_ms: int | None = None
    talking: bool = False


class SyncWorker:
    """One worker per link."""

    def __init__(
        self,
        journal: Journal,
        link: Link,
        converse: Callable[[Replica], Exchange],
        schedule: Schedule,
        clock: Clock,
        randomness: Randomness,
        changes: Changes,
    ) -> None:
        self.link, self.status = link, LinkState("trying")
        self._journal, self._converse, self._schedule = journal, converse, schedule
        self._clock, self._randomness, self._changes = clock, randomness, changes
        self._now = asyncio.Event()

    def try_now(self) -> None:
        """Someone asks for a conversation now, whatever the schedule says."""
        self._now.set()

    async def run(self) -> None:
        """Talk for ever, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_on_change())
            while True:
                self._now.clear()
                await self._talk_once()
                wait_s = self._schedule.wait_s(self._randomness.below(1000) / 1000)
                self.status.next_try_ms = self._clock.now_ms() + int(wait_s * 1000)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._now.wait(), wait_s)
                await asyncio.sleep(SETTLE_S)

    async def _talk_once(self) -> None:
        before = (self.status.state, self.status.last_error)
        try:
            self.status.talking = True
            await self._conversation()
        except (Unavailable, NotTrusted) as error:
            self._schedule = self._schedule.failed()
            self.status.state, self.status.last_error = "down", error.code
            log.info("sync: %s", error)
        else:
            self._schedule = self._schedule.succeeded()
            self.status.state, self.status.last_error = "up", None
        finally:
            self.status.talking = False
        if before != (self.status.state, self.status.last_error):
            self._changes.notify("sync")

    async def _conversation(self) -> None:
        exchange = await self._journal.do(lambda office: self._converse(office.replica))
        for _ in range(TURNS_MAX):
            outgoing = await self._journal.do(lambda _office: exchange.outgoing(TURN_SIZE_MAX))
            if not outgoing:
                return
            answer = await self.link.turn(outgoing)
            now_ms = self._clock.now_ms()
            await self._journal.do(partial(_receive, exchange, answer, now_ms))
            if exchange.peer is None:
                raise Unavailable("link_down", detail="an answer without a greeting")
            self.status.heard_ms = now_ms
            self._changes.notify("sync")
        raise Unavailable("link_down", detail="a conversation without end")

    async def _wake_on_change(self) -> None:
        async with self._changes.subscribe() as changes:
            async for _, topics in changes:
                if "ledger" in topics and self._schedule.woken_by_change:
                    self._now.set()


def _receive(exchange: Exchange, answer: bytes, now_ms: int, _office: Office) -> None:
    exchange.receive(answer, now_ms=now_ms)


def situation(status: LinkState, *, waiting: int, refused: int, now_ms: int) -> Situation:
    """The one line a face shows of the link, from what is known (see the table of wordings)."""
    if refused:
        return "refused"
    if status.state == "trying":  # nothing was checked yet; what is remembered from before is no success
        return "starting"
    if status.heard_ms is None:
        return "waiting"
    if now_ms - status.heard_ms > LONG_SILENCE_MS:
        return "long_silence"
    if not waiting:
        return "all_sent"
    return "sending" if status.state == "up" else "waiting"
