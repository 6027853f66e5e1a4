"""Article 18: fuel, repairs, service and insurance are asked for by the dispatcher, approved by the unit head, and then
entered by finance without delay."""

from __future__ import annotations

import pytest

from fleet.rules.expense import ASKED_FOR, PAID_AT_ONCE
from tests.fleet.rules.articles.money import FINANCE, entered, fuelled, with_finance
from tests.fleet.rules.articles.unit import HOUR_MS, Unit

ASKED: dict[str, object] = {"plate": "NM-1", "estimate_fen": 40_000, "supplier": "Designated", "why": "Due"}


@pytest.mark.parametrize("kind", ["fuel", "repair", "insurance"])
def test_nothing_is_done_before_the_unit_head_has_approved_it(unit: Unit, kind: str) -> None:
    case = unit.open("dispatcher-1", "expense", type=kind, **ASKED)
    done = {"actual_fen": 38_000, "done_ms": unit.now_ms, "ml": 50_000}
    assert unit.refused(unit.do, "driver-1", case, "done", **done) == ("case_move", "18")

    unit.do("head-1", case, "approve")

    assert unit.do("driver-1", case, "done", **done).state == "done"


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "driver-1", "admin-1", "head-1"])
def test_only_the_dispatcher_asks(unit: Unit, person: str) -> None:
    assert unit.refused(unit.open, person, "expense", type="fuel", **ASKED) == ("no_role", "18")


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1"])
def test_only_the_unit_head_approves(unit: Unit, person: str) -> None:
    case = unit.open("dispatcher-1", "expense", type="fuel", **ASKED)

    assert unit.refused(unit.do, person, case, "approve") == ("no_role", "18")


def test_what_is_sent_back_says_why_and_may_be_asked_for_again(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "expense", type="fuel", **ASKED)
    assert unit.refused(unit.do, "head-1", case, "send_back") == ("field_missing", "18")
    unit.do("head-1", case, "send_back", reason="Use the depot")

    again = unit.do("dispatcher-1", case, "request", type="fuel", **ASKED)

    assert again.state == "requested"


def test_finance_enters_what_was_done(unit: Unit) -> None:
    with_finance(unit)

    assert entered(unit, fuelled(unit), 38_000).text("entered_by") == FINANCE


def test_fuel_in_need_on_the_road_is_asked_for_afterwards_and_a_day_later_is_late(unit: Unit) -> None:
    taken_ms = unit.now_ms
    unit.time.pass_ms(25 * HOUR_MS)
    unit.open("dispatcher-1", "expense", type="fuel", done_ms=taken_ms, **ASKED)

    assert [verdict.facts["what"] for verdict in unit.alarms("A15")] == ["fuel_asked_late"]


def test_tolls_and_parking_are_paid_where_they_are_due(unit: Unit) -> None:
    assert set(ASKED_FOR).isdisjoint(PAID_AT_ONCE)
    for kind in PAID_AT_ONCE:
        paid = {"plate": "NM-1", "type": kind, "actual_fen": 2_500, "done_ms": unit.now_ms}
        assert unit.open("driver-1", "expense", act="pay", **paid).state == "done"
