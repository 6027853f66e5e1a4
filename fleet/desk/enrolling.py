"""Enrolment inside a unit: a request becomes proposals, and what was agreed to becomes the file it takes back."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.grants import GrantDesk, authority_messages, proofs
from fleet.errors import NotTrusted, RuleBroken
from fleet.ledger import enrolment, granting, judge_grants, rights
from fleet.ledger.enrolment import Request
from fleet.ledger.replica import Signer
from fleet.ledger.state import State

Wish = tuple[str, dict[str, object]]
"""What is to be proposed, and with which particulars."""


def wishes(state: State, request: Request) -> list[Wish]:
    """What a request asks for that nobody has certified or proposed yet: its node first, then its people.

    Raises:
        NotTrusted: `other_unit`; `life_unknown`: it has left a log that nobody here knows as its own.
    """
    if request.unit not in {one.unit for one in state.nodes.values()}:
        raise NotTrusted("other_unit", unit=request.unit)
    done = _certified(state) | _proposed(state)
    asked = list[Wish]()
    if request.left is None:
        asked.append(("node", {"name": request.unit_name, "public": request.public}))
    for person in request.people:
        given: dict[str, object] = {"person": person.id, "name": person.name, "roles": " ".join(person.roles)}
        asked.append(("person", given | {"declared": person.declared, "public": person.public}))
    return _next_life(state, request) + [(what, given) for what, given in asked if given["public"] not in done]


def _next_life(state: State, request: Request) -> list[Wish]:
    """The life after the one a node has left, unless it was proposed already."""
    if request.left is None:
        return []
    number, life = request.left
    lives = judge_grants.lives(state, rights.now, number)
    if lives.get(life) != request.public:
        raise NotTrusted("life_unknown", node=number)
    if max(lives) > life:
        return []
    given: dict[str, object] = {"node": number, "incarnation": life + 1}
    return [("node", given | {"name": request.unit_name, "public": request.public})]


def propose(desk: GrantDesk, state: State, signer: Signer, request: Request) -> list[str]:
    """Propose everything a request asks for, in one commit; the ids of the grants. Raises as `wishes` and `propose`."""
    return desk.propose_all(signer, wishes(state, request))


def grant_file(state: State, given: bytes, request: Request) -> bytes:
    """The grant for a request all of which was agreed to. `given` is the grant this node was given itself. Whoever
    stands on record by the root's word needs no other here.

    Raises:
        NotTrusted: `other_unit`.
        RuleBroken: `grant_missing`: something is not approved yet.
    """
    made, certified = proofs(state), _certified(state)
    people = [person.public for person in request.people]
    missing = [public for public in people if public not in made and public not in certified]
    node = made.get(request.public)
    if node is None or (request.left and granting.unproved(node).incarnation <= request.left.incarnation):
        missing.append(request.public)
    if node is None or missing:
        raise RuleBroken("grant_missing", article="8", count=len(missing))
    return enrolment.unit_grant(
        given, node, [made[public] for public in people if public in made], authority_messages(state)
    )


def named(content: Mapping[str, object]) -> str:
    """Whom or what a grant is about, in a word: a staff number, a node's number, or the grant it ends."""
    return str(content.get("person") or content.get("holder") or content.get("node") or content.get("grant") or "-")


def _certified(state: State) -> set[bytes]:
    people = {one.public for key in state.people for one in rights.certificates(state, rights.now, key)}
    return people | {one.public for one in state.nodes.values()}


def _proposed(state: State) -> set[bytes]:
    """Keys that stand in a grant which is not rejected."""
    found = set()
    for paper in state.papers.values():
        body = paper.proposed[0].named.operation.body if paper.proposed and not paper.rejected else None
        if isinstance(body, dict) and body["what"] in {"person", "node"} and isinstance(body["public"], bytes):
            found.add(body["public"])
    return found
