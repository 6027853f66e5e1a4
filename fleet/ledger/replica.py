"""A replica: the log of a unit as one machine holds it, with the state it folds to. All change enters by two doors.

    write    a statement made here: named, signed, chained, sealed
    receive  a delta from anywhere: size -> canonical form -> key, chain, seal -> causal gate -> judged one by one

Both end in one `Store.commit`; the state in memory follows only after it. What fails is set aside with a reason code
for its author and never blocks another author. Sans-IO: storage, clock and keys are given in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import cose, documents, judge, kinds, projection
from fleet.ledger.canonical import Value, encode
from fleet.ledger.hlc import HybridClock
from fleet.ledger.operation import ORIGIN, Author, Head, Named, Operation, name, read, sign_meaning
from fleet.ledger.state import State
from fleet.ledger.store import RUN_OPERATIONS_MAX, Batch, Placing, Receipt, Refusal, Store
from fleet.ledger.suite import SHIPPED, SigningKey, Suite, by_id
from fleet.ports import Clock

WAITING_MAX = 64
"""Deltas held in memory for operations they depend on; beyond it the oldest is dropped and asked for again."""


class Signer(NamedTuple):
    """A person whose key is unlocked."""

    person: str
    key: SigningKey


class Statement(NamedTuple):
    """What someone wants to put on record."""

    kind: str
    target: str
    body: Value
    signer: Signer | None = None


class Delta(NamedTuple):
    """A run of one author's operations under the author's seal over the last of them. What travels."""

    author: Author
    operations: tuple[bytes, ...]
    seal: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delta: the author's head afterwards, and what it still waits for."""

    head: Head | None
    stored: int = 0
    waiting_for: tuple[Head, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a replica is: its place among authors, and the node key that seals its log."""

    unit: str
    author: Author
    key: SigningKey
    suite: Suite = SHIPPED


class Replica:
    """One unit's ledger here. Belongs to one thread: the one that owns the store."""

    def __init__(self, store: Store, clock: Clock, root_public: bytes, *, unit: str, identity: Identity | None) -> None:
        self.unit, self.state = unit, State()
        self.receipts: dict[Author, Receipt] = {receipt.head.author: receipt for receipt in store.receipts()}
        self.refusals: list[Refusal] = list(store.refusals())
        self.quarantined = 0
        self._store, self._clock, self._root, self._me = store, clock, root_public, identity
        self._waiting: deque[Delta] = deque(maxlen=WAITING_MAX)
        self._fresh: dict[Author, Head] = {}
        self._hlc = HybridClock(clock)
        for held in store.operations():
            self._replay(read(held.data))

    # -- reading ----------------------------------------------------------------------------------------------------

    @property
    def made(self) -> int:
        """How many operations this replica's own author has made."""
        head = self.state.heads.get(self._me.author) if self._me else None
        return head.seq if head else 0

    @property
    def held(self) -> int:
        """How many operations of all authors are held."""
        return sum(head.seq for head in self.state.heads.values())

    @property
    def receipted(self) -> int:
        """How many of the own operations central has given a receipt for."""
        receipt = self.receipts.get(self._me.author) if self._me else None
        return receipt.head.seq if receipt else 0

    @property
    def waiting(self) -> int:
        """How many deltas wait for operations they depend on."""
        return len(self._waiting)

    def digest(self) -> str:
        """Hash of the state, in hex; equal on replicas that hold the same operations."""
        return self.state.digest(SHIPPED).hex()

    def run(self, author: Author, after_seq: int, size_max: int) -> Delta | None:
        """The author's operations after `after_seq`, ending at a sealed one; None if there are none to give."""
        held = self._store.run(author, after_seq, size_max)
        if not held:
            return None
        return Delta(author, tuple(one.data for one in held), held[-1].seal or b"")

    # -- writing ----------------------------------------------------------------------------------------------------

    def write(self, statements: Sequence[Statement]) -> list[Named]:
        """Put statements on record, all or none, in this order.

        Raises:
            NotTrusted: one of them would have no effect (no authority, wrong form); nothing is written.
            Unavailable: the disk refused; nothing is written.
        """
        if self._me is None:
            raise NotTrusted("not_an_author")
        staged, placed = self.state.stage(), []
        for statement in statements:
            named = self._make(staged, statement, self._me)
            if reason := judge.verdict(staged, named, self._root):
                raise NotTrusted(reason)
            placed.append(Placing(named, None, ""))
        if placed:
            last = placed[-1]
            placed[-1] = replace_seal(last, seal(self._me, last.named.head))
            self._commit(staged, placed)
            self._fresh.clear()
        return [placing.named for placing in placed]

    def edit(self, target: str, fields: dict[str, str], signer: Signer) -> Statement | None:
        """The statement that sets fields of a document; None if they are so already."""
        if self._me is None:
            raise NotTrusted("not_an_author")
        update = documents.change(self.state.document(target), fields, client_id=self._me.author.client_id)
        kind = kinds.REGISTRY_EDIT if target.startswith(kinds.REGISTRY) else kinds.ORDER_EDIT
        return Statement(kind, target, update, signer) if update else None

    def _make(self, staged: State, statement: Statement, me: Identity) -> Named:
        head = staged.heads.get(me.author)
        operation = Operation(
            suite=me.suite.id,
            unit=self.unit,
            author=me.author,
            seq=head.seq + 1 if head else 1,
            prev=head.hash if head else ORIGIN,
            deps=tuple(sorted(self._fresh.values())) if head is self.state.heads.get(me.author) else (),
            hlc=self._hlc.now(),
            receipt=self.receipted,
            kind=statement.kind,
            target=statement.target,
            body=statement.body,
            person=statement.signer.person if statement.signer else None,
            person_sig=b"" if statement.signer else None,
        )
        if statement.signer:
            operation = replace(operation, person_sig=sign_meaning(me.suite, statement.signer.key, operation))
        return name(operation)

    # -- receiving --------------------------------------------------------------------------------------------------

    def receive(self, delta: Delta) -> Taken:
        """Take a delta. Idempotent: what is held already is skipped.

        Raises:
            NotTrusted: the delta as a whole is not believed; it is on record as a refusal for its author.
            Unavailable: the disk refused; nothing was stored.
        """
        try:
            fresh = self._believe(delta)
        except NotTrusted as refused:
            self.refuse(delta, refused.code)
            raise
        taken = self._take(delta, fresh)
        if taken.stored:
            self._retry_waiting()
        return taken

    def refuse(self, delta: Delta, code: str) -> None:
        """Put on record, once, that a delta was not taken."""
        head = self.state.heads.get(delta.author) or Head(delta.author, 0, b"")
        refusal = Refusal(head, code, self._clock.now_ms())
        if all((old.head, old.code) != (refusal.head, refusal.code) for old in self.refusals):
            self.note_refusal(refusal)

    def note_refusal(self, refusal: Refusal) -> None:
        """Keep a refusal: one made here, or one central sent back about this node's own records."""
        if any((old.head, old.code) == (refusal.head, refusal.code) for old in self.refusals):
            return
        self._store.commit(Batch(refusals=(refusal,)))
        self.refusals.append(refusal)

    def note_receipt(self, receipt: Receipt, central_public: bytes) -> None:
        """Keep central's receipt for this node's log.

        Raises:
            NotTrusted: the signature is not central's, or it speaks of an operation that is not held here.
        """
        if not cose.signed_by(
            SHIPPED, central_public, "receipt", receipt_payload(receipt.head, receipt.time_ms), receipt.signature
        ):
            raise NotTrusted("receipt_signature")
        known = self.receipts.get(receipt.head.author)
        if known and known.head.seq >= receipt.head.seq:
            return
        ours = self.state.heads.get(receipt.head.author)
        if ours is None or receipt.head.seq > ours.seq:
            raise NotTrusted("receipt_unknown")
        self._store.commit(Batch(receipts=(receipt,)))
        self.receipts[receipt.head.author] = receipt

    def acknowledge(self, head: Head, key: SigningKey, now_ms: int) -> Receipt:
        """Central's receipt for a committed head; the one given first stays: it proves the earlier time."""
        given = self.receipts.get(head.author)
        if given and given.head == head:
            return given
        receipt = give_receipt(key, head, now_ms)
        self._store.commit(Batch(receipts=(receipt,)))
        self.receipts[head.author] = receipt
        return receipt

    def _believe(self, delta: Delta) -> list[Named]:
        """The operations of a delta that are new here, once key, chain and seal have been checked."""
        if not delta.operations or len(delta.operations) > RUN_OPERATIONS_MAX:
            raise NotTrusted("delta_size", count=len(delta.operations))
        named = [read(data) for data in delta.operations]
        head = self.state.heads.get(delta.author)
        for before, one in zip([None, *named], named, strict=False):
            operation = one.operation
            if operation.author != delta.author or operation.unit != self.unit:
                raise NotTrusted("wrong_log", author=str(delta.author))
            if before and (operation.seq, operation.prev) != (before.operation.seq + 1, before.hash):
                raise NotTrusted("chain", seq=operation.seq)
        certificate = self.state.nodes.get(delta.author) or judge.node_certificate(named[0].operation, self._root)
        last = named[-1]
        suite = by_id(last.operation.suite)
        if not cose.signed_by(suite, certificate.public, "seal", seal_payload(last.head), delta.seal):
            raise NotTrusted("seal", seq=last.operation.seq)
        held = head.seq if head else 0
        fresh = [one for one in named if one.operation.seq > held]
        if fresh and fresh[0].operation.seq != held + 1:
            raise NotTrusted("gap", held=held, given=fresh[0].operation.seq)
        if fresh and fresh[0].operation.prev != (head.hash if head else ORIGIN):
            raise NotTrusted("fork", seq=fresh[0].operation.seq)
        if not fresh and head and last.operation.seq == head.seq and last.hash != head.hash:
            raise NotTrusted("fork", seq=head.seq)
        return fresh

    def _take(self, delta: Delta, fresh: list[Named]) -> Taken:
        if not fresh:
            return Taken(self.state.heads.get(delta.author))
        staged, placed = self.state.stage(), []
        for named in fresh:
            if waits := judge.missing(staged, named.operation):
                if delta not in self._waiting:
                    self._waiting.append(delta)
                return Taken(self.state.heads.get(delta.author), waiting_for=waits)
            placed.append(Placing(named, None, judge.verdict(staged, named, self._root)))
        placed[-1] = replace_seal(placed[-1], delta.seal)
        self._commit(staged, placed)
        for named in fresh:
            self._hlc.seen(named.operation.hlc)
        self._fresh[delta.author] = fresh[-1].head
        return Taken(fresh[-1].head, stored=len(fresh))

    def _retry_waiting(self) -> None:
        for delta in list(self._waiting):
            if delta in self._waiting:  # an inner round may have taken it
                self._waiting.remove(delta)
                try:
                    self.receive(delta)
                except NotTrusted:
                    continue  # on record as a refusal

    def _commit(self, staged: State, placed: list[Placing]) -> None:
        refused = tuple(
            Refusal(placing.named.head, placing.verdict, self._clock.now_ms()) for placing in placed if placing.verdict
        )
        self._store.commit(
            Batch(
                operations=tuple(placed),
                documents={name: document.snapshot for name, document in staged.changes("documents").items()},
                refusals=refused,
                rows=projection.changed(staged),
            )
        )
        self.state.accept(staged)
        self.refusals.extend(refused)
        self.quarantined += len(refused)

    def _replay(self, named: Named) -> None:
        staged = self.state.stage()
        self.quarantined += bool(judge.verdict(staged, named, self._root))
        self.state.accept(staged)
        self._hlc.seen(named.operation.hlc)
        if self._me and named.operation.author == self._me.author:
            self._fresh.clear()
        else:
            self._fresh[named.operation.author] = named.head


def replace_seal(placing: Placing, mark: bytes) -> Placing:
    """The same operation, sealed."""
    return placing._replace(seal=mark)


def seal(me: Identity, head: Head) -> bytes:
    """The node's signature over the end of its log."""
    return cose.signature(me.suite, me.key, "seal", seal_payload(head))


def seal_payload(head: Head) -> bytes:
    """What a seal signs."""
    return encode([*head.author, head.seq, head.hash])


def receipt_payload(head: Head, time_ms: int) -> bytes:
    """What a receipt signs."""
    return encode([*head.author, head.seq, head.hash, time_ms])


def give_receipt(key: SigningKey, head: Head, time_ms: int) -> Receipt:
    """Central's receipt for a head it has committed."""
    return Receipt(head, time_ms, cose.signature(SHIPPED, key, "receipt", receipt_payload(head, time_ms)))
