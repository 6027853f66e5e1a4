"""The people of a simulated unit: real keys, real certificates, and a hand for what a person would send.

Everyone has one face: an id, a key and the certificate that the region's authority issued. Who is certified for what is
fixed here; what they then try, legal or not, the world draws.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from fleet.ledger import authority as authorities
from fleet.ledger.authority import Authority
from fleet.ledger.certificate import Certificate, Kind, issue
from fleet.ledger.enrolment import Grant
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.rules.form import CLASSES
from tests.simulation.clock import START_MS

LEASE_MS = 1_000 * 86_400_000
CLOCK_SLACK_MS = 2 * 86_400_000
SHORT_LEASE_MS = 4 * 3_600_000
"""One person's certificate runs out in the middle of most worlds."""

CAST: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("applicant-1", ("applicant",), LEASE_MS),
    ("approver-1", ("approver",), LEASE_MS),
    ("dispatcher-1", ("dispatcher",), LEASE_MS),
    ("driver-1", ("driver",), LEASE_MS),
    ("admin-1", ("admin",), LEASE_MS),
    ("head-1", ("unit_head",), LEASE_MS),
    ("applicant-2", ("applicant",), LEASE_MS),
    ("approver-2", ("approver", "applicant"), LEASE_MS),
    ("dispatcher-2", ("dispatcher", "approver"), LEASE_MS),
    ("driver-2", ("driver",), LEASE_MS),
    ("driver-3", ("driver", "dispatcher"), LEASE_MS),
    ("admin-2", ("admin", "dispatcher"), LEASE_MS),
    ("temporary-1", ("dispatcher", "driver"), SHORT_LEASE_MS),
    ("finance-1", ("finance",), LEASE_MS),
    ("finance-2", ("finance",), LEASE_MS),
)
"""Staff number, roles, lease. The first six are enrolled before a world begins, the others while it runs."""
FIRST = 6
HEAD = "head-1"
"""Whom half the worlds enrol later: until then one person alone writes the register."""
AUTHORITY = ("admin-1", "head-1", "admin-2")
"""Who may together grant what in their unit."""
NUMBERS = 20
"""Node numbers in the block of a unit."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of a unit, with what a key file would hold."""

    id: str
    roles: tuple[str, ...]
    signer: Signer
    certificate: bytes


def key(name: str) -> SigningKey:
    """The private key of a name: worlds differ by their seed, never by their keys."""
    return SHIPPED.key(hashlib.sha256(name.encode()).digest())


def certify(
    root: SigningKey,
    kind: Kind,
    unit: str,
    subject: str,
    public: bytes,
    *,
    roles: tuple[str, ...] = (),
    incarnation: int = 0,
    lease_ms: int = LEASE_MS,
) -> bytes:
    """A certificate of the region's authority, issued when the world begins."""
    return issue(
        root,
        Certificate(
            suite=SHIPPED.id,
            kind=kind,
            unit=unit,
            unit_name=f"Unit {unit}",
            subject=subject,
            incarnation=incarnation,
            name=subject.capitalize(),
            roles=roles,
            public=public,
            issued_ms=START_MS - CLOCK_SLACK_MS,
            lease_ms=START_MS + lease_ms,
        ),
    )


def cast(root: SigningKey, unit: str) -> dict[str, Person]:
    """Everyone of a unit, by staff number."""
    people = {}
    for name, roles, lease_ms in CAST:
        own = key(f"{unit}/{name}")
        certificate = certify(root, "person", unit, name, own.public, roles=roles, lease_ms=lease_ms)
        people[name] = Person(name, roles, Signer(name, own), certificate)
    return people


def authority(root: SigningKey, unit: str, *, first: int, lease_ms: int = LEASE_MS) -> bytes:
    """The authority of a unit, with the block of numbers that begins at `first`."""
    return authorities.issue(
        root,
        Authority(
            suite=SHIPPED.id,
            unit=unit,
            unit_name=f"Unit {unit}",
            people=tuple((name, key(f"{unit}/{name}").public) for name in AUTHORITY),
            first=first,
            count=NUMBERS,
            issued_ms=START_MS - LEASE_MS,
            lease_ms=START_MS + lease_ms,
        ),
    )


def grant(root: SigningKey, unit: str, author: Author, certificate: bytes, central_certificate: bytes) -> Grant:
    """What the region's authority gives a node to begin with, for a unit whose people come elsewhere."""
    return Grant(
        suite=SHIPPED.id,
        unit=unit,
        unit_name=f"Unit {unit}",
        author=author,
        root_public=root.public,
        node_certificate=certificate,
        people=(),
        central_certificate=central_certificate,
        central_public=key("central").public,
        ca_pem="",
        url="",
    )


FORM: dict[str, object] = {
    "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study", "reason": "Field work",
    "origin": "Yard", "destination": "Lake", "passengers": 2, "urgency": 1, "cls": "study",
}  # fmt: skip
"""A form with nothing wrong in it but that it has no time."""


def application(chance: random.Random, now_ms: int) -> dict[str, object]:
    """A form as an applicant might send it; one in ten has something wrong with it."""
    start_ms = now_ms + chance.randrange(48) * 3_600_000
    given: dict[str, object] = {
        "rider": chance.choice(("Bayar", "Approver-2", "Sarnai")),
        "department": "Forestry",
        "phone": "13800138000",
        "category": "study",
        "reason": f"Field work {chance.randrange(1000)}",
        "origin": "Yard",
        "destination": chance.choice(("North post", "Lake", "Town")),
        "start_ms": start_ms,
        "end_ms": start_ms + chance.randrange(1, 12) * 3_600_000,
        "passengers": chance.randrange(1, 6),
        "urgency": chance.randrange(3),
        "cls": chance.choice(CLASSES),
    }
    if chance.random() < 0.1:
        given |= chance.choice(
            ({"phone": "12"}, {"end_ms": start_ms}, {"start_ms": now_ms - 86_400_000}, {"rider": ""})
        )
    return given


def vehicle(chance: random.Random) -> dict[str, object]:
    """An entry for the register; five plates, so that entries are changed as well as made."""
    number = chance.randrange(5)
    return {
        "plate": f"NM-{number}",
        "cls": chance.choice(("general", "study", "confidential")),
        "seats": chance.choice((5, 7, 20)),
        "terminal": f"1380000000{number}",
        "usual_driver": chance.choice(("driver-1", "driver-2", "")),
        "home": chance.choice(("Yard", "Lake")),
    }
