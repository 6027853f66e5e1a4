"""Article 16: the vehicle is not handed to others; at the destination it waits, and may go ahead for an urgent task."""

from __future__ import annotations

import pytest

from fleet.ledger.replica import Statement
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import write


@pytest.mark.parametrize(
    ("done", "act", "given"),
    [
        ((), Act.DEPART, {"odometer_km": 1000}),
        ((Act.DEPART,), Act.ARRIVE, {}),
        ((Act.DEPART,), Act.HEAD_BACK, {}),
        ((Act.DEPART,), Act.RETURN, {"odometer_km": 1120}),
    ],
)
def test_nobody_but_the_assigned_driver_takes_the_vehicle_through_its_trip(
    unit: Unit, done: tuple[Act, ...], act: Act, given: dict[str, object]
) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH, *done)

    assert unit.refused(unit.act, "driver-2", order, act, **given) == ("not_the_driver", "16")


def test_at_the_destination_the_vehicle_waits_and_then_heads_back(unit: Unit) -> None:
    order = unit.apply()

    states = [unit.through(order, act).state for act in (Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.ARRIVE)]

    assert states[-1] == State.WAITING
    assert unit.through(order, Act.HEAD_BACK).state == State.RETURNING
    assert unit.through(order, Act.RETURN).state == State.BACK


def test_what_the_driver_does_not_say_the_track_may_show_and_it_is_marked_as_inferred(unit: Unit) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH, Act.DEPART)

    write(unit.host, Statement("order.arrive_seen", f"order/{order}", {"seen_ms": unit.now_ms}))

    known = unit.state.orders[order]
    assert (known.state, known.inferred, known.facts[-1].by) == (State.WAITING, ("arrive_seen",), "")


def test_a_vehicle_on_the_road_is_nobody_elses_until_it_is_home(unit: Unit) -> None:
    unit.through(unit.apply(), Act.APPROVE, Act.DISPATCH, Act.DEPART)
    second = unit.apply("applicant-2")
    unit.act("approver-1", second, Act.APPROVE)

    assert unit.refused(unit.act, "dispatcher-1", second, Act.DISPATCH, vehicle="NM-1", driver="driver-2")[0] == (
        "vehicle_unfit"
    )
