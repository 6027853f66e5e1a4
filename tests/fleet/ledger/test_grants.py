"""A unit enrols by itself: two people of its authority make a certificate, and nobody makes one alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from fleet.desk import grants as desk
from fleet.ledger import authority as authorities
from fleet.ledger import granting, kinds, rights
from fleet.ledger.canonical import encode
from fleet.ledger.grant_content import content_of, target_of
from fleet.ledger.operation import Author
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.suite import SHIPPED
from tests.fleet.ledger.granted import DAY_MS, NEW, NODE_2, key_of, refused
from tests.fleet.units import (
    CAST,
    ROOT,
    UNIT,
    a_host,
    a_person,
    a_unit,
    act,
    agree,
    an_authority,
    delta,
    grants,
    signer,
    submitted,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.clock import SimulatedTime

# -- the authority ---------------------------------------------------------------------------------------------------


def test_an_authority_is_read_as_the_root_signed_it() -> None:
    message = people.authority(ROOT, UNIT, first=5)
    authority = authorities.admit(ROOT.public, message)

    assert authorities.issue(ROOT, authority) == message
    assert authority.keys("head-1") == [CAST["head-1"].signer.key.public]
    assert authority.keys("driver-1") == []


def test_nobody_but_the_root_makes_an_authority() -> None:
    message = people.authority(people.key("thief"), UNIT, first=5)

    assert refused(lambda: authorities.admit(ROOT.public, message)) == "signature"


def test_an_authority_of_one_person_is_none() -> None:
    whole = authorities.admit(ROOT.public, people.authority(ROOT, UNIT, first=5))
    alone = replace(whole, people=(whole.people[0], (whole.people[0][0], NODE_2.public)))

    assert refused(lambda: authorities.admit(ROOT.public, authorities.issue(ROOT, alone))) == "authority_form"


def test_no_two_nodes_of_a_block_may_hand_out_the_same_number() -> None:
    block = replace(authorities.admit(ROOT.public, people.authority(ROOT, UNIT, first=74)), count=authorities.BLOCK)
    handed = [number for node in range(74, 74 + block.count) for number in block.children(node)]

    assert sorted(handed) == list(range(75, 74 + authorities.BLOCK))
    assert len(block.children(74)) == authorities.CHILDREN
    assert list(block.children(73)) == list(block.children(74 + block.count)) == []


def test_an_authority_of_another_unit_is_not_taken_on_record() -> None:
    host = a_unit()
    message = people.authority(ROOT, "u2", first=1)

    assert refused(lambda: write(host, Statement(kinds.UNIT_AUTHORITY, f"unit/{UNIT}", message))) == "other_unit"


# -- two people ------------------------------------------------------------------------------------------------------


def test_someone_granted_by_two_can_act_from_the_approval_on() -> None:
    host = a_unit(None, "applicant-1", "approver-1", "dispatcher-1")
    submitted(host)
    grant_id = grants(host).propose(signer("admin-1"), "person", a_person("approver-9", "approver"))
    decide = Statement("order.approve", "order/1-00001", {"content": "aa"}, key_of("approver-9"))
    assert refused(lambda: write(host, decide)) == "unknown_person"

    grants(host).approve(signer("head-1"), grant_id)
    write(host, decide)

    assert host.replica.state.orders["1-00001"].approver == "approver-9"


VOICES = ("admin-1", "head-1", "admin-2", "driver-9", "dispatcher-1")
FOR_WHOM = ("driver-9", "admin-2")


@pytest.mark.parametrize(("first", "then", "whom"), [*product(VOICES, VOICES, FOR_WHOM)])
def test_proposer_approver_and_beneficiary_are_three_and_the_first_two_are_the_authoritys(
    first: str, then: str, whom: str
) -> None:
    """State x act: who proposes, who approves, whom it is for."""
    host = a_unit(None, "dispatcher-1")
    named = set(people.AUTHORITY)
    content = NEW | {"person": whom, "declared": "small unit"}
    desk_ = grants(host)

    if first not in named:
        assert refused(lambda: desk_.propose(key_of(first), "person", content)) == "not_signatory"
        return
    if first == whom:
        assert refused(lambda: desk_.propose(key_of(first), "person", content)) == "own_grant"
        return
    grant_id = desk_.propose(key_of(first), "person", content)
    if then in named - {first, whom}:
        assert desk_.approve(key_of(then), grant_id).state == "approved"
        return
    wanted = {first: "one_person", whom: "own_grant"}.get(then, "not_signatory")
    assert refused(lambda: desk_.approve(key_of(then), grant_id)) == (wanted if then in named else "not_signatory")
    assert desk.grant(host.replica.state, grant_id, host.clock.now_ms()).state == "proposed"


def test_a_key_that_is_not_the_named_persons_proposes_nothing() -> None:
    host = a_unit()
    thief = Signer("admin-1", people.key("thief"))

    assert refused(lambda: grants(host).propose(thief, "person", NEW)) == "person_signature"


@pytest.mark.parametrize("then", ["approve", "reject"])
@pytest.mark.parametrize("now", ["approve", "reject"])
def test_what_was_decided_is_not_decided_again(then: str, now: str) -> None:
    host = a_unit()
    desk_ = grants(host)
    decide = {
        "approve": lambda who, what: desk_.approve(signer(who), what),
        "reject": lambda who, what: desk_.reject(signer(who), what, "Not needed"),
    }
    grant_id = desk_.propose(signer("admin-1"), "person", NEW)
    decide[then]("head-1", grant_id)

    assert refused(lambda: decide[now]("admin-2", grant_id)) == "grant_decided"


def test_a_rejection_says_why_and_may_be_the_proposers_own() -> None:
    host = a_unit()
    grant_id = grants(host).propose(signer("admin-1"), "person", NEW)

    assert refused(lambda: grants(host).reject(signer("admin-1"), grant_id, "  ")) == "reason_missing"
    known = grants(host).reject(signer("admin-1"), grant_id, "Wrong key")
    assert (known.state, known.decided_by, known.reason) == ("rejected", "admin-1", "Wrong key")


def test_a_proposal_whose_lease_is_over_cannot_be_approved() -> None:
    time = SimulatedTime()
    host = a_unit(time)
    lease_ms = time.now_ms + DAY_MS
    grant_id = grants(host).propose(signer("admin-1"), "person", NEW | {"lease_ms": lease_ms})
    time.pass_ms(DAY_MS)

    assert refused(lambda: grants(host).approve(signer("head-1"), grant_id)) == "grant_expired"
    assert desk.grant(host.replica.state, grant_id, time.now_ms).state == "expired"


def test_an_authority_whose_lease_is_over_grants_nothing() -> None:
    time = SimulatedTime()
    host = a_host(1, time=time)
    write(host, Statement(kinds.NODE_ENROL, "node/1", host.certificate), an_authority(host, lease_ms=DAY_MS))
    time.pass_ms(DAY_MS)

    assert refused(lambda: grants(host).propose(signer("admin-1"), "person", NEW)) == "no_authority"


def test_an_approval_of_what_was_never_proposed_has_no_effect() -> None:
    host = a_unit()
    target = target_of(
        SHIPPED, UNIT, content_of({"what": "person", "declared": "", "issued_ms": 1, "lease_ms": 2} | NEW)
    )

    assert refused(lambda: write(host, Statement(kinds.GRANT_APPROVE, target, {}, signer("head-1")))) == "no_proposal"
    assert refused(lambda: grants(host).approve(signer("head-1"), "00")) == "no_grant"


def test_the_name_of_a_grant_is_its_content_so_nothing_rides_on_an_approval() -> None:
    host = a_unit()
    content: Any = {"what": "person", "declared": "", "issued_ms": 1, "lease_ms": 1 << 50} | NEW
    other = target_of(SHIPPED, UNIT, content_of(content | {"lease_ms": 2}))

    assert refused(lambda: content_of(content)) == "grant_content", "and no lease is longer than three years"
    wrong = Statement(kinds.GRANT_PROPOSE, other, {**content, "lease_ms": 3}, signer("admin-1"))
    assert refused(lambda: write(host, wrong)) == "wrong_target"


@pytest.mark.parametrize(
    ("roles", "declared", "reason"),
    [
        ("approver dispatcher", "", "roles_together"),
        ("approver dispatcher", "small unit", "roles_together"),
        ("admin dispatcher", "", "roles_undeclared"),
        ("admin dispatcher", "small unit", ""),
        ("approver unit_head", "", "roles_undeclared"),
        ("approver unit_head", "small unit", ""),
        ("driver dispatcher", "", ""),
        ("supervisor", "", "grant_content"),
        ("king", "", "grant_content"),
        ("driver driver", "", "grant_content"),
        ("", "", "grant_content"),
    ],
)
def test_what_one_person_may_be_at_once(roles: str, declared: str, reason: str) -> None:
    host = a_unit()
    content = NEW | {"roles": roles, "declared": declared}
    if reason:
        assert refused(lambda: grants(host).propose(signer("admin-1"), "person", content)) == reason
    else:
        agree(host, "person", content)
        assert rights.roles_now(host.replica.state, "driver-9") == set(roles.split())


def test_a_second_key_does_not_bring_together_what_one_person_may_not_be() -> None:
    host = a_unit(None, "approver-1")
    content = a_person("approver-1", "dispatcher") | {"public": NODE_2.public}

    assert refused(lambda: grants(host).propose(signer("admin-1"), "person", content)) == "roles_together"


# -- keys and roles --------------------------------------------------------------------------------------------------


def test_an_act_counts_by_any_of_a_persons_keys() -> None:
    host = a_unit(None, "applicant-1")
    second = people.key("second")
    agree(host, "person", a_person("applicant-1", "applicant") | {"public": second.public})
    target = "order/1-00001"

    write(host, Statement("order.submit", target, {"content": "aa"}, Signer("applicant-1", second)))
    write(host, act("cancel", "applicant-1", reason="Rain"))

    assert host.replica.state.orders["1-00001"].state == "cancelled"


def test_a_change_of_roles_holds_for_every_key_and_an_old_certificate_brings_nothing_back() -> None:
    host = a_unit(None, "dispatcher-1")
    agree(host, "roles", {"person": "dispatcher-1", "roles": "driver"})
    assert rights.roles_now(host.replica.state, "dispatcher-1") == {"driver"}

    write(host, Statement(kinds.PERSON_ENROL, "person/dispatcher-1", CAST["dispatcher-1"].certificate))
    assert rights.roles_now(host.replica.state, "dispatcher-1") == {"driver"}
    assert refused(lambda: write(host, act("cancel", "dispatcher-1", reason="Rain"))) == "no_role"


def test_a_revoked_person_does_not_act_and_an_old_certificate_brings_nothing_back() -> None:
    host = a_unit(None, "applicant-1")
    submitted(host)
    agree(host, "revoke_person", {"person": "applicant-1", "reason": "Left the unit"})
    write(host, Statement(kinds.PERSON_ENROL, "person/applicant-1", CAST["applicant-1"].certificate))

    assert refused(lambda: write(host, act("cancel", "applicant-1", reason="Rain"))) == "person_revoked"
    assert host.replica.state.orders["1-00001"].state == "submitted", "what was done before stands"


def test_one_lost_key_is_revoked_and_the_other_goes_on() -> None:
    host = a_unit(None, "applicant-1")
    second = people.key("second")
    agree(host, "person", a_person("applicant-1", "applicant") | {"public": second.public})
    lost = CAST["applicant-1"].signer
    agree(host, "revoke_person", {"person": "applicant-1", "public": lost.key.public, "reason": "Lost"})

    assert refused(lambda: submitted(host)) == "person_signature"
    write(host, Statement("order.submit", "order/1-00001", {"content": "aa"}, Signer("applicant-1", second)))


def test_someone_revoked_can_be_granted_a_new_key_later() -> None:
    host = a_unit(None, "applicant-1")
    agree(host, "revoke_person", {"person": "applicant-1", "reason": "Lost the card"})
    host.clock.time.pass_ms(2)
    second = people.key("second")
    agree(host, "person", a_person("applicant-1", "applicant") | {"public": second.public})

    write(host, Statement("order.submit", "order/1-00001", {"content": "aa"}, Signer("applicant-1", second)))


def test_a_revoked_person_of_the_authority_has_no_voice_in_it() -> None:
    host = a_unit()
    agree(host, "revoke_person", {"person": "admin-1", "reason": "Left"}, first="admin-2")

    assert refused(lambda: grants(host).propose(signer("admin-1"), "person", NEW)) == "not_signatory"
    agree(host, "person", NEW, first="admin-2")


# -- the root --------------------------------------------------------------------------------------------------------


def by_root(content: dict[str, object]) -> Statement:
    whole = {"issued_ms": 1 << 41, "lease_ms": (1 << 41) + 1, "reason": "Stolen"} | content
    return Statement(kinds.REGION_REVOKE, kinds.REGION + UNIT, granting.revoke(ROOT, UNIT, whole))


def test_the_root_revokes_alone_a_person_a_node_and_an_authority() -> None:
    host = a_unit(None, "applicant-1")
    central = a_host(0, time=host.clock.time)
    take(central.replica, [delta(host)])
    name = authorities.identity(people.authority(ROOT, UNIT, first=1))
    write(
        central,
        Statement(kinds.NODE_ENROL, "node/0", central.certificate),
        by_root({"what": "revoke_person", "person": "applicant-1", "public": b""}),
        by_root({"what": "revoke_node", "node": 9, "incarnation": 1, "after_seq": 4}),
        by_root({"what": "revoke_authority", "authority": name}),
    )
    take(host.replica, [delta(central)])

    assert refused(lambda: submitted(host)) == "person_revoked"
    assert refused(lambda: grants(host).propose(signer("admin-1"), "person", NEW)) == "no_authority"
    assert rights.revoked_after(host.replica.state, rights.now, Author(9, 1)) == 4


def test_nobody_else_revokes_in_the_name_of_the_root_nor_grants_by_it() -> None:
    host = a_unit()
    content = {"what": "revoke_node", "node": 9, "incarnation": 1, "after_seq": 4, "issued_ms": 1, "lease_ms": 2}
    content |= {"reason": "Stolen"}
    forged = Statement(kinds.REGION_REVOKE, kinds.REGION + UNIT, granting.revoke(people.key("thief"), UNIT, content))
    foreign = Statement(kinds.REGION_REVOKE, kinds.REGION + UNIT, granting.revoke(ROOT, "u2", content))

    assert refused(lambda: write(host, forged)) == "signature"
    assert refused(lambda: write(host, foreign)) == "grant_content"
    assert (
        refused(lambda: write(host, by_root({"what": "roles", "person": "admin-1", "roles": "driver"})))
        == "grant_content"
    )


def test_a_content_of_a_suite_says_what_it_hashes() -> None:
    content = content_of({"what": "person", "declared": "", "issued_ms": 1, "lease_ms": 2} | NEW)

    assert target_of(SHIPPED, UNIT, content) == "grant/" + SHIPPED.hash("grant", encode([UNIT, dict(content)])).hex()
