"""Runs that need each other's middle: an order to take all of them in, each operation after what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fleet.ledger.delta import Delta
from fleet.ledger.log import Log
from fleet.ledger.operation import ORIGIN, Author, Head, Named

_NOWHERE = Head(Author(0, 0), 0, ORIGIN)


class Order(NamedTuple):
    """Operations in an order that can be followed, and those among them, by hash, that are of branches which do not
    stand (see `forks`)."""

    named: list[Named]
    aside: set[bytes]


def interleaved(runs: Mapping[Delta, Sequence[Named]], log: Log) -> Order:
    """The operations of those runs that can be taken whole; none if no run can."""
    while runs:
        found = _Interleaving(log)
        found.follow(list(runs.values()))
        whole = {delta: run for delta, run in runs.items() if found.has(run[-1]) or log.holds(run[-1].head)}
        if len(whole) == len(runs):
            return Order(list(found.order.values()), found.aside)
        runs = whole
    return Order([], set())


class _Interleaving:
    def __init__(self, log: Log) -> None:
        self.order: dict[bytes, Named] = {}
        self.aside: set[bytes] = set()
        self._log, self._reached = log, dict(log.state.heads)
        self._standing = dict[tuple[Author, int], bytes]()  # what stands of that order, by its place

    def has(self, named: Named) -> bool:
        return named.hash in self.order

    def follow(self, runs: Sequence[Sequence[Named]]) -> None:
        """Take whatever has all it needs, until nothing has."""
        before = -1
        while len(self.order) > before:
            before = len(self.order)
            for run in runs:
                for named in run:
                    self._try(named)

    def _try(self, named: Named) -> None:
        stands = self._stands(named)
        if not (stands or self._parts(named)):
            return
        if all(dep.hash in self.order for dep in self._log.missing(named.operation)):
            self.order[named.hash] = named
            if stands:
                author, seq, digest = self._reached[named.operation.author] = named.head
                self._standing[author, seq] = digest
            else:
                self.aside.add(named.hash)

    def _stands(self, named: Named) -> bool:
        """Whether an operation is the next of what stands of its log."""
        head = self._reached.get(named.operation.author, _NOWHERE)
        return (named.operation.seq, named.operation.prev) == (head.seq + 1, head.hash)

    def _parts(self, named: Named) -> bool:
        """Whether an operation follows a branch that does not stand, or is the first of one."""
        author, seq, _ = named.head
        if named.hash in self.order or self._log.holds(named.head):
            return False
        if named.operation.prev in self.aside or named.operation.prev in self._log.state.aside:
            return True
        return self._hash_at(author, seq - 1) == named.operation.prev and self._hash_at(author, seq) is not None

    def _hash_at(self, author: Author, seq: int) -> bytes | None:
        return self._standing.get((author, seq)) or self._log.hash_at(author, seq)
