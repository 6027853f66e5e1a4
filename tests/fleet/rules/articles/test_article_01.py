"""Article 1: vehicles are run on a platform, the platform keeps records, vehicles are marked; use is made the best of,
costs are kept under control."""

from __future__ import annotations

import pytest

from fleet.desk.register import vehicle
from fleet.desk.report import report
from fleet.rules.calendar import month_of
from fleet.rules.order import Act
from fleet.rules.vehicle import MARKINGS
from tests.fleet.rules.articles.money import entered, fuelled, with_finance
from tests.fleet.rules.articles.unit import Unit

TRIP = (Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.RETURN)


@pytest.mark.parametrize("marking", MARKINGS)
def test_how_a_vehicle_is_marked_stands_on_its_card(unit: Unit, marking: str) -> None:
    marked = unit.open("admin-1", "change", entry="vehicle/NM-1", sets={"marking": marking}, reason="Inspected")
    unit.do("head-1", marked, "approve")

    assert vehicle(unit.state, "NM-1").marking == marking


def test_a_marking_nobody_knows_is_refused(unit: Unit) -> None:
    striped = {"entry": "vehicle/NM-1", "sets": {"marking": "striped"}, "reason": "Inspected"}

    assert unit.refused(unit.open, "admin-1", "change", **striped) == ("field_not_listed", "1")


def test_every_kilometre_of_a_trip_and_every_fen_entered_stand_in_the_months_report(unit: Unit) -> None:
    unit.through(unit.apply(), *TRIP)
    with_finance(unit)
    entered(unit, fuelled(unit), 38_000)

    told = report(unit.state, unit.state.orders, "u1", month_of(unit.now_ms), unit.now_ms)

    [line] = told.vehicles
    assert (line.plate, line.trips, line.km, line.cost_fen, line.fuel_ml) == ("NM-1", 1, 120, 38_000, 50_000)
    assert (told.total.km, told.total.cost_fen, told.total.fen_per_km) == (120, 38_000, 38_000 // 120)


def test_a_vehicle_that_was_not_used_is_on_the_report_all_the_same(unit: Unit) -> None:
    told = report(unit.state, unit.state.orders, "u1", month_of(unit.now_ms), unit.now_ms)

    assert [(line.plate, line.trips, line.fen_per_km) for line in told.vehicles] == [("NM-1", 0, None)]
