"""What there is to look at besides alarms: vehicles and drivers promised twice, expenses nothing explains, and what the
calendar lacks. Nothing is stored; everything follows from the records at this moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fleet.desk.register import years
from fleet.desk.standing import cases
from fleet.desk.yard import clashes
from fleet.ledger.state import State
from fleet.rules import calendar, expense
from fleet.rules.calendar import day_of
from fleet.rules.flags import Flag


def findings(state: State, now_ms: int) -> list[Flag]:
    """Everything there is to look at, kind by kind."""
    return [flag for look in _LOOKS for flag in look(state, now_ms)]


def _clashes(state: State, now_ms: int) -> Iterator[Flag]:
    for clash in clashes(state):
        later = state.orders[clash.yields]
        yield Flag(
            finding=f"clash_{clash.over}", grade="serious", article="9", subject=clash.subject,
            since_ms=later.since_ms or now_ms, facts={"keeps": clash.keeps, "yields": clash.yields},
        )  # fmt: skip


def _calendar(state: State, now_ms: int) -> Iterator[Flag]:
    for year in calendar.missing(day_of(now_ms), years(state)):
        yield Flag(
            finding="calendar_missing", grade="notice", article="17", subject=str(year), since_ms=now_ms,
            facts={"year": year},
        )  # fmt: skip


def _expenses(state: State, now_ms: int) -> Iterator[Flag]:
    for case in cases(state, expense.KIND.name, now_ms):
        unmatched = case.state == expense.State.MATCHED and case.text("evidence") == "none"
        if unmatched and case.text("type") != "fuel":  # fuel that nothing the vehicle did explains is an alarm, A18
            yield Flag(
                finding="expense_unmatched", grade="notice", article="11", subject=f"expense/{case.id}",
                since_ms=case.since_ms, facts={"plate": case.plate, "case": case.id},
            )  # fmt: skip


_LOOKS: tuple[Callable[[State, int], Iterator[Flag]], ...] = (
    _clashes,
    _calendar,
    _expenses,
)
