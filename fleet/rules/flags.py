"""What the records themselves show to whoever supervises (Art. 3): facts that are no offence until someone judges them.

    A15  a supplement after its time (Art. 12)           A16  supplements that have become a habit (Art. 12)
    A01  seen moving, and nobody says that it left; or a supplement was refused (12)
    A25  nobody has decided, or given a vehicle (8, 9)   no code: no safety meeting for too long (Art. 9)

Each is a function of the records and the settings alone, so node and central come to the same. A flag names its article
and its subject; the grades are those of the alarm catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.rules import minutes, supplement
from fleet.rules.calendar import month_of
from fleet.rules.case import Case
from fleet.rules.form import Form
from fleet.rules.order import Order, State
from fleet.rules.settings import Changed, shown, value, value_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One finding: `finding` says which (`finding.` in the catalogue), `code` the alarm it is material for, "" if none;
    `subject` is the record it is about, `since_ms` (UTC) when it came to be."""

    finding: str
    code: str
    grade: str
    article: str
    subject: str
    since_ms: int
    facts: Mapping[str, object] = field(default_factory=dict)


def late_supplements(cases: Iterable[Case]) -> list[Flag]:
    """A15: completed after the deadline, by how much, and where the time went."""
    return [
        Flag(
            finding="supplement_late",
            code="A15",
            grade="notice",
            article="12",
            subject=f"supplement/{case.id}",
            since_ms=case.whole("completed_ms") or 0,
            facts={name: case.data.get(name) for name in ("requested_ms", "endorsed_ms", "completed_ms")}
            | {"deadline_ms": case.deadline_ms},
        )
        for case in cases
        if case.kind == "supplement" and supplement.late(case)
    ]


def unfinished_supplements(cases: Iterable[Case], now_ms: int) -> list[Flag]:
    """Trips without an order for which no supplement came: refused, so that they stand as unauthorised (A01, confirmed
    by the unit itself), or not completed although the time is over (A15)."""
    found = []
    for case in cases:
        if case.kind != supplement.KIND.name:
            continue
        if case.state == supplement.State.REFUSED and case.text("cause") == supplement.NO_PRIOR_ORDER:
            found.append(_of_supplement(case, "trip_unauthorised", "A01", "serious", case.since_ms))
        due_ms = case.deadline_ms
        if case.state not in supplement.KIND.ended and due_ms is not None and now_ms > due_ms:
            found.append(_of_supplement(case, "supplement_overdue", "A15", "notice", due_ms))
    return found


def _of_supplement(case: Case, finding: str, code: str, grade: str, since_ms: int) -> Flag:
    facts = {"plate": case.plate, "deadline_ms": case.deadline_ms}
    subject = f"supplement/{case.id}"
    return Flag(finding=finding, code=code, grade=grade, article="12", subject=subject, since_ms=since_ms, facts=facts)


def frequent_supplements(cases: Iterable[Case], orders: Iterable[Order], changed: Changed) -> list[Flag]:
    """A16: months with more supplements than `supplement_month_max`, or a greater share of orders than
    `supplement_share_max_percent`."""
    last: dict[str, int] = {}
    made: Counter[str] = Counter()
    for case in cases:
        completed_ms = case.whole("first_completed_ms")
        if case.kind == "supplement" and completed_ms is not None:
            month = month_of(completed_ms)
            made[month] += 1
            last[month] = max(last.get(month, 0), completed_ms)
    all_orders = Counter(month_of(order.facts[0].at_ms) for order in orders if order.facts)
    most, share = (value(name, changed) for name in ("supplement_month_max", "supplement_share_max_percent"))
    return [
        Flag(
            finding="supplements_frequent",
            code="A16",
            grade="notice",
            article="12",
            subject=f"month/{month}",
            since_ms=last[month],
            facts={"count": count, "orders": all_orders[month]} | shown("supplement_month_max", changed),
        )
        for month, count in sorted(made.items())
        if count > most or count * 100 > share * max(all_orders[month], 1)
    ]


def late_decisions(entries: Iterable[tuple[Order, Form]], now_ms: int, changed: Changed) -> list[Flag]:
    """A25: `decision_lead_min` before the planned start an application is undecided, or an approved one has no
    vehicle."""
    lead_ms = value_ms("decision_lead_min", changed)
    owed = {State.SUBMITTED: ("decision_late", "8"), State.APPROVED: ("dispatch_late", "9")}
    owed[State.UNMET] = owed[State.APPROVED]
    return [
        Flag(
            finding=owed[order.state][0],
            code="A25",
            grade="notice",
            article=owed[order.state][1],
            subject=order.id,
            since_ms=form.start_ms - lead_ms,
            facts={"start_ms": form.start_ms} | shown("decision_lead_min", changed),
        )
        for order, form in entries
        if order.state in owed and now_ms >= form.start_ms - lead_ms
    ]


def movement_unconfirmed(orders: Iterable[Order], now_ms: int, changed: Changed) -> list[Flag]:
    """A01: a vehicle was seen leaving, and `movement_confirm_min` later its driver still has not said so."""
    wait_ms = value_ms("movement_confirm_min", changed)
    return [
        Flag(
            finding="movement_unconfirmed",
            code="A01",
            grade="serious",
            article="12",
            subject=order.id,
            since_ms=order.movement_ms + wait_ms,
            facts={"plate": order.vehicle, "driver": order.driver} | shown("movement_confirm_min", changed),
        )
        for order in orders
        if order.state is State.DISPATCHED and order.movement_ms is not None and now_ms >= order.movement_ms + wait_ms
    ]


def minutes_due(cases: Iterable[Case], now_ms: int, changed: Changed) -> list[Flag]:
    """No meeting for longer than `minutes_due_d`; silent until the first one is on record."""
    held = [case.whole("held_ms") or 0 for case in cases if case.kind == minutes.KIND.name]
    due_ms = max(held, default=now_ms) + value_ms("minutes_due_d", changed)
    if now_ms < due_ms:
        return []
    facts = {"held_ms": max(held)} | shown("minutes_due_d", changed)
    return [
        Flag(
            finding="minutes_due", code="", grade="notice", article="9", subject="minutes", since_ms=due_ms, facts=facts
        )
    ]
