"""What people may ask of the desk, and what it refuses: the rule is named, and nothing is written."""

from __future__ import annotations

import pytest

from fleet.desk.orders import PARTICULARS, TEXT_LENGTH_MAX, content_of, form_of
from fleet.desk.register import name_of
from fleet.errors import BadInput, IllegalMove, NotAllowed, NotFound, NotTrusted, RuleBroken, Unavailable
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act, State
from tests.fleet.desk.asking import HOUR_MS, applied, approved, do, form, refused
from tests.fleet.units import UNIT, an_edit, enrolment, signer, write
from tests.simulation.host import Host

# -- the day --------------------------------------------------------------------------------------------------------


def test_an_order_goes_through_its_day(node: Host) -> None:
    order = applied(node)

    assert do(node, "approver-1", order, Act.APPROVE, opinion="Agreed") == State.APPROVED
    assert do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1") == State.DISPATCHED
    assert do(node, "driver-1", order, Act.DEPART, odometer_km="1000", checks="done") == State.DEPARTED
    assert do(node, "driver-1", order, Act.ARRIVE) == State.WAITING
    assert do(node, "driver-1", order, Act.HEAD_BACK) == State.RETURNING
    assert do(node, "driver-1", order, Act.RETURN, odometer_km=1120, fuel_quarters=3) == State.BACK
    assert do(node, "dispatcher-1", order, Act.CLOSE, receipts="none") == State.CLOSED
    assert node.replica.state.orders[order].refused == ()


def test_every_person_is_offered_the_acts_of_their_role_in_that_state_and_no_others(node: Host) -> None:
    order = applied(node)
    assert node.desk.moves("approver-1", order) == [Act.APPROVE, Act.SEND_BACK]
    assert node.desk.moves("applicant-1", order) == [Act.CANCEL]
    assert node.desk.moves("driver-1", order) == []
    do(node, "approver-1", order, Act.APPROVE)
    do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    write(node, enrolment("driver-2"))

    assert node.desk.moves("driver-1", order) == [Act.DEPART]
    assert node.desk.moves("driver-2", order) == []


def test_what_was_sent_back_is_changed_and_submitted_again_under_the_same_number(node: Host) -> None:
    order = applied(node)
    do(node, "approver-1", order, Act.SEND_BACK, reason="Share the morning trip")

    again = node.desk.submit(signer("applicant-1"), {"destination": "Lake"}, order_id=order)

    assert again == order
    assert node.replica.state.orders[order].revision == 2
    assert form_of(node.replica.state, order).destination == "Lake"
    assert form_of(node.replica.state, order).rider == "Bayar"


def test_unchanged_it_is_refused_unless_explained(node: Host) -> None:
    order = applied(node)
    do(node, "approver-1", order, Act.SEND_BACK, reason="The road is closed")

    refused(
        node, RuleBroken, "unchanged_resubmission", lambda: node.desk.submit(signer("applicant-1"), {}, order_id=order)
    )

    node.desk.submit(signer("applicant-1"), {}, order_id=order, explanation="The road is open again")
    assert node.replica.state.orders[order].state == State.SUBMITTED


# -- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "act"),
    [
        ("applicant-1", Act.APPROVE),
        ("dispatcher-1", Act.APPROVE),
        ("admin-1", Act.SEND_BACK),
        ("approver-1", Act.DISPATCH),
        ("driver-1", Act.CANCEL),
        ("dispatcher-1", Act.DEPART),
        ("applicant-1", Act.CLOSE),
    ],
)
def test_an_act_outside_ones_role_is_refused(node: Host, person: str, act: Act) -> None:
    order = applied(node)

    error = refused(node, NotAllowed, "no_role", lambda: do(node, person, order, act))

    assert error.facts["act"] == act


def test_only_applicants_apply_and_only_for_what_may_be_applied_for(node: Host) -> None:
    desk, me = node.desk, signer("applicant-1")

    refused(node, NotAllowed, "no_role", lambda: desk.submit(signer("driver-1"), form(node)))
    refused(node, BadInput, "phone_wrong", lambda: desk.submit(me, form(node, phone="12")))
    refused(node, RuleBroken, "end_before_start", lambda: desk.submit(me, form(node, end_ms=1)))
    refused(
        node,
        RuleBroken,
        "start_in_the_past",
        lambda: desk.submit(me, form(node, start_ms=node.clock.now_ms() - HOUR_MS)),
    )
    refused(node, RuleBroken, "escrow_unknown", lambda: desk.submit(me, form(node, cls="confidential")))
    refused(node, NotFound, "no_order", lambda: desk.submit(me, form(node), order_id="1-00099"))


def test_an_unknown_person_and_an_unknown_order_are_named(node: Host) -> None:
    order = applied(node)

    refused(node, NotFound, "no_person", lambda: do(node, "approver-2", order, Act.APPROVE))
    refused(node, NotFound, "no_order", lambda: do(node, "approver-1", "1-00099", Act.APPROVE))


def test_a_move_the_state_does_not_allow_says_from_which_state(node: Host) -> None:
    order = applied(node)

    error = refused(
        node,
        IllegalMove,
        "illegal_move",
        lambda: do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1"),
    )

    assert error.facts == {"order": order, "state": State.SUBMITTED, "act": Act.DISPATCH}


def test_a_reason_a_vehicle_a_reading_that_is_missing_is_refused(node: Host) -> None:
    order = applied(node)
    refused(node, RuleBroken, "reason_missing", lambda: do(node, "approver-1", order, Act.SEND_BACK))
    do(node, "approver-1", order, Act.APPROVE)
    refused(node, RuleBroken, "particular_missing", lambda: do(node, "dispatcher-1", order, Act.DISPATCH))
    do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    refused(node, RuleBroken, "particular_missing", lambda: do(node, "driver-1", order, Act.DEPART))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"colour": "red"}, "field_unknown"),
        ({"odometer_km": "far"}, "field_not_a_number"),
        ({"odometer_km": True}, "field_not_a_number"),
        ({"odometer_km": 1.5}, "field_not_a_number"),
        ({"odometer_km": -1}, "field_not_a_number"),
        ({"odometer_km": 1 << 70}, "field_not_a_number"),
        ({"odometer_km": 5, "note": "x" * (TEXT_LENGTH_MAX + 1)}, "field_too_long"),
        ({"odometer_km": 5, "note": ["x"]}, "field_too_long"),
    ],
)
def test_a_particular_that_cannot_be_read_is_the_callers_fault(node: Host, given: dict[str, object], code: str) -> None:
    order = approved(node)
    do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")

    refused(node, BadInput, code, lambda: node.desk.act(signer("driver-1"), order, Act.DEPART, given))


def test_submitting_is_not_an_act_on_an_order_that_is_there(node: Host) -> None:
    order = applied(node)

    assert PARTICULARS.keys() == set(Act) - {Act.SUBMIT}
    refused(node, BadInput, "field_not_listed", lambda: do(node, "applicant-1", order, Act.SUBMIT))


def test_nobody_decides_on_an_order_they_made_or_ride_in(node: Host) -> None:
    write(node, enrolment("approver-2"))
    own = node.desk.submit(signer("approver-2"), form(node))
    ride = applied(node, rider=name_of(node.replica.state, "approver-1"))

    refused(node, RuleBroken, "own_order", lambda: do(node, "approver-2", own, Act.APPROVE))
    for act, given in ((Act.APPROVE, {}), (Act.SEND_BACK, {"reason": "No"})):
        refused(node, RuleBroken, "own_order", lambda act=act, given=given: do(node, "approver-1", ride, act, **given))  # type: ignore[misc]


def test_who_approved_does_not_dispatch(node: Host) -> None:
    write(node, enrolment("dispatcher-2"))
    order = applied(node)
    do(node, "dispatcher-2", order, Act.APPROVE)

    refused(
        node,
        RuleBroken,
        "approver_dispatches",
        lambda: do(node, "dispatcher-2", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1"),
    )


# -- approval covers content ----------------------------------------------------------------------------------------


def test_an_approval_carries_the_hash_of_what_was_submitted(node: Host) -> None:
    order = approved(node)

    assert node.replica.state.orders[order].approved == content_of(form_of(node.replica.state, order))


def test_an_edit_after_submission_cannot_be_approved_only_sent_back(node: Host) -> None:
    order = applied(node)
    write(node, an_edit(node, f"order/{order}", "applicant-1", destination="The capital"))

    refused(node, RuleBroken, "content_changed", lambda: do(node, "approver-1", order, Act.APPROVE))

    assert do(node, "approver-1", order, Act.SEND_BACK, reason="Submit what you mean") == State.SENT_BACK


def test_an_edit_after_approval_cannot_be_dispatched(node: Host) -> None:
    order = approved(node)
    write(node, an_edit(node, f"order/{order}", "applicant-1", destination="The capital"))

    refused(
        node,
        RuleBroken,
        "content_changed",
        lambda: do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1"),
    )


def test_an_approver_who_saw_another_text_is_told_so(node: Host) -> None:
    order = applied(node)

    refused(node, RuleBroken, "content_changed", lambda: do(node, "approver-1", order, Act.APPROVE, content="00"))


# -- what lies below ------------------------------------------------------------------------------------------------


def test_a_wrong_key_writes_nothing(node: Host) -> None:
    order = applied(node)
    thief = Signer("approver-1", SHIPPED.key(b"t" * 32))

    refused(node, NotTrusted, "person_signature", lambda: node.desk.act(thief, order, Act.APPROVE, {}))


def test_a_full_disk_refuses_the_act_and_loses_nothing(node: Host) -> None:
    order = applied(node)
    node.disks[UNIT].full = True

    refused(node, Unavailable, "disk_full", lambda: do(node, "approver-1", order, Act.APPROVE))

    node.disks[UNIT].full = False
    assert do(node, "approver-1", order, Act.APPROVE) == State.APPROVED
