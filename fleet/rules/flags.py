"""What the records themselves show to whoever supervises (Art. 3): facts that are no offence until someone judges them.

    A15  a supplement after its time (Art. 12)           A16  supplements that have become a habit (Art. 12)

Each is a function of the records and the settings alone, so node and central come to the same. A flag names its article
and its subject; the grades are those of the alarm catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.rules import supplement
from fleet.rules.calendar import month_of
from fleet.rules.case import Case
from fleet.rules.order import Order
from fleet.rules.settings import Changed, shown, value


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
