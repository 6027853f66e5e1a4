"""An approver lends the right to decide, for a time and no further (Art. 8)."""

from __future__ import annotations

from fleet.ledger import kinds, rights
from fleet.ledger.replica import Statement
from tests.fleet.ledger.granted import DAY_MS, refused
from tests.fleet.units import a_person, a_unit, act, agree, submitted, write
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host


def lent(host: Host, time: SimulatedTime, **changes: object) -> str:
    """The approver's right, lent to the driver for a day."""
    given: dict[str, object] = {
        "lender": "approver-1", "holder": "driver-1", "valid_from_ms": time.now_ms,
        "valid_to_ms": time.now_ms + DAY_MS, "document": "Order 12/2026",
    }  # fmt: skip
    return agree(host, "delegation", given | changes)


def approval(person: str, lender: str = "") -> Statement:
    return act("approve", person, content="aa", **({"for": lender} if lender else {}))


def test_a_delegate_decides_in_the_approvers_place_and_both_names_are_kept() -> None:
    time = SimulatedTime()
    host = a_unit(time, "applicant-1", "approver-1", "driver-1")
    submitted(host)
    lent(host, time)
    write(host, approval("driver-1", "approver-1"))

    order = host.replica.state.orders["1-00001"]
    assert (order.state, order.approver, order.approved_for) == ("approved", "driver-1", "approver-1")
    (delegation,) = rights.delegations(host.replica.state, rights.now, "driver-1")
    assert (delegation.authorised_by, delegation.document) == ("head-1", "Order 12/2026")


def test_without_a_valid_delegation_a_decision_has_no_effect() -> None:
    time = SimulatedTime()
    host = a_unit(time, "applicant-1", "approver-1", "driver-1", "dispatcher-1")
    submitted(host)
    assert refused(lambda: write(host, approval("driver-1", "approver-1"))) == "no_delegation"
    grant_id = lent(host, time)
    assert refused(lambda: write(host, approval("driver-1"))) == "no_role", "it has to say in whose place"
    assert refused(lambda: write(host, approval("dispatcher-1", "approver-1"))) == "no_delegation"
    assert refused(lambda: write(host, approval("driver-1", "admin-1"))) == "no_delegation"

    agree(host, "revoke_delegation", {"grant": kinds.GRANTS + grant_id, "reason": "Back at work"})
    assert refused(lambda: write(host, approval("driver-1", "approver-1"))) == "no_delegation"
    lent(host, time, document="Order 13/2026")
    time.pass_ms(DAY_MS)
    assert refused(lambda: write(host, approval("driver-1", "approver-1"))) == "delegation_over"


def test_what_was_lent_cannot_be_lent_on() -> None:
    time = SimulatedTime()
    host = a_unit(time, "applicant-1", "approver-1", "driver-1", "dispatcher-1")
    lent(host, time)

    refusal = refused(lambda: lent(host, time, lender="driver-1", holder="dispatcher-1"))
    assert refusal == "lender_no_approver"


def test_an_approver_who_lost_the_role_has_lent_nothing() -> None:
    time = SimulatedTime()
    host = a_unit(time, "applicant-1", "approver-1", "driver-1")
    submitted(host)
    lent(host, time)
    agree(host, "roles", {"person": "approver-1", "roles": "driver"})

    assert refused(lambda: write(host, approval("driver-1", "approver-1"))) == "no_delegation"


def test_neither_delegate_nor_approver_decides_on_the_own_trip_or_hands_out_the_vehicle() -> None:
    time = SimulatedTime()
    host = a_unit(time, "applicant-1", "approver-1", "driver-1", "dispatcher-1")
    agree(host, "person", a_person("applicant-9", "applicant"))
    lent(host, time, holder="dispatcher-1")
    lent(host, time, holder="applicant-1")
    submitted(host)
    write(host, approval("applicant-1", "approver-1"))
    assert host.replica.state.orders["1-00001"].refused[0].code == "own_order"

    write(host, approval("dispatcher-1", "approver-1"))
    write(host, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))
    assert host.replica.state.orders["1-00001"].refused[1].code == "approver_dispatches"
