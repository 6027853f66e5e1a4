"""Grants: what two people of a unit's authority put into force together, and the certificate their signatures make.

    grant.propose   one of them says what is granted: the content, whose hash names the grant
    grant.approve   another says yes to exactly that content; neither of them is the one it is for

The two acts stand in the log like any others. Taken out of it they prove themselves to whoever holds the root's key:

    [authority, meaning of the proposal, its signature, meaning of the approval, its signature]

So the log of a second node can begin with them before the log they come from has arrived. A rejection decides a grant
that has not been approved where it was rejected; it cannot take back two signatures already given: revoking can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import authority as authorities
from fleet.ledger import certificate as certificates
from fleet.ledger import cose, kinds
from fleet.ledger.authority import Authority
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.certificate import Certificate
from fleet.ledger.grant_content import Content, beneficiary, content_of, target_of
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, Named, Operation
from fleet.ledger.suite import SigningKey, Suite, by_id, of_key

REVOCATION = "revocation"
TAGGED = b"\xd2"
"""How a COSE_Sign1 message begins: tag 18."""


class Voice(NamedTuple):
    """One person's act on a grant: what was signed, by whom, when, and the signature."""

    suite: Suite
    meaning: bytes
    person: str
    at_ms: int
    mark: bytes

    def is_of(self, authority: Authority) -> bool:
        """Whether this was said by somebody the authority names, within its lease."""
        return authority.covers(self.at_ms) and bool(self.key_in(authority))

    def key_in(self, authority: Authority) -> bytes:
        """The key of the authority this was signed with; b"" for none."""
        keys = (public for public in authority.keys(self.person) if self._signed_by(public))
        return next(keys, b"")

    def _signed_by(self, public: bytes) -> bool:
        return cose.signed_by(of_key(public), public, "act", self.meaning, self.mark)


def voice(operation: Operation) -> Voice:
    """An act of the log as the voice it is."""
    at_ms, mark = wall_ms(operation.hlc), operation.person_sig or b""
    return Voice(by_id(operation.suite), operation.meaning(), operation.person or "", at_ms, mark)


def require_agreement(content: Content, proposed: Voice, approved: Voice) -> None:
    """What must hold between a proposal and its approval, whoever made them.

    Raises:
        NotTrusted: `one_person`, `own_grant`, or `grant_expired`.
    """
    if proposed.person == approved.person:
        raise NotTrusted("one_person")
    if beneficiary(content) in {proposed.person, approved.person}:
        raise NotTrusted("own_grant")
    if not proposed.at_ms <= approved.at_ms < content["lease_ms"]:
        raise NotTrusted("grant_expired")


def certificate_of(authority: Authority, content: Content) -> Certificate:
    """The certificate a granted person or node has."""
    is_node = content["what"] == "node"
    return Certificate(
        suite=authority.suite,
        kind="node" if is_node else "person",
        unit=authority.unit,
        unit_name=authority.unit_name,
        subject=str(content["node"]) if is_node else content["person"],
        incarnation=content["incarnation"] if is_node else 0,
        name=content["name"],
        roles=() if is_node else tuple(content["roles"].split()),
        public=content["public"],
        issued_ms=content["issued_ms"],
        lease_ms=min(content["lease_ms"], authority.lease_ms),
    )


def proof(authority_message: bytes, proposed: Named, approved: Named) -> bytes:
    """The certificate that two acts make, to be shown outside the log they stand in."""
    said = [voice(proposed.operation), voice(approved.operation)]
    return encode([authority_message, *(part for one in said for part in (one.meaning, one.mark))])


def find_proof(
    authorities_held: Iterable[tuple[Authority, bytes]], proposed: Sequence[Named], approved: Sequence[Named]
) -> bytes:
    """The certificate that some proposal and approval of one grant make; b"" if no two of them make one."""
    held = [*authorities_held]
    for first in proposed:
        for then in approved:
            voices = voice(first.operation), voice(then.operation)
            try:
                require_agreement(content_of(first.operation.body), *voices)
            except NotTrusted:
                continue
            for authority, message in held:
                if all(one.is_of(authority) for one in voices):
                    return proof(message, first, then)
    return b""


def unproved(message: bytes) -> Certificate:
    """What a certificate of either kind says, whoever signed it: for telling, never for believing.

    Raises:
        NotTrusted: `not_cose`, `certificate_form`, `proof_form`, or what is wrong with what was granted.
    """
    if message[:1] == TAGGED:
        return certificates.unproved(message)
    match decode(message, size_max=cose.SIZE_MAX):
        case [bytes() as authority_message, bytes() as first, bytes() as first_mark, bytes(), bytes()]:
            authority = authorities.unproved(authority_message)
            return certificate_of(authority, content_of(_voice(authority, kinds.GRANT_PROPOSE, first, first_mark)[1]))
    raise NotTrusted("proof_form")


def parts(root_public: bytes, message: bytes) -> tuple[bytes, list[tuple[bytes, Voice]]]:
    """What a certificate made by two people consists of: the root's message, and each voice with its public key.

    Raises:
        NotTrusted: as `certified`.
    """
    certified(root_public, message)
    match decode(message, size_max=cose.SIZE_MAX):
        case [bytes() as authority_message, bytes() as first, bytes() as first_mark, bytes() as then, bytes() as mark]:
            authority = authorities.admit(root_public, authority_message)
            said = [
                _voice(authority, kinds.GRANT_PROPOSE, first, first_mark)[2],
                _voice(authority, kinds.GRANT_APPROVE, then, mark)[2],
            ]
            return authority_message, [(one.key_in(authority), one) for one in said]
    raise NotTrusted("proof_form")


def certified(root_public: bytes, message: bytes) -> Certificate:
    """Read a certificate of either kind: the root's own, or one made by a unit's authority.

    Raises:
        NotTrusted: as `certificate.admit`, `authority.admit`, `content_of` and `require_agreement`; `proof_form`,
            `not_signatory` or `number_not_ours`.
    """
    if message[:1] == TAGGED:
        return certificates.admit(root_public, message)
    match decode(message, size_max=cose.SIZE_MAX):
        case [bytes() as authority_message, bytes() as first, bytes() as first_mark, bytes() as then, bytes() as mark]:
            authority = authorities.admit(root_public, authority_message)
            target, body, proposed = _voice(authority, kinds.GRANT_PROPOSE, first, first_mark)
            approved_target, _, approved = _voice(authority, kinds.GRANT_APPROVE, then, mark)
            content = content_of(body)
            if target != approved_target or target != target_of(proposed.suite, authority.unit, content):
                raise NotTrusted("proof_form")
            require_agreement(content, proposed, approved)
            if content["what"] not in {"person", "node"}:
                raise NotTrusted("proof_form")
            if content["what"] == "node" and not authority.holds(content["node"]):
                raise NotTrusted("number_not_ours", node=content["node"])
            if not (proposed.is_of(authority) and approved.is_of(authority)):
                raise NotTrusted("not_signatory")
            return certificate_of(authority, content)
    raise NotTrusted("proof_form")


def authority_in(message: bytes) -> str:
    """Which authority a certificate rests on, in hex; "" for one of the root's own. Believe it after `certified`."""
    if message[:1] == TAGGED:
        return ""
    match decode(message, size_max=cose.SIZE_MAX):
        case [bytes() as authority_message, *_]:
            return authorities.identity(authority_message)
    raise NotTrusted("proof_form")


def revoke(root: SigningKey, unit: str, content: Content) -> bytes:
    """What the root revokes in a unit, as its message."""
    return cose.sign1(of_key(root.public), root, REVOCATION, encode([unit, dict(content)]))


def author_of(certificate: Certificate) -> Author:
    """The author a node's certificate names; NotTrusted `wrong_certificate` if it is no node's."""
    if certificate.kind != "node" or not certificate.subject.isdecimal():
        raise NotTrusted("wrong_certificate")
    return Author(int(certificate.subject), certificate.incarnation)


def _voice(authority: Authority, kind: str, meaning: bytes, mark: bytes) -> tuple[str, Value, Voice]:
    match decode(meaning):
        case [int() as suite, str() as unit, str() as said, str() as target, body, str() as person, int() as hlc] if (
            unit == authority.unit and said == kind
        ):
            return target, body, Voice(by_id(suite), meaning, person, wall_ms(hlc), mark)
    raise NotTrusted("proof_form")
