"""A store laid over another: what is committed stays in memory, what lies beneath is read and never written. On it a
replica can take anything in, as it would for good, to see what would become of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from fleet.ledger.operation import Author, Head, read
from fleet.ledger.store import FORK, Batch, Held, Placing, Proof, Receipt, Refusal, Store


class Overlay:
    """A `Store` over `beneath`. Counts what was committed: seals, and persons' signatures that hold."""

    def __init__(self, beneath: Store) -> None:
        self.seals = self.person_signatures = 0
        self._beneath = beneath
        self._log: list[Placing] = []
        self._verdicts: dict[bytes, str] = {}
        self._seals: dict[bytes, bytes] = {}
        self._receipts: dict[Author, Receipt] = {receipt.head.author: receipt for receipt in beneath.receipts()}
        self._refusals = [*beneath.refusals()]
        self._proofs = {(proof.author, proof.seq): proof for proof in beneath.proofs()}
        self._archive: dict[str, bytes] = {}

    def operations(self, after: int = 0) -> Iterable[Held]:
        """Everything beneath but the first `after`, and what was committed since."""
        for held in self._beneath.operations(after):
            yield self._as_now(read(held.data).hash, held) if self._verdicts else held
        for named, seal, verdict in self._log:
            yield self._as_now(named.hash, Held(named.data, seal, verdict))

    def aside(self) -> Iterable[Held]:
        """What does not stand because its log was continued twice."""
        return [held for held in self.operations() if held.verdict == FORK]

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """The author's sealed operations after `after_seq`; see the port."""
        if not self._verdicts and (beneath := self._beneath.run(author, after_seq, size_max)):
            return beneath
        run: list[Held] = []
        size = sealed = 0
        for held in self._standing(author, after_seq):
            size += len(held.data)
            if sealed and size > size_max:
                break
            run.append(held)
            sealed = len(run) if held.seal else sealed
        return run[:sealed]

    def _standing(self, author: Author, after_seq: int) -> list[Held]:
        laid_over: Iterable[Held] = (Held(named.data, seal, verdict) for named, seal, verdict in self._log)
        # Where verdicts changed, what stands beneath may stand no more: it is rare, and may take its time.
        found = ((read(held.data), held) for held in (self.operations() if self._verdicts else laid_over))
        mine = [(one.operation.seq, self._as_now(one.hash, held)) for one, held in found if one.head.author == author]
        return [held for seq, held in sorted(mine, key=lambda one: one[0]) if seq > after_seq and held.verdict != FORK]

    def _as_now(self, digest: bytes, held: Held) -> Held:
        return held._replace(verdict=self._verdicts.get(digest, held.verdict), seal=self._seals.get(digest, held.seal))

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""
        return list(self._receipts.values())

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """Of the receipts beneath and the latest here: the last up to `seen`, the first from `seq` on; see the port."""
        last, first = self._beneath.receipts_about(author, seen, seq)
        latest = self._receipts.get(author)
        if latest and latest.head.seq <= seen:
            last = latest
        if first is None and latest and latest.head.seq >= seq:
            first = latest
        return last, first

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""
        return list(self._refusals)

    def proofs(self) -> Iterable[Proof]:
        """The proofs of logs that were continued twice."""
        return [self._proofs[key] for key in sorted(self._proofs)]

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """The checkpoint beneath: nobody starts from what is laid over it."""
        return self._beneath.entries()

    def archived(self) -> Iterable[str]:
        """What rests beneath."""
        return self._beneath.archived()

    def dossier(self, target: str) -> bytes:
        """A dossier as it rests here, or beneath."""
        return self._archive[target] if target in self._archive else self._beneath.dossier(target)

    def commit(self, batch: Batch) -> None:
        """Keep a batch in memory."""
        if batch.checkpoint:
            self._archive |= batch.checkpoint.archived
        for placing in batch.operations:
            self._log.append(placing)
            self.seals += placing.seal is not None
            self.person_signatures += placing.named.operation.person is not None and not placing.verdict
        self.seals += len(batch.seals)
        self._seals |= _by_hash(batch.seals)
        self._verdicts |= _by_hash(batch.verdicts)
        self._receipts |= {receipt.head.author: receipt for receipt in batch.receipts}
        self._refusals += batch.refusals
        self._proofs |= {(proof.author, proof.seq): proof for proof in batch.proofs}

    def rebuild(self, batches: Iterable[Batch]) -> None:
        """Keep in memory what became other than it was beneath; what is derived is made anew by whoever reads."""
        for batch in list(batches):
            self.commit(batch)


V = TypeVar("V")


def _by_hash(of_heads: Mapping[Head, V]) -> dict[bytes, V]:
    return {head.hash: value for head, value in of_heads.items()}
