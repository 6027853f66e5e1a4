"""Article 15: every vehicle on the platform has a positioning terminal; faults are reported in time, and the terminal
is mended or replaced."""

from __future__ import annotations

from fleet.desk.register import vehicle
from tests.fleet.rules.articles.unit import HOUR_MS, Unit

DAY_MS = 24 * HOUR_MS


def late(unit: Unit) -> set[str]:
    return {str(verdict.facts["what"]) for verdict in unit.alarms("A33") if verdict.until_ms is None}


def test_a_vehicle_enters_service_only_with_a_terminal(unit: Unit) -> None:
    bare = {"entry": "vehicle/NM-2", "sets": {"cls": "study", "seats": "5"}, "reason": "New"}

    assert unit.refused(unit.open, "admin-1", "change", **bare) == ("field_missing", "15")


def test_a_fault_is_reported_within_a_day_and_mended_within_a_week(unit: Unit) -> None:
    fault = unit.open("driver-1", "fault", plate="NM-1", what="No light")
    unit.time.pass_ms(DAY_MS)
    assert late(unit) == set()
    unit.time.pass_ms(1)
    assert late(unit) == {"fault_unreported"}
    unit.do("dispatcher-1", fault, "report", to="Maker")
    assert late(unit) == set()
    unit.time.pass_ms(6 * DAY_MS)
    assert late(unit) == {"fault_unrepaired"}

    unit.do("dispatcher-1", fault, "repair", by="Maker", how="Antenna replaced")

    assert late(unit) == set()


def test_a_terminal_that_was_replaced_stays_in_the_vehicles_history(unit: Unit) -> None:
    change = unit.open("admin-1", "change", entry="vehicle/NM-1", sets={"terminal": "13800000009"}, reason="Replaced")
    unit.do("head-1", change, "approve")

    assert vehicle(unit.state, "NM-1").terminal == "13800000009"
