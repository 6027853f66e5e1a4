"""Forgeries of papers: certificates, a unit's authority, grants and what takes them back, in the insider's log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2

from fleet.ledger import cose, granting, kinds
from fleet.ledger.canonical import Value, encode
from fleet.ledger.certificate import issue, unproved
from fleet.ledger.cose import payload_of, whole
from fleet.ledger.delta import Delta
from fleet.ledger.grant_content import target_of
from fleet.ledger.suite import SHIPPED
from tests.fleet.units import CAST, ROOT, UNIT, a_person
from tests.forgery.ground import STRANGER, Class, Ground, table
from tests.simulation import people

# -- certificates -----------------------------------------------------------------------------------------------------


def _enrol(ground: Ground, person: str, certificate: Value) -> Delta:
    return ground.sealed(ground.next(kinds.PERSON_ENROL, f"person/{person}", certificate))


def _altered(certificate: bytes, at: int, value: object) -> bytes:
    """A certificate with one thing changed, under the root's signature on the real one."""
    fields = cbor2.loads(payload_of(certificate))
    fields[at] = value
    return whole(SHIPPED, encode(fields), cbor2.loads(certificate).value[3])


def _by_another_root(ground: Ground) -> bytes:
    certificate = unproved(CAST["approver-1"].certificate)
    return issue(SHIPPED.key(ground.chance.randbytes(32)), certificate)


def _two_voices(ground: Ground) -> list[Any]:
    """The certificate two people made of driver-9, as the list it is."""
    authority = people.authority(ROOT, UNIT, first=ground.honest.author.node)
    held = [one.named.operation for one in ground.honest.disks[UNIT].log]
    approved = next(one for one in held if one.kind == kinds.GRANT_APPROVE and _of(one.target, held) == "driver-9")
    proposed = next(one for one in held if (one.kind, one.target) == (kinds.GRANT_PROPOSE, approved.target))
    return [authority, proposed.meaning(), proposed.person_sig, approved.meaning(), approved.person_sig]


def _of(target: str, held: list[Any]) -> str:
    body = next(one.body for one in held if (one.kind, one.target) == (kinds.GRANT_PROPOSE, target))
    return str(body.get("person"))


def _made_by_two(ground: Ground, change: Callable[[list[Any]], list[Any]]) -> Delta:
    return _enrol(ground, "driver-9", encode(change(_two_voices(ground))))


def _with_other_roles(voices: list[Any]) -> list[Any]:
    """Everything made to fit but the two signatures."""
    authority, proposed, first, approved, then = voices
    said, agreed = cbor2.loads(proposed), cbor2.loads(approved)
    said[4]["roles"] = "approver"
    said[3] = agreed[3] = target_of(SHIPPED, UNIT, said[4])
    return [authority, encode(said), first, encode(agreed), then]


# -- grants -----------------------------------------------------------------------------------------------------------


def _content(ground: Ground, **changed: Any) -> dict[str, Any]:
    now_ms = ground.insider.clock.now_ms()
    plain = {"what": "person", "issued_ms": now_ms - 1, "lease_ms": now_ms + 10**9, "declared": ""}
    return plain | a_person(f"driver-{100 + ground.forged}", "driver") | changed


def _proposal(ground: Ground, content: dict[str, Any], person: str = "admin-2", target: str = "") -> Delta:
    where = target or target_of(SHIPPED, UNIT, content)
    return ground.sealed(ground.next(kinds.GRANT_PROPOSE, where, content, person))


def _approval(ground: Ground, grant_id: str, person: str = "admin-2", body: Value = None) -> Delta:
    return ground.sealed(ground.next(kinds.GRANT_APPROVE, kinds.GRANTS + grant_id, body or {}, person))


def _approval_in_a_name(ground: Ground) -> Delta:
    made = ground.next(kinds.GRANT_APPROVE, kinds.GRANTS + ground.proposal, {}, person="head-1", person_sig=b"")
    key = ground.chance.choice([STRANGER, ground.me.key, CAST["admin-2"].signer.key])
    return ground.sealed(ground.signed(made, key))


def _authority(ground: Ground, root: Any, unit: str = UNIT) -> Delta:
    message = people.authority(root, unit, first=2)
    return ground.sealed(ground.next(kinds.UNIT_AUTHORITY, kinds.UNITS + UNIT, message))


def _in_the_roots_name(ground: Ground) -> Delta:
    body = {
        "what": "revoke_person",
        "person": "approver-1",
        "public": b"",
        "reason": "x",
        "issued_ms": 1,
        "lease_ms": 2,
    }
    message = cose.sign1(SHIPPED, STRANGER, granting.REVOCATION, encode([UNIT, body]))
    return ground.sealed(ground.next(kinds.REGION_REVOKE, kinds.REGION + UNIT, message))


CLASSES: dict[str, Class] = table({
    "a certificate with another role": (
        lambda g: _enrol(g, "applicant-2", _altered(CAST["applicant-2"].certificate, 7, ["approver"])), "signature"
    ),
    "a certificate with a longer lease": (
        lambda g: _enrol(g, "temporary-1", _altered(CAST["temporary-1"].certificate, 10, 1 << 45)), "signature"
    ),
    "a certificate with another key": (
        lambda g: _enrol(g, "approver-1", _altered(CAST["approver-1"].certificate, 8, STRANGER.public)), "signature"
    ),
    "a certificate by another root": (lambda g: _enrol(g, "approver-1", _by_another_root(g)), "signature"),
    "one person's certificate under another's number": (
        lambda g: _enrol(g, "applicant-2", CAST["approver-1"].certificate), "wrong_certificate"
    ),
    "a certificate of another unit": (
        lambda g: _enrol(g, "approver-1", people.cast(ROOT, "u2")["approver-1"].certificate), "wrong_certificate"
    ),
    "a node's certificate for a person": (lambda g: _enrol(g, "2", g.insider.certificate), "wrong_certificate"),
    "no certificate where one should be": (
        lambda g: _enrol(g, "approver-2", g.chance.choice([None, "x", 1, []])), "no_certificate"
    ),
    "noise for a certificate": (
        lambda g: _enrol(g, "approver-2", g.chance.randbytes(g.chance.randrange(1, 200))),
        "not_cose not_cbor not_canonical grant_content certificate_form",
    ),
    "another key for one's own running log": (
        lambda g: g.sealed(g.next(kinds.NODE_ENROL, "node/2", g.honest.certificate)), "wrong_certificate"
    ),
    "two people's certificate with other roles in it": (
        lambda g: _made_by_two(g, _with_other_roles), "not_signatory"
    ),
    "two people's certificate with one voice twice": (
        lambda g: _made_by_two(g, lambda voices: [*voices[:3], *voices[1:3]]), "proof_form"
    ),
    "two people's certificate under another authority": (
        lambda g: _made_by_two(g, lambda voices: [people.authority(STRANGER, UNIT, first=1), *voices[1:]]), "signature"
    ),
    "a unit's authority by another root": (lambda g: _authority(g, STRANGER), "signature"),
    "the authority of another unit": (lambda g: _authority(g, ROOT, "u2"), "other_unit"),
    "a revocation in the root's name": (_in_the_roots_name, "signature"),
    "a grant approved by who proposed it": (lambda g: _approval(g, g.proposal), "one_person"),
    "a grant approved by whom it is for": (lambda g: _approval(g, g.for_oneself), "own_grant"),
    "a grant approved by nobody of the authority": (
        lambda g: _approval(g, g.proposal, g.chance.choice(["applicant-2", "dispatcher-1"])), "not_signatory"
    ),
    "a grant approved in another's name": (_approval_in_a_name, "person_signature"),
    "a grant approved that nobody proposed": (
        lambda g: _approval(g, g.chance.randbytes(32).hex()), "no_proposal"
    ),
    "a grant for oneself": (
        lambda g: _proposal(g, _content(g, person="admin-2")), "own_grant"
    ),
    "a grant under the name of another": (
        lambda g: _proposal(g, _content(g), target=kinds.GRANTS + g.proposal), "wrong_target"
    ),
    "a grant proposed by nobody of the authority": (
        lambda g: _proposal(g, _content(g), "applicant-2"), "not_signatory"
    ),
    "a grant of roles that exclude each other": (
        lambda g: _proposal(g, _content(g, roles="approver dispatcher")), "roles_together"
    ),
    "a grant with a particular too many": (
        lambda g: _proposal(g, _content(g, extra=g.forged)), "grant_content wrong_target"
    ),
    "a node number that is not the unit's to give": (
        lambda g: _proposal(
            g,
            {key: value for key, value in _content(g).items() if key in {"issued_ms", "lease_ms", "name"}}
            | {"what": "node", "node": g.chance.randrange(10**4, 10**6), "incarnation": 1, "public": STRANGER.public},
        ),
        "number_not_ours",
    ),
})  # fmt: skip
