"""What has been said about the logs held here: central's receipts for them, and what was refused of them and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.ledger.delta import Delta
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import REFUSALS_MAX, Batch, Placing, Receipt, Refusal, Store
from fleet.ledger.suite import SigningKey
from fleet.ports import Clock


class Standing:
    """Receipts and refusals of one unit. `heads` is what is held of each author, now and whenever it is asked."""

    def __init__(self, store: Store, clock: Clock, heads: Mapping[Author, Head]) -> None:
        self.receipts: dict[Author, Receipt] = {receipt.head.author: receipt for receipt in store.receipts()}
        self.refusals: list[Refusal] = list(store.refusals())
        self._store, self._clock, self._heads = store, clock, heads

    def refuse(self, delta: Delta, code: str) -> None:
        """Put on record, once, that a delta was not taken."""
        head = self._heads.get(delta.author) or Head(delta.author, 0, b"")
        self.note_refusal(Refusal(head, code, self._clock.now_ms()))

    def note_refusal(self, refusal: Refusal) -> None:
        """Keep a refusal, once: one made here, or one that another replica sent back. Beyond REFUSALS_MAX about one
        author, or about authors never met, it is not kept."""
        if not self._is_news(refusal, self.refusals):
            return
        self._store.commit(Batch(refusals=(refusal,)))
        self.refusals.append(refusal)

    def of_verdicts(self, placed: Iterable[Placing]) -> tuple[Refusal, ...]:
        """The refusals that follow from the verdicts on operations about to be stored; none of them is kept yet."""
        refused: list[Refusal] = []
        for placing in placed:
            refusal = Refusal(placing.named.head, placing.verdict, self._clock.now_ms())
            if placing.verdict and self._is_news(refusal, [*self.refusals, *refused]):
                refused.append(refusal)
        return tuple(refused)

    def keep_receipt(self, receipt: Receipt) -> None:
        """Keep a receipt that has been checked, unless a later one of its log is kept."""
        known = self.receipts.get(receipt.head.author)
        if known is None or known.head.seq < receipt.head.seq:
            self._keep(receipt)

    def put_back(self, receipt: Receipt) -> None:
        """Keep a receipt that was given here and is lost here; of two for one head the earlier."""
        author, seq, _ = receipt.head
        kept, _ = self._store.receipts_about(author, seq, seq)
        if kept and kept.head == receipt.head and kept.time_ms <= receipt.time_ms:
            return
        self._store.commit(Batch(receipts=(receipt,)))
        latest = self.receipts.get(author)
        if latest is None or latest.head.seq <= seq:
            self.receipts[author] = receipt

    def acknowledge(self, head: Head, key: SigningKey, now_ms: int) -> Receipt:
        """Central's receipt for a committed head; the one given first stays: it proves the earlier time."""
        given = self.receipts.get(head.author)
        if given and given.head == head:
            return given
        receipt = give_receipt(key, head, now_ms)
        self._keep(receipt)
        return receipt

    def _keep(self, receipt: Receipt) -> None:
        self._store.commit(Batch(receipts=(receipt,)))
        self.receipts[receipt.head.author] = receipt

    def _is_news(self, refusal: Refusal, known: list[Refusal]) -> bool:
        met = refusal.head.author in self._heads
        alike = [
            old
            for old in known
            if (old.head.author == refusal.head.author if met else old.head.author not in self._heads)
        ]
        return len(alike) < REFUSALS_MAX and all((old.head, old.code) != (refusal.head, refusal.code) for old in alike)
