"""Opens central's database and makes sure that what was asked for is what runs.

    writer   one connection of one thread, every transaction IMMEDIATE, settings read back
    reader   for pages and `verify`: sees one moment, cannot write, and makes no file that is not there

What the disk refuses becomes `Unavailable`; nothing of the transaction is stored then. A file that is damaged is told
as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from central import migrations
from fleet.errors import Unavailable
from fleet.ledger.engine import require_sqlite

FILE_NAME = "core.db"
_WRITING: Mapping[str, str | int] = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5_000, "foreign_keys": 1}
"""SQLite settings of a connection that writes; synchronous 2 is FULL: what was committed survives a power cut."""
_READING: Mapping[str, str | int] = {"busy_timeout": 5_000, "query_only": 1}
DAMAGE = ("malformed", "not a database", "no such table", "no such column")
"""What the engine says of a file that is not, or no longer, the database it should be."""


def engine_version() -> str:
    """The SQLite library that really runs, not the one Python was built with."""
    return str(dbapi2.sqlite_version)


def file_url(directory: Path) -> str:
    """The database URL of a directory that names no other."""
    return f"sqlite:///{(directory / FILE_NAME).absolute()}"


def has_password(url: str) -> bool:
    """Whether a database URL holds a password; one that cannot be read holds none that anybody could use."""
    try:
        return bool(url) and make_url(url).password is not None
    except ArgumentError:
        return False


def open_writer(url: str) -> Connection:
    """Connect for writing and make what the database lacks (see `migrations`). Belongs to the calling thread.

    Raises:
        Unavailable: `sqlite_too_old`, `pragma_refused`, `database_newer`, `disk_full`, `disk_failed` or
            `database_damaged`.
    """
    with disk_errors():
        if url.startswith("sqlite:") and (file := make_url(url).database):
            with suppress(OSError):  # what is wrong there the engine says
                Path(file).touch(mode=0o600)  # before the engine does: its journals take over these permissions
        connection = _engine(url, _WRITING, begin="BEGIN IMMEDIATE").connect()
        with connection.begin():
            migrations.bring_up(connection, FILE_NAME)
    return connection


def open_reader(url: str) -> Connection:
    """Connect for reading; the caller's `begin` fixes the moment that is seen.

    Raises:
        Unavailable: `sqlite_too_old`, `pragma_refused`, `disk_failed` (also: no such file) or `database_damaged`.
    """
    with disk_errors():
        return _engine(_read_only(url), _READING, begin="BEGIN").connect()


def copy_database(url: str, target: Path) -> None:
    """Copy a SQLite database as it stands at one moment, whoever writes to it meanwhile.

    Raises:
        Unavailable: as `open_reader`, or the disk refused.
    """
    with disk_errors(), closing(open_reader(url)) as connection, closing(dbapi2.connect(str(target))) as copy:
        _engine_of(connection).backup(copy)


def leave_no_trace(connection: Connection) -> None:
    """Have a connection overwrite on the disk what it deletes."""
    with disk_errors():
        _engine_of(connection).execute("PRAGMA secure_delete=ON")


def _engine_of(connection: Connection) -> dbapi2.Connection:
    engine = connection.connection.driver_connection
    assert isinstance(engine, dbapi2.Connection)  # noqa: S101 - a URL that names no SQLite file: a fault of ours
    return engine


def alone(file: Path) -> None:
    """Have all of a SQLite database in its one file, which nobody has open."""
    with disk_errors(), closing(dbapi2.connect(str(file))) as database:
        database.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the engine says of the disk into `Unavailable`; what is a fault of ours passes as it is."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except (DBAPIError, dbapi2.DatabaseError) as error:
        cause = str(getattr(error, "orig", error))
        raise Unavailable(_code(cause), file=FILE_NAME, detail=cause) from error


def _code(said: str) -> str:
    if any(damage in said for damage in DAMAGE):
        return "database_damaged"
    return "disk_full" if "full" in said else "disk_failed"


def _read_only(url: str) -> str:
    """The URL of a SQLite file as one that neither makes nor changes it; another engine's as it is."""
    if not url.startswith("sqlite:"):
        return url
    return f"sqlite:///file:{quote(make_url(url).database or '')}?mode=ro&uri=true"


def _engine(url: str, pragmas: Mapping[str, str | int], *, begin: str) -> Engine:
    if not url.startswith("sqlite:"):
        return create_engine(url, poolclass=NullPool, isolation_level="SERIALIZABLE")
    require_sqlite(engine_version())
    engine = create_engine(url, module=dbapi2, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: dbapi2.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma, wanted in pragmas.items():
            connection.execute(f"PRAGMA {pragma}={wanted}")
            found = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            if found != wanted:
                raise Unavailable("pragma_refused", file=url, pragma=pragma, found=found)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
