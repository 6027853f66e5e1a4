"""SQLite as the node uses it: the engine that really runs, settings read back, files nobody else reads."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from edge.store import engine
from edge.store.engine import FileThread, disk_errors, open_database, open_reader, sqlite_version, transaction
from edge.store.local import LocalStore
from edge.store.telemetry import TelemetryStore
from fleet.errors import Unavailable
from tests.edge.unit import office_of
from tests.simulation.clock import SimulatedClock

pytestmark = pytest.mark.anyio


def test_the_engine_that_really_runs_is_new_enough_and_says_so_itself(tmp_path: Path) -> None:
    db = open_database(tmp_path / "a.db", synchronous="FULL")

    (asked,) = db.conn.execute("SELECT sqlite_version()").fetchone()
    assert asked == sqlite_version()
    assert tuple(map(int, asked.split("."))) >= (3, 51, 3)


@pytest.mark.parametrize("version", ["3.51.2", "3.40.1", "3.9.99", "2.8.17"])
def test_an_older_engine_is_refused_before_a_file_is_touched(
    tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbapi2, "sqlite_version", version)

    for path, open_file in (
        (tmp_path / "a.db", lambda path: open_database(path, synchronous="FULL")),
        (tmp_path / "b.db", open_reader),
    ):
        with pytest.raises(Unavailable) as refused:
            open_file(path)
        assert refused.value.code == "sqlite_too_old"
        assert refused.value.facts == {"found": version, "least": "3.51.3"}
        assert not path.exists()


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_the_settings_asked_for_are_the_ones_that_run(
    tmp_path: Path, synchronous: engine.Synchronous, level: int
) -> None:
    db = open_database(tmp_path / "a.db", synchronous=synchronous)

    found = {
        name: db.conn.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert found == {"journal_mode": "wal", "synchronous": level, "foreign_keys": 1}


def test_the_ledger_survives_a_power_cut_and_positions_a_crash(home: Path, clock: SimulatedClock) -> None:
    office = office_of(home, clock)

    levels = [
        store._db.conn.execute("PRAGMA synchronous").fetchone()[0]
        for store in (office.store, LocalStore(home), TelemetryStore(home))
    ]

    assert levels == [2, 2, 1]
    office.close()


def test_a_setting_that_does_not_take_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._PRAGMAS, "journal_mode", ("DELETE", "wal"))

    with pytest.raises(Unavailable) as refused:
        open_database(tmp_path / "a.db", synchronous="FULL")

    assert refused.value.code == "pragma_refused"
    assert refused.value.facts["pragma"] == "journal_mode"
    assert refused.value.facts["found"] == "delete"


def test_a_journal_that_grew_while_somebody_read_gives_its_room_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine._PRAGMAS, "journal_size_limit", ("65536", 65_536))
    path = tmp_path / "a.db"
    with closing(open_database(path, synchronous="NORMAL")) as db:
        db.conn.execute("CREATE TABLE a (b)")
        with closing(open_reader(path)) as reader:
            reader.conn.execute("BEGIN")
            reader.conn.execute("SELECT * FROM a").fetchall()
            for _ in range(5):
                db.conn.execute("INSERT INTO a VALUES (randomblob(1000000))")
            assert path.with_name("a.db-wal").stat().st_size > 5_000_000
        for _ in range(2):  # the first carries it all into the file, the second begins anew
            db.conn.execute("INSERT INTO a VALUES (randomblob(5000000))")
            db.conn.execute("DELETE FROM a")

        assert path.with_name("a.db-wal").stat().st_size <= 65_536


def test_a_file_and_its_journals_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        db = open_database(tmp_path / "a.db", synchronous="FULL")
        with transaction(db, tmp_path / "a.db"):
            db.conn.execute("CREATE TABLE a (b)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)

    assert modes == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}


@pytest.mark.parametrize("name", ["text.db", "directory.db", "nowhere/a.db"])
def test_a_path_that_is_no_database_is_told_with_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.db").write_text("a letter, not a database\n" * 500)
    (tmp_path / "directory.db").mkdir()

    code = "database_damaged" if name == "text.db" else "disk_failed"
    for open_file in (lambda path: open_database(path, synchronous="FULL"), open_reader):
        with pytest.raises(Unavailable, match=code) as refused:
            open_file(tmp_path / name)
        assert refused.value.facts["file"] == str(tmp_path / name)
    assert (tmp_path / "text.db").read_text().startswith("a letter")


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "with space #1?.db"
    db = open_database(path, synchronous="FULL")
    db.conn.execute("CREATE TABLE a (b)")

    with pytest.raises(dbapi2.OperationalError, match="readonly database"):
        open_reader(path).conn.execute("INSERT INTO a VALUES (1)")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (dbapi2.OperationalError("database or disk is full"), "disk_full"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk_full"),
        (dbapi2.OperationalError("disk I/O error"), "disk_failed"),
        (dbapi2.DatabaseError("database disk image is malformed"), "database_damaged"),
        (dbapi2.DatabaseError("file is not a database"), "database_damaged"),
        (dbapi2.OperationalError("no such table: operations"), "database_damaged"),
        (PermissionError(errno.EACCES, "Permission denied"), "disk_failed"),
    ],
)
def test_what_the_disk_refuses_is_told_apart_from_a_file_that_is_damaged(failure: Exception, code: str) -> None:
    with pytest.raises(Unavailable, match=code), disk_errors(Path("core.db")):
        raise failure


@pytest.mark.parametrize("fault", [dbapi2.IntegrityError("UNIQUE"), dbapi2.ProgrammingError("binding")])
def test_a_fault_of_ours_is_not_blamed_on_the_disk(fault: Exception) -> None:
    with pytest.raises(type(fault)), disk_errors(Path("core.db")):
        raise fault


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = open_database(path, synchronous="FULL")
    db.conn.execute("CREATE TABLE a (b UNIQUE)")

    with pytest.raises(dbapi2.IntegrityError), transaction(db, path):
        db.conn.executemany("INSERT INTO a VALUES (?)", [(1,), (1,)])
    with transaction(db, path):
        db.conn.execute("INSERT INTO a VALUES (2)")

    assert db.conn.execute("SELECT b FROM a").fetchall() == [(2,)]


class Owned:
    """What a thread owns in these tests: it remembers who did what."""

    def __init__(self) -> None:
        self.did = [("made", threading.current_thread().name)]

    def note(self, what: str) -> None:
        self.did.append((what, threading.current_thread().name))

    def close(self) -> None:
        self.note("closed")


async def test_one_thread_makes_uses_and_closes_what_it_owns_in_the_order_asked_for() -> None:
    owned: list[Owned] = []
    thread: FileThread[Owned] = FileThread("file")

    def build() -> Owned:
        owned.append(Owned())
        return owned[0]

    await thread.start(build)
    await asyncio.gather(*(thread.do(lambda own, n=n: own.note(str(n))) for n in range(20)))  # type: ignore[misc]
    thread.stop()

    assert [what for what, _ in owned[0].did] == ["made", *map(str, range(20)), "closed"]
    assert {name for _, name in owned[0].did} == {"file_0"}


async def test_a_thread_that_could_not_make_its_file_says_why_and_ends() -> None:
    thread: FileThread[Owned] = FileThread("file")

    def build() -> Owned:
        raise Unavailable("disk_failed")

    with pytest.raises(Unavailable):
        await thread.start(build)
    thread.stop()


async def test_no_more_work_waits_for_a_file_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PENDING_MAX", 3)
    thread: FileThread[Owned] = FileThread("file")
    await thread.start(Owned)
    may_go = threading.Event()
    asked = [asyncio.create_task(thread.do(lambda own: may_go.wait())) for _ in range(10)]
    await asyncio.sleep(0)  # every task has come as far as it can

    waiting = thread._executor._work_queue.qsize()
    may_go.set()
    await asyncio.gather(*asked)
    thread.stop()

    assert waiting <= 3


@pytest.mark.parametrize(("name", "store"), [("local", LocalStore), ("telemetry", TelemetryStore), ("core", None)])
def test_a_file_that_a_newer_version_brought_forward_is_left_as_it_is(
    day: Path, clock: SimulatedClock, name: str, store: type[LocalStore] | type[TelemetryStore] | None
) -> None:
    path = day / f"{name}.db"
    with closing(open_database(path, synchronous="FULL")) as db:
        db["_sqlite_migrations"].insert({"migration_set": name, "name": "of_next_year", "applied_at": "2027"})  # type: ignore[union-attr]
    before = path.read_bytes()

    with pytest.raises(Unavailable) as refused:
        store(day).close() if store else office_of(day, clock)

    assert refused.value.code == "database_newer"
    assert path.read_bytes() == before
