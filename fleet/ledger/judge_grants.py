"""Judges what concerns authority itself: a unit's authority, grants, and what the root revokes. The same everywhere.

Each is judged by what its author's log had seen, so a grant decided elsewhere meanwhile changes no verdict: two
decisions that did not know of each other both stand on record, and `review` shows them to a person.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.errors import NotTrusted
from fleet.ledger import acts, cose, granting, kinds, rights
from fleet.ledger import authority as authorities
from fleet.ledger.authority import Authority
from fleet.ledger.canonical import decode
from fleet.ledger.entries import Installed, Ruling, Voiced
from fleet.ledger.grant_content import BY_ROOT, TEXT_LENGTH_MAX, Content, beneficiary, content_of, target_of
from fleet.ledger.granting import certificate_of, voice
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Named, Operation, meaning_signed_by
from fleet.ledger.rights import Point
from fleet.ledger.state import State
from fleet.ledger.suite import by_id, of_key
from fleet.rules.roles import clash


def signatory(state: State, operation: Operation) -> bytes:
    """The key by which the person of a granting act speaks for the unit.

    Raises:
        NotTrusted: `no_authority` is known there, `not_signatory`, or `person_signature`.
    """
    in_force = rights.signatories(state, rights.past_of(state, operation), wall_ms(operation.hlc))
    if not in_force:
        raise NotTrusted("no_authority")
    keys = [public for one in in_force for public in one.keys(operation.person or "")]
    if not keys:
        raise NotTrusted("not_signatory", person=operation.person)
    for public in keys:
        if meaning_signed_by(public, operation):
            return public
    raise NotTrusted("person_signature", person=operation.person)


def install(state: State, named: Named, root_public: bytes) -> None:
    """Take a unit's authority on record."""
    operation = named.operation
    if not isinstance(operation.body, bytes):
        raise NotTrusted("authority_form")
    admitted = authorities.admit(root_public, operation.body)
    if admitted.unit != operation.unit or operation.target != kinds.UNITS + operation.unit:
        raise NotTrusted("other_unit", unit=admitted.unit)
    state.step_authority(authorities.identity(operation.body), Installed(named.order, admitted, operation.body))


def revoke(state: State, named: Named, root_public: bytes) -> None:
    """Take on record what the root revokes, alone."""
    operation = named.operation
    if not isinstance(operation.body, bytes):
        raise NotTrusted("grant_content")
    match decode(cose.payload_of(operation.body)):
        case [str() as unit, dict() as body] if unit == operation.unit:
            cose.open1(of_key(root_public), root_public, granting.REVOCATION, operation.body)
            _rule(state, named, content_of(body, of=BY_ROOT), grant="", agreed=())
        case _:
            raise NotTrusted("grant_content")


def propose(state: State, named: Named, _root_public: bytes) -> None:
    """Take a proposal on record."""
    operation = named.operation
    content, point = content_of(operation.body), rights.past_of(state, operation)
    if operation.target != target_of(by_id(operation.suite), operation.unit, content):
        raise NotTrusted("wrong_target", kind=operation.kind, target=operation.target)
    if beneficiary(content) == operation.person:
        raise NotTrusted("own_grant", person=operation.person)
    if wall_ms(operation.hlc) >= content["lease_ms"]:
        raise NotTrusted("grant_expired")
    if rights.paper(state, point, operation.target).proposed:
        raise NotTrusted("grant_known")
    _require_fit(state, operation, content, point)
    state.step_voice(named)


def approve(state: State, named: Named, _root_public: bytes) -> None:
    """Put a proposal into force."""
    operation, point = named.operation, rights.past_of(state, named.operation)
    proposals = _undecided(state, point, operation)
    if operation.body != {}:
        raise NotTrusted("body_form")
    content = content_of(proposals[0].named.operation.body)
    proposed, authority = _agreement(state, point, content, proposals, operation)
    _require_fit(state, operation, content, point)
    state.step_voice(named)
    if content["what"] == "person":
        state.step_person(named, certificate_of(authority, content))
    elif content["what"] != "node":  # a node shows its certificate itself, at the head of its log
        agreed = (proposed.named.operation.person or "", operation.person or "")
        _rule(state, named, content, grant=operation.target, agreed=agreed)


def reject(state: State, named: Named, _root_public: bytes) -> None:
    """Put a proposal aside."""
    operation = named.operation
    _undecided(state, rights.past_of(state, operation), operation)
    if not isinstance(operation.body, dict) or not _says_why(operation.body.get("reason")):
        raise NotTrusted("body_form")
    state.step_voice(named)


def _undecided(state: State, point: Point, operation: Operation) -> tuple[Voiced, ...]:
    paper = rights.paper(state, point, operation.target)
    if not paper.proposed:
        raise NotTrusted("no_proposal")
    if paper.approved or paper.rejected:
        raise NotTrusted("grant_decided")
    return paper.proposed


def _agreement(
    state: State, point: Point, content: Content, proposals: tuple[Voiced, ...], operation: Operation
) -> tuple[Voiced, Authority]:
    """The proposal an approval answers, and the authority that names both people."""
    approved = voice(operation)
    in_force = [one for one in rights.signatories(state, point, approved.at_ms) if approved.is_of(one)]
    reason = NotTrusted("not_signatory", person=operation.person)
    for proposal in proposals:
        proposed = voice(proposal.named.operation)
        try:
            granting.require_agreement(content, proposed, approved)
        except NotTrusted as refused:
            reason = refused
            continue
        for authority in in_force:
            if proposed.is_of(authority):
                return proposal, authority
    raise reason


def _rule(state: State, named: Named, content: Content, *, grant: str, agreed: tuple[str, ...]) -> None:
    operation = named.operation
    horizon = {**state.horizon(operation), operation.author: operation.seq}
    acts.step_ruling(state, rights.subject_of(content), Ruling(named.order, content, grant, agreed, horizon))


def _require_fit(state: State, operation: Operation, content: Content, point: Point) -> None:
    """What a grant presumes of what is known where it is proposed, and again where it is approved."""
    _FITS[content["what"]](state, operation, content, point)


def _fit_person(state: State, _operation: Operation, content: Content, point: Point) -> None:
    held = rights.certificates(state, point, content["person"])
    roles = {
        *content["roles"].split(),
        *(role for one in held if one.public != content["public"] for role in one.roles),
    }
    if reason := clash(frozenset(roles), declared=bool(content["declared"].strip())):
        raise NotTrusted(reason)


def _fit_known_person(state: State, _operation: Operation, content: Content, point: Point) -> None:
    if not rights.certificates(state, point, content["person"]):
        raise NotTrusted("unknown_person", person=content["person"])


def _fit_node(state: State, operation: Operation, content: Content, point: Point) -> None:
    number, life, blocks = content["node"], content["incarnation"], list(rights.authorities(state, point))
    if not any(one.authority.holds(number) for one in blocks):
        raise NotTrusted("number_not_ours", node=number)
    taken = lives(state, point, number)
    if not taken and not any(number in one.authority.children(operation.author.node) for one in blocks):
        raise NotTrusted("number_not_ours", node=number)
    if taken and taken.get(life) != content["public"] and life <= max(taken):
        raise NotTrusted("number_taken", node=number)


def lives(state: State, point: Point, number: int) -> dict[int, bytes]:
    """The keys of a node number by incarnation, as certified in a log or granted: what a new grant must go beyond."""
    known = {
        author.incarnation: certificate.public
        for author, certificate in state.nodes.items()
        if author.node == number and point(author, 1)
    }
    for target in list(state.papers):
        paper = rights.paper(state, point, target)
        content = paper.proposed[0].named.operation.body if paper.proposed else None
        if not isinstance(content, dict) or (content["what"], content.get("node")) != ("node", number):
            continue
        if not paper.rejected or paper.approved:
            life, public = content["incarnation"], content["public"]
            assert isinstance(life, int)  # noqa: S101 - `content_of` has seen it
            assert isinstance(public, bytes)  # noqa: S101
            known[life] = public
    return known


def _fit_delegation(state: State, operation: Operation, content: Content, point: Point) -> None:
    if not rights.approves(state, point, content["lender"], wall_ms(operation.hlc)):
        raise NotTrusted("lender_no_approver", person=content["lender"])
    if not rights.certificates(state, point, content["holder"]):
        raise NotTrusted("unknown_person", person=content["holder"])


def _fit_anyhow(_state: State, _operation: Operation, _content: Content, _point: Point) -> None:
    """A node can be revoked that was never met."""


def _fit_lent(state: State, _operation: Operation, content: Content, point: Point) -> None:
    paper = rights.paper(state, point, content["grant"])
    body = paper.proposed[0].named.operation.body if paper.approved and paper.proposed else None
    if not isinstance(body, dict) or body["what"] != "delegation":
        raise NotTrusted("no_proposal")


def _says_why(reason: object) -> bool:
    return isinstance(reason, str) and 0 < len(reason.strip()) <= TEXT_LENGTH_MAX


_FITS: dict[str, Callable[[State, Operation, Content, Point], None]] = {
    "person": _fit_person,
    "node": _fit_node,
    "roles": _fit_known_person,
    "delegation": _fit_delegation,
    "revoke_person": _fit_known_person,
    "revoke_node": _fit_anyhow,
    "revoke_delegation": _fit_lent,
}
"""What each thing that a unit can grant presumes."""

EFFECTS: dict[str, Callable[[State, Named, bytes], None]] = {
    kinds.UNIT_AUTHORITY: install,
    kinds.GRANT_PROPOSE: propose,
    kinds.GRANT_APPROVE: approve,
    kinds.GRANT_REJECT: reject,
    kinds.REGION_REVOKE: revoke,
}
