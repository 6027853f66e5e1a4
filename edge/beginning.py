"""How a node's log begins: what its grant brings is put on record, and, beside the log, that it has begun here. A log
that is gone later is then missed, and not begun a second time."""

from __future__ import annotations

from pathlib import Path

from edge import place
from edge.store.journal import Office
from fleet.ledger.enrolment import Grant
from fleet.ledger.introduction import introduce
from fleet.ports import Clock
from machine.system import machine_mark


def begin(office: Office, home: Path, grant: Grant, clock: Clock) -> None:
    """Put on record what `grant` brings and is not there yet, now or once the node may write; see `introduce`."""
    introduce(office.replica, grant)
    place.enter(home, machine=machine_mark(), author=grant.author, begun=office.replica.made > 0, now_ms=clock.now_ms())
