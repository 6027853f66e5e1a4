"""The disk port, simulated: a `Store` whose commits are whole or not at all, that can be full and survives a crash.

What is in the object is what a power cut leaves; a machine that restarts builds its replica from the same disk again.
`strike` arms the next commit: the power goes just before it (nothing is stored) or just after it (all of it is stored,
and nobody was told).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Literal

from fleet.errors import Unavailable
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import FORK, RUN_OPERATIONS_MAX, Batch, Checkpoint, Held, Placing, Proof, Receipt, Refusal, Row


class PowerCut(BaseException):
    """The machine of `disk` is dead. No code of the project may catch it, and none could."""

    def __init__(self, disk: SimulatedDisk) -> None:
        super().__init__()
        self.disk = disk


class SimulatedDisk:
    """A unit's ledger on a disk. One that lies has only `flushed` when its power is gone, whatever it said."""

    def __init__(self) -> None:
        self.log: list[Placing] = []
        self.logs: dict[Author, list[Placing]] = {}
        self.snapshots: dict[str, bytes] = {}
        self.standing: dict[tuple[str, str], bytes] = {}
        self.archive: dict[str, bytes] = {}
        self.tables: dict[str, dict[str, Row]] = {}
        self.given: dict[Author, Receipt] = {}
        self.ever_given: dict[Author, list[Receipt]] = {}
        self.refused: list[Refusal] = []
        self.proved: dict[tuple[Author, int], Proof] = {}
        self.overruled: set[tuple[Head, str]] = set()  # verdicts from before another branch of a log came to stand
        self.flushed: SimulatedDisk | None = None
        self.full = False
        self.strike: Literal["", "before", "after"] = ""
        self.commits = 0
        self.refused_commits = 0

    def copied(self) -> SimulatedDisk:
        """Another disk with the same on it."""
        other = SimulatedDisk()
        other.log, other.refused = [*self.log], [*self.refused]
        other.overruled = {*self.overruled}
        other._index(other.log)
        for name in ("snapshots", "standing", "archive", "given", "proved"):
            getattr(other, name).update(getattr(self, name))
        other.ever_given = {author: [*given] for author, given in self.ever_given.items()}
        other.tables = {table: dict(rows) for table, rows in self.tables.items()}
        return other

    def holds(self, head: Head) -> bool:
        """Whether an operation is held, whether it stands or not."""
        log = self.logs.get(head.author, [])
        if len(log) >= head.seq and log[head.seq - 1].named.hash == head.hash:
            return True
        return any(placing.named.head == head for placing in self.log if placing.verdict == FORK)

    def operations(self, after: int = 0) -> Iterable[Held]:
        return [Held(placing.named.data, placing.seal, placing.verdict) for placing in self.log[after:]]

    def aside(self) -> Iterable[Held]:
        return [Held(placing.named.data, placing.seal, FORK) for placing in self.log if placing.verdict == FORK]

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        run: list[Held] = []
        size, sealed = 0, 0
        for placing in self.logs.get(author, [])[after_seq:]:
            size += len(placing.named.data)
            if sealed and (size > size_max or len(run) >= RUN_OPERATIONS_MAX):
                break
            run.append(Held(placing.named.data, placing.seal, placing.verdict))
            sealed = len(run) if placing.seal else sealed
        return run[:sealed]

    def receipts(self) -> Iterable[Receipt]:
        return list(self.given.values())

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        given = self.ever_given.get(author, [])
        last = next((receipt for receipt in reversed(given) if receipt.head.seq <= seen), None)
        return last, next((receipt for receipt in given if receipt.head.seq >= seq), None)

    def refusals(self) -> Iterable[Refusal]:
        return list(self.refused)

    def proofs(self) -> Iterable[Proof]:
        return [self.proved[key] for key in sorted(self.proved)]

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        return [(part, key, value) for (part, key), value in self.standing.items()]

    def archived(self) -> Iterable[str]:
        return list(self.archive)

    def dossier(self, target: str) -> bytes:
        return self.archive[target]

    def commit(self, batch: Batch) -> None:
        self._transact([batch], anew=False)

    def rebuild(self, batches: Iterable[Batch]) -> None:
        self._transact(list(batches), anew=True)

    def _transact(self, batches: list[Batch], *, anew: bool) -> None:
        strike, self.strike = self.strike, ""
        if strike == "before":
            raise PowerCut(self)
        if self.full:
            self.refused_commits += 1
            raise Unavailable("disk_full")
        if anew:
            self._overrule({head: verdict for batch in batches for head, verdict in batch.verdicts.items()})
            for derived in (self.snapshots, self.standing, self.archive, self.tables):
                derived.clear()
        for batch in batches:
            self._keep(batch)
        if strike == "after":
            raise PowerCut(self)

    def power_cut(self) -> None:
        """The machine lost its power. This disk has nothing in flight to lose."""
        self.strike = ""

    def _keep(self, batch: Batch) -> None:
        self.commits += 1
        self.log.extend(batch.operations)
        for head, mark in batch.seals.items():
            at = self._at(head)
            self.log[at] = self.log[at]._replace(seal=mark)
        for head, verdict in batch.verdicts.items():
            at = self._at(head)
            self.log[at] = self.log[at]._replace(verdict=verdict)
        if batch.seals or batch.verdicts:
            self.logs.clear()
        self._index(self.log if batch.seals or batch.verdicts else batch.operations)
        self.proved.update({(proof.author, proof.seq): proof for proof in batch.proofs})
        if batch.checkpoint:
            self._rest(batch.checkpoint)
        self.snapshots.update(batch.documents)
        for table, rows in batch.rows.items():
            kept = self.tables.setdefault(table, {})
            kept.update({key: row for key, row in rows.items() if row is not None})
            for key in [key for key, row in rows.items() if row is None]:
                kept.pop(key, None)
        for receipt in batch.receipts:
            self.given[receipt.head.author] = receipt
            self.ever_given.setdefault(receipt.head.author, []).append(receipt)
        self.refused.extend(batch.refusals)

    def _overrule(self, verdicts: Mapping[Head, str]) -> None:
        """Remember what was said of operations until now, if what stands of a log that was continued twice changes."""
        before = {head: self.log[self._at(head)].verdict for head in verdicts}
        if FORK in {*before.values(), *verdicts.values()}:
            self.overruled |= {(head, verdict) for head, verdict in before.items() if verdict != FORK}

    def _rest(self, checkpoint: Checkpoint) -> None:
        for key, value in checkpoint.entries.items():
            if value is None:
                self.standing.pop(key, None)
            else:
                self.standing[key] = value
        for target in checkpoint.woken:
            del self.archive[target]
        self.archive.update(checkpoint.archived)
        for target in checkpoint.archived:
            self.snapshots.pop(target, None)

    def _at(self, head: Head) -> int:
        return next(at for at in range(len(self.log) - 1, -1, -1) if self.log[at].named.head == head)

    def _index(self, placed: Iterable[Placing]) -> None:
        """`logs` are the operations that stand, by author, in sequence."""
        for placing in placed:
            if placing.verdict != FORK:
                log = self.logs.setdefault(placing.named.operation.author, [])
                insort(log, placing, key=lambda one: one.named.operation.seq)
