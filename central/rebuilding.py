"""Makes everything central derives from the units' signed logs anew: documents, rows, checkpoints and what rests."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from central import home, keys, nodes, settings
from central.database import open_writer
from central.store import UnitStore
from fleet.ledger.digest import state_hash
from fleet.ledger.fold import Refold
from fleet.ports import Clock


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A unit whose derived data is new: how many operations stand, and the hash of what they come to, in hex."""

    unit: str
    operations: int
    state: str


def rebuild(directory: Path, clock: Clock) -> list[Rebuilt]:
    """Rebuild every unit, each in one transaction; the server must not be running.

    Raises:
        NotFound: no region there.
        NotAllowed: `central_running`.
        Unavailable: the disk refused; units that were done before stay done.
    """
    own, root_public = settings.load(directory), keys.load(directory).root.public
    with home.alone(directory), closing(open_writer(settings.database_url(directory, own))) as connection:
        return [_unit(connection, unit.code, root_public, clock) for unit in nodes.units(connection)]


def _unit(connection: Connection, unit: str, root_public: bytes, clock: Clock) -> Rebuilt:
    store, fold = UnitStore(connection, unit), Refold(root_public, clock.now_ms())
    store.rebuild(fold.batches(store.operations()))
    held = sum(head.seq for head in fold.state.heads.values())
    return Rebuilt(unit, held, state_hash(fold.state).hex())
