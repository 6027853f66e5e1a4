"""Article 17: vehicles park where they are designated to; on holidays all but duty vehicles and those work needs are
sealed."""

from __future__ import annotations

from datetime import timedelta

from fleet.rules.calendar import day_of
from fleet.rules.case import Case
from fleet.rules.order import Act
from tests.fleet.rules.articles.unit import HOUR_MS, Unit

SEALED = {"place": "Yard", "odometer_km": 1000, "fuel_quarters": 3, "key_to": "Cabinet", "witness": "Sarnai"}


def a_batch(unit: Unit, **changed: object) -> Case:
    today = day_of(unit.now_ms)
    plan = {"name": "Holiday", "from_day": str(today), "to_day": str(today + timedelta(days=1)), "plates": ["NM-1"]}
    return unit.open("admin-1", "sealing", **(plan | changed))


def sealed(unit: Unit) -> Case:
    batch = a_batch(unit)
    unit.do("approver-1", batch, "approve")
    return unit.do("dispatcher-1", batch, "seal", plate="NM-1", **SEALED)


def dispatch(unit: Unit, order: str) -> tuple[str, str]:
    return unit.refused(unit.act, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")


def approved(unit: Unit) -> str:
    order = unit.apply()
    unit.act("approver-1", order, Act.APPROVE)
    return order


def test_a_sealed_vehicle_serves_nobody_on_the_holiday(unit: Unit) -> None:
    order = approved(unit)
    sealed(unit)

    assert dispatch(unit, order) == ("vehicle_unfit", "9")


def test_an_approved_plan_closes_its_days_before_anybody_has_sealed_anything(unit: Unit) -> None:
    order = approved(unit)
    batch = a_batch(unit)
    unit.do("approver-1", batch, "approve")

    assert dispatch(unit, order) == ("vehicle_unfit", "9")


def test_a_duty_vehicle_is_not_sealed(unit: Unit) -> None:
    both = unit.refused(a_batch, unit, duty=["NM-1"])
    order = approved(unit)

    assert both == ("sealed_and_duty", "17")
    assert dispatch(unit, order) == ("", "")


def test_work_that_needs_a_vehicle_gets_it_by_the_approvers_exception_and_for_that_order_alone(unit: Unit) -> None:
    wanted, other = approved(unit), approved(unit)
    batch = sealed(unit)
    needs = {"plate": "NM-1", "order": wanted, "reason": "Fire watch"}
    assert unit.refused(unit.do, "dispatcher-1", batch, "except", **needs) == ("no_role", "17")
    unit.do("approver-1", batch, "except", **needs)

    assert dispatch(unit, other) == ("vehicle_unfit", "9")
    assert dispatch(unit, wanted) == ("", "")


def test_who_plans_a_sealing_does_not_approve_it(unit: Unit) -> None:
    assert unit.refused(unit.do, "admin-1", a_batch(unit), "approve") == ("no_role", "17")


def test_unsealing_finds_what_the_vehicle_did_meanwhile(unit: Unit) -> None:
    batch = sealed(unit)
    unit.time.pass_ms(72 * HOUR_MS)
    unit.do("dispatcher-1", batch, "unseal", plate="NM-1", odometer_km=1002, fuel_quarters=3)

    assert [(verdict.grade, verdict.facts["km"]) for verdict in unit.alarms("A04")] == [("serious", 2)]
