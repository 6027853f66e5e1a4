"""A log that was continued twice: two operations of one author at one number. Which of them stands, and what proves it.

It takes a copied disk, a backup that wrote before it had asked, or a dishonest hand. Nothing of either branch is thrown
away: operations that do not stand are held without effect, with the verdict `store.FORK`. At each number where a log
parts stands

    the operation that central has ruled to stand, which is the one it held first
    else one that its author's seal covers, before one that crossed in a session and was never sealed
    else the one with the lower hash

so replicas that hold the same operations let the same ones stand. What others wrote after seeing a branch that does not
stand counts as written in sight of what came before the parting (see `State.counted`), so an edit that builds on values
of such a branch has no effect.

A proof of a fork convinces whoever has the root's key, with nothing else at hand:

    proof = [certificate of the author, branch, branch]       branch = [operations from the parting on, seal]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.certificate import Certificate
from fleet.ledger.delta import Delta
from fleet.ledger.entries import Parting, Ruled
from fleet.ledger.granting import author_of, certified
from fleet.ledger.marks import sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.store import Placing

PROOFS_MAX = 16
"""Proofs kept about one author's log; more of them prove nothing new. The branches themselves are kept like any log:
who wrote after seeing one must not wait for it for ever."""
PIECE_SIZE_MAX, PIECE_LENGTH_MAX = 1 << 20, 1_000
"""Bytes and operations of a branch that travel in one piece, about: it ends at the next seal."""
PROOF_SIZE_MAX = 3 << 20


def losing(placed: Iterable[Placing], ruled: Mapping[Parting, Ruled]) -> frozenset[bytes]:
    """The hashes of those operations that do not stand, given all that is held of the logs in question."""
    by_author: dict[Author, list[Placing]] = defaultdict(list)
    for placing in placed:
        by_author[placing.named.operation.author].append(placing)
    parted = (log for log in by_author.values() if len({one.named.operation.seq for one in log}) < len(log))
    return frozenset(lost for log in parted for lost in _losing(log, ruled))


def stands_before(one: Head, other: Head, ruled: Mapping[Parting, Ruled]) -> bool:
    """Whether of two operations at one number, both under seals, the first stands."""
    ruling = ruled.get(Parting(one.author, one.seq))
    return min((one, other), key=lambda head: (ruling is None or ruling.stands != head.hash, head.hash)) == one


def _losing(log: list[Placing], ruled: Mapping[Parting, Ruled]) -> set[bytes]:
    under_seal, following = covered(log), defaultdict[bytes, list[Head]](list)
    for one in log:
        following[one.named.operation.prev].append(one.named.head)

    def rank(head: Head) -> tuple[bool, bool, bytes]:
        ruling = ruled.get(Parting(head.author, head.seq))
        return ruling is None or ruling.stands != head.hash, head.hash not in under_seal, head.hash

    at, stands = ORIGIN, set[bytes]()
    while choice := following.get(at):
        at = min(choice, key=rank).hash
        stands.add(at)
    return {one.named.hash for one in log} - stands


def covered(placed: Iterable[Placing]) -> set[bytes]:
    """The hashes of those operations that a seal stands on, or on what follows from them."""
    log = list(placed)
    known, covered = {one.named.hash: one.named for one in log}, set[bytes]()
    for one in log:
        at: Named | None = one.named if one.seal is not None else None
        while at and at.hash not in covered:
            covered.add(at.hash)
            at = known.get(at.operation.prev)
    return covered


class Branch(NamedTuple):
    """A branch that does not stand: its last operation under a seal, and all from its parting on, as it travels."""

    end: Head
    pieces: tuple[Delta, ...]


def branches(aside: Iterable[Placing]) -> list[Branch]:
    """What does not stand, each branch from its parting to its last seal."""
    known = {one.named.hash: one for one in aside}
    led_on = {one.named.operation.prev for one in known.values()}
    found = (_path(known, tip) for digest, tip in known.items() if digest not in led_on)
    return [Branch(path[-1].named.head, tuple(_pieces(path))) for path in found if path]


def _path(known: Mapping[bytes, Placing], tip: Placing) -> list[Placing]:
    """From its parting to a tip, without what was never sealed: that proves nothing to others."""
    path, at = list[Placing](), known.get(tip.named.hash)
    while at:
        if path or at.seal is not None:
            path.append(at)
        at = known.get(at.named.operation.prev)
    path.reverse()
    return path


def _pieces(path: list[Placing]) -> Iterator[Delta]:
    run, size = list[bytes](), 0
    for named, seal, _ in path:
        run.append(named.data)
        size += len(named.data)
        if seal is not None and (named is path[-1].named or size > PIECE_SIZE_MAX or len(run) > PIECE_LENGTH_MAX):
            yield Delta(named.operation.author, tuple(run), seal)
            run, size = [], 0


def prove(certificate: Value, one: Delta, other: Delta) -> bytes:
    """The proof that two branches, each from the parting on, are of one log."""
    branches = sorted([list(branch.operations), branch.seal] for branch in (one, other))
    return encode([certificate, *branches])


def check(root_public: bytes, proof: bytes) -> tuple[Certificate, Named, Named]:
    """Whose log parted, and the two operations at one number that its own seals vouch for.

    Raises:
        NotTrusted: `fork_proof`, or what is wrong with a part of it: this proves nothing.
    """
    match decode(proof, size_max=PROOF_SIZE_MAX):
        case [bytes() as message, [list() as one, bytes() as one_seal], [list() as other, bytes() as other_seal]]:
            certificate = certified(root_public, message)
            first, second = (
                _branch(certificate, operations, seal) for operations, seal in ((one, one_seal), (other, other_seal))
            )
            alike = first.operation.seq == second.operation.seq and first.operation.prev == second.operation.prev
            if alike and first.operation.unit == second.operation.unit and first.hash != second.hash:
                return certificate, first, second
    raise NotTrusted("fork_proof")


def _branch(certificate: Certificate, operations: Sequence[object], seal: bytes) -> Named:
    """The first operation of a branch that the author's seal covers."""
    author = author_of(certificate)
    branch = [read(data) for data in operations if isinstance(data, bytes)]
    if not branch or len(branch) != len(operations) or any(one.operation.author != author for one in branch):
        raise NotTrusted("fork_proof")
    for before, one in pairwise(branch):
        if (one.operation.seq, one.operation.prev) != (before.operation.seq + 1, before.hash):
            raise NotTrusted("chain", seq=one.operation.seq)
    last: Head = branch[-1].head
    if not sealed_by(certificate.public, last, seal):
        raise NotTrusted("seal", seq=last.seq)
    return branch[0]
