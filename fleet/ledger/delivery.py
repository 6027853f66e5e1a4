"""What goes into a bundle, and what becomes of one: chosen by what the other side is known to hold, taken like anything
that comes over a link. Nothing is marked as carried: what counts is what the other side says it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.errors import NotTrusted
from fleet.ledger import freight
from fleet.ledger.blobs import BlobStore, read_outline
from fleet.ledger.bundle import Consignment, Item
from fleet.ledger.delta import Delta
from fleet.ledger.freight import Freight
from fleet.ledger.kinds import blobs_of
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author, Head, read
from fleet.ledger.replica import Replica
from fleet.ledger.store import Receipt, Refusal
from fleet.ledger.wire import Outlined, Piece, pack

RECORDS_SIZE_MAX = 64 << 20
"""Bytes of packed records in one bundle, kept in memory while it is written; what is beyond goes into the next."""
BLOBS_SIZE_MAX = 512 << 20
"""Bytes of blobs in one bundle; they are read when they are written. The smaller ones go where a larger has no room."""
RUN_SIZE_MAX = 1 << 20
"""Bytes of operations in one delta, before packing."""


def consignment(
    replica: Replica,
    there: Mapping[Author, int],
    *,
    about: Author | None,
    blobs: BlobStore | None = None,
    size_max: int = RECORDS_SIZE_MAX,
    blobs_size_max: int = BLOBS_SIZE_MAX,
) -> Consignment:
    """Everything held here that the other side, which holds `there` by author, lacks: operations in an order it can
    follow, then receipts, what was refused of the records of `about` (of everybody's, for None), and those of `blobs`
    that these operations name."""
    there = _before_partings(replica, there)
    held, frames, size, rest = dict(there), list[bytes](), 0, False
    named = dict[bytes, None]()
    while delta := _next(replica, held, min(RUN_SIZE_MAX, size_max)):
        packed = pack(delta)
        if frames and size + len(packed) > size_max:
            rest = True
            break
        frames.append(packed)
        size += len(packed)
        named |= dict.fromkeys(name for data in delta.operations for name in blobs_of(read(data).operation))
        held[delta.author] = held.get(delta.author, 0) + len(delta.operations)
    for piece in (piece for branch in replica.branches() for piece in branch.pieces):
        if not rest and size < size_max:
            frames.append(pack(piece))
            size += len(frames[-1])
    frames += map(pack, replica.receipts.values())
    frames += [pack(refusal) for refusal in replica.refusals if about in (None, refusal.head.author)]
    operations = {author: seq - there.get(author, 0) for author, seq in held.items() if seq > there.get(author, 0)}
    wanted = (name for name in named if name in replica.state.blobs)
    loaded, weight, left = _load(blobs, wanted, blobs_size_max) if blobs else ((), 0, False)

    def everything() -> Iterable[bytes]:
        yield from frames
        for name in loaded:
            yield from freight.carried(blobs, name) if blobs else ()

    heads, size = replica.sealed_heads, sum(map(len, frames)) + weight
    return Consignment(replica.unit, heads, rest or left, size, everything, operations, len(loaded))


def _load(store: BlobStore, named: Iterable[bytes], size_max: int) -> tuple[tuple[bytes, ...], int, bool]:
    """The blobs that are carried of those named, how many bytes that is, and whether one had to stay behind."""
    loaded, size, left = list[bytes](), 0, False
    for name in named:
        if name in store.whole() and (data := store.outline(name)):
            weight = freight.carried_size(read_outline(name, data))
            if size + weight > size_max:
                left = True
                continue
            loaded.append(name)
            size += weight
    return tuple(loaded), size, left


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
    blobs that have become whole, and reasons for which something was not taken. `waiting_for` is what must come
    first."""

    operations: dict[Author, int] = field(default_factory=dict)
    stored: int = 0
    without_effect: int = 0
    receipts: int = 0
    refusals: int = 0
    blobs: int = 0
    not_taken: list[str] = field(default_factory=list)
    waiting_for: tuple[Head, ...] = ()


class Delivery:
    """Takes what a bundle holds into a replica, one item at a time, each as durable as anything that came over a link.
    At central `giver` signs receipts for what is held; at a node `central_public` proves those that come. What comes
    of blobs goes to `blobs`, if a record held here names it."""

    def __init__(
        self,
        replica: Replica,
        *,
        giver: Identity | None = None,
        central_public: bytes | None = None,
        blobs: BlobStore | None = None,
    ) -> None:
        self.delivered = Delivered()
        """What was taken so far; `waiting_for` is right after `finish`."""
        self._replica, self._giver, self._central = replica, giver, central_public
        self._freight = Freight(blobs, replica.state.blobs) if blobs else None

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
            case Outlined() | Piece() if self._freight:
                self._freight.take(item)
                self.delivered.blobs = len(self._freight.arrived)

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
