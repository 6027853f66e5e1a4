"""The laptop at the north station: a node of the unit with its own certificate, whose program somebody has changed.

It signs and seals what no desk would let through; a stick brings that to the unit's node, which takes nothing of it for
true and says so.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from edge.store.journal import Office
from fleet.errors import NotTrusted
from fleet.ledger import kinds
from fleet.ledger.delta import Delta
from fleet.ledger.enrolment import Grant, Request, read_grant
from fleet.ledger.marks import Identity
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act
from tests.edge.insider import Insider
from tests.fleet.updates import an_update, block
from tests.week import story
from tests.week.book import Book, signer
from tests.week.story import ADMIN, APPLICANT, DRIVERS, PLATES, STAFF, at

KEY = SHIPPED.key(b"laptop".ljust(32, b"."))
GRANT = "laptop.grant"
"""Its grant, beside the directory of the unit's node."""


def request(unit: str, unit_name: str) -> Request:
    """What it asks of the region."""
    return Request(suite=SHIPPED.id, unit=unit, unit_name=unit_name, public=KEY.public, people=())


def put(book: Book, grant: Grant, home: Path) -> None:
    """Have a stick brought with what it wrote, and brought again with its records in another order."""
    granted = read_grant(home.with_name(GRANT).read_bytes())
    people = dict(zip(STAFF, grant.people, strict=True))

    def brought(office: Office) -> None:
        for delta in written(book, granted, people):
            office.replica.receive(delta)

    def brought_again(office: Office) -> None:
        first = written(book, granted, people)[0]
        with suppress(NotTrusted):
            office.replica.receive(first._replace(operations=first.operations[::-1]))

    book.do(story.STICK, "the stick", brought)
    book.do(story.AGAIN, "the stick again", brought_again)


def written(book: Book, granted: Grant, people: dict[str, bytes]) -> list[Delta]:
    """Its log."""
    me = Identity(granted.unit, granted.author, KEY, granted.node_certificate)
    node = Insider(me, granted.node_certificate, signer(APPLICANT), people[APPLICANT], at("Fri 12:00"))
    order, registry = kinds.ORDERS + book.orders["3-Fri"], kinds.REGISTRY + granted.unit
    deltas = [node.begins()]
    deltas += [
        node.says(kinds.PERSON_ENROL, f"person/{person}", people[person]) for person in people if person != APPLICANT
    ]
    change = an_update(block(key=f"vehicle/{PLATES[1]}/seats", value="7"), client=node.client_id)
    approved, changed, left = map(at, story.LAPTOP)
    node.now_ms = approved
    deltas.append(node.says(kinds.of_act(Act.APPROVE), order, {"content": "c", "opinion": "同意"}, signer(APPLICANT)))
    node.now_ms = changed
    deltas.append(node.says(kinds.REGISTRY_EDIT, registry, change, signer(ADMIN)))
    node.now_ms = left
    forged = Signer(DRIVERS[3], KEY)
    deltas.append(node.says(kinds.of_act(Act.DEPART), order, {"odometer_km": 1, "checks": "done"}, forged))
    return deltas
