"""When facts were put on record, as far as the receipts held somewhere prove it (see `fleet.rules.timing`).

A node holds the receipts of its own log, central those of every log.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Protocol

from fleet.ledger.certificate import CENTRAL
from fleet.ledger.entries import Placed
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, Head, Operation
from fleet.ledger.store import Receipt
from fleet.rules.timing import Timing


class Receipts(Protocol):
    """Whoever keeps receipts; a `Store` does."""

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """Of all receipts of an author's log: the last for a number up to `seen`, the first for one from `seq` on."""


class Listed:
    """Receipts that lie in a list."""

    def __init__(self, receipts: Iterable[Receipt]) -> None:
        self._by_author: dict[Author, tuple[list[int], list[Receipt]]] = defaultdict(lambda: ([], []))
        for receipt in sorted(receipts, key=lambda receipt: receipt.head.seq):
            seqs, mine = self._by_author[receipt.head.author]
            seqs.append(receipt.head.seq)
            mine.append(receipt)

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """See `Receipts`."""
        seqs, mine = self._by_author.get(author, ([], []))
        last, first = bisect_right(seqs, seen), bisect_left(seqs, seq)
        return (mine[last - 1] if last else None), (mine[first] if first < len(mine) else None)


class StandingReceipts:
    """Those of some receipts that are for operations which stand: of a log that was continued twice (see `forks`) a
    receipt for the other branch proves nothing of this one."""

    def __init__(self, receipts: Receipts, stands: Callable[[Head], bool]) -> None:
        self._receipts, self._stands = receipts, stands

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """See `Receipts`."""
        last, first = self._receipts.receipts_about(author, seen, seq)
        while last and not self._stands(last.head):
            last, _ = self._receipts.receipts_about(author, last.head.seq - 1, seq)
        while first and not self._stands(first.head):
            _, first = self._receipts.receipts_about(author, seen, first.head.seq + 1)
        return last, first


def timing(receipts: Receipts, placed: Placed) -> Timing:
    """When a fact was put on record."""
    _, author, seq = placed.place
    return _timing(receipts, placed.fact.at_ms, author, placed.receipt, seq)


def timing_of(receipts: Receipts, operation: Operation) -> Timing:
    """When an operation was put on record."""
    return _timing(receipts, wall_ms(operation.hlc), operation.author, operation.receipt, operation.seq)


def _timing(receipts: Receipts, at_ms: int, author: Author, seen: int, seq: int) -> Timing:
    """Central's own are by the very clock that receipts are given by."""
    if author.node == CENTRAL:
        return Timing(at_ms, at_ms, at_ms)
    last, covering = receipts.receipts_about(author, seen, seq)
    return Timing(at_ms, last and last.time_ms, covering and covering.time_ms)
