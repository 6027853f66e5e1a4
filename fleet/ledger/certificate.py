"""Certificates: a signed statement that gives a key a name, a unit and roles. Enrolment needs a file, never a network.

    root (the region's authority)  ->  node, person

A certificate proves itself to whoever holds the root's public key. A node's log begins with the node's certificate; a
person's is written into the log before the person's first act, so every replica judges every act by what stands before
it. The lease bounds how long a lost key can speak; it is judged by the time of signing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import decode, encode
from fleet.ledger.suite import SigningKey, by_id, of_key

CONTEXT = "certificate"
CENTRAL = 0
"""The node number of the regional server."""
CENTRAL_UNIT = "central"
"""The unit of central's own certificate and its people's; no other may call itself so."""
Kind = Literal["node", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Who holds `public`, a key of `suite`. `subject` is the node number in decimal, or the person's staff number.

    `incarnation` counts the lives of a node (0 for a person): a node restored from a backup gets a new one before it
    writes. `issued_ms` and `lease_ms` bound, in UTC milliseconds, the signing times the certificate speaks for.
    """

    suite: int
    kind: Kind
    unit: str
    unit_name: str
    subject: str
    incarnation: int
    name: str
    roles: tuple[str, ...]
    public: bytes
    issued_ms: int
    lease_ms: int

    def covers(self, at_ms: int) -> bool:
        """Whether something signed at `at_ms` is inside the lease."""
        return self.issued_ms <= at_ms < self.lease_ms


def issue(root: SigningKey, certificate: Certificate) -> bytes:
    """The certificate as a COSE_Sign1 message of the region's authority."""
    payload = encode([getattr(certificate, name) for name in Certificate.__slots__])
    return cose.sign1(of_key(root.public), root, CONTEXT, payload)


def admit(root_public: bytes, message: bytes) -> Certificate:
    """Read a certificate and check that the root signed it.

    Raises:
        NotTrusted: `not_cose`, `signature`, `unknown_suite`, or `certificate_form`.
    """
    certificate = _read(cose.payload_of(message))
    by_id(certificate.suite)
    cose.open1(of_key(root_public), root_public, CONTEXT, message)
    return certificate


def unproved(message: bytes) -> Certificate:
    """What a certificate says, whoever signed it: for telling, never for believing.

    Raises:
        NotTrusted: `not_cose` or `certificate_form`.
    """
    return _read(cose.payload_of(message))


def _read(payload: bytes) -> Certificate:
    match decode(payload):
        case [
            int() as suite, "node" | "person" as kind, str() as unit, str() as unit_name, str() as subject,
            int() as life, str() as name, list() as roles, bytes() as public, int() as issued_ms, int() as lease_ms,
        ]:  # fmt: skip
            return Certificate(
                suite=suite,
                kind=kind,
                unit=unit,
                unit_name=unit_name,
                subject=subject,
                incarnation=life,
                name=name,
                roles=tuple(str(role) for role in roles),
                public=public,
                issued_ms=issued_ms,
                lease_ms=lease_ms,
            )
    raise NotTrusted("certificate_form")
