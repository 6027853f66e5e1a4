"""Keeps the node in step with central and its neighbours: on every link one task talks when the schedule says so.

What a face shows of a link is what happened there, never what was hoped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from edge.changes import Changes
from edge.store.journal import Journal
from edge.sync import schedule
from edge.sync.conversation import Conversation, Link
from edge.sync.schedule import NEVER, Course, Kind, Need
from edge.sync.waiting import Tally, Waiting
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.exchange import Exchange
from fleet.ledger.operation import Author
from fleet.ledger.priority import Priority
from fleet.ledger.replica import Replica
from fleet.ports import Clock, Randomness

log = logging.getLogger(__name__)

SETTLE_S = 0.05
"""A change waits this long for its neighbours before a conversation starts."""
RATE_WEIGHT = 0.5
"""How much the last talk counts in the rate at which a link carries."""
RATED_SIZE = 256
"""Bytes a talk must have carried to tell anything of the rate."""


@dataclass(slots=True)
class LinkState:
    """What is known of a link. `heard_ms` is when the other end last answered, `tried_ms` when the last try came to its
    end, however it ended; by this node's clock."""

    state: Literal["up", "down", "off", "trying"] = "off"
    heard_ms: int | None = None
    last_error: str | None = None
    next_try_ms: int | None = None
    tried_ms: int | None = None


class Way:
    """One link and how it stands. `rate` is what it has carried lately, bytes a second; 0 if that is not known."""

    def __init__(self, name: str, link: Link, begin: Callable[[Replica, bytes], Exchange], course: Course) -> None:
        self.name, self.link, self.begin, self.course = name, link, begin, course
        self.status, self.rate = LinkState("trying"), 0.0
        self.news, self.asked = True, True
        self.conversation: Conversation

    @property
    def to_central(self) -> bool:
        """Whether central is at its other end."""
        return self.course.kind is not Kind.PEER

    @property
    def carried(self) -> int:
        """Bytes in both directions since the start."""
        return self.link.bytes_up + self.link.bytes_down


class SyncWorker:
    """All links of a node."""

    def __init__(
        self,
        journal: Journal,
        ways: Sequence[Way],
        author: Author,
        clock: Clock,
        randomness: Randomness,
        changes: Changes,
    ) -> None:
        self.ways, self.waiting = ways, Waiting()
        self._journal, self._tally = journal, Tally(author)
        self._clock, self._randomness, self._changes = clock, randomness, changes
        self._started_s = clock.monotonic_s()
        self._stirred = {way.name: asyncio.Event() for way in ways}
        for way in ways:
            way.conversation = Conversation(journal, way.link, way.begin, clock, lambda way=way: self._heard(way))  # type: ignore[misc]

    @property
    def in_use(self) -> Way | None:
        """The way to central that last came to its end, or the first there is."""
        central = [way for way in self.ways if way.to_central]
        return max(central, key=lambda way: way.course.heard_s, default=None)

    @property
    def status(self) -> LinkState:
        """How the way in use stands."""
        way = self.in_use
        return way.status if way else LinkState()

    @property
    def hours_left(self) -> float | None:
        """Hours until what waits is carried at the rate of the way in use; None if that is not known."""
        way = self.in_use
        return self.waiting.size / way.rate / 3600 if way and way.rate else None

    @property
    def by_hand(self) -> bool:
        """Whether a stick would do better than any link."""
        courses = [way.course for way in self.ways]
        records, now_s = self.waiting.records, self._clock.monotonic_s()
        return schedule.by_hand(courses, records, self.hours_left, self._started_s, now_s)

    def try_now(self) -> None:
        """Someone asks for a conversation now, whatever the schedule says."""
        for way in self.ways:
            way.asked = True
            self._stirred[way.name].set()

    async def run(self) -> None:
        """Talk for ever, until cancelled."""
        self.waiting = await self._look()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            for way in self.ways:
                tasks.create_task(self._keep(way))

    async def _keep(self, way: Way) -> None:
        """Talk over one link whenever it is its turn."""
        stirred = self._stirred[way.name]
        while True:
            stirred.clear()
            due_s, now_s = self._due_s(way), self._clock.monotonic_s()
            if due_s == NEVER or (due_s > now_s and not way.asked):
                self._foretell(way, due_s - now_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if due_s == NEVER else due_s - now_s):
                        await stirred.wait()
                        await asyncio.sleep(SETTLE_S)
                continue
            await self._talk(way)

    def _due_s(self, way: Way) -> float:
        https = next((each.course for each in self.ways if each.course.kind is Kind.HTTPS), None)
        need = Need(self.waiting.urgency if way.to_central else None, way.news, way.conversation.open_since_s)
        jitter = self._randomness.below(1000) / 1000
        return way.course.due_s(https, need, self._clock.monotonic_s(), jitter)

    async def _talk(self, way: Way) -> None:
        before = (way.status.state, way.status.last_error)
        begun_s, carried = self._clock.monotonic_s(), way.carried
        quiet = way.course.failures > 0 or begun_s >= way.course.tried_s + way.course.idle_s
        open_s = way.conversation.open_since_s
        wanted, asked, way.asked, way.news = way.asked, way.asked or quiet, False, False

        def allowance() -> float:
            urgent = self.waiting.urgency is Priority.URGENT
            return NEVER if urgent else way.course.left(begun_s) - (way.carried - carried)

        try:
            turns = await way.conversation.catch_up(
                ask=asked,
                seal=open_s is not None and (asked or begun_s >= open_s + way.course.seal_s),
                allowance=allowance,
                go_on=lambda: self._due_s(way) < NEVER,
            )
        except (Unavailable, NotTrusted) as error:
            way.course = way.course.failed(self._clock.monotonic_s(), way.carried - carried)
            way.status.state, way.status.last_error = "down", error.code
            log.info("sync: %s: %s", way.name, error)
        else:
            if turns:  # where nothing was said nothing is known
                now_s = self._clock.monotonic_s()
                way.course = way.course.succeeded(now_s, way.carried - carried)
                way.status.state, way.status.last_error = "up", None
                self._rate(way, way.carried - carried, now_s - begun_s)
        self.waiting = await self._look()
        for other in self.ways:  # whose turn it is may have changed
            if other is not way:
                self._stirred[other.name].set()
        way.status.tried_ms = self._clock.now_ms()
        if wanted or before != (way.status.state, way.status.last_error):
            self._changes.notify("sync")

    def _heard(self, way: Way) -> None:
        way.status.heard_ms = self._clock.now_ms()
        self._changes.notify("sync")

    def _rate(self, way: Way, size: int, seconds: float) -> None:
        if size >= RATED_SIZE and seconds > 0:
            way.rate += (size / seconds - way.rate) * (RATE_WEIGHT if way.rate else 1.0)

    def _foretell(self, way: Way, wait_s: float) -> None:
        way.status.next_try_ms = None if wait_s == NEVER else self._clock.now_ms() + int(wait_s * 1000)

    async def _follow(self) -> None:
        """Look at what waits whenever the ledger has changed."""
        async with self._changes.subscribe() as changes:
            async for _, topics in changes:
                before, self.waiting = self.waiting, await self._look()
                if before != self.waiting:
                    self._changes.notify("sync")
                if "ledger" in topics:
                    for way in self.ways:
                        way.news = True
                        self._stirred[way.name].set()

    async def _look(self) -> Waiting:
        return await self._journal.do(lambda office: self._tally.look(office.replica))


def way_row(way: Way, now_s: float) -> dict[str, Any]:
    """One link as the sync page shows it; `now_s` of the schedule's clock. `rate` in bytes a second, None where it is
    not known; bytes are those since the start; `left_today` is None where nothing bounds a day's."""
    status, course, link = way.status, way.course, way.link
    return {
        "name": way.name,
        "kind": course.kind.value,
        "state": status.state,
        "talking": way.conversation.talking,
        "heard_ms": status.heard_ms,
        "last_error": status.last_error,
        "next_try_ms": status.next_try_ms,
        "bytes_up": link.bytes_up,
        "bytes_down": link.bytes_down,
        "round_trips": link.round_trips,
        "rate": round(way.rate) if way.rate else None,
        "day_bytes": course.day_bytes or None,
        "left_today": max(0, int(course.left(now_s))) if course.day_bytes else None,
    }


def waiting_rows(waiting: Waiting) -> list[dict[str, Any]]:
    """What waits for central, the most urgent first; `bytes` is about what it takes on the way."""
    return [
        {"priority": priority.name.lower(), "records": heap.records, "bytes": heap.size}
        for priority, heap in waiting.heaps.items()
    ]


def link_row(worker: SyncWorker | None) -> dict[str, Any]:
    """The link in use, as the pages of sync and health tell it."""
    status = worker.status if worker else LinkState()
    way = worker.in_use if worker else None
    link = way.link if way else None
    return {
        "name": way.name if way else None,
        "hours_left": worker.hours_left if worker else None,
        "by_hand": worker.by_hand if worker else False,
        "state": status.state,
        "bytes_up": link.bytes_up if link else 0,
        "bytes_down": link.bytes_down if link else 0,
        "round_trips": link.round_trips if link else 0,
        "last_error": status.last_error,
        "next_try_ms": status.next_try_ms,
    }
