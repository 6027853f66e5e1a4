"""Who may do what at a point of the log. Every question is asked of a point: what is in its causal past, and no more.

So an answer never changes with what arrives later, and all replicas give the same one. `past_of` is the point of an
operation; `now` the point of a face, which knows everything held.

What counts of a person: the newest certificate of each key, unless a revocation issued after it is known; roles as the
latest change of roles says. An old certificate written into a log again brings nothing back: it is judged by when it
was issued, not by where it stands. What a revoked node wrote after the number given is as if unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from fleet.ledger import grant_content
from fleet.ledger.authority import Authority
from fleet.ledger.certificate import CENTRAL_UNIT, Certificate
from fleet.ledger.entries import Entry, Installed, Paper
from fleet.ledger.grant_content import Content
from fleet.ledger.operation import Author, Operation
from fleet.ledger.state import State, node_subject
from fleet.rules.delegation import Delegation
from fleet.rules.roles import Role

Point = Callable[[Author, int], bool]
"""Whether operation `seq` of an author is in the past of this point."""
E = TypeVar("E", bound=Entry)


def past_of(state: State, operation: Operation) -> Point:
    """The point just before an operation whose deps are all held."""
    return lambda author, seq: state.knew(operation, author, seq)


def now(_author: Author, _seq: int) -> bool:
    """The point that knows everything held."""
    return True


def revoked_after(state: State, point: Point, author: Author) -> int | None:
    """The last number of a revoked node's log that still counts; None for a node that is not revoked."""
    rulings = (one for one in state.rulings.get(node_subject(author), ()) if point(one.author, one.seq))
    return min((ruling.content["after_seq"] for ruling in rulings), default=None)


def certificates(state: State, point: Point, key: str) -> list[Certificate]:
    """Someone's certificates, the newest first; `key` as `state.person_key` makes it."""
    enrolments = state.people.get(key, ())
    if len(enrolments) == 1 and not state.rulings:  # as with nearly everyone: nothing to choose from, nothing ruled
        only = enrolments[0]
        return [only.certificate] if point(only.author, only.seq) else []
    newest: dict[bytes, Certificate] = {}
    for enrolled in _known(state, point, enrolments):
        one = enrolled.certificate
        if one.public not in newest or newest[one.public].issued_ms < one.issued_ms:
            newest[one.public] = one
    contents = [ruling.content for ruling in _known(state, point, state.rulings.get(person_subject(key), ()))]
    changes = sorted((one for one in contents if one["what"] == "roles"), key=lambda one: one["issued_ms"])
    revocations = [one for one in contents if one["what"] == "revoke_person"]
    held = [_with_roles(one, changes) for one in newest.values() if not any(_ends(it, one) for it in revocations)]
    return sorted(held, key=lambda one: (one.issued_ms, one.public), reverse=True)


def authorities(state: State, point: Point) -> Iterator[Installed]:
    """The unit's authorities that are not revoked, in order of their names."""
    for name in sorted(state.authorities):
        ended = any(True for _ in _known(state, point, state.rulings.get(authority_subject(name), ())))
        known = next(_known(state, point, state.authorities[name]), None)
        if known and not ended:
            yield known


def paper(state: State, point: Point, target: str) -> Paper:
    """What is known of a grant: empty lists for one nobody proposed."""
    held = state.papers.get(target, Paper())
    proposed, approved, rejected = (tuple(_known(state, point, voices)) for voices in held)
    return Paper(proposed, approved, rejected)


def delegations(state: State, point: Point, holder: str) -> list[Delegation]:
    """What approvers have lent to somebody, whether it has begun or is over; not what was taken back."""
    return [
        grant_content.delegation_of(ruling.content, ruling.agreed[-1])
        for ruling in _known(state, point, state.rulings.get(delegation_subject(holder), ()))
        if not any(True for _ in _known(state, point, state.rulings.get(ruling.grant, ())))
    ]


def approves(state: State, point: Point, person: str, at_ms: int) -> bool:
    """Whether somebody holds the role of an approver himself at a moment."""
    return any(one.covers(at_ms) and Role.APPROVER in one.roles for one in certificates(state, point, person))


def lenders(state: State, holder: str, at_ms: int) -> list[str]:
    """The approvers in whose place `holder` may decide now."""
    lent = (one for one in delegations(state, now, holder) if one.covers(at_ms))
    return sorted({one.lender for one in lent if approves(state, now, one.lender, at_ms)})


def person_subject(key: str) -> str:
    """Where what was ruled of a person is kept."""
    return f"person/{key}"


def authority_subject(name: str) -> str:
    """Where what was ruled of an authority is kept."""
    return f"authority/{name}"


def delegation_subject(holder: str) -> str:
    """Where what was lent to a person is kept."""
    return f"delegation/{holder}"


def subject_of(content: Content) -> str:
    """Where a ruling with this content is kept."""
    match content["what"]:
        case "roles" | "revoke_person":
            return person_subject(content["person"])
        case "revoke_node":
            return node_subject(Author(content["node"], content["incarnation"]))
        case "revoke_authority":
            return authority_subject(content["authority"])
        case "revoke_delegation":
            return str(content["grant"])
    return delegation_subject(content["holder"])


def signatories(state: State, point: Point, at_ms: int) -> list[Authority]:
    """The authorities in force at a moment, without the people whose key was revoked since."""
    in_force = [one.authority for one in authorities(state, point) if one.authority.covers(at_ms)]
    return [
        replace(one, people=tuple(each for each in one.people if not _silenced(state, point, one, *each)))
        for one in in_force
    ]


def _known(state: State, point: Point, entries: tuple[E, ...]) -> Iterator[E]:
    for entry in entries:
        if point(entry.author, entry.seq):
            last = revoked_after(state, point, entry.author) if state.rulings else None
            if last is None or entry.seq <= last:
                yield entry


def _silenced(state: State, point: Point, authority: Authority, person: str, public: bytes) -> bool:
    rulings = _known(state, point, state.rulings.get(person_subject(person), ()))
    return any(
        one.content["what"] == "revoke_person"
        and one.content["public"] in {b"", public}
        and one.content["issued_ms"] >= authority.issued_ms
        for one in rulings
    )


def _with_roles(certificate: Certificate, changes: list[Content]) -> Certificate:
    for change in changes:
        if change["issued_ms"] >= certificate.issued_ms:
            certificate = replace(certificate, roles=tuple(change["roles"].split()))
    return certificate


def _ends(revocation: Content, certificate: Certificate) -> bool:
    meant = revocation["public"] in {b"", certificate.public}
    return meant and certificate.issued_ms <= revocation["issued_ms"]


def anyone_is(state: State, point: Point, role: Role) -> bool:
    """Whether someone of the unit holds a role."""
    return any(
        role in one.roles and one.unit != CENTRAL_UNIT
        for key in state.people
        for one in certificates(state, point, key)
    )


def roles_now(state: State, key: str) -> frozenset[str]:
    """Every role somebody holds by any key; empty for someone unknown, or revoked."""
    return frozenset(role for one in certificates(state, now, key) for role in one.roles)


def name_now(state: State, key: str) -> str:
    """The name on somebody's newest certificate, in force or not; "" for someone unknown."""
    held = [enrolled.certificate for enrolled in state.people.get(key, ())]
    return max(held, key=lambda one: (one.issued_ms, one.public)).name if held else ""
