"""A revocation races with what the revoked one does elsewhere: whatever arrives first, everybody comes to the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import kinds, rights
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author, read
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.review import Doubt, doubts
from tests.fleet.units import (
    a_node,
    a_person,
    a_reader,
    a_unit,
    act,
    agree,
    codes,
    delta,
    grants,
    signer,
    steps,
    submitted,
    take,
    write,
)
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host

CASES = ("person", "node", "setting", "decided twice", "delegation", "roles")


def met(one: Host, other: Host) -> None:
    """Both hold what the other has written."""
    for here, there in ((one, other), (other, one)):
        known = here.replica.state.heads.get(there.author)
        if news := there.replica.run(there.author, known.seq if known else 0, 1 << 20):
            here.replica.receive(news)


def learn(replica: Replica, pieces: list[Delta]) -> None:
    """Take pieces in this order, again and again until nothing is new: one whose log has not begun is not kept."""
    held = -1
    while replica.held > held:
        held = replica.held
        take(replica, pieces)


def two_nodes() -> tuple[Host, Host]:
    """Node 1 with the authority, node 2 with the applicant and the approver, who have met once."""
    time = SimulatedTime()
    first, second = a_unit(time, "driver-1"), a_node(2, "applicant-1", "approver-1", "dispatcher-1", time=time)
    met(first, second)
    submitted(second)
    met(first, second)
    return first, second


def raced(case: str) -> tuple[Host, Host]:
    """Two nodes that did things that contradict each other, and have not met since."""
    first, second = two_nodes()
    if case == "person":
        agree(first, "revoke_person", {"person": "applicant-1", "reason": "Left"})
        write(second, act("cancel", "applicant-1", reason="Rain"))
    if case == "node":
        last = first.replica.state.heads[second.author].seq
        agree(first, "revoke_node", {"node": 2, "incarnation": 1, "after_seq": last, "reason": "Stolen"})
        write(second, act("approve", "approver-1", content="aa"))
        write(second, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))
    if case == "setting":
        last = first.replica.state.heads[second.author].seq
        agree(first, "revoke_node", {"node": 2, "incarnation": 1, "after_seq": last, "reason": "Stolen"})
        changed: dict[str, Value] = {"name": "rest_h", "value": 14, "source": "local", "reason": "Long roads"}
        (proposed,) = write(second, Statement("setting.propose", "setting/2-00001", changed, signer("admin-1")))
        approval: dict[str, Value] = {"proposal": proposed.hash.hex()}
        write(second, Statement("setting.approve", "setting/2-00001", approval, signer("head-1")))
        write(second, act("approve", "approver-1", content="aa"))  # by somebody who knew of it
    if case == "decided twice":
        grant_id = grants(first).propose(signer("admin-1"), "person", a_person("driver-9", "driver"))
        met(first, second)
        grants(first).approve(signer("head-1"), grant_id)
        grants(second).reject(signer("admin-2"), grant_id, "Not needed")
    if case == "delegation":
        day = {"valid_from_ms": first.clock.now_ms(), "valid_to_ms": first.clock.now_ms() + 86_400_000}
        lent = {"lender": "approver-1", "holder": "dispatcher-1", "document": "12/2026"} | day
        grant_id = agree(first, "delegation", lent)
        met(first, second)
        agree(first, "revoke_delegation", {"grant": kinds.GRANTS + grant_id, "reason": "Back"})
        write(second, act("approve", "dispatcher-1", content="aa", **{"for": "approver-1"}))
    if case == "roles":
        agree(first, "roles", {"person": "approver-1", "roles": "driver"})
        write(second, act("approve", "approver-1", content="aa"))
    return first, second


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=15)
@given(seed=st.integers(0, 1 << 32))
def test_in_whatever_order_it_arrives_the_same_is_true(case: str, seed: int) -> None:
    first, second = _RACED[case]
    pieces = [*steps(first), *steps(second)]
    random.Random(seed).shuffle(pieces)
    reader, whole = a_reader(), a_reader()
    learn(reader, pieces)
    learn(whole, [*steps(first), *steps(second)])

    assert reader.digest() == whole.digest()
    assert doubts(reader.state) == doubts(whole.state) != [] or case in {"delegation", "roles"}
    assert _verdicts(reader, first, second) == _verdicts(whole, first, second)


def _verdicts(replica: Replica, *hosts: Host) -> set[tuple[Author, int, str]]:
    return {(refusal.head.author, refusal.head.seq, refusal.code) for refusal in replica.refusals}


_RACED = {case: raced(case) for case in CASES}


def test_what_a_revoked_person_did_elsewhere_meanwhile_stands_and_is_shown() -> None:
    first, second = raced("person")
    met(first, second)

    assert first.replica.state.orders["1-00001"].state == "cancelled"
    (doubt,) = doubts(first.replica.state)
    assert (doubt.code, doubt.subject, doubt.log) == ("acted_unaware", "applicant-1", second.author)
    (named,) = _acts(second, doubt)
    assert named == ("order.cancel", "applicant-1")
    with pytest.raises(NotTrusted, match="person_revoked"):
        submitted(second, "2-00002")


def test_what_a_revoked_node_said_after_the_number_does_not_stand_wherever_it_arrived_first() -> None:
    first, second = raced("node")
    late, early = a_reader(), a_reader()
    for piece in [*steps(second), *steps(first)]:  # all of the node, as soon as it can be, before its end is known
        early.receive(piece)
    learn(early, [*steps(second), *steps(first)])
    learn(late, [*steps(first), *steps(second)])

    for replica in (late, early):
        order = replica.state.orders["1-00001"]
        assert (order.state, order.vehicle) == ("submitted", "")
        assert [placed.fact.act for placed in replica.state.struck["order/1-00001"]] == ["approve", "dispatch"]
        assert doubts(replica.state)[0].code == "said_too_late"
    assert codes(late) == codes(early) == [], "a verdict never depends on what the author could not know"


def test_a_node_that_learned_of_its_end_has_no_effect_at_all() -> None:
    first, second = raced("node")
    take(second.replica, [delta(first, second.replica.state.heads[first.author].seq)])

    with pytest.raises(NotTrusted, match="node_revoked"):
        write(second, act("cancel", "applicant-1", reason="Rain"))


def test_a_setting_changed_too_late_holds_for_who_knew_of_it_and_for_nobody_else() -> None:
    first, second = raced("setting")
    third, reader = a_node(3), a_reader()
    begins = [
        delta(first, upto=second.replica.state.heads[first.author].seq),
        delta(second, upto=first.replica.state.heads[second.author].seq),
    ]
    learn(third.replica, begins)
    write(third, act("approve", "approver-1", content="aa"))  # in sight neither of the change nor of the revocation

    learn(reader, [*steps(first), *steps(second), *steps(third)])

    held = [*reader.state.acts["1-00001"], *reader.state.struck["order/1-00001"]]
    known = {placed.place[1]: placed.fact.settings for placed in held if placed.fact.act == "approve"}
    assert known[second.author]["rest_h"].value == 14
    assert known[third.author] == {}


def test_an_approval_is_not_taken_back_by_a_rejection_that_did_not_know_of_it() -> None:
    first, second = raced("decided twice")
    met(first, second)

    assert rights.roles_now(first.replica.state, "driver-9") == {"driver"}
    assert [doubt.code for doubt in doubts(first.replica.state)] == ["decided_twice"]


def test_an_approval_that_knows_of_the_rejection_has_no_effect() -> None:
    first, second = two_nodes()
    grant_id = grants(first).propose(signer("admin-1"), "person", a_person("driver-9", "driver"))
    grants(first).reject(signer("admin-2"), grant_id, "Not needed")
    met(first, second)

    with pytest.raises(NotTrusted, match="grant_decided"):
        write(second, Statement(kinds.GRANT_APPROVE, kinds.GRANTS + grant_id, {}, signer("head-1")))


def _acts(host: Host, doubt: Doubt) -> list[tuple[str, str | None]]:
    log = host.replica.run(doubt.log, doubt.after_seq, 1 << 20)
    assert isinstance(log, Delta)
    found = [read(data).operation for data in log.operations][: doubt.upto_seq - doubt.after_seq]
    return [(one.kind, one.person) for one in found if one.person == doubt.subject]
