"""A unit that central has not heard (A09, Art. 6): central's own alarm, for no unit can tell that of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleet.rules.alarm.holdings import told
from fleet.rules.alarm.spans import FOR_EVER, Span, minus
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.settings import NO_CHANGES, SETTINGS, Changed, value, value_ms

LIMITS = ("unheard_notice_h", "unheard_serious_h")


def unheard(heard_ms: int | None, now_ms: int, apart: Sequence[Span] = (), changed: Changed = NO_CHANGES) -> str:
    """How grave the silence of a unit is: notice, serious, or "" while it is none. Of a unit never heard nothing is
    said.

    Args:
        heard_ms: when central last heard the unit, by central's clock.
        apart: time that does not count: when central itself did not listen.
    """
    if heard_ms is None:
        return ""
    silent_ms = sum(span.length_ms for span in _silent(heard_ms, now_ms, apart))
    if silent_ms > value_ms("unheard_serious_h", changed):
        return "serious"
    return "notice" if silent_ms > value_ms("unheard_notice_h", changed) else ""


def silence(
    unit: str, heard_ms: int, now_ms: int, apart: Sequence[Span] = (), changed: Changed = NO_CHANGES
) -> Verdict | None:
    """A09: from when the silence was too long, until the unit is heard; None while it is not."""
    grade = unheard(heard_ms, now_ms, apart, changed)
    if not grade:
        return None
    limits = {name: (value(name, changed), _source(name, changed)) for name in LIMITS}
    from_ms = _reached(_silent(heard_ms, now_ms, apart), value_ms("unheard_notice_h", changed))
    found = told("A09", Span(from_ms), grade, unit, {"about": unit, "heard_ms": heard_ms})
    return replace(found, limits=limits)


def _silent(heard_ms: int, now_ms: int, apart: Sequence[Span]) -> list[Span]:
    return minus([Span(heard_ms, min(now_ms, FOR_EVER))], apart)


def _reached(silent: Sequence[Span], wanted_ms: int) -> int:
    """When so many milliseconds of silence had passed."""
    for span in silent:
        if span.length_ms >= wanted_ms:
            return span.from_ms + wanted_ms
        wanted_ms -= span.length_ms
    return silent[-1].until_ms


def _source(name: str, changed: Changed) -> str:
    return changed[name].source if name in changed else SETTINGS[name].source
