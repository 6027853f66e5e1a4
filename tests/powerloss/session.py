"""A node at work on a recorded disk, with a central to talk to: the real store, journal of nothing but what it asks of
the disk and what it took for done."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from edge import home as homes
from edge.store import engine
from edge.store.engine import Synchronous
from edge.store.ledger import LedgerStore
from fleet.desk.orders import OrderDesk
from fleet.ledger.operation import Head
from fleet.ledger.replica import Replica, Signer
from fleet.rules.order import Act
from tests.edge.unit import (
    APPLICANT,
    APPROVER,
    ME,
    PLATE,
    UNIT,
    Central,
    a_clock,
    a_form,
    conversation,
    enrol,
    make_home,
    sighting,
    signer,
)
from tests.powerloss.recorder import WATCHED, Event, Marked, recorded
from tests.simulation.clock import SimulatedClock
from tests.simulation.disk import SimulatedDisk

STEPS = 50
PAGES_TO_MAIN_FILE = 40
"""Pages of SQLite's log after which it goes into the main file, here: so that many power cuts meet that."""


@dataclass
class Home:
    """An enrolled node's directory before the first step, and the keys of those who act."""

    directory: Path
    signers: dict[str, Signer]


@dataclass
class Session:
    """What happened: the files at the beginning, the events, and what central held after which of them."""

    before: dict[str, bytes]
    events: list[Event]
    central: SimulatedDisk
    clock: SimulatedClock
    held_by_central: list[tuple[int, int]] = field(default_factory=list)

    def acknowledged(self, until: int) -> list[Head]:
        """What the node had told people was done, before event number `until`."""
        return [cast(Head, event.what) for event in self.events[:until] if isinstance(event, Marked)]

    def central_at(self, until: int) -> SimulatedDisk:
        """Central's disk as it was then."""
        held = max((count for number, count in self.held_by_central if number <= until), default=0)
        disk = SimulatedDisk()
        for placing in self.central.log[:held]:
            disk.log.append(placing)
            disk.logs.setdefault(placing.named.operation.author, []).append(placing)
        return disk


def make(directory: Path) -> Home:
    """An enrolled node."""
    home = make_home(directory)
    enrol(home, a_clock())
    return Home(home, {who: signer(home, who) for who in (APPLICANT, APPROVER)})


def play(home: Home, working: Path, chance: random.Random, *, synchronous: Synchronous = "FULL") -> Session:
    """Some dozens of steps on a copy of the directory."""
    shutil.rmtree(working, ignore_errors=True)
    shutil.copytree(home.directory, working)
    path, clock = working / "core.db", a_clock()
    before = {file: (working / file).read_bytes() for file in WATCHED if (working / file).exists()}
    central = Central(clock)
    with recorded(path) as (connection, events):
        for name, (wanted, _) in {**engine._PRAGMAS, "synchronous": (synchronous, 0)}.items():
            connection.execute(f"PRAGMA {name}={wanted}")
        connection.execute(f"PRAGMA wal_autocheckpoint={PAGES_TO_MAIN_FILE}")
        store = LedgerStore(Database(cast(Any, connection)), path)
        replica = _replica(working, store, clock)
        session = Session(before, events, central.disk, clock)
        for _ in range(STEPS):
            clock.time.now_ms += 60_000
            _step(home, working, replica, central, chance)
            events.append(Marked(replica.state.heads[ME]))
            session.held_by_central.append((len(events), len(session.central.log)))
        return Session(before, [*events], session.central, clock, session.held_by_central)


def _replica(working: Path, store: LedgerStore, clock: SimulatedClock) -> Replica:
    enrolled = homes.enrolled(working)
    return Replica(store, clock, enrolled.grant.root_public, unit=UNIT, identity=enrolled.identity)


def _step(home: Home, working: Path, replica: Replica, central: Central, chance: random.Random) -> None:
    match chance.randrange(8):
        case 0:
            form = a_form(start_ms=central.clock.now_ms() + 3_600_000, end_ms=central.clock.now_ms() + 7_200_000)
            desk = OrderDesk(replica, central.clock, ME)
            order = desk.submit(home.signers[APPLICANT], form)
            if chance.random() < 0.5:
                desk.act(home.signers[APPROVER], order, Act.APPROVE, {"opinion": "同意"})
        case 1:
            replica.write([sighting(PLATE, time_ms=chance.randrange(1 << 40)) for _ in range(10)])
        case 2 | 3:
            exchange = conversation(working, replica)
            while outgoing := exchange.outgoing(1 << 20):
                exchange.receive(central.answer(outgoing), now_ms=central.clock.now_ms())
        case 4:
            replica.checkpoint()
        case _:
            replica.write([sighting(PLATE, time_ms=chance.randrange(1 << 40))])
