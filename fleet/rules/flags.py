"""What the records themselves show to whoever supervises (Art. 3): facts that are no offence until someone judges them.

    A15  a supplement after its time (Art. 12)           A16  supplements that have become a habit (Art. 12)
    A01  seen moving, and nobody says that it left; or a supplement was refused (12)
    A25  nobody has decided, or given a vehicle (8, 9)   no code: no safety meeting for too long (Art. 9)

Each is a function of the records and the settings alone, so node and central come to the same. A flag names its article
and its subject; the grades are those of the alarm catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.rules import minutes, supplement
from fleet.rules.case import Case
from fleet.rules.order import Order, State
from fleet.rules.settings import Changed, shown, value_ms


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


def unauthorised_trips(cases: Iterable[Case]) -> list[Flag]:
    """A01: trips without an order whose supplement was refused, so that the unit itself says that nobody let them."""
    return [
        Flag(
            finding="trip_unauthorised",
            code="A01",
            grade="serious",
            article="12",
            subject=f"supplement/{case.id}",
            since_ms=case.since_ms,
            facts={"plate": case.plate},
        )
        for case in cases
        if case.kind == supplement.KIND.name
        and case.state == supplement.State.REFUSED
        and case.text("cause") == supplement.NO_PRIOR_ORDER
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
