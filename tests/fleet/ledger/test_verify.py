"""A stored ledger is proved from the root's key alone, and whoever changed something is led to the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

import pytest

from fleet.ledger import documents
from fleet.ledger.evidence import Entry, Report, Tally
from fleet.ledger.marks import give_receipt
from fleet.ledger.store import Checkpoint, Held, Proof, Receipt, Row
from fleet.ledger.verify import verify
from fleet.rules.facts import RECENT_MS
from fleet.rules.timing import Proof as Known
from tests.fleet.ledger.test_cases_fold import PEOPLE as SUPPLEMENTING
from tests.fleet.ledger.test_cases_fold import completed, endorsed, requested
from tests.fleet.ledger.test_timing import talk
from tests.fleet.units import ROOT, UNIT, a_host, a_node, act, delta, submitted, write
from tests.simulation import people
from tests.simulation.clock import SimulatedTime
from tests.simulation.disk import SimulatedDisk

CENTRAL_KEY = people.key("node 0.1")


@dataclass
class Stored:
    """A ledger as it lies on a disk, each part open to whoever can write there."""

    entries: list[Entry]
    snapshots: dict[str, bytes]
    tables: dict[str, dict[str, Row]]
    given: list[Receipt]
    counted: list[tuple[str, Tally, Tally]] = field(default_factory=list)
    rested: Checkpoint = field(default_factory=Checkpoint)
    proved: list[Proof] = field(default_factory=list)

    def operations(self) -> Iterable[Entry]:
        return self.entries

    def documents(self) -> Mapping[str, bytes]:
        return self.snapshots

    def rows(self, table: str) -> Mapping[str, Row]:
        return self.tables.get(table, {})

    def checkpoint(self) -> Checkpoint:
        return self.rested

    def receipts(self) -> Iterable[Receipt]:
        return self.given

    def proofs(self) -> Iterable[Proof]:
        return self.proved

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        return self.counted


def as_stored(disk: SimulatedDisk) -> Stored:
    entries = [
        Entry(f"operation {at}", placing.named.head, Held(placing.named.data, placing.seal, placing.verdict))
        for at, placing in enumerate(disk.log, 1)
    ]
    tables = {table: dict(rows) for table, rows in disk.tables.items()}
    rested = Checkpoint(dict(disk.standing), dict(disk.archive))
    return Stored(
        entries,
        dict(disk.snapshots),
        tables,
        [*chain(*disk.ever_given.values())],
        rested=rested,
        proved=[*disk.proofs()],
    )


@pytest.fixture
def stored() -> Stored:
    """Two nodes' logs, an order, a receipt."""
    node = a_node(1, "applicant-1", "approver-1", "admin-1")
    submitted(node)
    other = a_node(2)
    other.replica.receive(delta(node))
    write(other, act("approve", "approver-1", content="aa"))
    node.replica.receive(delta(other))
    receipt = give_receipt(CENTRAL_KEY, node.replica.state.heads[node.author], 7)
    node.replica.note_receipt(receipt, CENTRAL_KEY.public)
    return as_stored(node.disks[UNIT])


def proved(stored: Stored) -> Report:
    return verify(stored, root_public=ROOT.public, central_public=CENTRAL_KEY.public)


def test_an_untouched_ledger_is_proved_and_says_how_much(stored: Stored) -> None:
    report = proved(stored)

    assert report.faults == []
    assert (report.operations, report.person_signatures, report.receipts) == (len(stored.entries), 3, 1)
    assert report.seals == 4
    assert report.documents == len(stored.snapshots)
    assert report.rows == sum(len(rows) for rows in stored.tables.values())


def change_a_byte(stored: Stored) -> None:
    entry = stored.entries[5]
    data = bytearray(entry.held.data)
    data[-1] ^= 1
    stored.entries[5] = entry._replace(held=entry.held._replace(data=bytes(data)))


def take_one_out(stored: Stored) -> None:
    del stored.entries[2]


def swap_two(stored: Stored) -> None:
    stored.entries[2], stored.entries[3] = stored.entries[3], stored.entries[2]


def put_another_first(stored: Stored) -> None:
    stored.entries.insert(0, stored.entries.pop())


def drop_the_end(stored: Stored) -> None:
    del stored.entries[5]


def change_a_seal(stored: Stored) -> None:
    entry = stored.entries[-1]
    stored.entries[-1] = entry._replace(held=entry.held._replace(seal=bytes(64)))


def drop_a_seal(stored: Stored) -> None:
    entry = stored.entries[-1]
    stored.entries[-1] = entry._replace(held=entry.held._replace(seal=None))


def change_a_verdict(stored: Stored) -> None:
    entry = stored.entries[4]
    stored.entries[4] = entry._replace(held=entry.held._replace(verdict="no_role"))


def change_the_columns(stored: Stored) -> None:
    entry = stored.entries[4]
    stored.entries[4] = entry._replace(head=entry.head._replace(seq=9))


def edit_a_document(stored: Stored) -> None:
    kept = documents.read(stored.snapshots["order/1-00001"])
    changed = documents.change(kept, {"destination": "The capital"}, client_id=1025)
    stored.snapshots["order/1-00001"] = documents.apply(kept, changed, client_id=1025).snapshot


def spoil_a_document(stored: Stored) -> None:
    stored.snapshots["order/1-00001"] = b"\x01\x01\x81\x08\x00"


def drop_a_document(stored: Stored) -> None:
    del stored.snapshots["order/1-00001"]


def edit_a_row(stored: Stored) -> None:
    stored.tables["orders"]["1-00001"] = dict(stored.tables["orders"]["1-00001"]) | {"state": "closed"}


def add_a_row(stored: Stored) -> None:
    stored.tables["people"]["ghost"] = {"id": "ghost", "name": "Ghost", "roles": "approver"}


def forge_a_receipt(stored: Stored) -> None:
    stored.given[0] = give_receipt(ROOT, stored.given[0].head, 7)


def receipt_for_what_is_not_there(stored: Stored) -> None:
    head = stored.given[0].head
    stored.given[0] = give_receipt(CENTRAL_KEY, head._replace(seq=head.seq + 1), 7)


def receipt_for_another_operation(stored: Stored) -> None:
    stored.given[0] = give_receipt(CENTRAL_KEY, stored.given[0].head._replace(hash=b"h" * 32), 7)


def miscount(stored: Stored) -> None:
    stored.counted = [("orders", Tally(2, "aa"), Tally(1, "aa"))]


@pytest.mark.parametrize(
    ("tamper", "code", "record"),
    [
        (change_a_byte, "", "operation 6"),
        (take_one_out, "chain", "operation 4"),
        (swap_two, "chain", "operation 4"),
        (put_another_first, "chain", "operation 8"),
        (drop_the_end, "receipted_missing", "receipt 1.1 6"),
        (change_a_seal, "seal", "operation 8"),
        (drop_a_seal, "unsealed", "operation 8"),
        (change_a_verdict, "verdict", "operation 5"),
        (change_the_columns, "index", "operation 5"),
        (edit_a_document, "document", "order/1-00001"),
        (spoil_a_document, "document", "order/1-00001"),
        (drop_a_document, "document", "order/1-00001"),
        (edit_a_row, "row", "orders 1-00001"),
        (add_a_row, "row", "people ghost"),
        (forge_a_receipt, "receipt", "receipt 1.1 6"),
        (receipt_for_what_is_not_there, "receipted_missing", "receipt 1.1 7"),
        (receipt_for_another_operation, "receipted_missing", "receipt 1.1 6"),
        (miscount, "tally", "orders"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_whatever_was_changed_on_the_disk_is_found_at_its_record(
    stored: Stored, tamper: Callable[[Stored], None], code: str, record: str
) -> None:
    tamper(stored)

    faults = proved(stored).faults

    assert record in {fault.record for fault in faults if code in ("", fault.code)}


@pytest.fixture
def rested() -> Stored:
    """As `stored`, with an order that was called off and rests, one that is open, and acts after the checkpoint."""
    node = a_node(1, "applicant-1", "approver-1")
    for order_id in ("1-00001", "1-00002"):
        submitted(node, order_id)
    write(node, act("cancel", "applicant-1", reason="rain"))
    node.clock.time.now_ms += RECENT_MS + 1
    node.replica.checkpoint()
    write(node, act("approve", "approver-1", "1-00002", content="aa"))
    return as_stored(node.disks[UNIT])


def test_a_checkpoint_is_made_again_from_the_log_and_compared(rested: Stored) -> None:
    report = proved(rested)

    assert (report.faults, report.documents) == ([], 2)
    assert list(rested.rested.archived) == ["order/1-00001"]


@pytest.mark.parametrize("part", ["", "heads", "horizons", "people", "nodes", "dossiers"])
def test_an_entry_of_the_checkpoint_that_was_changed_is_named(rested: Stored, part: str) -> None:
    key = next(key for key in rested.rested.entries if key[0] == part)
    entries = dict(rested.rested.entries)
    entries[key] = (entries[key] or b"") + b"x" if part else None
    rested.rested = Checkpoint(entries, rested.rested.archived)

    faults = proved(rested).faults

    assert [(fault.code, fault.record.strip()) for fault in faults] == [
        ("checkpoint", f"entries {part} {key[1]}" if part else "entries")
    ]


def test_a_dossier_taken_out_or_changed_is_named(rested: Stored) -> None:
    packed = rested.rested.archived["order/1-00001"]
    for archived in ({}, {"order/1-00001": packed[:-1]}, {"order/1-00001": packed, "order/1-00002": packed}):
        rested.rested = Checkpoint(rested.rested.entries, archived)
        assert "checkpoint" in {fault.code for fault in proved(rested).faults}


def test_a_checkpoint_of_a_place_the_log_never_comes_to_follows_from_nothing(rested: Stored) -> None:
    rested.entries.pop()
    rested.entries.pop()

    assert "entries" in {fault.record for fault in proved(rested).faults}


# -- times ----------------------------------------------------------------------------------------------------------

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.mark.parametrize(
    ("heard_after_ms", "completed_after_ms", "told_after_ms", "clock_error_ms", "known"),
    [
        (None, HOUR_MS, 2 * HOUR_MS, 0, Known.IN_TIME),
        (None, HOUR_MS, 2 * HOUR_MS, 10 * DAY_MS, Known.IN_TIME),
        (None, HOUR_MS, 30 * DAY_MS, 0, Known.CLAIMED_IN_TIME),
        (None, 5 * DAY_MS, 30 * DAY_MS, 0, Known.CLAIMED_LATE),
        (4 * DAY_MS, 5 * DAY_MS, 6 * DAY_MS, -5 * DAY_MS, Known.LATE),
    ],
    ids=["held in time", "a clock ahead", "a month without a link", "late by its own word", "a clock set back"],
)
def test_how_surely_a_supplement_was_in_time_follows_from_the_receipts(
    heard_after_ms: int | None, completed_after_ms: int, told_after_ms: int, clock_error_ms: int, known: Known
) -> None:
    time = SimulatedTime()
    node, central, begin_ms = a_node(1, *SUPPLEMENTING, time=time), a_host(0, time=time), time.now_ms
    endorsed(node, requested(node, started_ms=begin_ms - 9, ended_ms=begin_ms - 1, ended_by="back"))
    if heard_after_ms:
        time.now_ms = begin_ms + heard_after_ms
        talk(node, central)
    time.now_ms = begin_ms + completed_after_ms
    node.clock.set(clock_error_ms)
    completed(node)
    time.now_ms = begin_ms + told_after_ms
    talk(node, central)

    for disk in (node.disks[UNIT], central.disks[UNIT]):
        report = proved(as_stored(disk))
        assert (report.faults, dict(report.deadlines)) == ([], {known: 1})
        assert report.doubted == (clock_error_ms != 0)
