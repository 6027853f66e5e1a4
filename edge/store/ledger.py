"""core.db: the `Store` port of the ledger on SQLite, and the same file as evidence for `verify`.

Belongs to one thread. A batch is one transaction, and every row put in or replaced moves the tally of its table in the
same transaction, so that a row taken out behind the program's back shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from edge.store.engine import transaction
from fleet.ledger.operation import Author, Head
from fleet.ledger.projection import TABLES
from fleet.ledger.store import RUN_OPERATIONS_MAX, Batch, Held, Receipt, Refusal, Row
from fleet.ledger.tally import Column, pack, row_digest, unpack
from fleet.ledger.verify import Entry, Tally

_OPERATION = "number, node, incarnation, seq, hash, kind, target, hlc, data, seal, verdict"
_TALLIED = ("operations", "documents", "receipts", "refusals", *TABLES)
_KEYS: dict[str, tuple[str, ...]] = {
    "documents": ("name",),
    "receipts": ("node", "incarnation"),
    "orders": ("id",),
    "vehicles": ("plate",),
    "people": ("id",),
}
_TOPICS = {"orders": "orders", "vehicles": "vehicles", "receipts": "sync", "refusals": "sync", "operations": "ledger"}


class LedgerStore:
    """One unit's ledger on this disk. `touched` collects the topics of what was committed since it was last emptied."""

    def __init__(self, db: Database, path: Path) -> None:
        self.touched: set[str] = set()
        self._db, self._path, self._conn = db, path, db.conn

    # -- the Store port ---------------------------------------------------------------------------------------------

    def operations(self) -> Iterable[Held]:
        """Everything held, in the order it was committed."""
        for data, seal, verdict in self._conn.execute("SELECT data, seal, verdict FROM operations ORDER BY number"):
            yield Held(data, seal, verdict)

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """Sealed operations of an author after `after_seq`; see the port."""
        run: list[Held] = []
        size = sealed = 0
        for data, seal, verdict in self._conn.execute(
            "SELECT data, seal, verdict FROM operations WHERE node=? AND incarnation=? AND seq>? ORDER BY seq",
            (*author, after_seq),
        ):
            size += len(data)
            if sealed and (size > size_max or len(run) >= RUN_OPERATIONS_MAX):
                break
            run.append(Held(data, seal, verdict))
            sealed = len(run) if seal else sealed
        return run[:sealed]

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""
        rows = self._conn.execute("SELECT node, incarnation, seq, hash, time_ms, signature FROM receipts").fetchall()
        return [Receipt(Head(Author(row[0], row[1]), row[2], row[3]), row[4], row[5]) for row in rows]

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""
        rows = self._conn.execute("SELECT node, incarnation, seq, hash, code, time_ms FROM refusals ORDER BY number")
        return [Refusal(Head(Author(row[0], row[1]), row[2], row[3]), row[4], row[5]) for row in rows.fetchall()]

    def commit(self, batch: Batch) -> None:
        """Store a batch, whole or not at all."""
        with transaction(self._db, self._path):
            moved: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            for placing in batch.operations:
                operation = placing.named.operation
                values = (*operation.author, operation.seq, placing.named.hash, operation.kind, operation.target)
                rest = (operation.hlc, placing.named.data, placing.seal, placing.verdict)
                self._insert("operations", (*values, *rest), moved)
            for name, snapshot in batch.documents.items():
                self._replace("documents", {"name": name, "snapshot": snapshot}, moved)
            for receipt in batch.receipts:
                self._replace("receipts", _receipt_row(receipt), moved)
            for refusal in batch.refusals:
                head = refusal.head
                self._insert("refusals", (*head.author, head.seq, head.hash, refusal.code, refusal.time_ms), moved)
            for table, rows in batch.rows.items():
                for row in rows.values():
                    self._replace(table, row, moved)
            self._move_tallies(moved)
        self.touched |= {_TOPICS[table] for table in moved if table in _TOPICS}

    # -- evidence ---------------------------------------------------------------------------------------------------

    def entries(self) -> Iterable[Entry]:
        """Every operation row with the columns beside its bytes."""
        for row in self._conn.execute(f"SELECT {_OPERATION} FROM operations ORDER BY number"):  # noqa: S608
            number, node, incarnation, seq, digest, kind, target, _hlc, data, seal, verdict = row
            record = f"operations {number} ({node}.{incarnation} {seq} {kind} {target})"
            yield Entry(record, Head(Author(node, incarnation), seq, digest), Held(data, seal, verdict))

    def documents(self) -> Mapping[str, bytes]:
        """Stored snapshots by document name."""
        return dict(self._conn.execute("SELECT name, snapshot FROM documents").fetchall())

    def rows(self, table: str) -> Mapping[str, Row]:
        """Stored projection rows by key."""
        return {str(row[_KEYS[table][0]]): row for row in self._db.table(table).rows}

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        """Per table: the tally as committed and as counted now."""
        stored = {name: Tally(rows, digest) for name, rows, digest in self._conn.execute("SELECT * FROM tallies")}
        for table in _TALLIED:
            rows = self._conn.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of ours
            counted = Tally(len(rows), pack(sum(row_digest(table, row) for row in rows)))
            yield table, stored.pop(table, Tally(0, pack(0))), counted
        for name, tally in stored.items():
            yield name, tally, Tally(0, pack(0))

    def rebuild(self, documents: Mapping[str, bytes], rows: Mapping[str, Mapping[str, Row]]) -> None:
        """Throw away everything derived and store it anew, as folded from the log."""
        with transaction(self._db, self._path):
            for table in ("documents", *TABLES):
                self._conn.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
                self._conn.execute("DELETE FROM tallies WHERE name=?", (table,))
            moved: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            for name, snapshot in documents.items():
                self._replace("documents", {"name": name, "snapshot": snapshot}, moved)
            for table, entries in rows.items():
                for row in entries.values():
                    self._replace(table, row, moved)
            self._move_tallies(moved)

    # -- rows and tallies -------------------------------------------------------------------------------------------

    def _insert(self, table: str, values: Sequence[Column], moved: dict[str, list[int]]) -> None:
        marks = ",".join("?" * (len(values) + 1))
        cursor = self._conn.execute(f"INSERT INTO {table} VALUES ({marks})", (None, *values))  # noqa: S608
        _count(moved, table, 1, row_digest(table, (cursor.lastrowid, *values)))

    def _replace(self, table: str, row: Mapping[str, object], moved: dict[str, list[int]]) -> None:
        where = " AND ".join(f"{key}=?" for key in _KEYS[table])
        keys = tuple(row[key] for key in _KEYS[table])
        old = self._conn.execute(f"SELECT * FROM {table} WHERE {where}", keys).fetchone()  # noqa: S608
        if old is not None:
            _count(moved, table, -1, -row_digest(table, old))
        marks = ",".join("?" * len(row))
        columns = ",".join(row)
        self._conn.execute(f"REPLACE INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
        new = self._conn.execute(f"SELECT * FROM {table} WHERE {where}", keys).fetchone()  # noqa: S608
        _count(moved, table, 1, row_digest(table, new))

    def _move_tallies(self, moved: Mapping[str, Sequence[int]]) -> None:
        for table, (rows, digest) in moved.items():
            found = self._conn.execute("SELECT rows, digest FROM tallies WHERE name=?", (table,)).fetchone()
            before = (found[0], unpack(found[1])) if found else (0, 0)
            after = (table, before[0] + rows, pack(before[1] + digest))
            self._conn.execute("REPLACE INTO tallies VALUES (?,?,?)", after)


class LedgerEvidence:
    """A `LedgerStore` as `verify` wants it: the same file, read row by row and believed in nothing."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.documents, self.rows = store.documents, store.rows
        self.receipts, self.tallies = store.receipts, store.tallies
        self.operations = store.entries


def _count(moved: dict[str, list[int]], table: str, rows: int, digest: int) -> None:
    moved[table][0] += rows
    moved[table][1] += digest


def _receipt_row(receipt: Receipt) -> dict[str, object]:
    (node, incarnation), seq, digest = receipt.head
    values = {"node": node, "incarnation": incarnation, "seq": seq, "hash": digest}
    return values | {"time_ms": receipt.time_ms, "signature": receipt.signature}
