"""What comes from outside, in this order: canonical form -> key, chain, seal -> place -> causal gate -> judged one by
one. What fails as a whole is refused with a reason for its author and never blocks another's.

A run is taken whole or not at all: part of one could be shown to nobody, for the seal stands at its end. Two runs may
need each other's middle, as those do that crossed one by one under a later seal; such are taken together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.errors import NotTrusted
from fleet.ledger import judge
from fleet.ledger.certificate import Certificate
from fleet.ledger.delta import Delta, Taken, chained
from fleet.ledger.log import Log
from fleet.ledger.marks import receipted_by, sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, Operation, read
from fleet.ledger.store import Receipt
from fleet.ledger.waiting import WaitingRoom


class Receiver:
    """The door of a log for what others wrote."""

    def __init__(self, log: Log) -> None:
        self.waiting = WaitingRoom()
        self._log = log
        self._met: dict[Author, Certificate] = {}  # authors whose beginning waits

    def receive(self, delta: Delta, unpacked: Sequence[Named] | None = None) -> Taken:
        """Take a delta; see `Replica.receive`."""
        try:
            named = chained(delta, self._log.unit, unpacked)
            certificate = self._certificate(named[0].operation)
            if certificate is None:  # nothing proves yet whose this is: not kept, and not held against anyone
                return Taken(None, waiting_for=(_before(named[0].operation),))
            fresh = self._believe(delta, named, certificate)
        except NotTrusted as refused:
            if unpacked is None:
                self._log.standing.refuse(delta, refused.code)
            raise
        taken = self._take(delta, fresh)
        if taken.stored:
            self.waiting.retry(lambda heads: judge.lacking(self._log.state, heads), self.receive)
        return taken

    def receive_open(self, author: Author, named: Sequence[Named]) -> None:
        """Take operations whose seal comes later; see `Replica.receive_open`."""
        chained(Delta(author, tuple(one.data for one in named), b""), self._log.unit, named)
        state, first = self._log.state, named[0].operation
        head = state.heads.get(author)
        if head is None or author not in state.nodes or (first.seq, first.prev) != (head.seq + 1, head.hash):
            raise NotTrusted("session")
        staged, placed = state.stage(), []
        for one in named:
            if judge.missing(staged, one.operation):
                raise NotTrusted("session")
            placed.append(self._log.judged(staged, one))
        self._log.commit(staged, placed)

    def receive_seal(self, head: Head, mark: bytes) -> Taken:
        """Take an author's seal over what is held of its log; see `Replica.receive_seal`."""
        certificate = self._log.state.nodes.get(head.author)
        if certificate is None or self._log.hash_at(head.author, head.seq) != head.hash:
            raise NotTrusted("seal", seq=head.seq)
        if not sealed_by(certificate.public, head, mark):
            raise NotTrusted("seal", seq=head.seq)
        self._log.close(head, mark)
        return Taken(head)

    def note_receipt(self, receipt: Receipt, central_public: bytes) -> None:
        """Keep central's receipt for a log; see `Replica.note_receipt`."""
        if not receipted_by(central_public, receipt):
            raise NotTrusted("receipt_signature")
        head = receipt.head
        known = self._log.standing.receipts.get(head.author)
        if known and known.head.seq >= head.seq:
            return
        if not head.seq or self._log.hash_at(head.author, head.seq) != head.hash:
            raise NotTrusted("receipt_unknown")
        self._log.standing.keep_receipt(receipt)

    def _certificate(self, first: Operation) -> Certificate | None:
        """Whose log `first` stands in; None if that log's beginning has not arrived."""
        known = self._log.state.nodes.get(first.author) or self._met.get(first.author)
        return known or (judge.node_certificate(first, self._log.root_public) if first.seq == 1 else None)

    def _believe(self, delta: Delta, named: Sequence[Named], certificate: Certificate) -> list[Named]:
        """Those of a delta's operations that are new here, once seal and place have been checked."""
        author, last = delta.author, named[-1]
        if not sealed_by(certificate.public, last.head, delta.seal):
            raise NotTrusted("seal", seq=last.operation.seq)
        self._met.setdefault(author, certificate)
        head = self._log.state.heads.get(author) or Head(author, 0, ORIGIN)
        fresh = [one for one in named if one.operation.seq > head.seq]
        if fresh and fresh[0].operation.seq == head.seq + 1 and fresh[0].operation.prev != head.hash:
            raise NotTrusted("fork", seq=fresh[0].operation.seq)
        if not fresh and self._log.hash_at(author, last.operation.seq) != last.hash:
            raise NotTrusted("fork", seq=last.operation.seq)
        return fresh

    def _take(self, delta: Delta, fresh: list[Named]) -> Taken:
        head = self._log.state.heads.get(delta.author)
        if not fresh:
            self._log.close(read(delta.operations[-1]).head, delta.seal)
            return Taken(head and self._log.sealed_head(head))
        if (first := fresh[0].operation).seq != (head.seq if head else 0) + 1:
            return self._wait(delta, (_before(first),))
        staged, placed = self._log.state.stage(), []
        for named in fresh:
            if waits := judge.missing(staged, named.operation):
                return self._wait(delta, waits)
            placed.append(self._log.judged(staged, named))
        placed[-1] = placed[-1]._replace(seal=delta.seal)
        self._log.commit(staged, placed)
        return Taken(fresh[-1].head, stored=len(fresh))

    def _wait(self, delta: Delta, waits: tuple[Head, ...]) -> Taken:
        self.waiting.add(delta, waits)
        stored = self._take_together()
        return Taken(self._log.state.heads.get(delta.author), stored=stored, waiting_for=() if stored else waits)

    def _take_together(self) -> int:
        """Take, in one commit, the runs that wait for each other and for nothing else. How many operations it took."""
        runs = {delta: chained(delta, self._log.unit) for delta in self.waiting.entwined()}
        order = _interleaved(runs, self._log.state.heads)
        if not order:
            return 0
        seals = {run[-1].hash: delta.seal for delta, run in runs.items()}
        staged = self._log.state.stage()
        placed = [self._log.judged(staged, named)._replace(seal=seals.get(named.hash)) for named in order]
        self._log.commit(staged, placed)
        self.waiting.forget(delta for delta, run in runs.items() if run[-1].hash in {named.hash for named in order})
        return len(order)


def _interleaved(runs: Mapping[Delta, Sequence[Named]], heads: Mapping[Author, Head]) -> list[Named]:
    """The operations of those runs that can be taken whole, each after what it needs; none if no run can."""
    while runs:
        reached, order, before = dict(heads), list[Named](), -1
        while len(order) > before:
            before = len(order)
            for run in runs.values():
                for named in run:
                    if _follows(named, reached):
                        reached[named.operation.author] = named.head
                        order.append(named)
        whole = {delta: run for delta, run in runs.items() if _reached(reached, run[-1].head)}
        if len(whole) == len(runs):
            return order
        runs = whole
    return []


def _follows(named: Named, reached: Mapping[Author, Head]) -> bool:
    operation = named.operation
    head = reached.get(operation.author) or Head(operation.author, 0, ORIGIN)
    follows = (operation.seq, operation.prev) == (head.seq + 1, head.hash)
    return follows and all(dep.author in reached and reached[dep.author].seq >= dep.seq for dep in operation.deps)


def _reached(reached: Mapping[Author, Head], head: Head) -> bool:
    return head.author in reached and reached[head.author].seq >= head.seq


def _before(operation: Operation) -> Head:
    return Head(operation.author, operation.seq - 1, operation.prev)
