"""The node: wires the parts together and keeps them running until told to stop. It decides nothing itself.

    lines -> stations -> intake -> telemetry.db      journal (core.db) <- desk <- web: local API and pages
                                 \\-> sightings  -> journal <-> sync worker <-> central

A part that fails for good stops the node with a message; a line that is gone or a link that is down is weather.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge import home as node_home
from edge import tls
from edge.alarms import Alarms
from edge.announcements import Announcements, errands, expected_drivers
from edge.changes import Changes
from edge.home import Enrolled
from edge.intake import Intake
from edge.judging import Judging
from edge.keyring import Keyring, request_of
from edge.lines import Ear, Lines, frames
from edge.packing import Packing
from edge.sessions import Sessions
from edge.settings import Settings
from edge.space import Space
from edge.store.carried import NodeBlobs
from edge.store.engine import sqlite_version
from edge.store.journal import Journal, Office
from edge.store.local import Local, LocalStore
from edge.store.telemetry import Telemetry
from edge.sync.neighbours import Neighbours
from edge.sync.situation import Standing, situation
from edge.sync.worker import LinkState, SyncWorker, link_row, waiting_rows, way_row
from edge.terminals import Terminals
from edge.ways import Start, Ways
from fleet.desk.yard import clashes
from fleet.ledger.enrolment import Request
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from fleet.ports import Clock, Randomness
from fleet.rules.clock import Grade, grade
from fleet.words import Words, language_from_environment

LATELY_MS = 10 * 60_000
"""Reports heard within this time speak for or against the node's clock."""
ALARMS_EVERY_S = 2.0
"""How often alarms are looked at that come by themselves."""


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What the sync line of a face says: which of its sentences, and when central was last heard (UTC ms)."""

    situation: str
    heard_ms: int | None
    conflicts: int
    days_left: int | None


class Node:
    """One unit's node, opened by `running`."""

    def __init__(self, settings: Settings, enrolled: Enrolled, clock: Clock, randomness: Randomness) -> None:
        self.settings, self.clock, self.changes = settings, clock, Changes()
        self.refused_moves = 0
        self.home: Path
        self.blobs: NodeBlobs
        self.carrying = asyncio.Lock()  # held while a bundle is written or taken in: one at a time
        self.journal, self.telemetry = Journal(self.changes), Telemetry()
        self.sessions = Sessions(clock, randomness, settings.session_s)
        self.keyring: Keyring
        self.neighbours: Neighbours
        self.terminals: Terminals
        self.lines: Lines
        self.listeners: list[Ear] = []
        self.worker: SyncWorker | None = None
        self._enrolled, self._randomness, self._local = enrolled, randomness, Local("local")
        self._ways: Ways
        self._intake: Intake
        self._packing: Packing
        self._announcements: Announcements
        self._alarms: Alarms
        self._judging: Judging
        self._drivers: dict[str, str] = {}  # who is to drive the orders on the road
        self._ledger = (0, 0, 0, 0)  # own records waiting for central, refusals, held, in conflict: as last seen

    @property
    def number(self) -> int:
        """The node's place among the authors of the region."""
        return self._enrolled.identity.author.node

    @property
    def author(self) -> Author:
        """The author of this node's log."""
        return self._enrolled.identity.author

    async def request(self) -> Request:
        """What this node would ask for: the certificates of everyone whose key is on it."""
        keys = await self._local.do(LocalStore.keys)
        return request_of(keys, self.settings, node_home.node_key(self.home))

    @asynccontextmanager
    async def opened(self, home: Path) -> AsyncIterator[None]:
        """Open the files and nothing else: no line is listened to, no link tried."""
        async with AsyncExitStack() as stack:
            await self._open_files(home, stack)
            yield

    @asynccontextmanager
    async def running(self, home: Path) -> AsyncIterator[None]:
        """Open the files, then run lines and link until the block ends; close everything in reverse."""
        async with AsyncExitStack() as stack:
            await self._open_files(home, stack)
            start = await stack.enter_async_context(_together())
            self.listeners += await self.lines.start(self.settings.lines, self._intake.commit, self._intake.trip_of)
            start(self.lines.keep_count(), "count")
            start(self._follow_ledger(), "follow")
            start(self._follow_alarms(), "alarms")
            start(self._judging.run(), "judging")
            start(self._judging.follow(), "judging of records")
            start(self._packing.run(), "packing")
            for listener in self.listeners:
                start(listener.run(), listener.line.name)
            if ways := await self._ways.opened(stack, start):
                ways[0].status.heard_ms = await self.journal.do(_last_heard)
                self.worker = SyncWorker(self.journal, ways, self.author, self.clock, self._randomness, self.changes)
                start(self.worker.run(), "sync")
            yield

    @property
    def space(self) -> Space:
        """Room on the disk, and the days it will do."""
        return self._packing.space

    def sync_facts(self) -> SyncFacts:
        """How the link stands, in the terms of the faces' table of wordings."""
        status = self.worker.status if self.worker else LinkState()
        waiting, refused, held, conflicts = self._ledger
        days_left = self._packing.space.days_left
        known = Standing(
            state=status.state, heard_ms=status.heard_ms, now_ms=self.clock.now_ms(), waiting=waiting, refused=refused,
            held=held, conflicts=conflicts, clock_doubtful=self.clock_grade() == "doubtful", days_left=days_left,
        )  # fmt: skip
        return SyncFacts(situation(known), status.heard_ms, conflicts, days_left)

    def clock_grade(self) -> Grade:
        """What the terminals' satellite clocks say of this node's."""
        now_ms = self.clock.now_ms()
        lately = [said for said in self.telemetry.said.values() if said.fix and now_ms - said.received_ms < LATELY_MS]
        return grade(said.received_ms - said.device_ms for said in lately)

    def try_sync(self) -> None:
        """Talk to central now, if there is a link at all."""
        if self.worker:
            self.worker.try_now()

    def alarms(self) -> list[dict[str, Any]]:
        """What a dispatcher must know of terminals and lines now, one entry per condition, the gravest first."""
        return self._alarms.rows(
            self.listeners,
            drivers=self._drivers,
            unstored_since_ms=self._intake.unstored_since_ms,
            blind=self._judging.blind,
            conduct=self._intake.conduct,
        )

    @property
    def blind(self) -> Mapping[str, int | None]:
        """The vehicles in a hole of the radio, and when each should be heard again (UTC ms; None: not known)."""
        return self._judging.blind

    def status(self) -> dict[str, Any]:
        """Lines, terminals, frames, positions and the link, for the sync and health pages."""
        return {
            "lines": [self.lines.row(listener) for listener in self.listeners],
            "terminals": [
                {
                    "phone": terminal.phone,
                    "plate": terminal.plate,
                    "state": terminal.state,
                    "heard_ms": terminal.heard_ms,
                    "version": terminal.version,
                    **self.lines.terminal_row(terminal.phone),
                }
                for terminal in self.terminals.heard.values()
            ],
            "frames": frames(self.listeners),
            "positions_stored": self.telemetry.stored,
            "space": asdict(self.space),
            "refused_moves": self.refused_moves,
            "link": link_row(self.worker),
            "ways": [way_row(way, self.clock.monotonic_s()) for way in self.worker.ways] if self.worker else [],
            "waiting": waiting_rows(self.worker.waiting) if self.worker else [],
            "sqlite_version": sqlite_version(),
            "clock": {"grade": self.clock_grade()},
        }

    async def _open_files(self, home: Path, stack: AsyncExitStack) -> None:
        grant, self.home = self._enrolled.grant, home
        await self._local.start(lambda: LocalStore(home))
        stack.callback(self._local.stop)
        await self.telemetry.start(home)
        stack.callback(self.telemetry.stop)
        await self.journal.start(home, self.clock, grant.root_public, self._enrolled.identity, self._randomness)
        stack.callback(self.journal.stop)
        self.blobs = await self.journal.do(lambda office: office.blobs)
        self._ways = Ways(self.settings, self._enrolled, home, self.blobs, self.clock, self._randomness)
        self._packing = Packing(home, self.telemetry, self.journal, self.changes, self.clock)
        await self._packing.start()
        self.keyring = Keyring(self._local, node_home.device_secret(home), self.clock)
        await self.keyring.start()
        channel = tls.channel(home, self.settings)
        self.neighbours = Neighbours(
            self.journal, self._ways.me, self._ways.converse, channel, self.clock, self._randomness
        )
        self.terminals = Terminals(self._randomness, await self._local.do(LocalStore.codes))
        self._intake = Intake(
            self.journal, self.telemetry, self._local, self.terminals, self.changes, self.settings.sighting_every_s
        )
        await self._intake.refresh(self.clock.now_ms())
        self.lines = Lines(self.terminals, self.telemetry, self._local, self.clock, self._randomness)
        self._alarms = Alarms(
            self.journal, self.telemetry, self.terminals, self.lines, self.clock, self.settings.silent_after_s
        )
        await self._alarms.refresh()
        self._judging = Judging(self.journal, self.telemetry, self.clock, self.changes, self.author, self._is_deaf)
        await self._judging.start(home)
        stack.callback(self._judging.stop)
        words = Words(language_from_environment({"LANG": self.settings.language}), "command")
        self._announcements = Announcements(self.lines, words, self.settings.track_interval_s)
        self._announcements.begin(await self.journal.do(errands))
        stack.callback(self._announcements.stop)

    async def _follow_ledger(self) -> None:
        """Keep what intake and the sync line know of the ledger as fresh as the ledger."""
        async with self.changes.subscribe() as changes:
            async for _, topics in changes:
                if topics & {"orders", "ledger"}:
                    await self._intake.refresh(self.clock.now_ms())
                    await self.lines.departed(self._intake.trips)
                    self._drivers = await self.journal.do(expected_drivers)
                    self._announcements.follow(await self.journal.do(errands))
                if topics & {"alarms", "ledger"}:
                    await self._alarms.refresh()
                if topics & {"ledger", "sync"}:
                    self._ledger = await self.journal.do(lambda office: _standing(office.replica))

    def _is_deaf(self) -> bool:
        """Whether no line of the node hears anything."""
        return bool(self.listeners) and all(each.line.health.state == "absent" for each in self.listeners)

    async def _follow_alarms(self) -> None:
        """Tell faces when an alarm comes or goes: silence and a line that is gone commit nothing."""
        known = frozenset[str]()
        while True:
            standing = frozenset(alarm["id"] for alarm in self.alarms())
            if standing != known:
                known = standing
                self.changes.notify("alarms")
            await asyncio.sleep(ALARMS_EVERY_S)


def _last_heard(office: Office) -> int | None:
    """When central was last heard before this start: the time of its latest receipt."""
    return max((receipt.time_ms for receipt in office.replica.receipts.values()), default=None)


def _standing(replica: Replica) -> tuple[int, int, int, int]:
    clashing = {order for clash in clashes(replica.state) for order in (clash.keeps, clash.yields)}
    conflicts = sum(bool(order.notes) or order.id in clashing for order in replica.state.open_orders())
    return replica.made - replica.receipted, len(replica.refusals), replica.waiting, conflicts


@asynccontextmanager
async def _together() -> AsyncIterator[Start]:
    """Starts tasks that end with the block. One that fails ends the block, and its failure is what comes out."""
    running: list[asyncio.Task[None]] = []
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            yield lambda work, name: running.append(group.create_task(work, name=name))
            for task in running:
                task.cancel()
    except BaseExceptionGroup as failed:
        failure = _first(failed)
    if failure:
        raise failure


def _first(failed: BaseException) -> BaseException:
    return _first(failed.exceptions[0]) if isinstance(failed, BaseExceptionGroup) else failed
