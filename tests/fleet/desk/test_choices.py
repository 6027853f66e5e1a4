"""Which vehicle for whom (Art. 9), as the desk holds people to it: given once, taken only for an emergency."""

from __future__ import annotations

import pytest

from fleet.desk.register import register
from fleet.desk.yard import clashes, untrue_claims, yard
from fleet.errors import RuleBroken
from fleet.rules.order import Act, State
from tests.fleet.desk.asking import CAR, EVERYONE, applied, approved, do, refused
from tests.fleet.units import a_node, delta, enrolment, signer, write
from tests.simulation.host import Host


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
