"""Opens SQLite files the one way the node uses them, and makes sure that what was asked for is what runs.

A connection belongs to the one thread that opened it (`FileThread`); that thread is the file's only writer. Each
pragma is read back: a setting that did not take is a refusal. What the disk refuses becomes `Unavailable`, whole; so
does a file that is damaged, which is told as such.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, Literal, Protocol, TypeVar

from pysqlite3 import dbapi2
from sqlite_utils import Database

from fleet.errors import Unavailable
from fleet.ledger.engine import require_sqlite


class Closing(Protocol):
    """What a file's thread owns: closed when the thread ends."""

    def close(self) -> None:
        """Close the file."""


T = TypeVar("T", bound=Closing)
R = TypeVar("R")
Synchronous = Literal["FULL", "NORMAL"]
PENDING_MAX = 1_000
"""Pieces of work that may wait for one file's thread; more wait with their callers, who then feel the delay."""

JOURNAL_SIZE_MAX = 16 << 20
"""Bytes a file's journal keeps once what it held is in the file: while somebody looks at a file for long, it grows."""

DAMAGE = ("malformed", "not a database", "no such table", "no such column")
"""What the engine says of a file that is not, or no longer, the database it should be."""
_PRAGMAS: dict[str, tuple[str, object]] = {
    "journal_mode": ("WAL", "wal"),
    "busy_timeout": ("5000", 5000),
    "foreign_keys": ("ON", 1),
    "journal_size_limit": (str(JOURNAL_SIZE_MAX), JOURNAL_SIZE_MAX),
}
_LEVELS: dict[Synchronous, int] = {"NORMAL": 1, "FULL": 2}


def sqlite_version() -> str:
    """The engine that really runs, not the one Python was built with."""
    return str(dbapi2.sqlite_version)


def open_database(path: Path, *, synchronous: Synchronous) -> Database:
    """Open a database file for its writing thread; one that is not there is made, readable by its owner only.

    Raises:
        Unavailable: `sqlite_too_old`, `disk_full`, `disk_failed` (no permission), `database_damaged` (or no database at
            all), or `pragma_refused`.
    """
    require_sqlite(sqlite_version())
    with disk_errors(path):
        path.touch(mode=0o600)  # before the engine does: its journals take over these permissions
        with _or_closed(dbapi2.connect(str(path), isolation_level=None)) as connection:
            for name, (wanted, expected) in {**_PRAGMAS, "synchronous": (synchronous, _LEVELS[synchronous])}.items():
                connection.execute(f"PRAGMA {name}={wanted}")
                found = connection.execute(f"PRAGMA {name}").fetchone()[0]
                if found != expected:
                    raise Unavailable("pragma_refused", file=str(path), pragma=name, found=found)
    return Database(connection)


def left_open(path: Path) -> bool:
    """Whether whoever wrote a database last did not close it: killed, or the power went. Asked before it is opened."""
    journal = path.with_name(f"{path.name}-wal")
    return journal.exists() and journal.stat().st_size > 0


def require_sound(db: Database, path: Path) -> None:
    """Look through every page, as after a power cut: a disk may have said that something is stored which was not.

    Raises:
        Unavailable: `database_damaged`.
    """
    with disk_errors(path):
        (said,) = db.conn.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise Unavailable("database_damaged", file=str(path), detail=said)


def open_reader(path: Path) -> Database:
    """Open a database for reading only; it never checkpoints and cannot write.

    Raises:
        Unavailable: `sqlite_too_old`, `disk_failed` (no such file, no permission), or `database_damaged`.
    """
    require_sqlite(sqlite_version())
    with disk_errors(path):
        connection = dbapi2.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        with _or_closed(connection):
            connection.execute("PRAGMA query_only=1")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute("SELECT count(*) FROM sqlite_schema")
    return Database(connection)


@contextmanager
def _or_closed(connection: dbapi2.Connection) -> Iterator[dbapi2.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


@contextmanager
def transaction(db: Database, path: Path) -> Iterator[None]:
    """One immediate transaction: all of it on disk afterwards, or nothing.

    Raises:
        Unavailable: `disk_full` or `disk_failed`; nothing was stored.
    """
    with disk_errors(path):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.conn.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what engine and system say of the disk into `Unavailable`."""
    try:
        yield
    except OSError as error:
        code = "disk_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "disk_failed"
        raise Unavailable(code, file=str(path), detail=error.strerror) from error
    except dbapi2.DatabaseError as error:
        if isinstance(error, dbapi2.IntegrityError | dbapi2.ProgrammingError):
            raise  # a fault of ours, not of the disk
        raise Unavailable(_code(str(error)), file=str(path), detail=str(error)) from error


def _code(said: str) -> str:
    if any(damage in said for damage in DAMAGE):
        return "database_damaged"
    return "disk_full" if "full" in said else "disk_failed"


class FileThread(Generic[T]):
    """The thread that owns one file and what is built on it. Work is done in the order it was asked for."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._pending = asyncio.Semaphore(PENDING_MAX)
        self._owned: T | None = None

    async def start(self, build: Callable[[], T]) -> None:
        """Build, on the thread, what the thread will own."""
        self._owned = await asyncio.get_running_loop().run_in_executor(self._executor, build)

    async def do(self, work: Callable[[T], R]) -> R:
        """Run `work` on the thread with what it owns, and return or raise what it does."""
        async with self._pending:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._run, work)

    def stop(self) -> None:
        """Finish what was asked for, close what the thread owns, and end it."""
        self._executor.submit(self._close)
        self._executor.shutdown(wait=True)

    def _close(self) -> None:
        if self._owned is not None:
            self._owned.close()

    def _run(self, work: Callable[[T], R]) -> R:
        if self._owned is None:
            raise RuntimeError("the thread was not started")
        return work(self._owned)
