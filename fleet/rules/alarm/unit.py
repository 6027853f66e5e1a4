"""A unit that central has not heard (A09, Art. 6): central's own alarm, for no unit can tell that of itself."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rules.alarm.spans import FOR_EVER, Span, minus
from fleet.rules.settings import NO_CHANGES, Changed, value_ms


def unheard(heard_ms: int | None, now_ms: int, announced: Sequence[Span] = (), changed: Changed = NO_CHANGES) -> str:
    """How grave the silence of a unit is: notice, serious, or "" while it is none. An outage that was announced does
    not count; of a unit never heard nothing is said.

    Args:
        heard_ms: when central last heard the unit, by central's clock.
        announced: outages announced beforehand.
    """
    if heard_ms is None:
        return ""
    silent_ms = sum(span.length_ms for span in minus([Span(heard_ms, min(now_ms, FOR_EVER))], announced))
    if silent_ms > value_ms("unheard_serious_h", changed):
        return "serious"
    return "notice" if silent_ms > value_ms("unheard_notice_h", changed) else ""
