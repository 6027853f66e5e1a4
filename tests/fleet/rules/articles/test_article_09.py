"""Article 9: the dispatcher's duties. (1) urgent before routine, planned before temporary, sudden events first of all;
(2) vehicles, their condition and their checks are known; (3) approved trips are dispatched, rental only where the
unit's own vehicles do not suffice."""

from __future__ import annotations

from itertools import permutations

import pytest

from fleet.desk.orders import form_of
from fleet.rules import queue, shortage
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import HOUR_MS, Unit


def line(unit: Unit, *orders: str) -> list[str]:
    """Orders as they stand in the queue."""
    entries = [(unit.state.orders[order], form_of(unit.state, order)) for order in orders]
    return [order.id for order, _ in sorted(entries, key=lambda entry: queue.key(*entry))]


def approved(unit: Unit, *, urgency: int = 2, in_h: int = 1) -> str:
    start_ms = unit.now_ms + in_h * HOUR_MS
    order = unit.apply(urgency=urgency, start_ms=start_ms, end_ms=start_ms + HOUR_MS)
    unit.act("approver-1", order, Act.APPROVE)
    return order


def test_sudden_events_then_urgent_then_routine_planned_before_temporary(unit: Unit) -> None:
    temporary, planned = approved(unit, in_h=1), approved(unit, in_h=13)
    urgent, sudden = approved(unit, urgency=1), approved(unit, urgency=0)

    for orders in permutations((temporary, planned, urgent, sudden)):
        assert line(unit, *orders) == [sudden, urgent, planned, temporary]


def test_only_the_urgency_the_approver_confirmed_counts(unit: Unit) -> None:
    claimed = unit.apply(urgency=0)
    unit.act("approver-1", claimed, Act.APPROVE, urgency=2)
    urgent = approved(unit, urgency=1)

    assert line(unit, claimed, urgent) == [urgent, claimed]


def test_a_sudden_event_takes_a_vehicle_that_has_not_left_and_the_loser_goes_first_of_its_kind(unit: Unit) -> None:
    routine, sudden = approved(unit), approved(unit, urgency=0)
    unit.through(routine, Act.DISPATCH)
    choice = {"vehicle": "NM-1", "driver": "driver-1", "preempts": routine, "why": "Fire"}
    unit.act("dispatcher-1", sudden, Act.DISPATCH, **choice)
    other = approved(unit)

    assert unit.state.orders[routine].state == State.APPROVED
    assert line(unit, other, routine) == [routine, other]


def test_a_vehicle_on_the_road_is_taken_by_nobody(unit: Unit) -> None:
    routine, sudden = approved(unit), approved(unit, urgency=0)
    unit.through(routine, Act.DISPATCH, Act.DEPART)
    choice = {"vehicle": "NM-1", "driver": "driver-1", "preempts": routine, "why": "Fire"}

    assert unit.refused(unit.act, "dispatcher-1", sudden, Act.DISPATCH, **choice) == ("not_preemptable", "9")


def test_a_vehicle_with_a_defect_that_matters_is_not_dispatched(unit: Unit) -> None:
    order = approved(unit)
    unit.open("driver-1", "defect", plate="NM-1", item="brakes", severity="blocking", text="Soft pedal")

    assert unit.refused(unit.through, order, Act.DISPATCH) == ("vehicle_unfit", "9")


def test_rental_needs_the_proof_that_no_vehicle_of_the_units_own_would_do(unit: Unit) -> None:
    order = unit.apply(passengers=9)
    unit.act("approver-1", order, Act.APPROVE)
    rented = {"vehicle": "R-7", "driver": "driver-1", "supplier": "Steppe Rental", "price_basis": "Contract 7"}
    assert unit.refused(unit.act, "dispatcher-1", order, Act.DISPATCH, **rented) == ("rental_before_unmet", "9")

    unit.act("dispatcher-1", order, Act.UNMET, reason="Nothing large enough")
    [lack] = shortage.read(str(unit.state.orders[order].facts[-1].detail["shortage"]))
    unit.act("dispatcher-1", order, Act.DISPATCH, **rented)

    assert (lack.plate, lack.reason) == ("NM-1", "seats")
    assert unit.state.orders[order].supplier == "Steppe Rental"


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "driver-1", "admin-1", "head-1"])
def test_only_the_dispatcher_dispatches(unit: Unit, person: str) -> None:
    order = approved(unit)

    code, _ = unit.refused(unit.act, person, order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")

    assert code == "no_role"
