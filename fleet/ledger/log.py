"""The log of a unit as one machine holds it, and the state it folds to. All change goes through `commit`.

The store has it first; the state in memory follows only after that. What is open is what has crossed one by one in a
session and waits for its author's seal: it is held and folded, and passed on to nobody. A log is opened at its last
checkpoint (see `rest`); only what came after that is folded anew. Of a log that was continued twice (see `forks`) both
branches are held; when it turns out that another one stands than did, everything is folded anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from fleet.ledger import forks, judge, kinds, projection, rest
from fleet.ledger.delta import Delta, followable
from fleet.ledger.entries import Parting, Placed
from fleet.ledger.fold import Fold, Refold
from fleet.ledger.forks import Branch
from fleet.ledger.hlc import HybridClock
from fleet.ledger.operation import ORIGIN, Author, Head, Named, Operation, read
from fleet.ledger.standing import Standing
from fleet.ledger.state import State
from fleet.ledger.store import FORK, Batch, Placing, Proof, Receipt, Refusal, Store
from fleet.ledger.timing import StandingReceipts, timing
from fleet.ledger.trial import Trials
from fleet.ports import Clock
from fleet.rules.timing import Timing

RECENT_MAX = 4_096
"""Operations whose place is remembered: what others name is mostly recent, and named again and again."""
SETTLING_MAX = 4
"""Times everything is folded anew over one change: what stands of central's own log may change what it has ruled."""


class Log:
    """One unit's operations here."""

    def __init__(self, store: Store, clock: Clock, root_public: bytes, unit: str, trials: Trials) -> None:
        self.unit, self.root_public = unit, root_public
        state, mark = rest.restore(store)
        self._store, self._clock, self._fold, self._trials = store, clock, Fold(root_public, state, mark), trials
        self.turns = 0  # how often another branch of a log has come to stand than did
        self.receipts = StandingReceipts(store, self._stands)
        self.standing = Standing(store, clock, state.heads)
        self.proofs: list[Proof] = list(store.proofs())
        self._recent: dict[bytes, Head] = {}
        self._covered_aside = set[bytes]()
        for held in store.operations(mark.operations):
            self._fold.take(read(held.data), held.seal, held.verdict, aside=held.verdict == FORK)
        self._find_seals()
        self._settle()
        self._prove()
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
        """How many operations of all authors are held that stand."""
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
        """The hash of the operation that stands at a number, ORIGIN before the first; None if there is none yet."""
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

    def timing(self, placed: Placed) -> Timing:
        """When a fact was put on record, as far as the receipts held here prove it."""
        return timing(self.receipts, placed)

    def receipts_within(self, author: Author, after_seq: int, seq: int) -> list[Receipt]:
        """The receipts of an author's log as it stands here, for numbers beyond `after_seq` up to `seq`."""
        found, after = list[Receipt](), after_seq
        while after < seq:
            _, receipt = self.receipts.receipts_about(author, after, after + 1)
            if receipt is None or receipt.head.seq > seq:
                break
            found.append(receipt)
            after = receipt.head.seq
        return found

    def receipted(self, author: Author) -> int:
        """Up to which number of an author's log, as it stands here, central's receipt is held."""
        receipt = self.standing.receipts.get(author)
        if receipt and not self._stands(receipt.head):
            receipt, _ = self.receipts.receipts_about(author, receipt.head.seq - 1, receipt.head.seq)
        return receipt.head.seq if receipt else 0

    def _stands(self, head: Head) -> bool:
        """Whether an operation that is held is not of a branch that does not stand."""
        if all(aside.head.author != head.author for aside in self.state.aside.values()):
            return True
        return self.hash_at(head.author, head.seq) == head.hash

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

    def missing(self, operation: Operation) -> tuple[Head, ...]:
        """The causal gate: what an operation says its author had seen of others and cannot be shown here yet."""
        return self.lacking(operation.deps)

    def lacking(self, heads: Iterable[Head]) -> tuple[Head, ...]:
        """Those of `heads` that are not held here under a seal yet, whether they stand or not. It is the operation that
        counts, not its number: of a log that was continued twice another one may be held there. What was never sealed
        is no ground to build on: whoever is given what rests on it could get it from nobody. Whoever names it has it
        under a seal."""
        return tuple(head for head in heads if not (self.holds(head) and self._sealed(head)))

    def _sealed(self, head: Head) -> bool:
        """Whether an operation that is held lies under its author's seal."""
        if head.hash in self.state.aside:
            return head.hash in self._covered_aside
        still_open = self._fold.open.get(head.author)
        return not still_open or head.seq < still_open[0].seq

    def holds(self, head: Head) -> bool:
        """Whether an operation is held here, whether it stands or not."""
        if head.hash in self.state.aside or self.state.heads.get(head.author) == head:
            return True
        if head.hash not in self._recent and self.hash_at(head.author, head.seq) == head.hash:
            self._remember(head)
        return self._recent.get(head.hash) == head

    def _remember(self, head: Head) -> None:
        self._recent[head.hash] = head
        if len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    def commit(self, staged: State, placed: list[Placing]) -> None:
        """Store what was judged on `staged`, with what follows from it; then, and only then, it is so.

        Raises:
            Unavailable: the disk refused; nothing was stored, and the state is as it was.
        """
        refused = self.standing.of_verdicts(one for one in _told(placed, staged) if not self._wins(one))
        batch = Batch(
            operations=tuple(placed),
            documents={name: document.snapshot for name, document in staged.changes("documents").items()},
            refusals=refused,
            rows=projection.changed(staged),
        )
        self._store_batch(batch, checkpoint=self._fold.checkpoint_due)
        self.standing.refusals.extend(refused)
        parted = bool(staged.changes("aside") or staged.changes("ruled"))
        self._fold.follow(staged, placed)
        for placing in placed:
            self.hlc.seen(placing.named.operation.hlc)
            self._remember(placing.named.head)
        if parted:
            self._settle()
            self._prove()

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

    # -- logs that were continued twice -----------------------------------------------------------------------------

    def branches(self) -> list[Branch]:
        """What is held of branches that do not stand, each from where it leaves what does to its last seal."""
        if not self.state.aside:
            return []
        return forks.branches(Placing(read(held.data), held.seal, FORK) for held in self._store.aside())

    def close_branch(self, head: Head, mark: bytes) -> None:
        """Store an author's seal, already checked, over an operation that does not stand."""
        if any(held.seal is None and read(held.data).hash == head.hash for held in self._store.aside()):
            self._store.commit(Batch(seals={head: mark}))
            self._prove()

    def _prove(self) -> None:
        """Keep a proof of every parting that can be proved by now, and note what of the branches can be shown."""
        made = dict[Parting, Proof]()
        held = self._store.aside() if self.state.aside else ()
        self._covered_aside = forks.covered(Placing(read(one.data), one.seal, FORK) for one in held)
        for branch in self.branches():
            root = read(branch.pieces[0].operations[0])
            author, seq, _ = root.head
            known = [proof.seq for proof in (*self.proofs, *made.values()) if proof.author == author]
            beside, begins = self.run(author, seq - 1, 0), self.run(author, 0, 0)
            if beside and begins and seq not in known and len(known) < forks.PROOFS_MAX:
                certificate = read(begins.operations[0]).operation.body
                made[Parting(author, seq)] = Proof(author, seq, forks.prove(certificate, beside, branch.pieces[0]))
        if made:
            self._store.commit(Batch(proofs=tuple(made.values())))
            self.proofs.extend(made.values())

    def _settle(self) -> None:
        """Fold everything anew if of a log that was continued twice another branch should stand than does."""
        for _ in range(SETTLING_MAX):
            if not self._contested():
                return
            authors = {aside.head.author for aside in self.state.aside.values()}
            logs = (Placing(read(held.data), held.seal, "") for held in self._store.operations())
            lost = forks.losing((one for one in logs if one.named.operation.author in authors), self.state.ruled)
            if lost == self.state.aside.keys():
                return
            self._fold_anew(Refold(self.root_public, self._clock.now_ms(), lost=lost, first_judged=self.judged))

    def _contested(self) -> bool:
        roots = (aside.head for aside in self.state.aside.values() if aside.head.seq == aside.parts_at)
        return any(map(self._stands_instead, roots))

    def _wins(self, placing: Placing) -> bool:
        return placing.verdict == FORK and self._stands_instead(placing.named.head)

    def _stands_instead(self, root: Head) -> bool:
        """Whether the first operation of a branch should stand in the place of the one that does."""
        stands = self.hash_at(root.author, root.seq)
        return stands is not None and forks.stands_before(root, root._replace(hash=stands), self.state.ruled)

    def _fold_anew(self, again: Refold) -> None:
        refused: list[Refusal] = []

        def batches() -> Iterator[Batch]:
            yield from again.batches(self._store.operations())
            refused.extend(self.standing.of_verdicts(_told(again.judged_anew, again.state)))
            yield Batch(refusals=tuple(refused))

        self._store.rebuild(batches())
        self.standing.refusals.extend(refused)
        self._fold.become(again)
        self.turns += 1

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


def _told(placed: Iterable[Placing], state: State) -> list[Placing]:
    """Whose verdicts their author hears of: of a branch that does not stand only the beginning."""
    return [one for one in placed if one.verdict != FORK or one.named.operation.prev not in state.aside]
