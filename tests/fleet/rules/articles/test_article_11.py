"""Article 11: finance settles against the vehicles' tracks, and enters insurance, fuel, repairs and tolls in time."""

from __future__ import annotations

import pytest

from fleet.rules import expense, matching
from fleet.rules.calendar import day_of, month_of
from fleet.rules.case import Case
from fleet.rules.matching import Stop
from fleet.rules.place import Place
from tests.fleet.rules.articles.money import FINANCE, OTHER_FINANCE, entered, fuelled, settled, with_finance
from tests.fleet.rules.articles.unit import HOUR_MS, Unit


def test_every_cost_the_article_names_has_a_kind() -> None:
    assert {"insurance", "fuel", "repair", "toll", "parking"} <= set(expense.TYPES)


def test_fuel_is_held_against_where_the_vehicle_stood_and_what_its_tank_takes() -> None:
    station = Place(name="Station 2", kind="filling_station", lat_e6=39_200_000, lon_e6=101_700_000, radius_m=50)
    stop = Stop(0, HOUR_MS, 39.2, 101.7)

    assert matching.fuel(HOUR_MS, 50_000, [stop], [station], tank_ml=70_000).evidence == "stop"
    assert matching.fuel(5 * HOUR_MS, 50_000, [stop], [station], tank_ml=70_000).reason == "no_station"
    assert matching.fuel(HOUR_MS, 90_000, [stop], [station], tank_ml=70_000).reason == "more_than_tank"


def test_what_nothing_speaks_for_is_finances_to_decide_with_a_reason(unit: Unit) -> None:
    with_finance(unit)
    case = fuelled(unit)
    day = str(day_of(unit.now_ms))
    unit.do(FINANCE, case, "enter", invoice="044-1", amount_fen=38_000, invoiced_on=day)

    assert unit.refused(unit.do, FINANCE, case, "match", evidence="none") == ("unmatched_reason", "11")
    unit.do(FINANCE, case, "match", evidence="none", reason="The track is missing that day")

    assert [verdict.facts["what"] for verdict in unit.alarms("A18")] == ["off_track"]


def test_a_month_is_settled_only_when_everything_paid_is_entered_and_matched(unit: Unit) -> None:
    with_finance(unit)
    case = fuelled(unit)
    month = month_of(unit.now_ms)
    assert unit.refused(unit.open, FINANCE, "settlement", month=month) == ("month_unfinished", "11")

    entered(unit, case, 38_000)

    assert settled(unit, month).whole("sum_fen") == 38_000


def test_who_enters_does_not_reconcile_alone(unit: Unit) -> None:
    with_finance(unit)
    entered(unit, fuelled(unit), 38_000)
    books = settled(unit, month_of(unit.now_ms))
    rows = [{"plate": "NM-1", "type": "fuel", "fen": 38_000}]
    unit.do(FINANCE, books, "reconcile", rows=rows)

    assert unit.refused(unit.do, FINANCE, books, "confirm") == ("same_person", "11")
    assert unit.do(OTHER_FINANCE, books, "confirm").state == "reconciled"


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1", "head-1"])
def test_nobody_but_finance_enters_an_amount(unit: Unit, person: str) -> None:
    with_finance(unit)
    case: Case = fuelled(unit)
    entry = {"invoice": "044-1", "amount_fen": 38_000, "invoiced_on": str(day_of(unit.now_ms))}

    assert unit.refused(unit.do, person, case, "enter", **entry) == ("no_role", "18")
