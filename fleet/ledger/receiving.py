"""What comes from outside, in this order: canonical form -> key, chain, seal -> place -> causal gate -> judged one by
one. What fails as a whole is refused with a reason for its author and never blocks another's.

A run is taken whole or not at all: part of one could be shown to nobody, for the seal stands at its end. Two runs may
need each other's middle, as those do that crossed one by one under a later seal; such are taken together. A run of
another branch than the one that stands (see `forks`) is held like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fleet.errors import NotTrusted
from fleet.ledger import judge
from fleet.ledger.certificate import Certificate
from fleet.ledger.delta import Delta, Taken, chained
from fleet.ledger.entwined import Order, interleaved
from fleet.ledger.log import Log
from fleet.ledger.marks import receipted_by, sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, Operation, read
from fleet.ledger.store import FORK, Placing, Receipt
from fleet.ledger.waiting import WaitingRoom


class Receiver:
    """The door of a log for what others wrote. `rule` is told what stands where a log is about to be parted."""

    def __init__(self, log: Log, rule: Callable[[Head], None]) -> None:
        self.waiting = WaitingRoom()
        self._log, self._rule = log, rule
        self._met: dict[Author, Certificate] = {}  # authors whose beginning waits

    def receive(self, delta: Delta, unpacked: Sequence[Named] | None = None) -> Taken:
        """Take a delta; see `Replica.receive`."""
        try:
            named = chained(delta, self._log.unit, unpacked)
            certificate = self._certificate(named[0].operation)
            if certificate is None:  # nothing proves yet whose this is: not kept, and not held against anyone
                return Taken(None, waiting_for=(_before(named[0].operation),))
            self._believe(delta, named, certificate)
        except NotTrusted as refused:
            if unpacked is None:
                self._log.standing.refuse(delta, refused.code)
            raise
        taken = self._take(delta, named)
        self.waiting.retry(self._log.lacking, self.receive)
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
            if self._log.missing(one.operation):
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
        self.waiting.retry(self._log.lacking, self.receive)
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

    def put_back_receipt(self, receipt: Receipt, own_public: bytes) -> None:
        """At central, keep a receipt of its own; see `Replica.put_back_receipt`."""
        if not receipted_by(own_public, receipt):
            raise NotTrusted("receipt_signature")
        head = receipt.head
        if not head.seq or self._log.hash_at(head.author, head.seq) != head.hash:
            raise NotTrusted("receipt_unknown")
        self._log.standing.put_back(receipt)

    def _certificate(self, first: Operation) -> Certificate | None:
        """Whose log `first` stands in; None if that log's beginning has not arrived."""
        known = self._log.state.nodes.get(first.author) or self._met.get(first.author)
        return known or (judge.node_certificate(first, self._log.root_public) if first.seq == 1 else None)

    def _believe(self, delta: Delta, named: Sequence[Named], certificate: Certificate) -> None:
        last = named[-1]
        if not sealed_by(certificate.public, last.head, delta.seal):
            raise NotTrusted("seal", seq=last.operation.seq)
        self._met.setdefault(delta.author, certificate)

    def _take(self, delta: Delta, named: Sequence[Named]) -> Taken:
        """Take what is new of a delta whose seal has been checked."""
        head = self._log.state.heads.get(delta.author) or Head(delta.author, 0, ORIGIN)
        first = named[0].operation
        if first.seq > head.seq + 1 and first.prev not in self._log.state.aside:
            return self._wait(delta, (_before(first),))
        if self._parts(named, head):
            return self._take_branch(delta, named)
        fresh = named[max(head.seq + 1 - first.seq, 0) :]
        if not fresh:
            self._log.close(named[-1].head, delta.seal)
            return Taken(self._log.sealed_head(head))
        for one in fresh:
            if waits := self._log.missing(one.operation):
                return self._wait(delta, waits)
        self._commit(Order([*fresh], set()), {delta: named})
        return Taken(fresh[-1].head, stored=len(fresh))

    # -- logs that were continued twice -----------------------------------------------------------------------------

    def _parts(self, named: Sequence[Named], head: Head) -> bool:
        """Whether a run is of another branch than the one that stands here up to `head`."""
        first = named[0].operation
        if first.seq > head.seq:
            return first.prev != head.hash
        shared = min(head.seq, named[-1].operation.seq)
        return named[shared - first.seq].hash != self._log.hash_at(head.author, shared)

    def _take_branch(self, delta: Delta, named: Sequence[Named]) -> Taken:
        """Take what is new of another branch; if nothing it follows is held, the sender must begin earlier."""
        if named[0].operation.seq > 1 and not self._log.holds(_before(named[0].operation)):
            before = _before(named[0].operation)
            return Taken(None, waiting_for=(before,), begin_after=before.seq // 2)
        fresh = [one for one in named if not self._log.holds(one.head)]
        if not fresh:
            self._log.close_branch(named[-1].head, delta.seal)
            return Taken(None)
        for one in fresh:
            if waits := self._log.missing(one.operation):
                return self._wait(delta, waits)
        self._commit(Order(fresh, {one.hash for one in fresh}), {delta: named})
        return Taken(None, stored=len(fresh))

    def _commit(self, order: Order, runs: Mapping[Delta, Sequence[Named]]) -> None:
        """Judge operations in an order that can be followed, keep aside what does not stand, and store all of it."""
        for named in order.named:
            if named.hash in order.aside:
                self._rule_before_parting(named)
        seals = {run[-1].hash: delta.seal for delta, run in runs.items()}
        staged, placed = self._log.state.stage(), []
        for named in order.named:
            if named.hash in order.aside:
                staged.step_aside(named)
                placing = Placing(named, None, FORK)
            else:
                placing = self._log.judged(staged, named)
            seal = seals.get(named.hash)
            placed.append(placing if seal is None else placing._replace(seal=seal))
        self._log.commit(staged, placed)

    def _rule_before_parting(self, root: Named) -> None:
        """Where an operation is the first of another branch, have central rule first: what it held before it stands,
        if that is under a seal."""
        author, seq, _ = root.head
        if self._log.hash_at(author, seq - 1) == root.operation.prev:
            beside = self._log.run(author, seq - 1, 0)
            self._rule(Head(author, seq, read(beside.operations[0]).hash) if beside else root.head)

    def _wait(self, delta: Delta, waits: tuple[Head, ...]) -> Taken:
        self.waiting.add(delta, waits)
        stored = self._take_together()
        return Taken(self._log.state.heads.get(delta.author), stored=stored, waiting_for=() if stored else waits)

    def _take_together(self) -> int:
        """Take, in one commit, the runs that wait for each other and for nothing else. How many operations it took."""
        runs = {delta: chained(delta, self._log.unit) for delta in self.waiting.entwined()}
        order = interleaved(runs, self._log)
        if not order.named:
            return 0
        self._commit(order, runs)
        taken = {named.hash for named in order.named}
        self.waiting.forget(delta for delta, run in runs.items() if run[-1].hash in taken)
        return len(taken)


def _before(operation: Operation) -> Head:
    return Head(operation.author, operation.seq - 1, operation.prev)
