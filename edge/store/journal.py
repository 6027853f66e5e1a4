"""The journal: the one door for change. One thread owns core.db, the replica on it and the desk; all work queues there.

Reading goes the same way, so a face never sees a change that is not committed. After a commit the faces are told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge import place
from edge.changes import Changes
from edge.store.blobs import BEGINNING_SIZE, FileBlobs
from edge.store.carried import NodeBlobs
from edge.store.engine import FileThread, disk_errors, left_open, open_database, require_sound
from edge.store.ledger import LedgerStore
from fleet.desk.cases import CaseDesk, Stored
from fleet.desk.casework import case_desk
from fleet.desk.orders import OrderDesk
from fleet.desk.vault import Vault
from fleet.errors import Unavailable
from fleet.ledger.blobs import read_outline, type_of
from fleet.ledger.fold import Refold
from fleet.ledger.marks import Identity
from fleet.ledger.replica import Replica
from fleet.ledger.trial import SLATE_SIZE, Trials
from fleet.ports import Clock, Randomness
from machine.files import outliving
from machine.system import SystemRandomness, machine_mark

SLATE = "trial.slate"
"""The file that says which update was being tried (see `fleet.ledger.trial`)."""

log = logging.getLogger(__name__)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Office:
    """What the journal's thread owns."""

    store: LedgerStore
    replica: Replica
    desk: OrderDesk
    cases: CaseDesk
    vault: Vault
    blobs: NodeBlobs

    def close(self) -> None:
        """Close core.db, with a checkpoint for the next start if the disk takes one."""
        try:
            self.replica.checkpoint()
        except Unavailable as refused:
            log.warning("no checkpoint: the next start folds what came since the last one (%s)", refused)
        finally:
            self.store.close()


def open_store(home: Path) -> LedgerStore:
    """Open DIR/core.db, the log and what is stored beside it; where it was not closed, it is looked through first.

    Raises:
        Unavailable: the file cannot be opened or is damaged, or the engine is too old.
    """
    path = home / "core.db"
    unclosed = left_open(path)
    db = open_database(path, synchronous="FULL")
    if unclosed:
        require_sound(db, path)
    store = LedgerStore(db, path)
    if unclosed:
        store.look_through()
    return store


def open_office(
    home: Path, clock: Clock, root_public: bytes, identity: Identity, randomness: Randomness | None = None
) -> Office:
    """Open DIR/core.db and take up its fold; on the thread that will own it.

    Raises:
        Unavailable: the file cannot be opened, or the engine is too old.
        NotTrusted: the log holds something that was never written by this program.
    """
    with disk_errors(home / SLATE):
        trials = Trials(outliving(home / SLATE, SLATE_SIZE))
    store = open_store(home)
    if store.outgrown:
        store.rebuild(Refold(root_public, clock.now_ms()).batches(store.operations()))
    author = identity.author
    begun, now_ms = bool(store.run(author, 0, 0)), clock.now_ms()
    here = place.enter(home, machine=machine_mark(), author=author, begun=begun, now_ms=now_ms)
    replica = Replica(
        store, clock, root_public, unit=identity.unit, identity=identity, trials=trials, cold=here.cold
    )  # fmt: skip
    replica.on_warm = lambda: place.warm(home, here)
    blobs = NodeBlobs(home)
    blobs.tidy()
    vault = Vault(replica, identity, randomness or SystemRandomness())
    cases = case_desk(replica, clock, author, shelf=lambda name: _stored(blobs, name), vault=vault)
    return Office(store, replica, OrderDesk(replica, clock, author, vault), cases, vault, blobs)


def _stored(blobs: FileBlobs, name: bytes) -> Stored | None:
    """What a file that is whole here is: its size, and its type by how it begins."""
    outline = blobs.outline(name) if name in blobs.whole() else None
    if outline is None:
        return None
    return Stored(read_outline(name, outline).size, type_of(blobs.read(name, 0, BEGINNING_SIZE)))


class Journal:
    """Work on the office, from the event loop."""

    def __init__(self, changes: Changes) -> None:
        self._thread: FileThread[Office] = FileThread("journal")
        self._changes = changes

    async def start(
        self, home: Path, clock: Clock, root_public: bytes, identity: Identity, randomness: Randomness | None = None
    ) -> None:
        """Open the office; see `open_office`."""
        await self._thread.start(lambda: open_office(home, clock, root_public, identity, randomness))

    async def do(self, work: Callable[[Office], R]) -> R:
        """Run `work` on the office; what it committed is announced even when it ends in a refusal."""
        loop = asyncio.get_running_loop()

        def run(office: Office) -> R:
            try:
                return work(office)
            finally:
                if touched := tuple(office.store.touched):
                    office.store.touched.clear()
                    loop.call_soon_threadsafe(self._changes.notify, *touched)

        return await self._thread.do(run)

    def stop(self) -> None:
        """Finish what was asked for and close."""
        self._thread.stop()
