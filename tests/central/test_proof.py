"""`verify` on central: whatever is done to the database by hand, it is found and named."""

import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest
from pysqlite3 import dbapi2

from central import accounts, findings, home, keys, past
from central.accounts import Role, Viewer
from central.blobs import UnitBlobs
from central.findings import Looked
from central.proof import prove
from central.rebuilding import rebuild
from central.region import open_region
from central.settings import Settings
from central.store import UnitStore
from central.tables import DERIVED, TALLIED
from central.tallied import changing
from courier.house import Summary
from fleet.ledger import rest
from fleet.ledger.operation import Author, Head, read
from fleet.ledger.store import Batch, Refusal
from fleet.rules.alarm.recheck import Finding, Result
from fleet.rules.facts import RECENT_MS
from fleet.rules.order import Act
from fleet.tracks.days import DAY_MS
from machine.system import SystemRandomness
from tests.central.unit import StillClock, Unit, talk
from tests.fleet.units import a_proof

Database: TypeAlias = Any  # a connection of pysqlite3, which has no types
NUMBERED = ("operations", "refusals", "views")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, secret: str) -> Path:
    """A region with rows in every table, two at least, and nobody running it."""
    directory, clock = tmp_path_factory.mktemp("proof") / "region", StillClock()
    own = Settings(name="阿拉善盟", host="127.0.0.1", port=8443, addresses=())
    first = {"account": "admin", "role": Role.ADMIN, "secret": secret, "now_ms": clock.now_ms()}
    home.create(directory, own, randomness=SystemRandomness(), **first)  # type: ignore[arg-type]
    region = open_region(directory, keys.load(directory), clock)
    one, other = Unit(directory, clock), Unit(directory, clock, box="b")
    for plate in ("蒙M-0B312", "蒙M-0A007"):
        one.register_vehicle(plate)
    one.closed(one.submit())
    talk(region, one)
    order = one.submit()
    one.act("u2", order, Act.SEND_BACK, reason="写明乡镇")
    one.act("u1", one.submit(), Act.CANCEL, reason="会议取消")
    for plate in ("蒙M-0B312", "蒙M-0A007"):
        one.notice(plate)
    one.seen()
    for unit in (one, other, one):
        talk(region, unit)
    for seq in (1, 2):
        region.replica("lyj").note_refusal(Refusal(Head(Author(1, 1), seq, b"h" * 32), "chain", clock.now_ms()))
    proofs = tuple(a_proof(one.identity, seq) for seq in (1_000, 5_500))
    UnitStore(region.connection, "lyj").commit(Batch(proofs=proofs))
    for way in ("in", "out"):
        past.keep(region.connection, a_bundle(way, clock.now_ms()))
    for scanned in (b"1" * 32, b"2" * 32):
        scan = UnitBlobs(region.connection, "lyj")
        scan.begin(scanned, b"outline")
        scan.append(scanned, b"a scan")
    with changing(region.connection, "lyj") as change:
        found = [a_finding(number) for number in (1, 2)]
        findings.keep(change, [], found, clock.now_ms())
        findings.note(change, {("蒙M-0B312", day_ms): Looked("held") for day_ms in (0, DAY_MS)})
    database, until_ms = region.connection, clock.now_ms() + 60_000
    accounts.add(database, "ji", Role.SUPERVISOR, secret, now_ms=clock.now_ms())
    for name in ("ji", "nobody"):
        accounts.attempt(database, name, now_ms=clock.now_ms())
        accounts.open_session(database, "admin", f"token {name}", now_ms=clock.now_ms(), until_ms=until_ms)
        accounts.log_view(database, Viewer(name, Role.SUPERVISOR), "/", now_ms=clock.now_ms())
    clock.time_ms += RECENT_MS + 1  # what has ended may rest by now
    region.close()
    return directory


def a_finding(number: int) -> Finding:
    """What came of looking at an alarm again."""
    times = {"from_ms": number, "until_ms": number + 1}
    result = {"result": Result.AGREES, "order": "1-00001", "otherwise": {"moved_m": (900, 320)}}
    return Finding(case=f"1-{number:05}", code="A01", plate="蒙M-0B312", **times, **result)  # type: ignore[arg-type]


def a_bundle(way: Literal["in", "out"], at_ms: int) -> Summary:
    """What is remembered of a bundle that was carried."""
    return Summary(
        way=way, file="lyj.ortoo", size=1, at_ms=at_ms, unit="lyj", writer=1, writer_incarnation=1, writer_name="lyj",
        readers=[0], written_ms=at_ms, rest=False, runs=[], not_taken=[], missing=[],
    )  # fmt: skip


@pytest.fixture
def copy(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def database(copy: Path) -> Iterator[Database]:
    connection = dbapi2.connect(str(copy / "core.db"), isolation_level=None)
    connection.row_factory = dbapi2.Row
    yield connection
    connection.close()


def faults(directory: Path) -> list[str]:
    return [f"{fault.code} {fault.record}" for finding in prove(directory) for fault in finding.report.faults]


def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Two rows or more of one partition, in the order of their keys."""
    columns = [column.name for column in TALLIED[table].primary_key.columns]
    found = database.execute(f"SELECT * FROM {table} ORDER BY {','.join(columns)}").fetchall()
    assert len(found) >= 2, f"{table} has too few rows to be a test"
    return [dict(row) for row in found]


def keys_of(table: str) -> list[str]:
    return [column.name for column in TALLIED[table].primary_key.columns]


def where(table: str, row: dict[str, object]) -> tuple[str, list[object]]:
    names = keys_of(table)
    return " AND ".join(f"{name}=?" for name in names), [row[name] for name in names]


def other_value(value: object) -> object:
    match value:
        case int():
            return value + 1_000
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case None:
            return b"put in"
        case _:
            return f"{value}x"


def test_what_nobody_touched_is_proved_to_the_last_record(filled: Path) -> None:
    own, unit = prove(filled)

    assert (own.unit, unit.unit) == ("", "lyj")
    assert faults(filled) == []
    report = unit.report
    database = dbapi2.connect(f"file:{filled / 'core.db'}?mode=ro", uri=True)
    database.row_factory = dbapi2.Row
    stored = [(read(row["data"]).operation, row["seal"]) for row in rows(database, "operations")]
    assert report.operations == len(stored) > 20
    assert report.seals == sum(seal is not None for _, seal in stored) == 3
    assert report.person_signatures == sum(operation.person is not None for operation, _ in stored) > 8
    assert report.receipts == len(rows(database, "receipts")) == 3
    assert report.without_effect == 0


COLUMNS = [
    (table, column.name) for table, found in TALLIED.items() for column in found.columns if column.name != "unit"
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_value_in_any_column_of_any_table_is_found_and_the_row_is_named(
    table: str, column: str, copy: Path, database: Database
) -> None:
    row = rows(database, table)[0]
    condition, values = where(table, row)
    database.execute(f"UPDATE {table} SET {column}=? WHERE {condition}", [other_value(row[column]), *values])
    database.execute("PRAGMA wal_checkpoint")

    named = keys_of(table)[1]
    found = faults(copy)
    assert any(fault.startswith(f"tally {table}") for fault in found)
    if column not in keys_of(table):
        assert any(table in fault and str(row[named]) in fault for fault in found)


def take_out(database: Database, table: str, row: dict[str, object]) -> None:
    condition, values = where(table, row)
    database.execute(f"DELETE FROM {table} WHERE {condition}", values)


def take_out_last(database: Database, table: str) -> None:
    take_out(database, table, rows(database, table)[-1])


def take_out_first(database: Database, table: str) -> None:
    take_out(database, table, rows(database, table)[0])


def put_in_a_copy(database: Database, table: str) -> None:
    last, key = rows(database, table)[-1], keys_of(table)[-1]
    copied = {**last, key: other_value(last[key])}
    if "seq" in copied and table == "operations":
        copied["seq"] = 4_000
    names = ",".join(copied)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({','.join('?' * len(copied))})", list(copied.values()))


def swap_two(database: Database, table: str) -> None:
    """Exchange what two rows hold under their keys: for numbered tables, the order they are in."""
    one, other = rows(database, table)[:2]
    taken = [column for column in one if column not in keys_of(table)]
    if table == "operations":
        database.execute("UPDATE operations SET node=-1 WHERE number=?", [other["number"]])
    for target, source in ((one, other), (other, one)):
        condition, values = where(table, target)
        assignments = ",".join(f"{column}=?" for column in taken)
        database.execute(f"UPDATE {table} SET {assignments} WHERE {condition}", [*(source[c] for c in taken), *values])


MEDDLING: list[Callable[[Database, str], None]] = [take_out_first, take_out_last, put_in_a_copy, swap_two]


@pytest.mark.parametrize(
    ("table", "meddle"), [*product(TALLIED, MEDDLING)], ids=lambda one: getattr(one, "__name__", one)
)
def test_rows_taken_out_put_in_or_exchanged_are_found_in_any_table(
    table: str, meddle: Callable[[Database, str], None], copy: Path, database: Database
) -> None:
    meddle(database, table)

    assert any(table in fault for fault in faults(copy)), f"nothing said of {table}"


@pytest.mark.parametrize("table", TALLIED)
def test_a_row_moved_to_another_unit_is_found_in_both(table: str, copy: Path, database: Database) -> None:
    row = rows(database, table)[0]
    condition, values = where(table, row)
    database.execute(f"UPDATE {table} SET unit='ejq' WHERE {condition}", values)

    units = {finding.unit for finding in prove(copy) if any(table in fault.record for fault in finding.report.faults)}
    assert units == {row["unit"], "ejq"}


@pytest.mark.parametrize("table", NUMBERED)
def test_a_row_taken_out_of_the_middle_is_named_by_its_number(table: str, copy: Path, database: Database) -> None:
    take_out_first(database, table)

    assert f"tally {table} 1" in faults(copy)


def test_a_tally_that_was_taken_out_does_not_hide_its_table(copy: Path, database: Database) -> None:
    database.execute("DELETE FROM tallies WHERE name='refusals'")
    assert faults(copy) == ["tally refusals"]


def test_whoever_also_mends_marks_and_tallies_still_meets_the_signatures(copy: Path, database: Database) -> None:
    from central.tallied import mark_of
    from fleet.ledger import tally

    row = rows(database, "operations")[20]
    data = row["data"]
    assert isinstance(data, bytes)
    changed = row | {
        "data": data.replace("写明".encode(), "已经".encode()) if "写明".encode() in data else data[:-1] + b"x"
    }
    changed["mark"] = mark_of(TALLIED["operations"], changed)
    database.execute("UPDATE operations SET data=?, mark=? WHERE number=21", [changed["data"], changed["mark"]])
    marks = [tally.unpack(str(row["mark"])) for row in rows(database, "operations")]
    database.execute("UPDATE tallies SET digest=? WHERE name='operations'", [tally.pack(sum(marks))])

    found = faults(copy)
    assert not any(fault.startswith("tally") for fault in found)
    assert any("operations 21" in fault for fault in found)


def test_it_is_proved_while_the_server_writes_and_changes_nothing_itself(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "running")
    clock = StillClock(1_795_500_000_000)
    region = open_region(tmp_path / "running", keys.load(tmp_path / "running"), clock)
    before = (tmp_path / "running" / "core.db").read_bytes()
    assert faults(tmp_path / "running") == []
    assert (tmp_path / "running" / "core.db").read_bytes() == before
    region.close()


@pytest.mark.parametrize("table", [table.name for table in DERIVED])
def test_a_rebuild_makes_what_is_derived_anew_and_the_state_stays_the_same(
    copy: Path, database: Database, table: str
) -> None:
    state = {finding.unit: finding.report.state_hash for finding in prove(copy)}["lyj"]
    swap_two(database, table)
    take_out_first(database, table)
    assert faults(copy) != []

    (made,) = rebuild(copy, StillClock())

    assert (made.unit, made.state, faults(copy)) == ("lyj", state, [])


def test_a_rebuild_does_not_bless_what_cannot_be_derived(copy: Path, database: Database) -> None:
    take_out_last(database, "operations")
    before = [fault for fault in faults(copy) if fault.startswith("tally operations")]

    rebuild(copy, StillClock())

    assert [fault for fault in faults(copy) if fault.startswith("tally operations")] == before != []


def test_a_checkpoint_of_another_version_is_made_anew_when_the_unit_is_opened(copy: Path) -> None:
    with pytest.MonkeyPatch.context() as other_version:
        other_version.setattr(rest, "VERSION", rest.VERSION + 1)
        region = open_region(copy, keys.load(copy), StillClock())
        with_that = region.replica("lyj").digest()
        region.close()

    region = open_region(copy, keys.load(copy), StillClock())
    assert region.replica("lyj").digest() == with_that
    region.close()
    assert faults(copy) == []
