"""Operations put to a state one after the other, in the order they were committed: what a log folds to.

Everything here is in memory; who holds the log stores what follows first. A fold may begin at a checkpoint (see `rest`)
and tells what the next one is. What does not stand because its log was continued twice (see `forks`) is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from fleet.ledger import judge, projection, rest
from fleet.ledger.operation import Author, Head, Named, read
from fleet.ledger.rest import Checkpoints, Mark
from fleet.ledger.state import State
from fleet.ledger.store import FORK, Batch, Checkpoint, Held, Placing

NOW_MAX_MS = 1 << 62
"""A now at which everything that has ended rests."""


class Fold:
    """The state so far; `open` are, per author, the operations that no seal covers yet, `quarantined` counts those that
    are held without effect, `hlc` is the highest reading met."""

    def __init__(self, root_public: bytes, state: State, mark: Mark) -> None:
        self.state, self.quarantined, self.hlc = state, mark.quarantined, mark.hlc
        self.open: dict[Author, list[Head]] = {}
        self._root, self._checkpoints = root_public, Checkpoints(mark)
        for head in mark.open:
            self.open.setdefault(head.author, []).append(head)

    @property
    def since_checkpoint(self) -> int:
        """How many operations came after the last checkpoint."""
        return self._checkpoints.folded - self._checkpoints.mark.operations

    @property
    def checkpoint_due(self) -> bool:
        """Whether the next commit should bring a checkpoint."""
        return self.since_checkpoint >= rest.EVERY

    def take(self, named: Named, seal: bytes | None, before: str = "", *, aside: bool = False) -> Placing:
        """Fold one operation that is held with the verdict of `before`, or keep that it does not stand, and say what
        came of it."""
        staged = self.state.stage()
        if aside:
            staged.step_aside(named)
            placing = Placing(named, seal, FORK)
        else:
            placing = self._judged(staged, named, before)._replace(seal=seal)
        self.follow(staged, [placing])
        return placing

    def _judged(self, staged: State, named: Named, before: str) -> Placing:
        return Placing(named, None, judge.verdict_again(staged, named, self._root, before))

    def follow(self, staged: State, placed: list[Placing]) -> None:
        """Take over a view on which these were judged."""
        self.state.accept(staged)
        self._checkpoints.followed(staged, len(placed))
        for named, seal, verdict in placed:
            self.quarantined += verdict != ""
            self.hlc = max(self.hlc, named.operation.hlc)
            if verdict == FORK:
                continue
            if seal is None:
                self.open.setdefault(named.operation.author, []).append(named.head)
            else:
                self.open.pop(named.operation.author, None)

    def become(self, other: Fold) -> None:
        """Be what `other` is, a fold of the same log whose checkpoint is stored."""
        self.state.become(other.state)
        self.quarantined, self.hlc, self.open = other.quarantined, other.hlc, other.open
        self._checkpoints = other._checkpoints

    def closed(self, head: Head) -> None:
        """A seal has come that covers what is open up to `head`, by its number."""
        self.open[head.author] = [one for one in self.open.get(head.author, ()) if one.seq > head.seq]

    def checkpoint(self, now_ms: int) -> tuple[Checkpoint, Mark]:
        """Where this fold stands, as the difference to the last checkpoint. What ended long before now rests."""
        still_open = tuple(head for heads in self.open.values() for head in heads)
        return self._checkpoints.make(
            self.state, Mark(quarantined=self.quarantined, hlc=self.hlc, open=still_open), now_ms
        )

    def woken_documents(self) -> dict[str, bytes]:
        """The documents, as snapshots, of what the checkpoint just made takes out of the archive."""
        woken = self._checkpoints.waking.items()
        return {target: held["documents"].snapshot for target, held in woken if "documents" in held}

    def rested(self, checkpoint: Checkpoint, mark: Mark) -> None:
        """A checkpoint is stored: what has ended leaves the memory."""
        self._checkpoints.made(self.state, checkpoint, mark)


class Refold(Fold):
    """A log folded from its very beginning, to prove what is stored or to store it anew. What ends rests in memory,
    packed: `stored` is what a store would hold of it. Everything that ended before `now_ms` by long enough rests.
    `lost` are the operations that do not stand, by hash, and `judged_anew` those of which something else came than is
    stored; without it, what is stored says which do not stand, and no verdict is changed. What stands for the first
    time is judged by `first_judged`."""

    def __init__(
        self,
        root_public: bytes,
        now_ms: int = NOW_MAX_MS,
        *,
        lost: Collection[bytes] | None = None,
        first_judged: Callable[[State, Named], Placing] | None = None,
    ) -> None:
        self.stored, self._now_ms, self._lost, self._first_judged = rest.Box(), now_ms, lost, first_judged
        self.judged_anew: list[Placing] = []
        self._told = 0
        super().__init__(root_public, State.over(rest.archive_of(self.stored)), Mark())

    def _judged(self, staged: State, named: Named, before: str) -> Placing:
        if before == FORK and self._first_judged:
            return self._first_judged(staged, named)
        return super()._judged(staged, named, before)

    def settle(self) -> Checkpoint:
        """Make a checkpoint here."""
        checkpoint, mark = self.checkpoint(self._now_ms)
        self.stored.put(checkpoint)
        self.rested(checkpoint, mark)
        return checkpoint

    def batches(self, operations: Iterable[Held]) -> Iterator[Batch]:
        """Fold operations, and tell piece by piece what is derived from them."""
        for held in operations:
            named = read(held.data)
            aside = held.verdict == FORK if self._lost is None else named.hash in self._lost
            placing = self.take(named, held.seal, held.verdict, aside=aside)
            if placing.verdict != held.verdict and self._lost is not None:
                self.judged_anew.append(placing)
            if self.checkpoint_due:
                yield self._piece()
        yield self._piece()

    def _piece(self) -> Batch:
        changed = self._checkpoints.changed
        snapshots = {name: self.state.documents[name].snapshot for name in changed["documents"]}
        rows = projection.of_changes(self.state, changed)
        checkpoint = self.settle()
        snapshots = self.woken_documents() | snapshots
        awake = {name: snapshot for name, snapshot in snapshots.items() if name not in checkpoint.archived}
        news, self._told = self.judged_anew[self._told :], len(self.judged_anew)
        verdicts = {placing.named.head: placing.verdict for placing in news}
        return Batch(documents=awake, rows=rows, checkpoint=checkpoint, verdicts=verdicts)
