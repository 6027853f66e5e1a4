"""A replica: the log of a unit as one machine holds it, with the state it folds to. All change enters by two doors.

    write    a statement made here: named, signed, chained, sealed
    receive  a delta from anywhere: size -> canonical form -> key, chain, seal -> causal gate -> judged one by one

Both end in one `Store.commit`; the state in memory follows only after it. What fails is set aside with a reason code
for its author and never blocks another author. Sans-IO: storage, clock and keys are given in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import documents, judge, kinds, projection
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import Certificate
from fleet.ledger.delta import Delta, Taken, chained, followable, sealed
from fleet.ledger.hlc import HybridClock
from fleet.ledger.marks import Identity, give_receipt, receipted_by, sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, Operation, name, read, sign_meaning
from fleet.ledger.state import State
from fleet.ledger.store import REFUSALS_MAX, Batch, Placing, Receipt, Refusal, Store
from fleet.ledger.suite import SHIPPED, SigningKey
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


class Replica:
    """One unit's ledger here. Belongs to one thread: the one that owns the store."""

    def __init__(self, store: Store, clock: Clock, root_public: bytes, *, unit: str, identity: Identity | None) -> None:
        self.unit, self.state = unit, State()
        self.receipts: dict[Author, Receipt] = {receipt.head.author: receipt for receipt in store.receipts()}
        self.refusals: list[Refusal] = list(store.refusals())
        self.quarantined = 0
        self._store, self._clock, self._root, self._me = store, clock, root_public, identity
        self._waiting: dict[Delta, tuple[Head, ...]] = {}
        self._met: dict[Author, Certificate] = {}  # authors whose beginning waits
        self._fresh: dict[Author, Head] = {}
        self._hlc = HybridClock(clock)
        self._open: dict[Author, list[Head]] = {}  # what has crossed one by one and waits for its author's seal
        for held in store.operations():
            self._replay(read(held.data), sealed=held.seal is not None)

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

    def run(
        self, author: Author, after_seq: int, size_max: int, *, there: Mapping[Author, int] | None = None
    ) -> Delta | None:
        """The author's operations after `after_seq`, ending at a sealed one; None if there are none to give.

        With `there`, what the receiver holds by author, the run ends before the first operation that would have to wait
        for another author's: two long runs that depend on each other would wait for each other for ever.
        """
        held = self._store.run(author, after_seq, size_max)
        if there is not None:
            held = followable(held, there)
        if not held:
            return None
        return Delta(author, tuple(one.data for one in held), held[-1].seal or b"")

    @property
    def sealed_heads(self) -> tuple[Head, ...]:
        """Per author, the last operation held that its author's seal covers: what can be proved to anyone."""
        return tuple(self._sealed_head(head) for _, head in sorted(self.state.heads.items()))

    def _sealed_head(self, head: Head) -> Head:
        if not self._open.get(head.author):
            return head
        seq = self._open[head.author][0].seq - 1
        return Head(head.author, seq, self.hash_at(head.author, seq) or ORIGIN)

    def hash_at(self, author: Author, seq: int) -> bytes | None:
        """The hash of an operation held here, ORIGIN before the first; None if there is none yet."""
        ours = self.state.heads.get(author)
        if seq == 0:
            return ORIGIN
        if ours is None or not 0 < seq <= ours.seq:
            return None
        if seq == ours.seq:
            return ours.hash
        if still := [head.hash for head in self._open.get(author, ()) if head.seq == seq]:
            return still[0]
        return read(self._store.run(author, seq - 1, 0)[0].data).hash

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
            self._commit(staged, sealed(placed, self._me))
            self._fresh.clear()
        return [placing.named for placing in placed]

    def edit(self, target: str, fields: dict[str, str], signer: Signer) -> Statement | None:
        """The statement that sets fields of a document; None if they are so already."""
        update = self.update(target, fields)
        kind = kinds.REGISTRY_EDIT if target.startswith(kinds.REGISTRY) else kinds.ORDER_EDIT
        return Statement(kind, target, update, signer) if update else None

    def update(self, target: str, fields: dict[str, str]) -> bytes:
        """The update that sets fields of a document; b"" if they are so already."""
        if self._me is None:
            raise NotTrusted("not_an_author")
        return documents.change(self.state.document(target), fields, client_id=self._me.author.client_id)

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
        try:
            if statement.signer:
                operation = replace(operation, person_sig=sign_meaning(me.suite, statement.signer.key, operation))
            return read(name(operation).data)  # what nobody could read again is not written
        except (TypeError, ValueError) as unsignable:
            raise NotTrusted("operation_form", detail=str(unsignable)) from None

    # -- receiving --------------------------------------------------------------------------------------------------

    def receive(self, delta: Delta, *, unpacked: Sequence[Named] | None = None) -> Taken:
        """Take a delta. Idempotent: what is held already is skipped. `unpacked` are its operations if they were made
        here from what was packed: then a fault may lie in the packing, and is nobody's to answer for.

        Raises:
            NotTrusted: the delta as a whole is not believed; it is on record as a refusal for its author.
            Unavailable: the disk refused; nothing was stored.
        """
        try:
            named = chained(delta, self.unit, unpacked)
            certificate = self._certificate(named[0].operation)
            if certificate is None:  # nothing proves yet whose this is: not kept, and not held against anyone
                return Taken(None, waiting_for=(_before(named[0].operation),))
            fresh = self._believe(delta, named, certificate)
        except NotTrusted as refused:
            if unpacked is None:
                self.refuse(delta, refused.code)
            raise
        taken = self._take(delta, fresh)
        if taken.stored:
            self._retry_waiting()
        return taken

    def receive_open(self, author: Author, named: Sequence[Named]) -> None:
        """Take operations of an author who has proved to be the one speaking; the seal that proves it to others comes
        later. They must follow what is held, and need nothing that is not.

        Raises:
            NotTrusted: `session`: they do not; nothing was stored.
            Unavailable: the disk refused; nothing was stored.
        """
        chained(Delta(author, tuple(one.data for one in named), b""), self.unit, named)
        head, first = self.state.heads.get(author), named[0].operation
        if head is None or author not in self.state.nodes or (first.seq, first.prev) != (head.seq + 1, head.hash):
            raise NotTrusted("session")
        staged, placed = self.state.stage(), []
        for one in named:
            if judge.missing(staged, one.operation):
                raise NotTrusted("session")
            placed.append(Placing(one, None, judge.verdict(staged, one, self._root)))
        self._commit(staged, placed)
        for one in named:
            self._hlc.seen(one.operation.hlc)
        self._fresh[author] = named[-1].head

    def receive_seal(self, head: Head, mark: bytes) -> Taken:
        """Take an author's seal over what is held of its log.

        Raises:
            NotTrusted: `seal`: it is none, or not over that.
        """
        certificate = self.state.nodes.get(head.author)
        if certificate is None or self.hash_at(head.author, head.seq) != head.hash:
            raise NotTrusted("seal", seq=head.seq)
        if not sealed_by(certificate.public, certificate.suite, head, mark):
            raise NotTrusted("seal", seq=head.seq)
        self._close(head, mark)
        return Taken(head)

    def _close(self, head: Head, mark: bytes) -> None:
        still_open = self._open.get(head.author, [])
        if any(one == head for one in still_open):
            self._store.commit(Batch(seals={head: mark}))
            self._open[head.author] = [one for one in still_open if one.seq > head.seq]

    def refuse(self, delta: Delta, code: str) -> None:
        """Put on record, once, that a delta was not taken."""
        head = self.state.heads.get(delta.author) or Head(delta.author, 0, b"")
        self.note_refusal(Refusal(head, code, self._clock.now_ms()))

    def note_refusal(self, refusal: Refusal) -> None:
        """Keep a refusal, once: one made here, or one that another replica sent back. Beyond REFUSALS_MAX about one
        author, or about authors never met, it is not kept."""
        if not self._news(refusal, self.refusals):
            return
        self._store.commit(Batch(refusals=(refusal,)))
        self.refusals.append(refusal)

    def note_receipt(self, receipt: Receipt, central_public: bytes) -> None:
        """Keep central's receipt for this node's log.

        Raises:
            NotTrusted: `receipt_signature`, not central's; `receipt_unknown`, what it speaks of is not held here (yet).
        """
        if not receipted_by(central_public, receipt):
            raise NotTrusted("receipt_signature")
        known = self.receipts.get(receipt.head.author)
        if known and known.head.seq >= receipt.head.seq:
            return
        if not receipt.head.seq or self.hash_at(receipt.head.author, receipt.head.seq) != receipt.head.hash:
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

    def _certificate(self, first: Operation) -> Certificate | None:
        """Whose log `first` stands in; None if that log's beginning has not arrived."""
        known = self.state.nodes.get(first.author) or self._met.get(first.author)
        return known or (judge.node_certificate(first, self._root) if first.seq == 1 else None)

    def _believe(self, delta: Delta, named: Sequence[Named], certificate: Certificate) -> list[Named]:
        """Those of a delta's operations that are new here, once seal and place have been checked."""
        author, last = delta.author, named[-1]
        if not sealed_by(certificate.public, last.operation.suite, last.head, delta.seal):
            raise NotTrusted("seal", seq=last.operation.seq)
        self._met.setdefault(author, certificate)
        head = self.state.heads.get(author) or Head(author, 0, ORIGIN)
        fresh = [one for one in named if one.operation.seq > head.seq]
        if fresh and fresh[0].operation.seq == head.seq + 1 and fresh[0].operation.prev != head.hash:
            raise NotTrusted("fork", seq=fresh[0].operation.seq)
        if not fresh and self.hash_at(author, last.operation.seq) != last.hash:
            raise NotTrusted("fork", seq=last.operation.seq)
        return fresh

    def _take(self, delta: Delta, fresh: list[Named]) -> Taken:
        head = self.state.heads.get(delta.author)
        if not fresh:
            self._close(read(delta.operations[-1]).head, delta.seal)
            return Taken(head and self._sealed_head(head))
        if (first := fresh[0].operation).seq != (head.seq if head else 0) + 1:
            return self._wait(delta, (_before(first),))
        staged, placed = self.state.stage(), []
        for named in fresh:
            if waits := judge.missing(staged, named.operation):
                return self._wait(delta, waits)
            placed.append(Placing(named, None, judge.verdict(staged, named, self._root)))
        placed[-1] = placed[-1]._replace(seal=delta.seal)
        self._commit(staged, placed)
        for named in fresh:
            self._hlc.seen(named.operation.hlc)
        if self._me is None or delta.author != self._me.author:
            self._fresh[delta.author] = fresh[-1].head
        return Taken(fresh[-1].head, stored=len(fresh))

    def _wait(self, delta: Delta, waits: tuple[Head, ...]) -> Taken:
        self._waiting[delta] = waits
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        return Taken(self.state.heads.get(delta.author), waiting_for=waits)

    def _retry_waiting(self) -> None:
        for delta, waits in list(self._waiting.items()):
            if delta in self._waiting and not judge.lacking(self.state, waits):  # an inner round may have taken it
                del self._waiting[delta]
                try:
                    self.receive(delta)
                except NotTrusted:
                    continue  # on record as a refusal
                except Unavailable:
                    self._wait(delta, waits)  # what came before it is stored; this one goes on waiting
                    return

    def _commit(self, staged: State, placed: list[Placing]) -> None:
        refused: list[Refusal] = []
        for placing in placed:
            refusal = Refusal(placing.named.head, placing.verdict, self._clock.now_ms())
            if placing.verdict and self._news(refusal, [*self.refusals, *refused]):
                refused.append(refusal)
        self._store.commit(
            Batch(
                operations=tuple(placed),
                documents={name: document.snapshot for name, document in staged.changes("documents").items()},
                refusals=tuple(refused),
                rows=projection.changed(staged),
            )
        )
        self.state.accept(staged)
        for placing in placed:
            self._keep_open(placing.named.head, sealed=placing.seal is not None)
        self.refusals.extend(refused)
        self.quarantined += sum(placing.verdict != "" for placing in placed)

    def _keep_open(self, head: Head, *, sealed: bool) -> None:
        if sealed:
            self._open.pop(head.author, None)
        else:
            self._open.setdefault(head.author, []).append(head)

    def _news(self, refusal: Refusal, known: list[Refusal]) -> bool:
        met = refusal.head.author in self.state.heads
        alike = [
            old
            for old in known
            if (old.head.author == refusal.head.author if met else old.head.author not in self.state.heads)
        ]
        return len(alike) < REFUSALS_MAX and all((old.head, old.code) != (refusal.head, refusal.code) for old in alike)

    def _replay(self, named: Named, *, sealed: bool) -> None:
        self._keep_open(named.head, sealed=sealed)
        staged = self.state.stage()
        self.quarantined += bool(judge.verdict(staged, named, self._root))
        self.state.accept(staged)
        self._hlc.seen(named.operation.hlc)
        if self._me and named.operation.author == self._me.author:
            self._fresh.clear()
        else:
            self._fresh[named.operation.author] = named.head


def _before(operation: Operation) -> Head:
    return Head(operation.author, operation.seq - 1, operation.prev)
