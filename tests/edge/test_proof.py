"""`ortoo verify` on a node: whatever is edited, removed, reordered or put in behind the program's back is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlite_utils import Database

from edge import proof
from edge.proof import prove
from edge.store.evidence import LedgerEvidence
from edge.store.tallied import ENGINE, KEYS
from fleet.ledger import tally
from fleet.ledger.projection import TABLES
from fleet.ledger.store import Batch
from tests.edge.conftest import Command
from tests.edge.unit import ME, PLATE, Central, conversation, office_of, sighting
from tests.simulation.clock import SimulatedClock

WRITTEN = [table for table in ENGINE if table != "sqlite_schema"]
Tampering = Callable[[dbapi2.Connection, str], str]


def keys(connection: dbapi2.Connection, table: str) -> tuple[str, ...]:
    return KEYS.get(table) or tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5])


def columns(connection: dbapi2.Connection, table: str) -> list[tuple[str, str]]:
    return [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]


def rows(connection: dbapi2.Connection, table: str) -> list[tuple[str | int, ...]]:
    """The keys of every row, in order."""
    names = ", ".join(keys(connection, table))
    return list(connection.execute(f"SELECT {names} FROM {table} ORDER BY {names}").fetchall())


def where(connection: dbapi2.Connection, table: str) -> str:
    return " AND ".join(f"{key} = ?" for key in keys(connection, table))


def other(kind: str) -> str:
    """SQL for a value of this kind that is another one."""
    return {"INTEGER": "coalesce({0}, 0) + 1000", "TEXT": "{0} || 'x'", "BLOB": "CAST({0} || x'00' AS BLOB)"}[kind]


def edit(connection: dbapi2.Connection, table: str) -> str:
    key = rows(connection, table)[-1]
    name, kind = [each for each in columns(connection, table) if each[0] not in keys(connection, table)][-2]
    change = other(kind).format(name)
    connection.execute(f"UPDATE {table} SET {name} = {change} WHERE {where(connection, table)}", key)
    return " ".join(map(str, key))


def remove_first(connection: dbapi2.Connection, table: str) -> str:
    key = rows(connection, table)[0]
    connection.execute(f"DELETE FROM {table} WHERE {where(connection, table)}", key)
    return only_numbers(connection, table, key)


def remove_last(connection: dbapi2.Connection, table: str) -> str:
    key = rows(connection, table)[-1]
    connection.execute(f"DELETE FROM {table} WHERE {where(connection, table)}", key)
    return only_numbers(connection, table, key)


def only_numbers(connection: dbapi2.Connection, table: str, key: tuple[str | int, ...]) -> str:
    """A row that is gone can be named where rows are numbered; where they are not, its table is."""
    return str(key[0]) if keys(connection, table) == ("number",) else ""


def swap(connection: dbapi2.Connection, table: str) -> str:
    """The first and the last row change places."""
    first, last = rows(connection, table)[0], rows(connection, table)[-1]
    names = keys(connection, table)
    away = tuple(-1 if isinstance(value, int) else "~" for value in first)
    to = ", ".join(f"{name} = ?" for name in names)
    for before, after in ((first, away), (last, first), (away, last)):
        connection.execute(f"UPDATE {table} SET {to} WHERE {where(connection, table)}", (*after, *before))
    return " ".join(map(str, last))


def insert(connection: dbapi2.Connection, table: str) -> str:
    """A row like the last one, with numbers and names of its own."""
    key = rows(connection, table)[-1]
    unique = {*keys(connection, table), "seq"}
    values = [
        other(kind).format(name) if name in unique or (table, name) == ("_sqlite_migrations", "name") else name
        for name, kind in columns(connection, table)
    ]
    chosen = ", ".join(values)
    connection.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE {where(connection, table)}", key)
    return ""


TAMPERINGS: list[Tampering] = [edit, remove_first, remove_last, swap, insert]
CASES = [
    pytest.param(table, tamper, id=f"{table}-{tamper.__name__}")
    for table in (*KEYS, "tallies", *WRITTEN)
    for tamper in TAMPERINGS
    if (table, tamper) != ("_sqlite_migrations", swap)  # it has one row
]


def behind_the_programs_back(home: Path) -> dbapi2.Connection:
    return dbapi2.connect(str(home / "core.db"), isolation_level=None)


def test_a_day_on_record_is_proved_and_says_how_much_was(day: Path, command: Command) -> None:
    report = prove(day)
    done = command("verify", day)

    assert report.faults == []
    assert done.code == 0
    assert done.err == ""
    for figure in (report.operations, report.seals, report.person_signatures, report.receipts, report.state_hash[:16]):
        assert str(figure) in done.out
    with closing(behind_the_programs_back(day)) as connection:
        held = {table: len(rows(connection, table)) for table in KEYS}
    assert (report.operations, report.receipts) == (held["operations"], held["receipts"])
    assert (report.documents, report.rows) == (
        held["documents"] + held["archive"],
        sum(held[table] for table in TABLES),
    )
    assert min(held.values()) > 1


@pytest.mark.parametrize(("table", "tamper"), CASES)
def test_a_row_edited_removed_reordered_or_put_in_is_named_and_the_command_exits_1(
    day: Path, table: str, tamper: Tampering, command: Command
) -> None:
    connection = behind_the_programs_back(day)
    record = tamper(connection, table)
    connection.close()

    done = command("verify", day)

    assert done.code == 1
    assert "Traceback" not in done.err
    named = {"tallies": record, **dict.fromkeys(ENGINE, table)}.get(table, f"{table} {record}")
    assert any(named.strip() in line for line in done.err.splitlines()), done.err


@pytest.mark.parametrize("table", KEYS)
def test_every_column_of_every_row_is_under_its_mark(day: Path, table: str) -> None:
    connection = behind_the_programs_back(day)
    unfound = []
    for key in rows(connection, table):
        for name, kind in columns(connection, table):
            connection.execute("SAVEPOINT untouched")
            change = other(kind).format(name if kind != "BLOB" else f"coalesce({name}, x'')")
            connection.execute(f"UPDATE {table} SET {name} = {change} WHERE {where(connection, table)}", key)
            stored = {mark for _, mark, counted in LedgerEvidence(Database(connection)).tallies() if mark != counted}
            unfound += [] if stored else [(key, name)]
            connection.execute("ROLLBACK TO untouched")

    assert unfound == []


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER quiet AFTER INSERT ON operations BEGIN DELETE FROM refusals; END",
        "CREATE TABLE more (what TEXT) STRICT",
        "DROP INDEX idx__sqlite_migrations_migration_set_name",
    ],
)
def test_a_schema_that_was_changed_is_named(day: Path, change: str) -> None:
    connection = behind_the_programs_back(day)
    connection.execute(change)
    connection.close()

    assert [fault.record for fault in prove(day).faults] == ["sqlite_schema"]


def take_out_the_last(connection: dbapi2.Connection, table: str) -> None:
    """Remove the last row and make the tally fit, as a person who knows the program would."""
    (number, mark) = connection.execute(f"SELECT number, mark FROM {table} ORDER BY number DESC LIMIT 1").fetchone()
    connection.execute(f"DELETE FROM {table} WHERE number = ?", (number,))
    (digest,) = connection.execute("SELECT digest FROM tallies WHERE name = ?", (table,)).fetchone()
    without = tally.pack(tally.remove(tally.unpack(digest), tally.unpack(mark)))
    connection.execute("UPDATE tallies SET rows = rows - 1, digest = ? WHERE name = ?", (without, table))


def test_a_receipt_gives_away_that_the_end_of_the_log_was_taken_out_and_the_tally_made_to_fit(
    day: Path, clock: SimulatedClock
) -> None:
    office = office_of(day, clock)
    central = Central(clock)
    exchange = conversation(day, office.replica)
    while outgoing := exchange.outgoing(1 << 20):
        exchange.receive(central.answer(outgoing), now_ms=clock.now_ms())
    made = office.replica.made
    office.close()
    connection = behind_the_programs_back(day)
    take_out_the_last(connection, "operations")
    connection.close()

    faults = {(fault.code, fault.record) for fault in prove(day).faults}

    assert ("receipted_missing", f"receipt 1.1 {made}") in faults
    assert "operations" not in {record for _, record in faults}


def test_a_receipt_gives_away_that_the_end_of_the_log_was_written_anew(home: Path, clock: SimulatedClock) -> None:
    """The node's own key can seal another past; central's receipt for the first one cannot be made to fit."""
    before = (home / "core.db").read_bytes()
    office = office_of(home, clock)
    central = Central(clock)
    office.replica.write([sighting(PLATE, time_ms=1)])
    exchange = conversation(home, office.replica)
    exchange.receive(central.answer(exchange.outgoing(1 << 20)), now_ms=clock.now_ms())
    receipt = office.replica.receipts[ME]
    office.close()
    (home / "core.db").write_bytes(before)
    clock.time.pass_ms(1000)
    office = office_of(home, clock)
    office.replica.write([sighting(PLATE, time_ms=2), sighting(PLATE, time_ms=3)])
    office.store.commit(Batch(receipts=(receipt,)))
    office.close()

    assert [(fault.code, fault.record) for fault in prove(home).faults] == [
        ("receipted_missing", f"receipt 1.1 {receipt.head.seq}")
    ]


def test_what_a_running_node_commits_meanwhile_is_no_fault(
    day: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = office_of(day, clock)

    class Meanwhile(LedgerEvidence):
        def documents(self) -> Mapping[str, bytes]:
            office.replica.write([sighting(PLATE)])
            return super().documents()

    monkeypatch.setattr(proof, "LedgerEvidence", Meanwhile)
    made = office.replica.made

    assert prove(day).faults == []
    assert office.replica.made == made + 1
    office.close()


@pytest.mark.parametrize("damage", [b"", b"not a database" * 1000])
def test_a_file_that_is_no_database_is_told_without_a_trace(day: Path, damage: bytes, command: Command) -> None:
    (day / "core.db").write_bytes(damage)

    done = command("verify", day)

    assert done.code == 1
    assert "core.db" in done.err
    assert "Traceback" not in done.err


def test_a_page_that_the_disk_lost_is_told_without_a_trace(day: Path, command: Command) -> None:
    path = day / "core.db"
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 30_000)

    done = command("verify", day)

    assert done.code == 1
    assert "core.db" in done.err


def test_the_ledger_is_proved_without_the_nodes_own_secrets(day: Path, command: Command) -> None:
    for name in ("node.key", "device.secret"):
        (day / name).unlink()

    assert command("verify", day).code == 0


def test_a_grant_that_is_damaged_is_named_with_what_to_do(day: Path, command: Command) -> None:
    (day / "grant.cbor").write_bytes(b"damaged")

    done = command("verify", day)

    assert done.code == 1
    assert "grant.cbor" in done.err
    assert "enrol accept" in done.err


def test_a_directory_without_its_database_is_told_and_none_is_made(day: Path, command: Command) -> None:
    (day / "core.db").unlink()

    assert command("verify", day).code == 1
    assert not (day / "core.db").exists()


def test_a_node_that_is_not_enrolled_has_nothing_to_prove_and_hears_the_next_step(
    unenrolled_home: Path, command: Command
) -> None:
    done = command("verify", unenrolled_home)

    assert done.code == 2
    assert "ortoo enrol request" in done.err


@pytest.mark.parametrize("table", sorted(KEYS.keys() - {"operations", "receipts", "refusals", "forks"}))
def test_a_rebuild_makes_what_is_derived_anew_and_the_state_stays_the_same(
    day: Path, table: str, command: Command
) -> None:
    state = prove(day).state_hash
    connection = behind_the_programs_back(day)
    swap(connection, table)
    remove_first(connection, table)
    connection.close()
    assert prove(day).faults != []

    done = command("node", "rebuild", day)

    report = prove(day)
    assert done.code == 0
    assert state[:16] in done.out
    assert (report.faults, report.state_hash) == ([], state)


@pytest.mark.parametrize("table", ["operations", "receipts", "refusals"])
def test_a_rebuild_does_not_bless_what_cannot_be_derived(day: Path, table: str, command: Command) -> None:
    connection = behind_the_programs_back(day)
    remove_last(connection, table)
    connection.close()
    before = [fault for fault in prove(day).faults if fault.code == "tally"]

    command("node", "rebuild", day)

    assert [fault for fault in prove(day).faults if fault.code == "tally"] == before != []
