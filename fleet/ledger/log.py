"""The log of a unit as one machine holds it, and the state it folds to. All change goes through `commit`.

The store has it first; the state in memory follows only after that. What is open is what has crossed one by one in a
session and waits for its author's seal: it is held and folded, and passed on to nobody. A log is opened at its last
checkpoint (see `rest`); only what came after that is folded anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fleet.ledger import judge, kinds, projection, rest
from fleet.ledger.delta import Delta, followable
from fleet.ledger.fold import Fold
from fleet.ledger.hlc import HybridClock
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.standing import Standing
from fleet.ledger.state import State
from fleet.ledger.store import Batch, Placing, Store
from fleet.ledger.trial import Trials
from fleet.ports import Clock


class Log:
    """One unit's operations here."""

    def __init__(self, store: Store, clock: Clock, root_public: bytes, unit: str, trials: Trials) -> None:
        self.unit, self.root_public = unit, root_public
        state, mark = rest.restore(store)
        self._store, self._clock, self._fold, self._trials = store, clock, Fold(root_public, state, mark), trials
        self.standing = Standing(store, clock, state.heads)
        for held in store.operations(mark.operations):
            self._fold.take(read(held.data), held.seal, held.verdict)
        self._find_seals()
        self.hlc = HybridClock(clock, told_ms=self._told_ms)
        for reading in self._readings():
            self.hlc.seen(reading)

    @property
    def state(self) -> State:
        """What is true here."""
        return self._fold.state

    @property
    def quarantined(self) -> int:
        """How many operations are held without effect."""
        return self._fold.quarantined

    @property
    def held(self) -> int:
        """How many operations of all authors are held."""
        return sum(head.seq for head in self.state.heads.values())

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
        return tuple(self.sealed_head(head) for _, head in sorted(self.state.heads.items()))

    def sealed_head(self, head: Head) -> Head:
        """The last sealed operation of an author whose head is `head`."""
        if not self._fold.open.get(head.author):
            return head
        seq = self._fold.open[head.author][0].seq - 1
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
        if still := [head.hash for head in self._fold.open.get(author, ()) if head.seq == seq]:
            return still[0]
        return read(self._store.run(author, seq - 1, 0)[0].data).hash

    def judged(self, staged: State, named: Named) -> Placing:
        """Put what somebody else wrote to a view of the state, and say what came of it."""
        if not kinds.carries_update(named.operation):
            return Placing(named, None, judge.verdict(staged, named, self.root_public))
        if self._trials.lost(named.hash):
            return Placing(named, None, judge.pass_over(staged, named))
        self._trials.begin(named.hash)
        try:
            return Placing(named, None, judge.verdict(staged, named, self.root_public))
        finally:
            self._trials.end()

    def commit(self, staged: State, placed: list[Placing]) -> None:
        """Store what was judged on `staged`, with what follows from it; then, and only then, it is so.

        Raises:
            Unavailable: the disk refused; nothing was stored, and the state is as it was.
        """
        refused = self.standing.of_verdicts(placed)
        batch = Batch(
            operations=tuple(placed),
            documents={name: document.snapshot for name, document in staged.changes("documents").items()},
            refusals=refused,
            rows=projection.changed(staged),
        )
        self._store_batch(batch, checkpoint=self._fold.checkpoint_due)
        self.standing.refusals.extend(refused)
        self._fold.follow(staged, placed)
        for placing in placed:
            self.hlc.seen(placing.named.operation.hlc)

    def checkpoint(self) -> None:
        """Have the next start begin here, if anything came since the last checkpoint.

        Raises:
            Unavailable: the disk refused; the checkpoint before still serves.
        """
        if self._fold.since_checkpoint:
            self._store_batch(Batch(), checkpoint=True)

    def _store_batch(self, batch: Batch, *, checkpoint: bool) -> None:
        """Store a batch; with a `checkpoint`, that of all that was before it."""
        if not checkpoint:
            self._store.commit(batch)
            return
        difference, mark = self._fold.checkpoint(self._clock.now_ms())
        documents = {**self._fold.woken_documents(), **batch.documents}
        self._store.commit(replace(batch, documents=documents, checkpoint=difference))
        self._fold.rested(difference, mark)

    def _find_seals(self) -> None:
        """Of what was open at the checkpoint, some may have been sealed since."""
        for author, heads in list(self._fold.open.items()):
            if heads and (run := self._store.run(author, heads[0].seq - 1, 0)):
                self._fold.closed(Head(author, heads[0].seq - 1 + len(run), b""))

    def close(self, head: Head, mark: bytes) -> None:
        """Store an author's seal, already checked, over what of its log is open up to `head`."""
        if head in self._fold.open.get(head.author, ()):
            self._store.commit(Batch(seals={head: mark}))
            self._fold.closed(head)

    def _readings(self) -> Iterator[int]:
        """The highest reading met, and each author's last: where the highest is from too far ahead, those count."""
        yield self._fold.hlc
        for author, head in self.state.heads.items():
            for held in self._store.run(author, self.sealed_head(head).seq - 1, 0)[:1]:
                yield read(held.data).operation.hlc

    def _told_ms(self) -> int:
        """The latest time that the region's authority or central has put its name to."""
        issued = [certificate.issued_ms for certificate in self.state.nodes.values()]
        return max(issued + [receipt.time_ms for receipt in self.standing.receipts.values()], default=0)
