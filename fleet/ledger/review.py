"""What somebody has to look at after a revocation or two decisions that crossed: nothing of it was erased.

A revocation of a person counts where it was known. What the person did elsewhere, not knowing of it, stands and is
listed here; so is what a revoked node said too late, which does not stand. The list follows from the state, so every
replica shows the same one.
"""

from __future__ import annotations

from typing import NamedTuple

from fleet.ledger import rights
from fleet.ledger.entries import Ruling
from fleet.ledger.operation import Author
from fleet.ledger.state import State


class Doubt(NamedTuple):
    """Something to look at. `code` says what; `subject` is the person, node or grant; `log` and the two numbers say
    where: after `after_seq`, up to `upto_seq`.

    acted_unaware    a revoked person's acts that did not know of the revocation: they stand
    said_too_late    a revoked node's acts after the number given: they do not
    decided_twice    a grant approved at one place and rejected at another: the approval stands
    """

    code: str
    subject: str
    log: Author
    after_seq: int
    upto_seq: int


def doubts(state: State) -> list[Doubt]:
    """The whole list, sorted."""
    found = [doubt for rulings in state.rulings.values() for ruling in rulings for doubt in _of_ruling(state, ruling)]
    for target, paper in state.papers.items():
        if paper.approved and paper.rejected:
            place = paper.rejected[0]
            found.append(Doubt("decided_twice", target, place.author, place.seq - 1, place.seq))
    return sorted(set(found))


def _of_ruling(state: State, ruling: Ruling) -> list[Doubt]:
    content = ruling.content
    if content["what"] == "revoke_node":
        author = Author(content["node"], content["incarnation"])
        head, last = state.heads.get(author), rights.revoked_after(state, rights.now, author)
        if head is None or last is None or head.seq <= last:
            return []
        return [Doubt("said_too_late", f"{author.node}.{author.incarnation}", author, last, head.seq)]
    if content["what"] != "revoke_person":
        return []
    return [
        Doubt("acted_unaware", key.person, key.author, ruling.horizon.get(key.author, 0), seq)
        for key, seq in state.spoke.items()
        if key.person == content["person"] and content["public"] in {b"", key.public}
        if seq > ruling.horizon.get(key.author, 0)
        if _meant(state, key.person, key.public, content["issued_ms"])
    ]


def _meant(state: State, person: str, public: bytes, issued_ms: int) -> bool:
    """Whether a revocation of that time ends a certificate of this key at all: a later one is not meant by it."""
    issued = [one.certificate.issued_ms for one in state.people.get(person, ()) if one.certificate.public == public]
    return not issued or min(issued) <= issued_ms
