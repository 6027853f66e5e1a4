"""Central's database as evidence for `fleet.ledger.verify`: read row by row, believed in nothing.

A row whose columns no longer give its mark is named. Rows that came or went show in the count and the tally of their
table; in tables that number their rows, the missing numbers are named too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, Row, Table, select, union

from central.store import head_of, proof_of, receipt_of
from central.tables import TALLIED, archive, documents, entries, forks, operations, receipts, tallies
from central.tallied import mark_of
from fleet.ledger import tally
from fleet.ledger.evidence import Entry, Tally
from fleet.ledger.store import Checkpoint, Held, Proof, Receipt
from fleet.ledger.store import Row as Projected

GAPS_NAMED_MAX = 20
"""Missing numbers named one by one; a table of which more is gone is named as a whole."""


class UnitEvidence:
    """The partition of one unit (or of central itself). The caller's transaction fixes the moment that is looked at."""

    def __init__(self, connection: Connection, unit: str) -> None:
        self._connection, self._unit = connection, unit

    def operations(self) -> Iterable[Entry]:
        """Every operation row, in order of commit."""
        for row in self._rows(operations):
            yield Entry(_record(operations, row), head_of(row), Held(row.data, row.seal, row.verdict))

    def documents(self) -> Mapping[str, bytes]:
        """Stored snapshots by document name."""
        return {row.name: row.snapshot for row in self._rows(documents)}

    def rows(self, table: str) -> Mapping[str, Projected]:
        """Stored projection rows by key."""
        found = TALLIED[table]
        names = [column.name for column in found.columns if column.name not in {"unit", "mark"}]
        return {str(getattr(row, names[0])): {name: getattr(row, name) for name in names} for row in self._rows(found)}

    def checkpoint(self) -> Checkpoint:
        """The stored checkpoint, whole."""
        held = {(row.part, row.key): row.value for row in self._rows(entries)}
        return Checkpoint(held, {row.target: row.dossier for row in self._rows(archive)})

    def receipts(self) -> Iterable[Receipt]:
        """Stored receipts."""
        return [receipt_of(row) for row in self._rows(receipts)]

    def proofs(self) -> Iterable[Proof]:
        """Stored proofs of logs that were continued twice."""
        return [proof_of(row) for row in self._rows(forks)]

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        """Per row that does not fit its mark, per missing number and per table: name, tally stored, tally counted."""
        mine = select(tallies).where(tallies.c.unit == self._unit)
        stored = {row.name: Tally(row.rows, row.digest) for row in self._connection.execute(mine)}
        nothing = Tally(0, tally.pack(0))
        for name, table in TALLIED.items():
            count = total = number = 0
            for row in self._rows(table):
                mark = mark_of(table, row._asdict())
                if mark != row.mark:
                    yield _record(table, row), Tally(1, row.mark), Tally(1, mark)
                if "number" in table.c:
                    yield from _gap(table, number, row.number)
                    number = row.number
                count, total = count + 1, tally.add(total, tally.unpack(mark))
            yield name, stored.pop(name, nothing), Tally(count, tally.pack(total))
        for name, kept in stored.items():
            yield name, kept, nothing

    def _rows(self, table: Table) -> Iterator[Row[tuple[object, ...]]]:
        keys = [column for column in table.primary_key.columns if column.name != "unit"]
        return iter(self._connection.execute(select(table).where(table.c.unit == self._unit).order_by(*keys)))


def partitions(connection: Connection) -> list[str]:
    """Every partition there is a row or a tally of."""
    tables = [*TALLIED.values(), tallies]
    return sorted(connection.execute(union(*(select(table.c.unit) for table in tables))).scalars().all())


def _gap(table: Table, before: int, after: int) -> Iterator[tuple[str, Tally, Tally]]:
    missing = range(before + 1, after)
    if len(missing) <= GAPS_NAMED_MAX:
        for number in missing:
            yield f"{table.name} {number}", Tally(1, ""), Tally(0, "")


def _record(table: Table, row: Row[tuple[object, ...]]) -> str:
    keys = " ".join(str(getattr(row, column.name)) for column in table.primary_key.columns if column.name != "unit")
    if table is operations:
        return f"{table.name} {keys} ({row.node}.{row.incarnation} {row.seq} {row.kind} {row.target})"
    return f"{table.name} {keys}"
