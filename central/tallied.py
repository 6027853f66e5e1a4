"""Rows with marks, and tables with tallies: the one door through which central's database changes.

A `Change` collects what a transaction does to one partition and settles the tallies at its end, in the same
transaction. The tallies are read from the database each time: another process may have added an account in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, and_, delete, insert, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from central.database import disk_errors
from central.tables import tallies
from fleet.ledger import tally
from fleet.ledger.tally import Column

Values: TypeAlias = Mapping[str, Column]
KEYS_AT_ONCE = 300
"""Keys in one statement; SQLite bounds the number of parameters."""


class Change:
    """What one transaction does to the partition of `unit`."""

    def __init__(self, connection: Connection, unit: str) -> None:
        self.connection, self.unit = connection, unit
        self._rows: dict[str, int] = defaultdict(int)
        self._digests: dict[str, int] = defaultdict(int)

    def insert(self, table: Table, rows: Iterable[Values]) -> None:
        """Put in rows that are not there yet."""
        marked = [self._marked(table, row) for row in rows]
        if not marked:
            return
        self.connection.exec_driver_sql(*_inserting(self.connection, table, marked))
        self._rows[table.name] += len(marked)
        for row in marked:
            self._digests[table.name] = tally.add(self._digests[table.name], tally.unpack(str(row["mark"])))

    def replace(self, table: Table, rows: Sequence[Values]) -> None:
        """Put in rows, each in the place of the one with the same key, if there is one."""
        columns = _key_columns(table)
        self.drop(table, [tuple(row[name] for name in columns) for row in rows])
        self.insert(table, rows)

    def drop(self, table: Table, keys: Sequence[tuple[Column, ...]]) -> None:
        """Take out the rows of these keys, as far as they are there."""
        for at in range(0, len(keys), KEYS_AT_ONCE):
            where = _where(table, self.unit, keys[at : at + KEYS_AT_ONCE])
            marks = self.connection.execute(select(table.c.mark).where(where)).scalars().all()
            if marks:
                self.connection.execute(delete(table).where(where))
            self._rows[table.name] -= len(marks)
            for mark in marks:
                self._digests[table.name] = tally.remove(self._digests[table.name], tally.unpack(mark))

    def empty(self, table: Table) -> None:
        """Throw away every row of a table, and what its tally said."""
        self.connection.execute(delete(table).where(table.c.unit == self.unit))
        self.connection.execute(delete(tallies).where(tallies.c.unit == self.unit, tallies.c.name == table.name))

    def settle(self) -> None:
        """Write the tallies of the tables that changed."""
        for name in sorted(name for name in self._digests if self._rows[name] or self._digests[name]):
            key = and_(tallies.c.unit == self.unit, tallies.c.name == name)
            found = self.connection.execute(select(tallies.c.rows, tallies.c.digest).where(key)).first()
            rows, digest = (found.rows, tally.unpack(found.digest)) if found else (0, 0)
            self.connection.execute(delete(tallies).where(key))
            after = tally.pack(tally.add(digest, self._digests[name]))
            values = {"unit": self.unit, "name": name, "rows": rows + self._rows[name], "digest": after}
            self.connection.execute(insert(tallies), values)

    def _marked(self, table: Table, row: Values) -> dict[str, Column]:
        whole = {"unit": self.unit, **row}
        return {**whole, "mark": mark_of(table, whole)}


@contextmanager
def changing(connection: Connection, unit: str) -> Iterator[Change]:
    """One transaction on the partition of `unit`: whole, or not at all.

    Raises:
        Unavailable: the disk refused; nothing was stored.
    """
    with disk_errors(), connection.begin():
        change = Change(connection, unit)
        yield change
        change.settle()


def _inserting(connection: Connection, table: Table, rows: list[dict[str, Column]]) -> tuple[str, Any]:
    """The statement and its parameters as the driver takes them: compiled once, and not looked at row by row."""
    compiled = insert(table).compile(dialect=connection.dialect)
    if compiled.positiontup is None:
        return str(compiled), rows
    return str(compiled), [tuple(map(row.__getitem__, compiled.positiontup)) for row in rows]


def mark_of(table: Table, row: Values) -> str:
    """The mark a row of `table` should bear."""
    name, columns = _plainly(table)
    return tally.pack(tally.row_digest(name, [row[column] for column in columns]))


@cache
def _plainly(table: Table) -> tuple[str, tuple[str, ...]]:
    """A table's name and those of its columns but the mark, as plain text: SQLAlchemy's own kind of text is looked
    over by whoever encodes it."""
    return str(table.name), tuple(str(column.name) for column in list(table.columns)[:-1])


def _key_columns(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns if column.name != "unit"]


def _where(table: Table, unit: str, keys: Sequence[tuple[Column, ...]]) -> ColumnElement[bool]:
    columns = [table.c[name] for name in _key_columns(table)]
    if len(columns) == 1:
        return and_(table.c.unit == unit, columns[0].in_([key[0] for key in keys]))
    return and_(table.c.unit == unit, tuple_(*columns).in_(keys))
