"""What people may ask of the desk, and what it refuses: the rule is named, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.desk.orders import PARTICULARS, TEXT_LENGTH_MAX, content_of, form_of
from fleet.desk.register import drivers, name_of, register, roles_of, vehicle, vehicles
from fleet.desk.yard import clashes, untrue_claims, yard
from fleet.errors import BadInput, FleetError, IllegalMove, NotAllowed, NotFound, NotTrusted, RuleBroken, Unavailable
from fleet.ledger import kinds
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act, State
from tests.fleet.units import UNIT, a_host, a_node, an_edit, delta, enrolment, signer, write
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
HOUR_MS = 3_600_000
CAR: dict[str, object] = {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "013800000001", "home": "Yard"}


@pytest.fixture
def node() -> Host:
    """A node with five people and one vehicle."""
    host = a_node(1, *EVERYONE)
    register(host.replica, signer("admin-1"), CAR)
    return host


def form(host: Host, **changed: object) -> dict[str, object]:
    now_ms = host.clock.now_ms()
    return {
        "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
        "reason": "Inspect the tower", "origin": "Yard", "destination": "North post",
        "start_ms": now_ms + HOUR_MS, "end_ms": now_ms + 5 * HOUR_MS, "passengers": 2, "urgency": 2, "cls": "study",
    } | changed  # fmt: skip


def applied(host: Host, **changed: object) -> str:
    return host.desk.submit(signer("applicant-1"), form(host, **changed))


def do(host: Host, person: str, order: str, act: Act, **given: object) -> State:
    return host.desk.act(signer(person), order, act, given).state


def approved(host: Host, **changed: object) -> str:
    order = applied(host, **changed)
    do(host, "approver-1", order, Act.APPROVE)
    return order


def refused(host: Host, error: type[FleetError], code: str, ask: Callable[[], object]) -> FleetError:
    """The error of an ask that must be refused, leaving the ledger as it was."""
    before = (host.replica.made, host.replica.digest(), host.disks[UNIT].commits)
    with pytest.raises(error) as caught:
        ask()
    assert caught.value.code == code
    assert (host.replica.made, host.replica.digest(), host.disks[UNIT].commits) == before
    return caught.value


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


# -- numbers --------------------------------------------------------------------------------------------------------


def test_numbers_are_minted_by_node_and_life_so_that_no_two_can_meet() -> None:
    first, second, reborn = a_node(1, "applicant-1"), a_node(2, "applicant-1"), a_node(1, "applicant-1", incarnation=2)

    assert [applied(host) for host in (first, first, second, reborn)] == ["1-00001", "1-00002", "2-00001", "1.2-00001"]


@pytest.mark.parametrize("odd", ["1-odd", "1-", "1-00001", "1-00002", "1-" + "9" * 60])
def test_names_that_others_gave_to_orders_never_stop_a_desk_from_minting_its_own(node: Host, odd: str) -> None:
    write(node, Statement("order.submit", f"order/{odd}", {"content": "aa"}, signer("applicant-1")))

    orders = {applied(node), applied(node)}

    assert len(orders | {odd}) == 3
    assert all(len(order) == len("1-00001") for order in orders)


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


# -- vehicles -------------------------------------------------------------------------------------------------------


def test_a_vehicle_in_use_is_not_given_twice(node: Host) -> None:
    first, second = approved(node), approved(node)
    do(node, "dispatcher-1", first, Act.DISPATCH, vehicle="NM-1", driver="driver-1")

    error = refused(
        node,
        RuleBroken,
        "vehicle_unfit",
        lambda: do(node, "dispatcher-1", second, Act.DISPATCH, vehicle="NM-1", driver="driver-1"),
    )

    assert (error.facts["reason"], error.facts["order"]) == ("taken", first)
    assert [booking.order.id for booking in yard(node.replica.state, node.clock.now_ms()).bookings] == [first]
    assert node.desk.offers(second)[1][0].reason == "taken"


def test_a_trip_that_is_over_or_cancelled_gives_its_vehicle_free(node: Host) -> None:
    first, second = approved(node), approved(node)
    do(node, "dispatcher-1", first, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    do(node, "dispatcher-1", first, Act.CANCEL, reason="Rain")

    assert do(node, "dispatcher-1", second, Act.DISPATCH, vehicle="NM-1", driver="driver-1") == State.DISPATCHED


def test_only_an_admin_keeps_the_register(node: Host) -> None:
    refused(node, NotAllowed, "no_role", lambda: register(node.replica, signer("dispatcher-1"), CAR))
    refused(
        node, BadInput, "field_out_of_range", lambda: register(node.replica, signer("admin-1"), CAR | {"seats": 61})
    )
    refused(node, BadInput, "field_missing", lambda: register(node.replica, signer("admin-1"), CAR | {"plate": " "}))


def test_a_register_entry_can_be_changed_and_the_same_entry_again_writes_nothing(node: Host) -> None:
    register(node.replica, signer("admin-1"), CAR | {"seats": 7})
    made = node.replica.made

    register(node.replica, signer("admin-1"), CAR | {"seats": 7})

    assert node.replica.made == made
    assert (vehicle(node.replica.state, "NM-1").seats, vehicle(node.replica.state, "NM-1").terminal) == (
        7,
        "13800000001",
    )
    refused(node, NotFound, "no_vehicle", lambda: vehicle(node.replica.state, "NM-9"))


def test_an_entry_that_is_not_whole_stands_in_nobodys_way(node: Host) -> None:
    half = {"vehicle/NM-7/home": "Lake", "vehicle/NM-8/cls": "study", "odd/key/here": "x", "odd": "x", "a/b/c/d": "x"}
    half |= {"vehicle/NM-9/cls": "study", "vehicle/NM-9/seats": "many"}
    write(node, an_edit(node, kinds.REGISTRY + UNIT, "admin-1", **half))

    assert [entry.plate for entry in vehicles(node.replica.state)] == ["NM-1"]
    assert node.desk.offers(approved(node))[0][0].vehicle.plate == "NM-1"


def test_the_register_is_the_units_although_central_writes_in_the_same_ledger(node: Host) -> None:
    central = a_host(0)
    write(central, Statement(kinds.NODE_ENROL, "node/0", central.certificate))

    central.replica.receive(delta(node))

    assert [entry.plate for entry in vehicles(central.replica.state)] == ["NM-1"]


def test_drivers_and_roles_are_what_the_certificates_say(node: Host) -> None:
    assert [(driver.id, driver.name) for driver in drivers(node.replica.state)] == [("driver-1", "Driver-1")]
    assert roles_of(node.replica.state, "admin-1") == {"admin"}
    assert name_of(node.replica.state, "nobody") == "nobody"


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


# -- who goes first (Art. 9) ----------------------------------------------------------------------------------------


def two_cars(host: Host) -> None:
    register(host.replica, signer("admin-1"), CAR | {"plate": "NM-2", "terminal": "13800000002", "cls": "general"})
    write(host, enrolment("driver-2"))


def test_an_approver_confirms_the_urgency_and_a_claim_that_was_untrue_is_counted_for_the_department(node: Host) -> None:
    claimed = applied(node, urgency=0)
    do(node, "approver-1", claimed, Act.APPROVE, urgency=2)
    approved(node, urgency=0)

    assert node.replica.state.orders[claimed].urgency == 2
    assert untrue_claims(node.replica.state, node.clock.now_ms()) == {"Forestry": 1}


def test_an_urgency_there_is_not_is_refused(node: Host) -> None:
    order = applied(node)

    refused(node, RuleBroken, "particular_missing", lambda: do(node, "approver-1", order, Act.APPROVE, urgency=3))


def test_a_choice_that_is_not_the_first_offer_needs_a_reason_and_keeps_the_offers(node: Host) -> None:
    two_cars(node)
    order = approved(node)

    refused(
        node,
        RuleBroken,
        "override_reason_missing",
        lambda: do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-2", driver="driver-1"),
    )
    do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-2", driver="driver-1", why="NM-1 is being washed")

    detail = node.replica.state.orders[order].facts[-1].detail
    assert (detail["why"], detail["offered"]) == ("NM-1 is being washed", "NM-1 NM-2")


def test_a_sudden_event_takes_the_vehicle_of_a_routine_order_that_has_not_left(node: Host) -> None:
    routine = approved(node)
    do(node, "dispatcher-1", routine, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    sudden = approved(node, urgency=0)
    assert [booking.order.id for booking, _ in node.desk.takeable(sudden)] == [routine]

    do(
        node, "dispatcher-1", sudden, Act.DISPATCH,
        vehicle="NM-1", driver="driver-1", preempts=routine, why="Fire at the North post",
    )  # fmt: skip

    loser, winner = (node.replica.state.orders[order] for order in (routine, sudden))
    assert (winner.state, winner.vehicle) == (State.DISPATCHED, "NM-1")
    assert (loser.state, loser.vehicle, loser.preempted_by) == (State.APPROVED, "", sudden)
    assert "preempts" not in winner.facts[-1].detail
    assert node.desk.takeable(routine) == []


@pytest.mark.parametrize(("urgency", "leaves"), [(0, True), (1, False), (2, False)])
def test_a_vehicle_is_not_taken_once_it_has_left_nor_for_anything_less_than_a_sudden_event(
    node: Host, urgency: int, leaves: bool
) -> None:
    routine = approved(node)
    do(node, "dispatcher-1", routine, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    if leaves:
        do(node, "driver-1", routine, Act.DEPART, odometer_km=1000)
    other = approved(node, urgency=urgency)

    refused(
        node,
        RuleBroken,
        "not_preemptable",
        lambda: do(
            node, "dispatcher-1", other, Act.DISPATCH, vehicle="NM-1", driver="driver-1", preempts=routine, why="Fire"
        ),
    )


def test_a_vehicle_is_rented_only_once_every_vehicle_of_the_unit_is_on_record_with_what_stands_in_its_way(
    node: Host,
) -> None:
    order = approved(node, passengers=9)
    rented = {"vehicle": "NM-R7", "driver": "driver-1", "supplier": "Steppe Rental", "price_basis": "contract 7"}
    refused(node, RuleBroken, "rental_before_unmet", lambda: do(node, "dispatcher-1", order, Act.DISPATCH, **rented))

    do(node, "dispatcher-1", order, Act.UNMET, reason="No bus of our own")
    assert node.replica.state.orders[order].facts[-1].detail["shortage"] == "NM-1 seats seats=5 needed=10"
    refused(
        node,
        RuleBroken,
        "particular_missing",
        lambda: do(node, "dispatcher-1", order, Act.DISPATCH, **(rented | {"price_basis": ""})),
    )
    do(node, "dispatcher-1", order, Act.DISPATCH, **rented)

    assert node.replica.state.orders[order].supplier == "Steppe Rental"


def test_two_places_that_promise_one_vehicle_see_the_same_clash_and_one_of_them_calls_its_order_back() -> None:
    first, second = a_node(1, *EVERYONE), a_node(2, *EVERYONE)
    register(first.replica, signer("admin-1"), CAR)
    second.replica.receive(delta(first))
    routine, urgent = approved(first), approved(second, urgency=1)
    for host, order in ((first, routine), (second, urgent)):
        do(host, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    first.replica.receive(delta(second))
    second.replica.receive(delta(first))

    seen = clashes(first.replica.state)

    assert clashes(second.replica.state) == seen
    assert [(each.over, each.subject, each.keeps, each.yields) for each in seen] == [
        ("vehicle", "NM-1", urgent, routine),
        ("driver", "driver-1", urgent, routine),
    ]
    do(second, "dispatcher-1", routine, Act.RECALL, reason="The urgent trip has the vehicle")
    assert clashes(second.replica.state) == []
