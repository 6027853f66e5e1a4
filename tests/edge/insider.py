"""A second node of the unit, with its own valid key and an applicant's, that writes whatever it likes and seals it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from edge import home as homes
from fleet.ledger import enrolment, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.enrolment import Request
from fleet.ledger.marks import Identity, seal
from fleet.ledger.operation import ORIGIN, Author, Named, Operation, name, sign_meaning
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED
from machine.system import SystemClock
from tests.edge.unit import APPLICANT, PEOPLE, ROOT, UNIT, UNIT_NAME, signer
from tests.fleet.updates import an_update, block


@dataclass
class Insider:
    """`made` is its log so far, each operation under a seal of its own."""

    me: Identity
    certificate: bytes
    applicant: Signer
    applicant_certificate: bytes
    now_ms: int
    made: list[Named] = field(default_factory=list)

    @classmethod
    def at(cls, home: Path, number: int = 2) -> Insider:
        """One in the unit of a node's directory."""
        key, now_ms = SHIPPED.key(bytes([number]) * 32), SystemClock().now_ms()
        author = Author(number, 1)
        asked = Request(suite=SHIPPED.id, unit=UNIT, unit_name=UNIT_NAME, public=key.public, people=())
        certificate, _ = enrolment.certify(ROOT, asked, author, now_ms=now_ms - 3_600_000)
        people = homes.enrolled(home).grant.people
        theirs = people[[person.id for person in PEOPLE].index(APPLICANT)]
        return cls(Identity(UNIT, author, key), certificate, signer(home, APPLICANT), theirs, now_ms)

    @property
    def client_id(self) -> int:
        return self.me.author.client_id

    def begins(self) -> Delta:
        """Its certificate, and the applicant's."""
        first = self._next(kinds.NODE_ENROL, f"node/{self.me.author.node}", self.certificate)
        second = self._next(kinds.PERSON_ENROL, f"person/{APPLICANT}", self.applicant_certificate)
        return self._sealed(first, second)

    def edits(self, order: str, update: bytes) -> Delta:
        """An edit of an order's form, properly signed by the applicant, whatever the update is."""
        return self.says(kinds.ORDER_EDIT, kinds.ORDERS + order, update, self.applicant)

    def says(self, kind: str, target: str, body: Value, person: Signer | None = None) -> Delta:
        """Anything, signed by whoever's key the signer has."""
        return self._sealed(self._next(kind, target, body, person))

    def good(self, clock: int = 0) -> bytes:
        """An update that sets a field nobody else sets, as its so-manieth."""
        return an_update(block(key=f"remark{clock}"), client=self.client_id, clock=clock)

    def _next(self, kind: str, target: str, body: Value, person: Signer | None = None) -> Named:
        before = self.made[-1] if self.made else None
        operation = Operation(
            suite=SHIPPED.id, unit=UNIT, author=self.me.author, seq=len(self.made) + 1,
            prev=before.hash if before else ORIGIN, deps=(), hlc=(self.now_ms << 16) + len(self.made), receipt=0,
            kind=kind, target=target, body=body, person=person.person if person else None,
            person_sig=b"" if person else None,
        )  # fmt: skip
        if person:
            operation = replace(operation, person_sig=sign_meaning(person.key, operation))
        self.made.append(name(operation))
        return self.made[-1]

    def _sealed(self, *named: Named) -> Delta:
        return Delta(self.me.author, tuple(one.data for one in named), seal(self.me, named[-1].head))
