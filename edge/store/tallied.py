"""Rows with marks, and tables with tallies: the one door through which core.db changes.

Every row ends with its mark, the digest of its columns; `tallies` sums the marks of each table and moves with them in
the same transaction. A row changed behind the program's back no longer fits its mark; rows that came or went show in
the tally. What the engine keeps for itself, its schema and the migrations done, is tallied whenever it changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pysqlite3 import dbapi2

from fleet.ledger import tally
from fleet.ledger.tally import Column

KEYS: dict[str, tuple[str, ...]] = {
    "operations": ("number",),
    "documents": ("name",),
    "receipts": ("node", "incarnation", "seq"),
    "refusals": ("number",),
    "forks": ("node", "incarnation", "seq"),
    "entries": ("part", "key"),
    "archive": ("target",),
    "orders": ("id",),
    "vehicles": ("plate",),
    "people": ("id",),
    "cases": ("id",),
}
"""Every table of marked rows, and what it finds a row by."""

ENGINE: dict[str, str] = {
    "sqlite_schema": "SELECT type, name, tbl_name, sql FROM sqlite_schema",
    "_sqlite_migrations": "SELECT * FROM _sqlite_migrations",
}
"""What the engine keeps for itself, and how it is read."""


class Change:
    """What one transaction does to the tables; `settle` moves the tallies at its end. `tables` are those it touched."""

    def __init__(self, connection: dbapi2.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, int] = defaultdict(int)
        self._digests: dict[str, int] = defaultdict(int)
        self._last: dict[str, int] = {}

    @property
    def tables(self) -> set[str]:
        """The tables touched so far."""
        return set(self._digests)

    def append(self, table: str, values: Sequence[Column]) -> None:
        """Put a row at the end of a table that numbers its rows."""
        if table not in self._last:
            (self._last[table],) = self._connection.execute(
                f"SELECT coalesce(max(number), 0) FROM {table}"  # noqa: S608 - a name of ours, here and below
            ).fetchone()
        self._last[table] += 1
        row = (self._last[table], *values)
        mark = self._came(table, row)
        marks = ",".join("?" * (len(row) + 1))
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", (*row, mark))  # noqa: S608

    def replace(self, table: str, row: Mapping[str, Column]) -> None:
        """Put in a row, in the place of the one with the same key if there is one."""
        where = " AND ".join(f"{key}=?" for key in KEYS[table])
        keys = tuple(row[key] for key in KEYS[table])
        for (before,) in self._connection.execute(f"SELECT mark FROM {table} WHERE {where}", keys).fetchall():  # noqa: S608
            self._went(table, before)
        mark = self._came(table, tuple(row.values()))
        columns, marks = ",".join([*row, "mark"]), ",".join("?" * (len(row) + 1))
        put = ",".join(f"{name}=excluded.{name}" for name in (*row, "mark") if name not in KEYS[table])
        self._connection.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            f" ON CONFLICT ({','.join(KEYS[table])}) DO UPDATE SET {put}",  # in place: a row keeps its page
            (*row.values(), mark),
        )

    def drop(self, table: str, keys: Sequence[Column]) -> None:
        """Take out the row of a key, if it is there."""
        where = " AND ".join(f"{key}=?" for key in KEYS[table])
        for (before,) in self._connection.execute(f"SELECT mark FROM {table} WHERE {where}", keys).fetchall():  # noqa: S608
            self._went(table, before)
            self._connection.execute(f"DELETE FROM {table} WHERE {where}", keys)  # noqa: S608

    def empty(self, table: str) -> None:
        """Throw away every row of a table, and what its tally said."""
        self._connection.execute(f"DELETE FROM {table}")  # noqa: S608
        set_tally(self._connection, table, 0, 0)

    def settle(self) -> None:
        """Move the tallies of the tables that changed."""
        for table in self._digests:
            found = self._connection.execute("SELECT rows, digest FROM tallies WHERE name=?", (table,)).fetchone()
            rows, digest = (found[0], tally.unpack(found[1])) if found else (0, 0)
            set_tally(self._connection, table, rows + self._rows[table], tally.add(digest, self._digests[table]))

    def _came(self, table: str, row: Sequence[Column]) -> str:
        digest = tally.row_digest(table, row)
        self._rows[table] += 1
        self._digests[table] = tally.add(self._digests[table], digest)
        return tally.pack(digest)

    def _went(self, table: str, mark: str) -> None:
        self._rows[table] -= 1
        self._digests[table] = tally.remove(self._digests[table], tally.unpack(mark))


def begin_tallies(connection: dbapi2.Connection) -> None:
    """Give every table its tally once its schema is made or changed; in the transaction that does so."""
    for table in KEYS:
        connection.execute("INSERT OR IGNORE INTO tallies VALUES (?,0,?)", (table, tally.pack(0)))
    for name in ENGINE:
        set_tally(connection, name, *engine_tally(connection, name))


def engine_tally(connection: dbapi2.Connection, name: str) -> tuple[int, int]:
    """Rows and digest of one of ENGINE's, counted now."""
    rows = connection.execute(ENGINE[name]).fetchall()
    return len(rows), sum(tally.row_digest(name, row) for row in rows)


def disagreeing(connection: dbapi2.Connection) -> set[str]:
    """The tables whose rows, by their marks, do not add up to their tallies: a page of them is older than it should be.
    Whether the rows fit their marks is asked by `verify`, which takes longer."""
    stored = {
        name: (rows, digest) for name, rows, digest in connection.execute("SELECT name, rows, digest FROM tallies")
    }
    return {table for table in KEYS if _added_up(connection, table) != stored.get(table)}


def _added_up(connection: dbapi2.Connection, table: str) -> tuple[int, str]:
    rows = total = 0
    try:
        for (mark,) in connection.execute(f"SELECT mark FROM {table}"):  # noqa: S608 - a name of ours
            rows, total = rows + 1, total + tally.unpack(mark)
    except (TypeError, ValueError):  # no mark at all: something else lies where the row was
        return -1, ""
    return rows, tally.pack(total)


def set_tally(connection: dbapi2.Connection, name: str, rows: int, digest: int) -> None:
    """Write a table's tally."""
    connection.execute("REPLACE INTO tallies VALUES (?,?,?)", (name, rows, tally.pack(digest)))
