"""The ledger's `Store` port on central's database: one unit's partition of it.

Belongs to the thread that owns the connection. A batch is one transaction with its tallies. Receipts are all kept, not
only the latest: the first one that covers a record proves the earliest time by which central held it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Row, Select, func, select

from central.database import disk_errors
from central.tables import DERIVED, TALLIED, archive, documents, entries, forks, operations, receipts, refusals
from central.tallied import Change, Values, changing
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import FORK, RUN_OPERATIONS_MAX, Batch, Checkpoint, Held, Placing, Proof, Receipt, Refusal
from fleet.ledger.tally import Column

PAGE_ROWS = 1_000
"""Rows read in one statement; nobody holds a read open while somebody else thinks."""


class UnitStore:
    """One unit's ledger in central's database."""

    def __init__(self, connection: Connection, unit: str) -> None:
        self._connection, self._unit = connection, unit

    def operations(self, after: int = 0) -> Iterable[Held]:
        """Everything held but the first `after`, in the order it was committed."""
        last = after
        columns = select(operations.c.number, operations.c.data, operations.c.seal, operations.c.verdict)
        mine = columns.where(operations.c.unit == self._unit).order_by(operations.c.number).limit(PAGE_ROWS)
        while rows := self._all(mine.where(operations.c.number > last)):
            for row in rows:
                yield Held(row.data, row.seal, row.verdict)
            last = rows[-1].number

    def aside(self) -> Iterable[Held]:
        """The operations that do not stand because their log was continued twice."""
        rows = self._all(
            select(operations.c.data, operations.c.seal, operations.c.verdict)
            .where(operations.c.unit == self._unit, operations.c.verdict == FORK)
            .order_by(operations.c.number)
        )
        return [Held(row.data, row.seal, row.verdict) for row in rows]

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """Sealed operations of an author after `after_seq`; see the port."""
        run: list[Held] = []
        size = sealed = 0
        for held in self._log(author, after_seq):
            size += len(held.data)
            if sealed and (size > size_max or len(run) >= RUN_OPERATIONS_MAX):
                break
            run.append(held)
            sealed = len(run) if held.seal else sealed
        return run[:sealed]

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""
        latest = {receipt.head.author: receipt for receipt in self.all_receipts()}
        return list(latest.values())

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """The last receipt up to `seen` and the first from `seq` on; see the port."""
        mine = select(receipts).where(
            receipts.c.unit == self._unit,
            receipts.c.node == author.node,
            receipts.c.incarnation == author.incarnation,
        )
        last = self._all(mine.where(receipts.c.seq <= seen).order_by(receipts.c.seq.desc()).limit(1))
        first = self._all(mine.where(receipts.c.seq >= seq).order_by(receipts.c.seq).limit(1))
        return (receipt_of(last[0]) if last else None), (receipt_of(first[0]) if first else None)

    def all_receipts(self) -> list[Receipt]:
        """Every receipt central has given, per author in the order of its log."""
        rows = self._all(
            select(receipts)
            .where(receipts.c.unit == self._unit)
            .order_by(receipts.c.node, receipts.c.incarnation, receipts.c.seq)
        )
        return [receipt_of(row) for row in rows]

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""
        rows = self._all(select(refusals).where(refusals.c.unit == self._unit).order_by(refusals.c.number))
        return [Refusal(head_of(row), row.code, row.time_ms) for row in rows]

    def proofs(self) -> Iterable[Proof]:
        """The proofs of logs that were continued twice."""
        mine = select(forks).where(forks.c.unit == self._unit)
        rows = self._all(mine.order_by(forks.c.node, forks.c.incarnation, forks.c.seq))
        return [proof_of(row) for row in rows]

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """What the last checkpoint says, but for its archive."""
        columns = select(entries.c.part, entries.c.key, entries.c.value)
        return [(row.part, row.key, row.value) for row in self._all(columns.where(entries.c.unit == self._unit))]

    def archived(self) -> Iterable[str]:
        """The targets of the dossiers in the archive."""
        return [row.target for row in self._all(select(archive.c.target).where(archive.c.unit == self._unit))]

    def dossier(self, target: str) -> bytes:
        """A dossier of the archive."""
        mine = select(archive.c.dossier).where(archive.c.unit == self._unit, archive.c.target == target)
        found = self._all(mine)
        if not found:
            raise KeyError(target)
        return bytes(found[0].dossier)

    def without_effect(self, target: str) -> list[Held]:
        """The operations on `target` that have no effect, in the order they were committed."""
        rows = self._all(
            select(operations.c.data, operations.c.seal, operations.c.verdict)
            .where(operations.c.unit == self._unit, operations.c.target == target, operations.c.verdict != "")
            .order_by(operations.c.number)
        )
        return [Held(row.data, row.seal, row.verdict) for row in rows]

    def with_effect(self, target: str) -> list[Held]:
        """The operations on `target` that count, in the order they were committed."""
        rows = self._all(
            select(operations.c.data, operations.c.seal, operations.c.verdict)
            .where(operations.c.unit == self._unit, operations.c.target == target, operations.c.verdict == "")
            .order_by(operations.c.number)
        )
        return [Held(row.data, row.seal, row.verdict) for row in rows]

    def idle_since(self, since_hlc: int) -> list[Held]:
        """The operations since a reading that are held and have no effect, but for branches that do not stand."""
        rows = self._all(
            select(operations.c.data, operations.c.seal, operations.c.verdict)
            .where(
                operations.c.unit == self._unit,
                operations.c.verdict.not_in(("", FORK)),
                operations.c.hlc >= since_hlc,
            )
            .order_by(operations.c.hlc)
        )
        return [Held(row.data, row.seal, row.verdict) for row in rows]

    def last_ms(self) -> int | None:
        """When the unit's own nodes last put something on record, by their clocks (UTC ms); None if they never did."""
        mine = select(operations.c.hlc).where(operations.c.unit == self._unit, operations.c.node != CENTRAL)
        rows = self._all(mine.order_by(operations.c.hlc.desc()).limit(1))
        return wall_ms(rows[0].hlc) if rows else None

    def commit(self, batch: Batch) -> None:
        """Store a batch, whole or not at all; see the port."""
        with changing(self._connection, self._unit) as change:
            _keep(change, batch)

    def rebuild(self, batches: Iterable[Batch]) -> None:
        """Throw away everything derived and store it anew; see the port. What is not derived keeps its tallies: a
        rebuild must not bless a log that was tampered with."""
        with changing(self._connection, self._unit) as change:
            for table in DERIVED:
                change.empty(table)
            for batch in batches:
                _keep(change, batch)

    def _log(self, author: Author, after_seq: int) -> Iterator[Held]:
        columns = select(operations.c.seq, operations.c.data, operations.c.seal, operations.c.verdict)
        mine = columns.where(
            operations.c.unit == self._unit,
            operations.c.node == author.node,
            operations.c.incarnation == author.incarnation,
            operations.c.verdict != FORK,
        ).order_by(operations.c.seq)
        while rows := self._all(mine.where(operations.c.seq > after_seq).limit(PAGE_ROWS)):
            for row in rows:
                yield Held(row.data, row.seal, row.verdict)
            after_seq = rows[-1].seq

    def _all(self, query: Select[tuple[object, ...]]) -> list[Row[tuple[object, ...]]]:
        if self._connection.in_transaction():  # somebody makes anew what follows from what is read here
            return list(self._connection.execute(query).all())
        with disk_errors(), self._connection.begin():
            return list(self._connection.execute(query).all())


def head_of(row: Row[tuple[object, ...]]) -> Head:
    """The head a row's columns name."""
    return Head(Author(row.node, row.incarnation), row.seq, row.hash)


def receipt_of(row: Row[tuple[object, ...]]) -> Receipt:
    """The receipt a row holds."""
    return Receipt(head_of(row), row.time_ms, row.signature)


def proof_of(row: Row[tuple[object, ...]]) -> Proof:
    """The proof of a fork a row holds."""
    return Proof(Author(row.node, row.incarnation), row.seq, row.proof)


def _keep(change: Change, batch: Batch) -> None:
    first = _next_number(change, "operations") if batch.operations else 0
    change.insert(operations, map(_operation, range(first, first + len(batch.operations)), batch.operations))
    change.replace(operations, [_row_at(change, head) | {"seal": seal} for head, seal in batch.seals.items()])
    verdicts = batch.verdicts.items()
    change.replace(operations, [_row_at(change, head) | {"verdict": verdict} for head, verdict in verdicts])
    if batch.checkpoint:
        _rest(change, batch.checkpoint)
    change.replace(documents, [{"name": name, "snapshot": data} for name, data in batch.documents.items()])
    change.replace(receipts, list(map(_receipt, batch.receipts)))
    first = _next_number(change, "refusals") if batch.refusals else 0
    change.insert(refusals, map(_refusal, range(first, first + len(batch.refusals)), batch.refusals))
    change.replace(forks, list(map(_proof, batch.proofs)))
    for table, rows in batch.rows.items():
        change.replace(TALLIED[table], [row for row in rows.values() if row is not None])
        change.drop(TALLIED[table], [(key,) for key, row in rows.items() if row is None])


def _next_number(change: Change, name: str) -> int:
    table = TALLIED[name]
    last = change.connection.execute(select(func.max(table.c.number)).where(table.c.unit == change.unit)).scalar()
    return (last or 0) + 1


def _operation(number: int, placing: Placing) -> Values:
    operation = placing.named.operation
    rest: Values = {
        "kind": operation.kind,
        "target": operation.target,
        "hlc": operation.hlc,
        "data": placing.named.data,
    }
    return {"number": number, **_head(placing.named.head), **rest, "seal": placing.seal, "verdict": placing.verdict}


def _rest(change: Change, checkpoint: Checkpoint) -> None:
    made = {key: value for key, value in checkpoint.entries.items() if value is not None}
    change.drop(entries, [key for key, value in checkpoint.entries.items() if value is None])
    change.replace(entries, [{"part": part, "key": key, "value": value} for (part, key), value in made.items()])
    change.drop(archive, [(target,) for target in checkpoint.woken])
    change.replace(archive, [{"target": name, "dossier": packed} for name, packed in checkpoint.archived.items()])
    change.drop(documents, [(target,) for target in checkpoint.archived])


def _row_at(change: Change, head: Head) -> dict[str, Column]:
    mine = select(operations).where(
        operations.c.unit == change.unit,
        operations.c.node == head.author.node,
        operations.c.incarnation == head.author.incarnation,
        operations.c.seq == head.seq,
        operations.c.hash == head.hash,
    )
    row = change.connection.execute(mine).mappings().one()
    return {name: value for name, value in row.items() if name not in {"unit", "mark"}}


def _proof(proof: Proof) -> Values:
    author = proof.author
    return {"node": author.node, "incarnation": author.incarnation, "seq": proof.seq, "proof": proof.data}


def _receipt(receipt: Receipt) -> Values:
    return {**_head(receipt.head), "time_ms": receipt.time_ms, "signature": receipt.signature}


def _refusal(number: int, refusal: Refusal) -> Values:
    return {"number": number, **_head(refusal.head), "code": refusal.code, "time_ms": refusal.time_ms}


def _head(head: Head) -> Values:
    return {"node": head.author.node, "incarnation": head.author.incarnation, "seq": head.seq, "hash": head.hash}
