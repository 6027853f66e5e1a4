"""The grants desk: what people of a unit's authority ask for and decide, two by two (Art. 6 (3), 8, 14).

Every face calls it alike. It fills in what nobody should have to type (times, the next node number) and makes the acts;
whether they may have effect is judged where all acts are judged, and nothing without effect is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.desk.register import Ledger
from fleet.errors import BadInput, NotFound, RuleBroken
from fleet.ledger import grant_content, granting, judge_grants, kinds, rights
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import Certificate
from fleet.ledger.entries import Paper
from fleet.ledger.grant_content import BY_UNIT, CONTENTS, Content
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.state import State
from fleet.ledger.suite import SHIPPED
from fleet.ports import Clock

LEASE_MS = 2 * 365 * 24 * 3_600_000
"""Two years, as a grant of central's."""
PROPOSAL_MS = 30 * 24 * 3_600_000
"""How long a proposal waits that grants no key: then it has to be made again."""
CLOCK_SLACK_MS = 2 * 24 * 3_600_000
"""A lease begins this long before it is granted: the clock of a node that was just unpacked may be behind."""
_KEYED = frozenset({"person", "node"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant as it stands. `state` is proposed, approved, rejected, expired, or contested: approved at one place and
    rejected at another that did not know. Times in UTC ms."""

    id: str
    state: str
    content: Content
    proposed_by: str
    proposed_ms: int
    decided_by: str
    decided_ms: int | None
    reason: str


class GrantDesk:
    """The desk of one node. `author` hands out the numbers that are its own to hand out."""

    def __init__(self, ledger: Ledger, clock: Clock, author: Author) -> None:
        self._ledger, self._clock, self._author = ledger, clock, author

    def propose(self, signer: Signer, what: str, given: Mapping[str, object]) -> str:
        """Propose something; the id of the grant it becomes if somebody else agrees.

        Raises:
            BadInput: `grant_particular`, something is missing, unknown or of the wrong kind.
            NotTrusted: why it would have no effect; nothing was written.
        """
        (grant_id,) = self.propose_all(signer, [(what, given)])
        return grant_id

    def propose_all(self, signer: Signer, wished: Sequence[tuple[str, Mapping[str, object]]]) -> list[str]:
        """Propose several things, all or none. Raises as `propose`."""
        statements, taken = [], set[int]()
        for what, given in wished:
            content = self._content(what, given, taken)
            taken.add(content.get("node", 0))
            target = grant_content.target_of(SHIPPED, self._ledger.unit, content)
            statements.append(Statement(kinds.GRANT_PROPOSE, target, dict(content), signer))
        self._ledger.write(statements)
        return [statement.target.removeprefix(kinds.GRANTS) for statement in statements]

    def approve(self, signer: Signer, grant_id: str) -> Grant:
        """Agree to exactly what was proposed. Raises NotFound `no_grant`, or NotTrusted as `propose`."""
        return self._decide(signer, grant_id, kinds.GRANT_APPROVE, {})

    def reject(self, signer: Signer, grant_id: str, reason: str) -> Grant:
        """Put a proposal aside, one's own or another's. Raises as `approve`."""
        if not reason.strip():
            raise RuleBroken("reason_missing", article="14", order="-", act="reject")
        return self._decide(signer, grant_id, kinds.GRANT_REJECT, {"reason": reason.strip()})

    def _decide(self, signer: Signer, grant_id: str, kind: str, body: dict[str, Value]) -> Grant:
        grant(self._ledger.state, grant_id, self._clock.now_ms())
        self._ledger.write([Statement(kind, kinds.GRANTS + grant_id, body, signer)])
        return grant(self._ledger.state, grant_id, self._clock.now_ms())

    def _content(self, what: str, given: Mapping[str, object], taken: set[int]) -> Content:
        if what not in BY_UNIT:
            raise BadInput("grant_particular", field="what", value=what)
        now_ms, state = self._clock.now_ms(), self._ledger.state
        known_ms = max(_issued(state, str(given.get("person", ""))), default=0)
        issued_ms = max(now_ms - CLOCK_SLACK_MS if what in _KEYED else now_ms, known_ms + 1)
        defaults: dict[str, object] = {
            "issued_ms": issued_ms,
            "lease_ms": now_ms + (LEASE_MS if what in _KEYED else PROPOSAL_MS),
            "declared": "",
            "incarnation": 1,
            "public": b"",
        }
        if what == "node" and "node" not in given:
            defaults["node"] = self._next_number(taken)
        form = {"issued_ms": int, "lease_ms": int, **CONTENTS[what]}
        whole = {name: defaults[name] for name in form if name in defaults} | dict(given)
        for name in sorted(form.keys() ^ whole.keys()) or [n for n, kind in form.items() if type(whole[n]) is not kind]:
            raise BadInput("grant_particular", field=name, value=str(whole.get(name, "")))
        return {"what": what, **whole}

    def _next_number(self, taken: set[int]) -> int:
        state = self._ledger.state
        for installed in rights.authorities(state, rights.now):
            for number in installed.authority.children(self._author.node):
                if number not in taken and not judge_grants.lives(state, rights.now, number):
                    return number
        raise RuleBroken("no_numbers_left", article="14", node=self._author.node)


def grant(state: State, grant_id: str, now_ms: int) -> Grant:
    """One grant; NotFound `no_grant` if nobody proposed it."""
    paper = state.papers.get(kinds.GRANTS + grant_id)
    if paper is None or not paper.proposed:
        raise NotFound("no_grant", grant=grant_id[:12])
    return _grant(grant_id, paper, now_ms)


def grants(state: State, now_ms: int) -> list[Grant]:
    """Every grant of the unit, the newest proposal first."""
    found = [grant(state, target.removeprefix(kinds.GRANTS), now_ms) for target in state.papers]
    return sorted(found, key=lambda one: (-one.proposed_ms, one.id))


def full_id(state: State, beginning: str) -> str:
    """The id of the one grant that begins so; NotFound `no_grant` for none, or more than one."""
    found = [target.removeprefix(kinds.GRANTS) for target in state.papers]
    match = [each for each in found if each.startswith(beginning.removeprefix(kinds.GRANTS))]
    if len(match) != 1:
        raise NotFound("no_grant", grant=beginning)
    return match[0]


def proofs(state: State) -> dict[bytes, bytes]:
    """The certificates this unit's authority has made, by the key they are for: what a new node takes with it."""
    made: dict[bytes, tuple[int, bytes]] = {}
    for paper in state.papers.values():
        content = paper.proposed[0].named.operation.body if paper.proposed else None
        if not isinstance(content, dict) or content["what"] not in _KEYED or not paper.approved:
            continue
        public, issued_ms = content["public"], content["issued_ms"]
        if isinstance(public, bytes) and isinstance(issued_ms, int) and made.get(public, (-1, b""))[0] < issued_ms:
            made[public] = (issued_ms, _proof(state, paper))
    return {public: proof for public, (_, proof) in made.items() if proof}


def authority_messages(state: State) -> list[bytes]:
    """The root's messages about this unit's authority that are in force, whoever they name."""
    return [installed.message for installed in rights.authorities(state, rights.now)]


def holdings(state: State) -> list[tuple[str, Certificate, bool]]:
    """Every certificate of a person of the unit, by staff number, and whether it still counts."""
    found = []
    for person in sorted(state.people):
        counting = rights.certificates(state, rights.now, person)
        keys = {one.public for one in counting}
        ended = {each.certificate.public: each.certificate for each in state.people[person]}
        found += [(person, one, True) for one in counting]
        found += [(person, one, False) for public, one in sorted(ended.items()) if public not in keys]
    return found


def _grant(grant_id: str, paper: Paper, now_ms: int) -> Grant:
    first = paper.proposed[0].named.operation
    decision = next((voices[0].named.operation for voices in (paper.approved, paper.rejected) if voices), None)
    content: Any = first.body
    state = {(True, True): "contested", (True, False): "approved", (False, True): "rejected"}.get(
        (bool(paper.approved), bool(paper.rejected)), "proposed" if now_ms < content["lease_ms"] else "expired"
    )
    body = decision.body if decision else None
    return Grant(
        id=grant_id,
        state=state,
        content=content,
        proposed_by=first.person or "",
        proposed_ms=wall_ms(first.hlc),
        decided_by=(decision.person or "") if decision else "",
        decided_ms=wall_ms(decision.hlc) if decision else None,
        reason=str(body.get("reason", "")) if isinstance(body, dict) else "",
    )


def _proof(state: State, paper: Paper) -> bytes:
    held = [(installed[0].authority, installed[0].message) for installed in state.authorities.values()]
    said = [[voiced.named for voiced in voices] for voices in (paper.proposed, paper.approved)]
    return granting.find_proof(held, *said)


def _issued(state: State, person: str) -> list[int]:
    rulings = state.rulings.get(rights.person_subject(person), ())
    return [one.content["issued_ms"] for one in rulings] + [
        one.certificate.issued_ms for one in state.people.get(person, ())
    ]
