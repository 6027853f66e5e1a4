"""core.db as evidence for `fleet.ledger.verify`: read row by row, believed in nothing.

A row whose columns no longer give its mark is named; so is a number that is missing in a table that numbers its rows,
and one that is too many. Other rows that came or went show in the tally of their table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from edge.store.ledger import read_proofs, read_receipts
from edge.store.tallied import ENGINE, KEYS, engine_tally
from fleet.ledger import tally
from fleet.ledger.evidence import Entry, Tally
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import Checkpoint, Held, Proof, Receipt, Row

MISSING_NAMED_MAX = 20
"""Missing numbers named one by one; a table of which more is gone is named as a whole."""
ABSENT = Tally(0, "")
"""No tally at all; equal to none that was ever written."""


class LedgerEvidence:
    """A node's ledger as it lies on disk. The caller's transaction fixes the moment that is looked at."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def operations(self) -> Iterable[Entry]:
        """Every operation row, in order of commit."""
        for row in self._rows("operations"):
            _number, node, incarnation, seq, digest, _kind, _target, _hlc, data, seal, verdict, _mark = row
            head = Head(Author(node, incarnation), seq, digest)
            yield Entry(_record("operations", row), head, Held(data, seal, verdict))

    def documents(self) -> Mapping[str, bytes]:
        """Stored snapshots by document name."""
        return {name: snapshot for name, snapshot, _mark in self._rows("documents")}

    def rows(self, table: str) -> Mapping[str, Row]:
        """Stored projection rows by key."""
        marked = self._db.table(table).rows
        found = [{name: value for name, value in row.items() if name != "mark"} for row in marked]
        return {str(row[KEYS[table][0]]): row for row in found}

    def checkpoint(self) -> Checkpoint:
        """The stored checkpoint, whole."""
        entries = {(part, key): value for part, key, value, _mark in self._rows("entries")}
        return Checkpoint(entries, {target: packed for target, packed, _mark in self._rows("archive")})

    def receipts(self) -> Iterable[Receipt]:
        """Stored receipts."""
        return read_receipts(self._db)

    def proofs(self) -> Iterable[Proof]:
        """Stored proofs of logs that were continued twice."""
        return read_proofs(self._db)

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        """Per row that does not fit its mark, per number missing or too many, and per table: name, tally stored, tally
        counted."""
        stored = {name: Tally(rows, digest) for name, rows, digest in self._db.conn.execute("SELECT * FROM tallies")}
        for table in KEYS:
            expected = stored.pop(table, ABSENT)
            yield from self._table(table, expected)
        for name in ENGINE:
            rows, digest = engine_tally(self._db.conn, name)
            yield name, stored.pop(name, ABSENT), Tally(rows, tally.pack(digest))
        for name, kept in stored.items():
            yield f"tallies {name}", kept, ABSENT

    def _table(self, table: str, expected: Tally) -> Iterator[tuple[str, Tally, Tally]]:
        count = total = 0
        numbers = set[int]()
        for row in self._rows(table):
            digest = tally.row_digest(table, row[:-1])
            if tally.pack(digest) != row[-1]:
                yield _record(table, row), Tally(1, row[-1]), Tally(1, tally.pack(digest))
            elif KEYS[table] == ("number",):
                if not 0 < row[0] <= expected.rows:
                    yield _record(table, row), ABSENT, Tally(1, row[-1])
                numbers.add(row[0])
            count, total = count + 1, tally.add(total, digest)
        if 0 < expected.rows - count <= MISSING_NAMED_MAX and KEYS[table] == ("number",):
            for number in set(range(1, expected.rows + 1)) - numbers:
                yield f"{table} {number}", Tally(1, ""), ABSENT
        yield table, expected, Tally(count, tally.pack(total))

    def _rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        order = ", ".join(KEYS[table])
        return iter(self._db.conn.execute(f"SELECT * FROM {table} ORDER BY {order}"))  # noqa: S608 - names of ours


def _record(table: str, row: tuple[Any, ...]) -> str:
    name = f"{table} {' '.join(str(key) for key in row[: len(KEYS[table])])}"
    if table != "operations":
        return name
    _number, node, incarnation, seq, _hash, kind, target = row[:7]
    return f"{name} ({node}.{incarnation} {seq} {kind} {target})"
