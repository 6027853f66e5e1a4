"""Who goes first: urgent before routine, planned before temporary (Art. 9 (1)).

The key is total: two different orders never compare equal, so every replica and every screen lists them alike.
"""

from __future__ import annotations

from fleet.rules.form import Form
from fleet.rules.order import Order

PLANNED_LEAD_MS = 12 * 3_600_000
"""Applied for at least this long before the planned start: a planned trip. Local choice; the text gives no number."""

Key = tuple[int, int, int, int, str]


def key(order: Order, form: Form) -> Key:
    """Sort key, ascending: urgency, planned or temporary, planned start, time of submission, order number."""
    submitted_ms = next((fact.at_ms for fact in order.facts if fact.act == "submit"), 0)
    temporary = int(form.start_ms - submitted_ms < PLANNED_LEAD_MS)
    return form.urgency, temporary, form.start_ms, submitted_ms, order.id
