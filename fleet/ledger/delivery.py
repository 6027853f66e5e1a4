"""What goes into a bundle, and what becomes of one: chosen by what the other side is known to hold, taken like anything
that comes over a link. Nothing is marked as carried: what counts is what the other side says it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.errors import NotTrusted
from fleet.ledger.bundle import Consignment, Item
from fleet.ledger.delta import Delta
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author, Head
from fleet.ledger.replica import Replica
from fleet.ledger.store import Receipt, Refusal
from fleet.ledger.wire import pack

RECORDS_SIZE_MAX = 64 << 20
"""Bytes of packed records in one bundle, kept in memory while it is written; what is beyond goes into the next."""
RUN_SIZE_MAX = 1 << 20
"""Bytes of operations in one delta, before packing."""


def consignment(
    replica: Replica, there: Mapping[Author, int], *, about: Author | None, size_max: int = RECORDS_SIZE_MAX
) -> Consignment:
    """Everything held here that the other side, which holds `there` by author, lacks: operations in an order it can
    follow, then receipts, and what was refused of the records of `about` (of everybody's, for None)."""
    there = _before_partings(replica, there)
    held, frames, size, rest = dict(there), list[bytes](), 0, False
    while delta := _next(replica, held, min(RUN_SIZE_MAX, size_max)):
        packed = pack(delta)
        if frames and size + len(packed) > size_max:
            rest = True
            break
        frames.append(packed)
        size += len(packed)
        held[delta.author] = held.get(delta.author, 0) + len(delta.operations)
    for piece in (piece for branch in replica.branches() for piece in branch.pieces):
        if not rest and size < size_max:
            frames.append(pack(piece))
            size += len(frames[-1])
    frames += map(pack, replica.receipts.values())
    frames += [pack(refusal) for refusal in replica.refusals if about in (None, refusal.head.author)]
    operations = {author: seq - there.get(author, 0) for author, seq in held.items() if seq > there.get(author, 0)}
    return Consignment(replica.unit, replica.sealed_heads, rest, sum(map(len, frames)), lambda: frames, operations)


def _before_partings(replica: Replica, there: Mapping[Author, int]) -> dict[Author, int]:
    """What the other side holds for certain: of a log that was continued twice a number says nothing of the branch."""
    known = dict(there)
    for aside in replica.state.aside.values():
        author = aside.head.author
        known[author] = min(known.get(author, 0), aside.parts_at - 1)
    return known


def _next(replica: Replica, there: Mapping[Author, int], size_max: int) -> Delta | None:
    """A run that whoever holds `there` lacks and can follow."""
    for head in replica.sealed_heads:
        after = there.get(head.author, 0)
        if head.seq > after and (delta := replica.run(head.author, after, size_max, there=there)):
            return delta
    return None


@dataclass(slots=True)
class Delivered:
    """What a bundle has brought: operations by author, those that were new, of these those without effect, receipts,
    and reasons for which something was not taken. `waiting_for` is what must come first."""

    operations: dict[Author, int] = field(default_factory=dict)
    stored: int = 0
    without_effect: int = 0
    receipts: int = 0
    refusals: int = 0
    not_taken: list[str] = field(default_factory=list)
    waiting_for: tuple[Head, ...] = ()


class Delivery:
    """Takes what a bundle holds into a replica, one item at a time, each as durable as anything that came over a link.
    At central `giver` signs receipts for what is held; at a node `central_public` proves those that come."""

    def __init__(self, replica: Replica, *, giver: Identity | None = None, central_public: bytes | None = None) -> None:
        self.delivered = Delivered()
        """What was taken so far; `waiting_for` is right after `finish`."""
        self._replica, self._giver, self._central = replica, giver, central_public

    def take(self, item: Item, *, now_ms: int) -> None:
        """Take one item; what is not believed is on record as a refusal for its author.

        Raises:
            Unavailable: the disk refused; what was taken before stays, and taking it again does no harm.
        """
        match item:
            case Delta():
                self._take(item, now_ms)
            case Receipt():
                self._note(item)
            case Refusal():
                self._replica.note_refusal(item)
                self.delivered.refusals += 1

    def finish(self) -> Delivered:
        """There is no more: what still waits waits for another bundle."""
        self.delivered.waiting_for = self._replica.lacking(self.delivered.waiting_for)
        return self.delivered

    def _take(self, delta: Delta, now_ms: int) -> None:
        said, quarantined = self.delivered, self._replica.quarantined
        said.operations[delta.author] = said.operations.get(delta.author, 0) + len(delta.operations)
        try:
            taken = self._replica.receive(delta)
        except NotTrusted as refused:
            said.not_taken.append(refused.code)
            return
        said.stored += taken.stored
        said.without_effect += self._replica.quarantined - quarantined
        said.waiting_for += taken.waiting_for
        if self._giver and taken.head:
            self._replica.acknowledge(taken.head, self._giver.key, now_ms)

    def _note(self, receipt: Receipt) -> None:
        if self._central is None:
            return  # central's own come back to it: it gave them
        try:
            self._replica.note_receipt(receipt, self._central)
        except NotTrusted as refused:
            if refused.code != "receipt_unknown":  # that one speaks of what does not stand here yet, and comes again
                self.delivered.not_taken.append(refused.code)
        else:
            self.delivered.receipts += 1
