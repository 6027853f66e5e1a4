"""A delta: what travels. A run of one author's operations, and the author's seal over the last of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger.marks import Identity, seal
from fleet.ledger.operation import Author, Head, Named, read
from fleet.ledger.store import RUN_OPERATIONS_MAX, Held, Placing

SEALED_SIZE_MAX = 256 * 1024
"""Bytes of operations under one seal, about: what one seal closes travels in one piece."""


class Delta(NamedTuple):
    """A run of one author's operations under the author's seal over the last of them. What travels."""

    author: Author
    operations: tuple[bytes, ...]
    seal: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delta: the author's head afterwards, and what it still waits for. Where it is of another branch
    of the log than the one that stands (see `forks`) there is no head; if nothing it follows is held here, the sender
    should begin again after number `begin_after`."""

    head: Head | None
    stored: int = 0
    waiting_for: tuple[Head, ...] = ()
    begin_after: int | None = None


def chained(delta: Delta, unit: str, unpacked: Sequence[Named] | None = None) -> Sequence[Named]:
    """The operations of a delta, each the successor of the one before it in one author's log of `unit`.

    Raises:
        NotTrusted: `delta_size`, `wrong_log`, `chain`, or what is wrong with an operation (see `operation.read`).
    """
    if not delta.operations or len(delta.operations) > RUN_OPERATIONS_MAX:
        raise NotTrusted("delta_size", count=len(delta.operations))
    named = [read(data) for data in delta.operations] if unpacked is None else unpacked
    for before, one in zip([None, *named], named, strict=False):
        operation = one.operation
        if operation.author != delta.author or operation.unit != unit:
            raise NotTrusted("wrong_log", author=str(delta.author))
        if before and (operation.seq, operation.prev) != (before.operation.seq + 1, before.hash):
            raise NotTrusted("chain", seq=operation.seq)
    return named


def followable(held: list[Held], there: Mapping[Author, int]) -> list[Held]:
    """The sealed part of a run before the first operation that would have to wait for another author's.

    `there` is what the receiver holds, by author.
    """
    sealed = 0
    for at, one in enumerate(held, 1):
        operation = read(one.data).operation
        if any(there.get(dep.author, 0) < dep.seq for dep in operation.deps):
            break
        sealed = at if one.seal is not None else sealed
    return held[:sealed]


def sealed(placed: list[Placing], me: Identity) -> list[Placing]:
    """Seal the last operation, and as many before it that no run under one seal outgrows what may travel at once."""
    count = size = 0
    for at, placing in enumerate(placed):
        count, size = count + 1, size + len(placing.named.data)
        if at == len(placed) - 1 or count >= RUN_OPERATIONS_MAX or size >= SEALED_SIZE_MAX:
            placed[at] = placing._replace(seal=seal(me, placing.named.head))
            count = size = 0
    return placed
