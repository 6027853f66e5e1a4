"""Expenses and books for the article tests: finance clerks, fuel that was taken, amounts that were entered."""

from __future__ import annotations

from fleet.rules.calendar import day_of
from fleet.rules.case import Case
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import enrolment, write

FINANCE, OTHER_FINANCE = "finance-1", "finance-2"


def with_finance(unit: Unit) -> None:
    """Two clerks join the unit."""
    write(unit.host, enrolment(FINANCE))
    write(unit.host, enrolment(OTHER_FINANCE))


def fuelled(unit: Unit) -> Case:
    """Fuel asked for, approved and taken."""
    asked = {"plate": "NM-1", "type": "fuel", "estimate_fen": 40_000, "supplier": "Station 2", "why": "Empty"}
    case = unit.open("dispatcher-1", "expense", **asked)
    unit.do("head-1", case, "approve")
    return unit.do("driver-1", case, "done", actual_fen=38_000, done_ms=unit.now_ms, ml=50_000)


def entered(unit: Unit, case: Case, fen: int) -> Case:
    """The case once finance has entered and matched it."""
    day = str(day_of(unit.now_ms))
    unit.do(FINANCE, case, "enter", invoice="044-1", amount_fen=fen, invoiced_on=day)
    return unit.do(FINANCE, case, "match", evidence="stop", found="Station 2")


def settled(unit: Unit, month: str) -> Case:
    """The books of a month, settled."""
    return unit.open(FINANCE, "settlement", month=month)
