"""What is known of a unit without any track: all that the alarms of its records are judged by.

Whoever gathers it (the node from its ledger, central from what it holds, a test from a page) hands over the same
shapes; equal records give equal alarms. Times are UTC ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.case import Case
from fleet.rules.order import Order

POINT_MS = 1
"""How long a moment is: what was due by then was not done."""


class Filed(NamedTuple):
    """An order with its planned start; None if its form cannot be read."""

    order: Order
    start_ms: int | None


class Term(NamedTuple):
    """What the register said of a paper: whose (a plate or a driver's number), which (`paper.` in the catalogue), until
    which day (text), and from when to when the register said so."""

    subject: str
    paper: str
    until: str
    said: Span


class Untaken(NamedTuple):
    """A record that changed nothing: its kind and target, why, when it was made, by whom (a person or a node)."""

    kind: str
    target: str
    reason: str
    at_ms: int
    by: str


class Alone(NamedTuple):
    """A vehicle that one person put on the register while the unit was set up: since when a second could have confirmed
    it, and when somebody did."""

    plate: str
    since_ms: int
    confirmed_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A unit's records: orders and cases that are open or ended within `RECENT_MS`, the terms of papers, vehicles
    registered by one person, and what the ledger did not take."""

    now_ms: int
    orders: tuple[Filed, ...] = ()
    cases: tuple[Case, ...] = ()
    terms: tuple[Term, ...] = ()
    alone: tuple[Alone, ...] = ()
    untaken: tuple[Untaken, ...] = ()

    def of_kind(self, kind: str) -> list[Case]:
        """The cases of a kind."""
        return [case for case in self.cases if case.kind == kind]


def told(
    code: str,
    span: Span,
    grade: str,
    subject: str,
    facts: dict[str, Told],
    *,
    plate: str = "",
    order: str = "",
    staff: str = "",
) -> Verdict:
    """A verdict on records; `subject` names them, `staff` whom it is about."""
    until_ms = None if span.until_ms == FOR_EVER else span.until_ms
    return Verdict(
        code=code, plate=plate, from_ms=span.from_ms, until_ms=until_ms, grade=grade, order=order, staff=staff,
        subject=subject, facts=facts,
    )  # fmt: skip


def moment(at_ms: int) -> Span:
    """The span of a moment."""
    return Span(at_ms, at_ms + POINT_MS)
