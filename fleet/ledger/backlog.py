"""What the other end of a conversation lacks, by what it says it holds and by what it was sent since; the most urgent
first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.ledger import codec, memory
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author, Head
from fleet.ledger.priority import Priority, most_urgent
from fleet.ledger.replica import Replica
from fleet.ledger.wire import Packed, Plain

RUN_SIZE_MAX = 3 << 20
"""Bytes of operations in one delta, before packing."""
PEEK_SIZE = 1 << 16
"""Bytes of an author's records looked at to see how urgent they are."""


class Backlog:
    """`there` is up to which number the other end holds each log; `dictionary` is the one that runs are packed with."""

    def __init__(self, replica: Replica, believed: Iterable[Head], dictionary: int) -> None:
        self._replica, self._dictionary = replica, dictionary
        self.there: dict[Author, int] = {head.author: head.seq for head in believed}
        self._plain_for, self._served = set[Author](), set[Plain]()

    def serve(self, asked: Plain) -> None:
        """Send an author's operations as they are, from where the other end says; the same once in a conversation."""
        if asked not in self._served:
            self._served.add(asked)
            self._plain_for.add(asked.author)
            self.there[asked.author] = asked.held

    def take_next(self, size_max: int, only: Author | None = None) -> Delta | None:
        """The next run, counted as sent; None if nothing is lacking. `only` is the one log to be told of, if not all
        are."""
        ours = self._replica.state.heads
        behind = [author for author, head in sorted(ours.items()) if head.seq > self.there.get(author, 0)]
        if only is not None:
            behind = [author for author in behind if author == only]
        there = self.there if len(behind) > 1 else None
        ranked = self._by_priority(behind)
        for author in ranked:
            if delta := self._run(author, size_max, there):
                return delta
        if there is not None:  # runs that wait for each other in their middle: plain, piece by piece
            for author in ranked:
                self._plain_for.add(author)
                if delta := self._run(author, size_max, None):
                    return delta
        return None

    def place_of(self, delta: Delta) -> codec.Place | None:
        """Where a run that was taken begins; None if what it follows is not held here."""
        after = self.there[delta.author] - len(delta.operations)
        before = self._replica.hash_at(delta.author, after)
        return None if before is None else codec.Place(self._replica.unit, delta.author, after, before)

    def packed(self, delta: Delta, place: codec.Place | None) -> Packed | Delta:
        """A run that was taken and begins at `place`, as it travels: in columns, unless the other end has asked for it
        plain."""
        begins = memory.dictionary(self._dictionary)
        if delta.author in self._plain_for or begins is None or place is None:
            return delta
        data = codec.pack(delta.operations, place, memory.Memory(begins), self._replica.hash_at)
        return Packed(delta.author, place.seq, len(delta.operations), self._dictionary, data, delta.seal)

    def _run(self, author: Author, size_max: int, there: Mapping[Author, int] | None) -> Delta | None:
        after = self.there.get(author, 0)
        delta = self._replica.run(author, after, min(size_max, RUN_SIZE_MAX), there=there)
        if delta:
            self.there[author] = after + len(delta.operations)
        return delta

    def _by_priority(self, behind: list[Author]) -> list[Author]:
        """Those whose missing records are the most urgent first; of the same, those who miss little."""
        if len(behind) < 2:
            return behind
        ours, state = self._replica.state.heads, self._replica.state

        def key(author: Author) -> tuple[Priority, int, Author]:
            after = self.there.get(author, 0)
            return most_urgent(self._replica.run(author, after, PEEK_SIZE), state), ours[author].seq - after, author

        return sorted(behind, key=key)
