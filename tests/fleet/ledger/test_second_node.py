"""A second node of a unit and a second life of its number: certified by two people, proved by its own log."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.desk import grants as desk
from fleet.errors import NotTrusted
from fleet.ledger import granting, kinds
from fleet.ledger.canonical import decode, encode
from fleet.ledger.grant_content import content_of, target_of
from fleet.ledger.granting import certified
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from tests.fleet.ledger.granted import DAY_MS, NEW, NODE_2, key_of, refused
from tests.fleet.units import (
    ROOT,
    UNIT,
    a_host,
    a_person,
    a_reader,
    a_unit,
    agree,
    codes,
    delta,
    grants,
    signer,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.clock import START_MS
from tests.simulation.host import Host


def a_second_node(host: Host) -> tuple[Host, bytes]:
    """A node whose certificate two people of the first made, and that certificate."""
    agree(host, "node", {"name": "Second gate", "public": NODE_2.public})
    proof = desk.proofs(host.replica.state)[NODE_2.public]
    return a_host(2, time=host.clock.time), proof


def test_the_log_of_a_second_node_proves_itself_to_who_has_not_seen_the_first() -> None:
    second, proof = a_second_node(a_unit())
    write(second, Statement(kinds.NODE_ENROL, "node/2", proof))
    reader = a_reader()
    take(reader, [delta(second)])

    assert reader.state.nodes[Author(2, 1)].public == NODE_2.public


def test_a_person_granted_on_the_first_node_acts_on_the_second_before_they_have_met() -> None:
    host = a_unit()
    agree(host, "person", a_person("applicant-9", "applicant"))
    person = desk.proofs(host.replica.state)[people.key(f"{UNIT}/applicant-9").public]
    second, proof = a_second_node(host)
    write(second, Statement(kinds.NODE_ENROL, "node/2", proof))
    write(second, Statement(kinds.PERSON_ENROL, "person/applicant-9", person))
    write(second, Statement("order.submit", "order/2-00001", {"content": "aa"}, key_of("applicant-9")))
    reader = a_reader()
    take(reader, [delta(second), delta(host)])

    assert reader.state.orders["2-00001"].applicant == "applicant-9"
    assert codes(reader) == []


def test_a_number_is_handed_out_once_and_only_by_its_parent() -> None:
    host = a_unit()
    agree(host, "node", {"name": "Second gate", "public": NODE_2.public})
    third = {"name": "Third gate", "public": people.key("node 3").public}

    assert refused(lambda: grants(host).propose(signer("admin-1"), "node", third | {"node": 2})) == "number_taken"
    assert refused(lambda: grants(host).propose(signer("admin-1"), "node", third | {"node": 10})) == "number_not_ours"
    assert refused(lambda: grants(host).propose(signer("admin-1"), "node", third | {"node": 99})) == "number_not_ours"
    agree(host, "node", third)
    assert desk.grants(host.replica.state, host.clock.now_ms())[0].content["node"] == 3


def test_a_restored_node_gets_a_new_life_of_its_number_and_an_old_life_never_comes_again() -> None:
    host = a_unit()
    agree(host, "node", {"name": "Second gate", "public": NODE_2.public})
    again = {"node": 2, "incarnation": 2, "name": "Second gate", "public": people.key("node 2.2").public}
    agree(host, "node", again)

    other = again | {"public": people.key("thief").public}
    assert refused(lambda: grants(host).propose(signer("admin-1"), "node", other)) == "number_taken"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"swap": True}, "proof_form"),
        ({"authority": people.authority(people.key("thief"), UNIT, first=1)}, "signature"),
        ({"authority": people.authority(ROOT, "u2", first=1)}, "proof_form"),
        ({"authority": people.authority(ROOT, UNIT, first=40)}, "number_not_ours"),
        ({"authority": people.authority(ROOT, UNIT, first=1, lease_ms=-1)}, "not_signatory"),
        ({"both": "first"}, "one_person"),
        ({"content": {"node": 3}}, "proof_form"),
        ({"mark": b"\x00" * 64}, "not_signatory"),
        ({"approver": "driver-1"}, "not_signatory"),
    ],
)
def test_a_certificate_that_was_tampered_with_certifies_nobody(changes: dict[str, Any], reason: str) -> None:
    _, proof = a_second_node(a_unit())
    parts: Any = decode(proof)
    if "authority" in changes:
        parts[0] = changes["authority"]
    if "swap" in changes:
        parts[1:5] = parts[3:5] + parts[1:3]
    if "mark" in changes:
        parts[4] = changes["mark"]
    first, said = decode(parts[1]), decode(parts[3])
    assert isinstance(first, list)
    assert isinstance(said, list)
    if "both" in changes:
        said[5] = first[5]
    if "approver" in changes:
        said[5] = changes["approver"]
    if "content" in changes:
        first[4] |= changes["content"]
    parts[1], parts[3] = encode(first), encode(said)

    assert refused(lambda: certified(ROOT.public, encode(parts))) == reason


def test_two_people_cannot_make_a_certificate_for_one_of_them_even_outside_a_log() -> None:
    lease = {"issued_ms": START_MS, "lease_ms": START_MS + DAY_MS}
    content: Any = content_of({"what": "person", "declared": ""} | lease | NEW | {"person": "head-1"})
    target, host = target_of(SHIPPED, UNIT, content), a_unit()
    hand = host.replica._hand()
    made = [
        hand.make(host.replica.state, Statement(kind, target, body, signer(who)))
        for kind, body, who in (
            (kinds.GRANT_PROPOSE, dict(content), "admin-1"),
            (kinds.GRANT_APPROVE, {}, "head-1"),
        )
    ]
    proof = granting.proof(people.authority(ROOT, UNIT, first=1), *made)

    assert refused(lambda: certified(ROOT.public, proof)) == "own_grant"


@pytest.mark.parametrize("cut", [1, 40, 200, 500])
def test_a_certificate_cut_short_is_refused_with_a_reason(cut: int) -> None:
    _, proof = a_second_node(a_unit())

    with pytest.raises(NotTrusted):
        certified(ROOT.public, proof[:-cut])
