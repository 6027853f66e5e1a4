"""How a log begins: with the certificates of its node and of the unit's people, by which every replica judges what
follows. Done when a grant is accepted and, should that have been cut short, when the node starts."""

from __future__ import annotations

from edge.store.journal import Office
from fleet.ledger import kinds
from fleet.ledger.certificate import admit
from fleet.ledger.enrolment import Grant
from fleet.ledger.replica import Statement


def introduce(office: Office, grant: Grant) -> None:
    """Put the certificates of `grant` on record that are not there yet: the node's own first, then its people's."""
    state = office.replica.state
    statements = []
    if grant.author not in state.nodes:
        statements.append(Statement(kinds.NODE_ENROL, f"node/{grant.author.node}", grant.node_certificate))
    for message in grant.people:
        certificate = admit(grant.root_public, message)
        known = {enrolled.certificate.public for enrolled in state.people.get(certificate.subject, ())}
        if certificate.public not in known:
            statements.append(Statement(kinds.PERSON_ENROL, f"person/{certificate.subject}", message))
    office.replica.write(statements)
