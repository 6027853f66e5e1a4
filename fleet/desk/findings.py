"""What vehicles, drivers and books show by themselves: material for alarms A04, A15, A18, A27, A28, A29 and A33, the
vehicles and drivers promised twice, and what the calendar lacks. Nothing is stored; everything follows from the records
at this moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fleet.desk import money
from fleet.desk.register import drivers, vehicles, years
from fleet.desk.standing import cases
from fleet.desk.yard import clashes
from fleet.ledger.state import State
from fleet.rules import calendar, checks, expense, fault, papers, sealing, settlement
from fleet.rules.calendar import day_of, start_of
from fleet.rules.fields import day
from fleet.rules.flags import Flag

CHECKED_MS = 31 * 86_400_000
"""How far back a check left out is still shown."""


def findings(state: State, now_ms: int) -> list[Flag]:
    """Everything there is to look at, kind by kind."""
    return [flag for look in _LOOKS for flag in look(state, now_ms)]


def _clashes(state: State, now_ms: int) -> Iterator[Flag]:
    for clash in clashes(state):
        later = state.orders[clash.yields]
        yield Flag(
            finding=f"clash_{clash.over}", code="", grade="serious", article="9", subject=clash.subject,
            since_ms=later.since_ms or now_ms, facts={"keeps": clash.keeps, "yields": clash.yields},
        )  # fmt: skip


def _checks(state: State, now_ms: int) -> Iterator[Flag]:
    done = [*cases(state, checks.KIND.name, now_ms)]
    for order in state.recent_orders(now_ms):
        if order.departed_ms is None or order.departed_ms < now_ms - CHECKED_MS or order.supplier:
            continue
        for phase in checks.skipped(order, done, now_ms, state.settings):
            since_ms = order.departed_ms if phase == checks.BEFORE else order.back_ms or now_ms
            yield Flag(
                finding=f"check_{phase}", code="A29", grade="notice", article="10", subject=order.id,
                since_ms=since_ms, facts={"plate": order.vehicle, "driver": order.driver},
            )  # fmt: skip


def _faults(state: State, now_ms: int) -> Iterator[Flag]:
    for case in cases(state, fault.KIND.name, now_ms):
        if late := fault.overdue(case, now_ms):
            yield Flag(
                finding=f"fault_{late}", code="A33", grade="notice", article="15", subject=f"fault/{case.id}",
                since_ms=case.deadline_ms or now_ms, facts={"plate": case.plate},
            )  # fmt: skip


def _papers(state: State, now_ms: int) -> Iterator[Flag]:
    for due in papers.due(day_of(now_ms), vehicles(state), drivers(state)):
        until = day(due.until) or day_of(now_ms)
        yield Flag(
            finding=f"paper_{due.paper}", code="A27", grade="info", article="11", subject=due.subject,
            since_ms=start_of(until) - due.step * 86_400_000,
            facts={"until": due.until, "left_days": due.left_days, "step": due.step},
        )  # fmt: skip


def _calendar(state: State, now_ms: int) -> Iterator[Flag]:
    for year in calendar.missing(day_of(now_ms), years(state)):
        yield Flag(
            finding="calendar_missing", code="", grade="notice", article="17", subject=str(year), since_ms=now_ms,
            facts={"year": year},
        )  # fmt: skip


def _sealing(state: State, now_ms: int) -> Iterator[Flag]:
    for case in cases(state, sealing.KIND.name, now_ms):
        for plate, km in sealing.flagged(case):
            yield Flag(
                finding="moved_while_sealed", code="A04", grade="serious", article="17", subject=plate,
                since_ms=case.since_ms, facts={"case": case.id, "km": km},
            )  # fmt: skip


def _expenses(state: State, now_ms: int) -> Iterator[Flag]:
    for case in cases(state, expense.KIND.name, now_ms):
        facts = {"plate": case.plate, "case": case.id}
        if case.data.get("late"):
            yield Flag(
                finding="fuel_asked_late", code="A15", grade="notice", article="18", subject=f"expense/{case.id}",
                since_ms=case.facts[0].at_ms, facts=facts,
            )  # fmt: skip
        if case.state == expense.State.MATCHED and case.text("evidence") == "none":
            yield Flag(
                finding="expense_unmatched", code="A18", grade="notice", article="11", subject=f"expense/{case.id}",
                since_ms=case.since_ms, facts=facts,
            )  # fmt: skip


def _months(state: State, now_ms: int) -> Iterator[Flag]:
    for case in cases(state, settlement.KIND.name, now_ms):
        if money.changed_since(state, case):
            yield Flag(
                finding="month_changed", code="A28", grade="serious", article="19a", subject=case.text("month"),
                since_ms=now_ms, facts={"case": case.id},
            )  # fmt: skip
        if case.state == settlement.State.DIFFERENCE:
            yield Flag(
                finding="ledger_difference", code="A28", grade="serious", article="19a", subject=case.text("month"),
                since_ms=case.since_ms, facts={"case": case.id, "count": case.whole("difference_count")},
            )  # fmt: skip


_LOOKS: tuple[Callable[[State, int], Iterator[Flag]], ...] = (
    _clashes,
    _checks,
    _faults,
    _papers,
    _calendar,
    _sealing,
    _expenses,
    _months,
)
