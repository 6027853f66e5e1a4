"""What a conversation does about logs that were continued twice (see `forks`).

That is found out here: heads at one number that differ, or a run that does not follow what is held. The end that
notices asks for the other's log plain from half the length on, then from half of that, until it meets what it knows;
then each sends what the other lacks of either branch.
"""

from __future__ import annotations

from fleet.ledger.backlog import Backlog
from fleet.ledger.delta import Delta, Taken
from fleet.ledger.operation import Author, Head, Named
from fleet.ledger.replica import Replica
from fleet.ledger.wire import Hello, Plain


class Partings:
    """`asking` is what to ask of the other end next, by author; `pieces` are the pieces of branches to send it."""

    def __init__(self, replica: Replica, backlog: Backlog) -> None:
        self._replica, self._backlog = replica, backlog
        self.asking: dict[Author, Plain] = {}
        self.pieces: list[Delta] = []
        self._asked = set[Plain]()  # the same thing once in a conversation
        self._offered = set[bytes]()  # ends of branches that the other end has, or was sent
        self._heads: tuple[Head, ...] = ()

    def greeted(self, hello: Hello) -> None:
        """The other end has said what it holds."""
        self._heads = hello.heads
        for head in hello.heads:
            self._compare(head)
        self._offered |= {head.hash for head in (*hello.ends, *hello.heads)}
        self._offer()

    def ask_plain(self, author: Author, held: int) -> None:
        """Ask for an author's operations as they are, from after number `held` on."""
        asked = self.asking.get(author)
        plain = Plain(author, min(held, asked.held) if asked else held)
        if plain not in self._asked:
            self._asked.add(plain)
            self.asking[author] = plain

    def took(self, taken: Taken, last: Named, plain_after: int | None) -> None:
        """A delta was taken that ends with `last`; if it came plain, it begins after number `plain_after`."""
        author = last.operation.author
        wanted = self.asking.get(author)
        if wanted and plain_after is not None and plain_after <= wanted.held:
            del self.asking[author]
        if taken.begin_after is not None:
            self.ask_plain(author, taken.begin_after)
        if taken.stored and taken.head is None:  # a branch: what the other end lacks of that log may be clear now
            self._offered.add(last.hash)
            for head in self._heads:
                if head.author == author and head.hash in self._replica.state.aside:
                    self._compare(head)
            self._offer()

    def _compare(self, theirs: Head) -> None:
        """Look whether the other end holds what stands here, up to its head of a log. If it stands on a branch that
        does not, it lacks what does from the parting on; if nobody here has met its head, the log has parted where
        nobody here knows of it."""
        aside = self._replica.state.aside.get(theirs.hash)
        if aside:
            self._backlog.there[theirs.author] = aside.parts_at - 1
        elif self._replica.hash_at(theirs.author, theirs.seq) not in {None, theirs.hash}:
            self.ask_plain(theirs.author, theirs.seq // 2)

    def _offer(self) -> None:
        """Send what the other end does not have of branches that do not stand here."""
        for branch in self._replica.branches():
            if branch.end.hash not in self._offered:
                self._offered.add(branch.end.hash)
                self.pieces += branch.pieces
