"""The tables of the node's files, as small functions that are never edited after release. A file that a newer version
has brought further than this one knows is refused whole: what it does not know it could not keep."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database, Migrations

from fleet.errors import Unavailable

core = Migrations("core")
telemetry = Migrations("telemetry")
local = Migrations("local")


def unmade(db: Database, tables: Migrations, path: Path) -> bool:
    """Whether a file lacks tables of this version.

    Raises:
        Unavailable: `database_newer`; nothing was changed.
    """
    known = {step.name for step in tables.pending(Database(memory=True))}
    newer = [step.name for step in tables.applied(db) if step.name not in known]
    if newer:
        raise Unavailable("database_newer", file=str(path), detail=", ".join(newer))
    return bool(tables.pending(db))


def bring_up(db: Database, tables: Migrations, path: Path) -> None:
    """Make what a file lacks. Raises as `unmade`."""
    if unmade(db, tables, path):
        tables.apply(db)


@core()
def ledger_tables(db: Database) -> None:
    """The signed log, what is derived from it, and a tally of every table. A row ends with the mark of its columns;
    rows are found by their key alone, so that a table has no order but the numbers it gives."""
    db.executescript("""
        CREATE TABLE operations (
            number INTEGER PRIMARY KEY, node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
            hash BLOB NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, hlc INTEGER NOT NULL, data BLOB NOT NULL,
            seal BLOB, verdict TEXT NOT NULL, mark TEXT NOT NULL, UNIQUE (node, incarnation, seq)
        ) STRICT;
        CREATE TABLE documents (
            name TEXT PRIMARY KEY, snapshot BLOB NOT NULL, mark TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE receipts (
            node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
            time_ms INTEGER NOT NULL, signature BLOB NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (node, incarnation)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE refusals (
            number INTEGER PRIMARY KEY, node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
            hash BLOB NOT NULL, code TEXT NOT NULL, time_ms INTEGER NOT NULL, mark TEXT NOT NULL
        ) STRICT;
        CREATE TABLE orders (
            id TEXT PRIMARY KEY, state TEXT NOT NULL, open INTEGER NOT NULL, since_ms INTEGER NOT NULL,
            start_ms INTEGER NOT NULL, vehicle TEXT NOT NULL, driver TEXT NOT NULL, refused INTEGER NOT NULL,
            form TEXT NOT NULL, mark TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE vehicles (
            plate TEXT PRIMARY KEY, seen TEXT NOT NULL, register TEXT NOT NULL, mark TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE people (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, mark TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tallies (
            name TEXT PRIMARY KEY, rows INTEGER NOT NULL, digest TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
    """)


@core()
def checkpoints(db: Database) -> None:
    """Where the fold stands, so that a start need not go through the whole log; and the dossiers of what has ended."""
    db.conn.execute("""
        CREATE TABLE entries (
            part TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (part, key)
        ) STRICT, WITHOUT ROWID
    """)
    db.conn.execute("CREATE TABLE archive (target TEXT PRIMARY KEY, dossier BLOB NOT NULL, mark TEXT NOT NULL) STRICT")


@core()
def orders_to_page_through(db: Database) -> None:
    """What orders are listed and searched by. Rows of more than a kilobyte stand in tables with row ids: without, each
    would take a page of its own. What they held is derived, and made anew at the first start."""
    for statement in (
        "DROP TABLE documents",
        "CREATE TABLE documents (name TEXT PRIMARY KEY, snapshot BLOB NOT NULL, mark TEXT NOT NULL) STRICT",
        "DROP TABLE entries",
        """CREATE TABLE entries (
            part TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (part, key)
        ) STRICT""",
        "DROP TABLE orders",
        """CREATE TABLE orders (
            id TEXT PRIMARY KEY, state TEXT NOT NULL, open INTEGER NOT NULL, since_ms INTEGER NOT NULL,
            applied_ms INTEGER NOT NULL, start_ms INTEGER NOT NULL, vehicle TEXT NOT NULL, driver TEXT NOT NULL,
            applicant TEXT NOT NULL, refused INTEGER NOT NULL, sought TEXT NOT NULL, form TEXT NOT NULL,
            mark TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX orders_listed ON orders (applied_ms, id, state, refused, applicant, driver, sought)",
        "DELETE FROM tallies WHERE name IN ('documents', 'entries', 'orders')",
    ):
        db.conn.execute(statement)


@telemetry()
def positions(db: Database) -> None:
    """Positions as they were reported; the same report stored twice is one row."""
    db.executescript("""
        CREATE TABLE positions (
            number INTEGER PRIMARY KEY, terminal TEXT NOT NULL, device_ms INTEGER, received_ms INTEGER NOT NULL,
            lat_e6 INTEGER NOT NULL, lon_e6 INTEGER NOT NULL, alt_m INTEGER NOT NULL, speed_kmh_e1 INTEGER NOT NULL,
            course INTEGER NOT NULL, fix INTEGER NOT NULL, acc INTEGER NOT NULL, alarm_bits INTEGER NOT NULL,
            status_bits INTEGER NOT NULL, odometer_m INTEGER, doubt TEXT NOT NULL, order_id TEXT NOT NULL,
            extras BLOB NOT NULL, UNIQUE (terminal, device_ms, lat_e6, lon_e6, alarm_bits, status_bits)
        ) STRICT;
        CREATE INDEX positions_by_order ON positions (order_id, device_ms) WHERE order_id <> '';
        CREATE TABLE messages (
            number INTEGER PRIMARY KEY, terminal TEXT NOT NULL, received_ms INTEGER NOT NULL, msg_id INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
    """)


@local()
def keys_and_terminals(db: Database) -> None:
    """What never leaves the node: wrapped keys, failed PINs, authentication codes of terminals."""
    db.executescript("""
        CREATE TABLE keys (
            person TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, public BLOB NOT NULL, salt BLOB NOT NULL,
            nonce BLOB NOT NULL, wrapped BLOB NOT NULL, failures INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE terminals (phone TEXT PRIMARY KEY, code TEXT NOT NULL) STRICT;
    """)


@local()
def declared(db: Database) -> None:
    """On what it rests that a person holds two roles which only a small unit may put together."""
    db.executescript("ALTER TABLE keys ADD COLUMN declared TEXT NOT NULL DEFAULT '';")


@telemetry()
def driver_cards(db: Database) -> None:
    """Cards put into terminals and taken out, by the terminal's time; the same report stored twice is one row."""
    db.executescript("""
        CREATE TABLE driver_cards (
            number INTEGER PRIMARY KEY, terminal TEXT NOT NULL, device_ms INTEGER NOT NULL,
            received_ms INTEGER NOT NULL, inserted INTEGER NOT NULL, result INTEGER NOT NULL, name TEXT NOT NULL,
            licence TEXT NOT NULL, order_id TEXT NOT NULL, UNIQUE (terminal, device_ms, inserted, licence, order_id)
        ) STRICT;
        CREATE INDEX driver_cards_by_order ON driver_cards (order_id, device_ms) WHERE order_id <> '';
    """)


@local()
def notes(db: Database) -> None:
    """What the node remembers of its lines and terminals, as JSON by kind and name: counters, models, abilities."""
    db.executescript("""
        CREATE TABLE notes (
            kind TEXT NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (kind, name)
        ) STRICT, WITHOUT ROWID;
    """)


@core()
def cases(db: Database) -> None:
    """Every record of the regulation besides orders, one row each; `id` is its target, as in `supplement/1-00001`."""
    db.executescript("""
        CREATE TABLE cases (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL,
            since_ms INTEGER NOT NULL, deadline_ms INTEGER, about_order TEXT NOT NULL, plate TEXT NOT NULL,
            refused INTEGER NOT NULL, data TEXT NOT NULL, mark TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX cases_by_kind ON cases (kind, open, since_ms);
    """)


@telemetry()
def tracks(db: Database) -> None:
    """Whose track a report belongs to and all that a track keeps of it; what the terminal itself said of the place, if
    that was another datum; and days that are packed, `apart` those that never leave the node."""
    for statement in (
        "ALTER TABLE positions ADD COLUMN vehicle TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE positions ADD COLUMN fuel_l_e1 INTEGER",
        "ALTER TABLE positions ADD COLUMN satellites INTEGER",
        "ALTER TABLE positions ADD COLUMN rssi INTEGER",
        "ALTER TABLE positions ADD COLUMN said_lat_e6 INTEGER",
        "ALTER TABLE positions ADD COLUMN said_lon_e6 INTEGER",
        "DROP INDEX positions_by_order",
        "CREATE INDEX positions_by_vehicle ON positions (vehicle, device_ms) WHERE vehicle <> ''",
        """CREATE TABLE segments (
            number INTEGER PRIMARY KEY, vehicle TEXT NOT NULL, terminal TEXT NOT NULL, day_ms INTEGER NOT NULL,
            from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, positions INTEGER NOT NULL, apart INTEGER NOT NULL,
            named INTEGER NOT NULL, full_name BLOB NOT NULL, thin_name BLOB NOT NULL, full BLOB NOT NULL,
            thin BLOB NOT NULL, beside BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX segments_by_day ON segments (vehicle, day_ms)",
        "CREATE INDEX segments_by_terminal ON segments (terminal, to_ms)",
        """CREATE TABLE installations (
            number INTEGER PRIMARY KEY, terminal TEXT NOT NULL, vehicle TEXT NOT NULL, datum TEXT NOT NULL,
            from_ms INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE unjudged (
            vehicle TEXT PRIMARY KEY, from_ms INTEGER NOT NULL, mark INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE space (day_ms INTEGER PRIMARY KEY, used INTEGER NOT NULL) STRICT",
        "CREATE INDEX segments_by_full ON segments (full_name)",
        "CREATE INDEX segments_by_thin ON segments (thin_name)",
        """CREATE TABLE tyres (
            vehicle TEXT NOT NULL, day_ms INTEGER NOT NULL, road_m REAL NOT NULL, counted_m REAL NOT NULL,
            PRIMARY KEY (vehicle, day_ms)
        ) STRICT, WITHOUT ROWID""",
    ):
        db.conn.execute(statement)


@core()
def logs_continued_twice(db: Database) -> None:
    """Two operations may be held at one number of a log; and what proves that there are two."""
    kept = "number, node, incarnation, seq, hash, kind, target, hlc, data, seal, verdict, mark"
    for statement in (
        """CREATE TABLE operations_new (
            number INTEGER PRIMARY KEY, node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
            hash BLOB NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, hlc INTEGER NOT NULL, data BLOB NOT NULL,
            seal BLOB, verdict TEXT NOT NULL, mark TEXT NOT NULL, UNIQUE (node, incarnation, seq, hash)
        ) STRICT""",
        f"INSERT INTO operations_new SELECT {kept} FROM operations",  # noqa: S608 - names of ours
        "DROP TABLE operations",
        "ALTER TABLE operations_new RENAME TO operations",
        "CREATE INDEX operations_aside ON operations (number) WHERE verdict = 'fork'",
        """CREATE TABLE forks (
            node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, proof BLOB NOT NULL,
            mark TEXT NOT NULL, PRIMARY KEY (node, incarnation, seq)
        ) STRICT""",
    ):
        db.conn.execute(statement)


@core()
def receipts_kept(db: Database) -> None:
    """Every receipt of a log is kept, not only the latest: the first that covers a record proves the earliest time."""
    for statement in (
        """CREATE TABLE receipts_new (
            node INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
            time_ms INTEGER NOT NULL, signature BLOB NOT NULL, mark TEXT NOT NULL,
            PRIMARY KEY (node, incarnation, seq)
        ) STRICT, WITHOUT ROWID""",
        "INSERT INTO receipts_new SELECT node, incarnation, seq, hash, time_ms, signature, mark FROM receipts",
        "DROP TABLE receipts",
        "ALTER TABLE receipts_new RENAME TO receipts",
    ):
        db.conn.execute(statement)


@core()
def records_without_effect(db: Database) -> None:
    """What the ledger did not take is looked through again and again, and is little."""
    db.conn.execute("CREATE INDEX operations_untaken ON operations (hlc) WHERE verdict NOT IN ('', 'fork')")
