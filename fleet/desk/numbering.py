"""Numbers for new orders and cases: minted from the author's own, so no two nodes can ever give the same."""

from __future__ import annotations

from collections.abc import Container, Iterable

from fleet.ledger.operation import Author


def prefix_of(author: Author) -> str:
    """How the numbers an author gives begin: ``7-``, or ``7.2-`` in its second life."""
    life = f".{author.incarnation}" if author.incarnation > 1 else ""
    return f"{author.node}{life}-"


def next_number(author: Author, taken: Iterable[str], exists: Container[str]) -> str:
    """A number nobody has: one past the count of the author's own among `taken`, or further if that `exists`."""
    prefix = prefix_of(author)
    number = sum(name.startswith(prefix) for name in taken) + 1
    while (name := f"{prefix}{number:05d}") in exists:  # another node has no business there, but may
        number += 1
    return name
