"""How a log begins: with the certificates of its node and of the unit's people, by which every replica judges what
follows. Done when a grant is accepted and, should that have been cut short, when the node starts; once a node that was
cold may write again; and when another branch of a log comes to stand, for what stood before may have brought them."""

from __future__ import annotations

from fleet.ledger import authority, kinds
from fleet.ledger.enrolment import Grant
from fleet.ledger.granting import certified
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.state import State


def introduce(replica: Replica, grant: Grant) -> None:
    """Put on record what `grant` brings and is not there yet: the node's own certificate first, or one with a longer
    lease, then the unit's authority and its people's certificates; see `Replica.keep_on_record`."""
    replica.keep_on_record(lambda: _lacking(replica.state, grant))


def _lacking(state: State, grant: Grant) -> list[Statement]:
    statements = list[Statement]()
    own, known = certified(grant.root_public, grant.node_certificate), state.nodes.get(grant.author)
    if known is None or known.lease_ms < own.lease_ms:
        statements.append(Statement(kinds.NODE_ENROL, f"node/{grant.author.node}", grant.node_certificate))
    for message in grant.authorities:
        if authority.identity(message) not in state.authorities:
            statements.append(Statement(kinds.UNIT_AUTHORITY, kinds.UNITS + grant.unit, message))
    for message in grant.people:
        one = certified(grant.root_public, message)
        held = {(each.certificate.public, each.certificate.issued_ms) for each in state.people.get(one.subject, ())}
        if (one.public, one.issued_ms) not in held:
            statements.append(Statement(kinds.PERSON_ENROL, f"person/{one.subject}", message))
    return statements
