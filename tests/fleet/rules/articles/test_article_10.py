"""Article 10: the driver's duties. (1) under one dispatch; (2) the vehicle is checked before a trip and after it, and
faults are found and dealt with; (3) the trip is driven with the platform."""

from __future__ import annotations

import pytest

from fleet.rules import checks
from fleet.rules.calendar import day_of
from fleet.rules.order import Act
from tests.fleet.rules.articles.unit import HOUR_MS, Unit


def a_check(unit: Unit, order: str, phase: str = checks.BEFORE, **found: str) -> dict[str, object]:
    winter = checks.is_winter(day_of(unit.now_ms), {})
    return {
        "phase": phase, "plate": "NM-1", "order": order,
        "items": dict.fromkeys(checks.items(phase, winter=winter), "ok") | found,
    }  # fmt: skip


def dispatched(unit: Unit) -> str:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH)
    return order


def flagged(unit: Unit) -> set[str]:
    return {str(verdict.facts["what"]) for verdict in unit.alarms("A29")}


def test_a_trip_is_driven_by_who_was_dispatched_and_nobody_else(unit: Unit) -> None:
    assert unit.refused(unit.act, "driver-2", dispatched(unit), Act.DEPART, odometer_km=1) == ("not_the_driver", "16")


def test_a_check_before_and_after_leaves_nothing_to_flag(unit: Unit) -> None:
    order = dispatched(unit)
    unit.open("driver-1", "check", **a_check(unit, order))
    unit.through(order, Act.DEPART, Act.RETURN)
    unit.open("driver-1", "check", **a_check(unit, order, checks.AFTER))
    unit.time.pass_ms(24 * HOUR_MS)

    assert flagged(unit) == set()


def test_checks_left_out_hinder_nobody_and_are_flagged(unit: Unit) -> None:
    unit.through(dispatched(unit), Act.DEPART, Act.RETURN)
    unit.time.pass_ms(24 * HOUR_MS)

    assert flagged(unit) == {"check_before", "check_after"}


def test_every_item_is_answered(unit: Unit) -> None:
    half = a_check(unit, dispatched(unit), brakes="perhaps")

    assert unit.refused(unit.open, "driver-1", "check", **half) == ("check_item_open", "10")


@pytest.mark.parametrize("item", sorted(checks.BLOCKING))
def test_what_endangers_stops_the_vehicle_until_it_is_cleared_and_the_driver_knows(unit: Unit, item: str) -> None:
    order = dispatched(unit)
    defect = unit.open("driver-1", "defect", plate="NM-1", item=item, severity="blocking", text="Worn")
    assert unit.refused(unit.through, order, Act.DEPART) == ("vehicle_unfit", "10")

    unit.do("dispatcher-1", defect, "clear", how="Replaced")
    assert unit.refused(unit.through, order, Act.DEPART) == ("defects_unseen", "10")
    unit.do("driver-1", defect, "acknowledge")

    assert unit.through(order, Act.DEPART).state == "departed"


def test_who_found_a_defect_may_not_clear_it_as_a_driver(unit: Unit) -> None:
    defect = unit.open("driver-1", "defect", plate="NM-1", item="brakes", severity="blocking", text="Worn")

    assert unit.refused(unit.do, "driver-1", defect, "clear", how="It is fine") == ("no_role", "10")
