"""core.db: the `Store` port of the ledger on SQLite. Belongs to one thread; a batch is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlite_utils import Database

from edge.store import migrations
from edge.store.engine import disk_errors, transaction
from edge.store.tallied import Change, begin_tallies, disagreeing
from fleet.errors import Unavailable
from fleet.ledger.operation import Author, Head
from fleet.ledger.projection import TABLES
from fleet.ledger.store import FORK, RUN_OPERATIONS_MAX, Batch, Checkpoint, Held, Placing, Proof, Receipt, Refusal
from fleet.ledger.tally import Column

_TOPICS = {
    "orders": "orders",
    "vehicles": "vehicles",
    "cases": "cases",
    "receipts": "sync",
    "refusals": "sync",
    "operations": "ledger",
    "forks": "sync",
}

PAGE_ROWS = 1_000
"""Operations read in one statement; nobody holds a read open while somebody else writes."""
DERIVED = ("documents", "entries", "archive", *TABLES)
"""The tables the log can make again."""
DERIVED_VERSION = 6
"""Of what they are made; raised when a row of theirs gets another form. The file remembers it as its `user_version`."""


class LedgerStore:
    """One unit's ledger on this disk, its tables made if they are not there yet. `touched` collects the topics of what
    was committed since it was last emptied."""

    def __init__(self, db: Database, path: Path) -> None:
        self.touched: set[str] = set()
        self._db, self._path, self._conn = db, path, db.conn
        with disk_errors(path):
            unmade = migrations.unmade(db, migrations.core, path)
        if unmade:
            with transaction(db, path):
                migrations.core.apply(db)
                begin_tallies(self._conn)
                if not any(True for _ in self.operations()):
                    self._derived_now()

    @property
    def outgrown(self) -> bool:
        """Whether what is derived was derived by an earlier version, and must be made anew."""
        with disk_errors(self._path):
            (version,) = self._conn.execute("PRAGMA user_version").fetchone()
        return bool(version < DERIVED_VERSION)

    def look_through(self) -> None:
        """See whether everything adds up, as after a power cut: what is derived is made anew if it does not.

        Raises:
            Unavailable: `database_damaged`: of the log something is missing, or older than it should be.
        """
        with disk_errors(self._path):
            astray = disagreeing(self._conn)
            if lost := sorted(astray.difference(DERIVED)):
                raise Unavailable("database_damaged", file=str(self._path), detail=" ".join(lost))
            if astray:
                self._conn.execute("PRAGMA user_version=0")

    def _derived_now(self) -> None:
        self._conn.execute(f"PRAGMA user_version={DERIVED_VERSION}")

    def operations(self, after: int = 0) -> Iterable[Held]:
        """Everything held but the first `after`, in the order it was committed."""
        paged = "SELECT data, seal, verdict, number FROM operations WHERE number>? ORDER BY number LIMIT ?"
        while rows := self.query(paged, (after, PAGE_ROWS)):
            for data, seal, verdict, _number in rows:
                yield Held(data, seal, verdict)
            after = rows[-1][-1]

    def aside(self) -> Iterable[Held]:
        """The operations that do not stand because their log was continued twice."""
        rows = self.query("SELECT data, seal, verdict FROM operations WHERE verdict='fork' ORDER BY number", ())
        return [Held(*row) for row in rows]

    def without_effect(self, since_hlc: int) -> list[Held]:
        """The operations since a reading that are held and have no effect, but for branches that do not stand."""
        untaken = "SELECT data, seal, verdict FROM operations WHERE verdict NOT IN ('', 'fork') AND hlc>=? ORDER BY hlc"
        return [Held(*row) for row in self.query(untaken, (since_hlc,))]

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """Sealed operations of an author after `after_seq`; see the port."""
        run: list[Held] = []
        size = sealed = 0
        with disk_errors(self._path):
            for data, seal, verdict in self._conn.execute(
                "SELECT data, seal, verdict FROM operations"
                " WHERE node=? AND incarnation=? AND seq>? AND verdict<>? ORDER BY seq",
                (*author, after_seq, FORK),
            ):
                size += len(data)
                if sealed and (size > size_max or len(run) >= RUN_OPERATIONS_MAX):
                    break
                run.append(Held(data, seal, verdict))
                sealed = len(run) if seal else sealed
        return run[:sealed]

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""
        with disk_errors(self._path):
            return list({receipt.head.author: receipt for receipt in read_receipts(self._db)}.values())

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """The last receipt up to `seen` and the first from `seq` on; see the port."""
        mine = "SELECT * FROM receipts WHERE node=? AND incarnation=? AND"
        with disk_errors(self._path):
            last = self._conn.execute(f"{mine} seq<=? ORDER BY seq DESC LIMIT 1", (*author, seen)).fetchone()
            first = self._conn.execute(f"{mine} seq>=? ORDER BY seq LIMIT 1", (*author, seq)).fetchone()
        return last and _receipt(last), first and _receipt(first)

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""
        with disk_errors(self._path):
            rows = self._conn.execute("SELECT * FROM refusals ORDER BY number").fetchall()
        return [Refusal(Head(Author(row[1], row[2]), row[3], row[4]), row[5], row[6]) for row in rows]

    def proofs(self) -> Iterable[Proof]:
        """The proofs of logs that were continued twice."""
        with disk_errors(self._path):
            return read_proofs(self._db)

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """What the last checkpoint says, but for its archive."""
        with disk_errors(self._path):
            return list(self._conn.execute("SELECT part, key, value FROM entries"))

    def archived(self) -> Iterable[str]:
        """The targets of the dossiers in the archive."""
        with disk_errors(self._path):
            return [target for (target,) in self._conn.execute("SELECT target FROM archive")]

    def dossier(self, target: str) -> bytes:
        """A dossier of the archive."""
        with disk_errors(self._path):
            found = self._conn.execute("SELECT dossier FROM archive WHERE target=?", (target,)).fetchone()
        if found is None:
            raise KeyError(target)
        return bytes(found[0])

    def query(self, sql: str, given: Sequence[str | int]) -> list[tuple[Any, ...]]:
        """Rows as they were last committed."""
        with disk_errors(self._path):
            return self._conn.execute(sql, given).fetchall()

    def commit(self, batch: Batch) -> None:
        """Store a batch, whole or not at all."""
        with transaction(self._db, self._path):
            change = Change(self._conn)
            self._keep(change, batch)
            change.settle()
        self.touched |= {_TOPICS[table] for table in change.tables if table in _TOPICS}

    def _keep(self, change: Change, batch: Batch) -> None:
        for placing in batch.operations:
            change.append("operations", _operation_row(placing))
        for head, seal in batch.seals.items():
            change.replace("operations", _row_at(self._conn, head) | {"seal": seal})
        for head, verdict in batch.verdicts.items():
            change.replace("operations", _row_at(self._conn, head) | {"verdict": verdict})
        for receipt in batch.receipts:
            change.replace("receipts", _receipt_row(receipt))
        for refusal in batch.refusals:
            head = refusal.head
            change.append("refusals", (*head.author, head.seq, head.hash, refusal.code, refusal.time_ms))
        for (node, incarnation), seq, proof in batch.proofs:
            change.replace("forks", {"node": node, "incarnation": incarnation, "seq": seq, "proof": proof})
        _derive(change, batch)

    def rebuild(self, batches: Iterable[Batch]) -> None:
        """Throw away everything derived and store it anew, as `batches` fold it from the log; see the port. What is not
        derived stays as it is, with its tallies: a rebuild must not bless a log that was tampered with."""
        with transaction(self._db, self._path):
            change = Change(self._conn)
            for table in DERIVED:
                change.empty(table)
            for batch in batches:
                self._keep(change, batch)
            change.settle()
            self._derived_now()
        self.touched |= {_TOPICS[table] for table in change.tables if table in _TOPICS}

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def read_receipts(db: Database) -> list[Receipt]:
    """The receipts a database holds, per author in the order of its log."""
    return [_receipt(row) for row in db.conn.execute("SELECT * FROM receipts ORDER BY node, incarnation, seq")]


def _receipt(row: Sequence[Any]) -> Receipt:
    return Receipt(Head(Author(row[0], row[1]), row[2], row[3]), row[4], row[5])


def read_proofs(db: Database) -> list[Proof]:
    """The proofs of forks a database holds."""
    rows = db.conn.execute("SELECT node, incarnation, seq, proof FROM forks ORDER BY node, incarnation, seq").fetchall()
    return [Proof(Author(row[0], row[1]), row[2], row[3]) for row in rows]


def _derive(change: Change, batch: Batch) -> None:
    if batch.checkpoint:
        _rest(change, batch.checkpoint)
    for name, snapshot in batch.documents.items():
        change.replace("documents", {"name": name, "snapshot": snapshot})
    for table, entries in batch.rows.items():
        for key, row in entries.items():
            if row is None:
                change.drop(table, (key,))
            else:
                change.replace(table, row)


def _rest(change: Change, checkpoint: Checkpoint) -> None:
    for (part, key), value in checkpoint.entries.items():
        if value is None:
            change.drop("entries", (part, key))
        else:
            change.replace("entries", {"part": part, "key": key, "value": value})
    for target in checkpoint.woken:
        change.drop("archive", (target,))
    for target, packed in checkpoint.archived.items():
        change.replace("archive", {"target": target, "dossier": packed})
        change.drop("documents", (target,))


def _operation_row(placing: Placing) -> tuple[Column, ...]:
    operation, data, digest = placing.named
    what = (operation.kind, operation.target, operation.hlc, data, placing.seal, placing.verdict)
    return (*operation.author, operation.seq, digest, *what)


def _row_at(connection: dbapi2.Connection, head: Head) -> dict[str, Column]:
    found = connection.execute(
        "SELECT * FROM operations WHERE node=? AND incarnation=? AND seq=? AND hash=?",
        (*head.author, head.seq, head.hash),
    )
    names = [column[0] for column in found.description]
    row = dict(zip(names, found.fetchone(), strict=True))
    del row["mark"]
    return row


def _receipt_row(receipt: Receipt) -> dict[str, Column]:
    (node, incarnation), seq, digest = receipt.head
    values: dict[str, Column] = {"node": node, "incarnation": incarnation, "seq": seq, "hash": digest}
    return values | {"time_ms": receipt.time_ms, "signature": receipt.signature}
