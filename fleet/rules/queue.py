"""Who goes first: urgent before routine, planned before temporary (Art. 9 (1)).

    urgency           0 sudden event, 1 urgent official business, 2 routine
    planned           applied for long enough before the planned start; else temporary
    taken from        an order that lost its vehicle to an urgent one stands at the head of its own class
    planned start, time of submission, number

The key is total: two different orders never compare equal, so every replica and every screen lists them alike. Urgency
is claimed by the applicant and confirmed by the approver; once decided, only the confirmed one counts. Before that no
vehicle is at stake, and the claim shows the approver what to look at first. Waiting makes nobody overtake another
class; it is shown instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fleet.rules.form import Form
from fleet.rules.order import Order
from fleet.rules.settings import NO_CHANGES, value_ms

PLANNED_LEAD_MS = value_ms("planned_lead_h", NO_CHANGES)
"""Applied for at least this long before the planned start: a planned trip, if the setting was not changed."""

Key = tuple[int, int, int, int, int, str]
Class = tuple[int, int]
"""Urgency, and 0 for planned or 1 for temporary."""


def urgency(order: Order, form: Form) -> int:
    """The urgency that counts: the approver's word, before there is one the applicant's."""
    return form.urgency if order.urgency is None else order.urgency


def submitted_ms(order: Order) -> int:
    """When the order was first applied for: since then it waits."""
    return next((fact.at_ms for fact in order.facts if fact.act == "submit"), 0)


def class_of(order: Order, form: Form, *, lead_ms: int = PLANNED_LEAD_MS) -> Class:
    """The class an order waits in."""
    return urgency(order, form), int(form.start_ms - submitted_ms(order) < lead_ms)


def key(order: Order, form: Form, *, lead_ms: int = PLANNED_LEAD_MS) -> Key:
    """Sort key, ascending."""
    taken_from = 0 if order.preempted_by else 1
    return (*class_of(order, form, lead_ms=lead_ms), taken_from, form.start_ms, submitted_ms(order), order.id)


def untrue_claims(entries: Iterable[tuple[Order, Form]]) -> Counter[str]:
    """How often each department claimed more urgency than its approver could confirm."""
    return Counter(
        form.department for order, form in entries if order.urgency is not None and order.urgency > form.urgency
    )
