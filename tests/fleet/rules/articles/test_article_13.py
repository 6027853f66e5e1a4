"""Article 13: apply, approve, dispatch, depart, return; and what is recorded wrongly may be supplemented."""

from __future__ import annotations

import pytest

from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import Unit

DAY = (Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.RETURN, Act.CLOSE)
STATES = (State.APPROVED, State.DISPATCHED, State.DEPARTED, State.BACK, State.CLOSED)


def test_five_steps_and_the_order_is_closed_with_its_costs(unit: Unit) -> None:
    order = unit.apply()

    assert [unit.through(order, act).state for act in DAY] == list(STATES)


@pytest.mark.parametrize("done", range(len(DAY)))
def test_no_step_comes_before_the_one_it_follows(unit: Unit, done: int) -> None:
    order = unit.apply()
    unit.through(order, *DAY[:done])

    for act in DAY[done + 1 :]:
        assert unit.refused(unit.through, order, act) in {("illegal_move", "13")}, act


def test_each_step_says_who_took_it_and_when(unit: Unit) -> None:
    order = unit.apply()
    facts = unit.through(order, *DAY).facts

    assert [fact.act for fact in facts] == ["submit", *DAY]
    assert [fact.by for fact in facts] == ["applicant-1", "approver-1", "dispatcher-1", "driver-1", "driver-1"] + [
        "dispatcher-1"
    ]


def test_the_odometer_never_runs_backwards(unit: Unit) -> None:
    order = unit.apply()
    unit.through(order, *DAY[:3])

    assert unit.refused(unit.act, "driver-1", order, Act.RETURN, odometer_km=999) == ("odometer_backwards", "13")


def test_a_correction_stands_beside_the_record_and_both_are_readable(unit: Unit) -> None:
    order = unit.apply()
    unit.through(order, *DAY)
    case = unit.open(
        "dispatcher-1", "supplement", cause="correction", order=order, why="Wrong place", facts="It was the west post"
    )
    unit.do("approver-1", case, "endorse")
    proof = {name: unit.a_completion()[name] for name in ("scan", "scan_type", "scan_size", "endorser", "endorsed_on")}

    unit.do("dispatcher-1", case, "complete", seal_visible=True, corrections={"destination": "West post"}, **proof)

    after = unit.state.orders[order]
    assert (after.state, after.corrections) == (State.CLOSED, (f"supplement/{case.id}",))
    assert after.facts[-1].detail["corrections"] == {"destination": "West post"}
    assert unit.state.document(f"order/{order}").fields["destination"] == "North post"
