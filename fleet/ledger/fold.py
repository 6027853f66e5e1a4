"""Operations put to a state one after the other, in the order they were committed: what a log folds to.

Everything here is in memory; who holds the log stores what follows first. A fold may begin at a checkpoint (see `rest`)
and tells what the next one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.ledger import judge, projection, rest
from fleet.ledger.operation import Author, Head, Named, read
from fleet.ledger.rest import Checkpoints, Mark
from fleet.ledger.state import State
from fleet.ledger.store import Batch, Checkpoint, Held, Placing

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

    def take(self, named: Named, seal: bytes | None, before: str = "") -> Placing:
        """Fold one operation that is held with the verdict of `before`, and say what came of it."""
        staged = self.state.stage()
        placing = Placing(named, seal, judge.verdict_again(staged, named, self._root, before))
        self.follow(staged, [placing])
        return placing

    def follow(self, staged: State, placed: list[Placing]) -> None:
        """Take over a view on which these were judged."""
        self.state.accept(staged)
        self._checkpoints.followed(staged, len(placed))
        for named, seal, verdict in placed:
            self.quarantined += verdict != ""
            self.hlc = max(self.hlc, named.operation.hlc)
            if seal is None:
                self.open.setdefault(named.head.author, []).append(named.head)
            else:
                self.open.pop(named.head.author, None)

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
    packed: `stored` is what a store would hold of it. Everything that ended before `now_ms` by long enough rests."""

    def __init__(self, root_public: bytes, now_ms: int = NOW_MAX_MS) -> None:
        self.stored, self._now_ms = rest.Box(), now_ms
        super().__init__(root_public, State.over(rest.archive_of(self.stored)), Mark())

    def settle(self) -> Checkpoint:
        """Make a checkpoint here."""
        checkpoint, mark = self.checkpoint(self._now_ms)
        self.stored.put(checkpoint)
        self.rested(checkpoint, mark)
        return checkpoint

    def batches(self, operations: Iterable[Held]) -> Iterator[Batch]:
        """Fold operations, and tell piece by piece what is derived from them."""
        for held in operations:
            self.take(read(held.data), held.seal, held.verdict)
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
        return Batch(documents=awake, rows=rows, checkpoint=checkpoint)
