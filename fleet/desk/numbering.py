"""Numbers for new orders and cases: minted from the author's own, so no two nodes can ever give the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from fleet.ledger.operation import Author


def prefix_of(author: Author) -> str:
    """How the numbers an author gives begin: ``7-``, or ``7.2-`` in its second life."""
    life = f".{author.incarnation}" if author.incarnation > 1 else ""
    return f"{author.node}{life}-"


def next_number(author: Author, exists: Callable[[str], bool]) -> str:
    """A number nobody has: the one after the author's own. They run on, so the last is found by trying ever larger ones
    and then halving: years of orders need not be counted for one more."""
    prefix, past = prefix_of(author), 1
    while exists(f"{prefix}{past:05d}"):
        past *= 2
    between = range(past // 2 + 1, past)
    number = past // 2 + 1 + bisect_left(between, True, key=lambda number: not exists(f"{prefix}{number:05d}"))
    return f"{prefix}{number:05d}"
