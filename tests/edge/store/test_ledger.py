"""core.db as the ledger's store: the acceptance suite on real files, and what a full disk does to a node."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils import Database

from edge.proof import prove
from edge.store import ledger
from edge.store.engine import open_database
from edge.store.journal import Office
from edge.store.ledger import LedgerStore
from fleet.errors import Unavailable
from fleet.ledger.store import Batch
from tests.edge.unit import OTHER_PLATE, PLATE, office_of, sighting
from tests.fleet.ledger.store_acceptance import OURS, Medium, StoreAcceptance, a_log, a_receipt
from tests.simulation.clock import SimulatedClock


class OneFile:
    """A core.db that may be opened again."""

    def __init__(self, home: Path) -> None:
        self.path = home / "core.db"
        self.db: Database | None = None

    def open(self) -> LedgerStore:
        if self.db:
            self.db.close()
        self.db = open_database(self.path, synchronous="FULL")
        return LedgerStore(self.db, self.path)

    def fill(self) -> None:
        assert self.db
        fill(self.db)


def fill(db: Database) -> None:
    """Leave no room for another page."""
    (pages,) = db.conn.execute("PRAGMA page_count").fetchone()
    db.conn.execute(f"PRAGMA max_page_count={pages}")


def make_room(db: Database) -> None:
    """Someone has freed some space."""
    db.conn.execute("PRAGMA max_page_count=1000000")


class TestLedgerStore(StoreAcceptance):
    @pytest.fixture
    def medium(self, tmp_path: Path) -> Medium:
        return OneFile(tmp_path)


def test_what_a_batch_touched_is_named_by_topic_until_it_is_taken(tmp_path: Path) -> None:
    store = OneFile(tmp_path).open()
    row = {"plate": PLATE, "seen": "", "register": ""}

    store.commit(Batch(operations=a_log(OURS, [1], sealed=[1]), rows={"vehicles": {PLATE: row}}))
    store.commit(Batch(receipts=(a_receipt(OURS, 1),)))

    assert store.touched == {"ledger", "vehicles", "sync"}


def test_a_first_start_that_is_cut_short_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    medium = OneFile(tmp_path)
    with monkeypatch.context() as power:
        power.setattr(ledger, "begin_tallies", lambda connection: open(tmp_path / "no" / "power"))  # noqa: PTH123, SIM115
        with pytest.raises(Unavailable):
            medium.open()
    assert medium.db is not None
    assert medium.db.table_names() == []

    assert list(medium.open().operations()) == []


def test_a_batch_that_failed_touched_nothing(tmp_path: Path) -> None:
    medium = OneFile(tmp_path)
    store = medium.open()
    medium.fill()

    with pytest.raises(Unavailable):
        store.commit(Batch(operations=a_log(OURS, range(1, 40), sealed=[39], size=30_000)))

    assert store.touched == set()


def test_a_node_with_a_full_disk_refuses_keeps_what_it_has_and_goes_on_when_there_is_room(
    home: Path, clock: SimulatedClock
) -> None:
    office = office_of(home, clock)
    office.replica.write([sighting(PLATE)])
    made, state = office.replica.made, office.replica.digest()
    many = [sighting(OTHER_PLATE, time_ms=number) for number in range(1, 2_000)]
    fill(database_of(office))

    with pytest.raises(Unavailable, match="disk_full"):
        office.replica.write(many)
    assert (office.replica.made, office.replica.digest()) == (made, state)

    make_room(database_of(office))
    office.replica.write(many)
    office.close()
    again = office_of(home, clock)
    assert again.replica.made == made + len(many)
    assert prove(home).faults == []
    again.close()


def database_of(office: Office) -> Database:
    """The file under an office, to shrink its disk."""
    return office.store._db


def test_what_an_earlier_version_derived_is_made_anew_at_the_first_start(day: Path, clock: SimulatedClock) -> None:
    state = prove(day).state_hash
    db = open_database(day / "core.db", synchronous="FULL")
    for table in ("orders", "entries", "archive"):
        db.conn.execute(f"DELETE FROM {table}")
    db.conn.execute("PRAGMA user_version=0")
    db.close()
    assert prove(day).faults != []

    office = office_of(day, clock)

    assert office.replica.digest() == state
    office.close()
    assert prove(day).faults == []
    assert not LedgerStore(open_database(day / "core.db", synchronous="FULL"), day / "core.db").outgrown
