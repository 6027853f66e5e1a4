"""Supplements (Art. 12): after their time (A15), and as a habit (A16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fleet.rules import expense, supplement
from fleet.rules.alarm.holdings import Records, told
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.calendar import month_of, months_span
from fleet.rules.case import Case
from fleet.rules.facts import RECENT_MS
from fleet.rules.settings import Changed, value, value_ms

ASKED = ("requested_ms", "endorsed_ms", "completed_ms")


def late(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A15: from the deadline until the supplement is complete, and where the time went; and fuel taken on the road that
    was asked for too late (Art. 18), for which the same pattern holds."""
    for case in records.of_kind(supplement.KIND.name):
        if span := _late(case, records.now_ms):
            what = "supplement_overdue" if span.until_ms == FOR_EVER else "supplement_late"
            facts: dict[str, Told] = {"what": what, "about": case.id, "deadline_ms": span.from_ms}
            facts |= {name: at_ms for name in ASKED if (at_ms := case.whole(name)) is not None}
            yield told("A15", span, "notice", f"supplement/{case.id}", facts, plate=case.plate, order=case.order)
    for case in records.of_kind(expense.KIND.name):
        asked = next((fact for fact in case.facts if fact.act == expense.Act.REQUEST), None)
        taken_ms = case.whole("asked_after_ms")
        if asked and taken_ms is not None and case.data.get("late"):
            span = Span(taken_ms + value_ms("expense_late_h", asked.settings), asked.at_ms)
            facts = {"what": "fuel_asked_late", "about": case.id, "requested_ms": asked.at_ms}
            yield told("A15", span, "notice", f"expense/{case.id}", facts, plate=case.plate, order=case.order)


def _late(case: Case, now_ms: int) -> Span | None:
    """How long a supplement has been or was late; None if it is not."""
    due_ms, completed_ms = case.deadline_ms, case.whole("completed_ms")
    if due_ms is None or now_ms <= due_ms:
        return None
    if case.state == supplement.State.COMPLETED:
        return Span(due_ms, completed_ms) if completed_ms is not None and completed_ms > due_ms else None
    return None if case.state in supplement.KIND.ended else Span(due_ms)


def frequent(records: Records, changed: Changed) -> Iterator[Verdict]:
    """A16: a month with more supplements than the limit, from the one too many on; or, once the month is over, with
    more than the limit's share of its orders. A share of half a month's orders says nothing yet."""
    made: dict[str, list[int]] = defaultdict(list)
    for case in records.of_kind(supplement.KIND.name):
        if (at_ms := case.whole("first_completed_ms")) is not None:
            made[month_of(at_ms)].append(at_ms)
    most, share = (value(name, changed) for name in ("supplement_month_max", "supplement_share_max_percent"))
    for month, times in sorted(made.items()):
        begin_ms, end_ms = months_span(month)
        if begin_ms < records.now_ms - RECENT_MS:
            continue  # not all of it is looked at
        orders = sum(month_of(filed.order.facts[0].at_ms) == month for filed in records.orders if filed.order.facts)
        over = records.now_ms >= end_ms
        if len(times) > most:
            span = Span(sorted(times)[most], end_ms if over else FOR_EVER)
        elif over and len(times) * 100 > share * max(orders, 1):
            span = Span(end_ms - 1, end_ms)
        else:
            continue
        facts: dict[str, Told] = {"month": month, "count": len(times), "orders": orders}
        yield told("A16", span, "notice", f"month/{month}", facts)
