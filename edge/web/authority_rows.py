"""Certificates, grants and what is left to look at, as the API tells of them. Pure but for the log that is read."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from edge.store.journal import Office
from fleet.desk import enrolling
from fleet.desk import grants as desk
from fleet.desk.grants import Grant
from fleet.desk.register import name_of
from fleet.ledger import escrow, rights
from fleet.ledger.enrolment import fingerprint
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author
from fleet.ledger.operation import read as read_operation
from fleet.ledger.review import Doubt
from fleet.ledger.state import State

LISTED_MAX = 200
"""Acts listed of one doubt; the count tells of all."""
Json = dict[str, Any]


class GrantRow(Struct, frozen=True, kw_only=True):
    """A grant as it stands. `state` is proposed, approved, rejected, expired or contested. Times in UTC ms."""

    id: str
    what: str
    about: str
    state: str
    particulars: dict[str, str | int]
    fingerprint: str | None
    proposed_by: str
    proposed_by_name: str
    proposed_ms: int
    decided_by: str
    decided_by_name: str
    decided_ms: int | None
    reason: str


class Holding(Struct, frozen=True, kw_only=True):
    """A certificate of a person. `in_force` is whether an act signed with it now would count; UTC ms."""

    person: str
    name: str
    roles: list[str]
    public: str
    fingerprint: str
    issued_ms: int
    lease_ms: int
    in_force: bool
    revoked: bool
    in_authority: bool


class DoubtRow(Struct, frozen=True, kw_only=True):
    """Something to look at: `code` as in `fleet.ledger.review`, and the acts it is about, `count` of them."""

    code: str
    subject: str
    node: int
    incarnation: int
    count: int
    acts: list[Json]


class CustodyRow(Struct, frozen=True, kw_only=True):
    """The two custodians by name, and since when (UTC ms); None where the region has named nobody yet."""

    inner: str | None
    outer: str | None
    since_ms: int | None


def grant_row(state: State, one: Grant) -> GrantRow:
    """A grant as it stands."""
    public = one.content.get("public")
    told = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in one.content.items()
        if name != "what"
    }
    return GrantRow(
        id=one.id,
        what=one.content["what"],
        about=enrolling.named(one.content),
        state=one.state,
        particulars=told,
        fingerprint=fingerprint(public) if public else None,
        proposed_by=one.proposed_by,
        proposed_by_name=name_of(state, one.proposed_by),
        proposed_ms=one.proposed_ms,
        decided_by=one.decided_by,
        decided_by_name=name_of(state, one.decided_by) if one.decided_by else "",
        decided_ms=one.decided_ms,
        reason=one.reason,
    )


def custody_row(state: State) -> CustodyRow:
    """Who the custodians are now."""
    known = escrow.custody(state)
    if known is None:
        return CustodyRow(inner=None, outer=None, since_ms=None)
    content = known.content
    return CustodyRow(inner=content["inner_name"], outer=content["outer_name"], since_ms=content["issued_ms"])


def holdings(state: State, now_ms: int) -> list[Holding]:
    """Every certificate of the unit's people."""
    named = {pair for message in rights.signatories(state, rights.now, now_ms) for pair in message.people}
    return [
        Holding(
            person=person,
            name=one.name,
            roles=sorted(one.roles),
            public=one.public.hex(),
            fingerprint=fingerprint(one.public),
            issued_ms=one.issued_ms,
            lease_ms=one.lease_ms,
            in_force=counts and one.covers(now_ms),
            revoked=not counts,
            in_authority=(person, one.public) in named,
        )
        for person, one, counts in desk.holdings(state)
    ]


def doubt_row(office: Office, doubt: Doubt) -> DoubtRow:
    """A doubt with its acts, read from the log."""
    found = [*_acts(office, doubt)]
    return DoubtRow(
        code=doubt.code,
        subject=doubt.subject,
        node=doubt.log.node,
        incarnation=doubt.log.incarnation,
        count=len(found),
        acts=found[:LISTED_MAX],
    )


def _acts(office: Office, doubt: Doubt) -> list[Json]:
    after, found = doubt.after_seq, list[Json]()
    while after < doubt.upto_seq and (delta := office.replica.run(Author(*doubt.log), after, 1 << 18)):
        for data in delta.operations:
            named = read_operation(data)
            one = named.operation
            after = one.seq
            meant = doubt.code != "acted_unaware" or one.person == doubt.subject
            if one.seq <= doubt.upto_seq and meant:
                found.append(
                    {"kind": one.kind, "target": one.target, "by": one.person or "", "at_ms": wall_ms(one.hlc)}
                    | {"record": named.hash.hex()[:16]}
                )
    return found
