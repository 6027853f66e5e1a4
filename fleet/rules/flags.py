"""What there is for a supervisor (Art. 3) or the office to look at that is no alarm; the alarms of records are judged
by `rules.alarm.records`. Each is a function of the records and the settings alone, so node and central come to the
same. A flag names its article and its subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.rules import minutes
from fleet.rules.case import Case
from fleet.rules.settings import Changed, shown, value_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One finding: `finding` says which (`finding.` in the catalogue), `subject` is the record it is about, `since_ms`
    (UTC) when it came to be."""

    finding: str
    grade: str
    article: str
    subject: str
    since_ms: int
    facts: Mapping[str, object] = field(default_factory=dict)


def minutes_due(cases: Iterable[Case], now_ms: int, changed: Changed) -> list[Flag]:
    """No meeting for longer than `minutes_due_d`; silent until the first one is on record."""
    held = [case.whole("held_ms") or 0 for case in cases if case.kind == minutes.KIND.name]
    due_ms = max(held, default=now_ms) + value_ms("minutes_due_d", changed)
    if now_ms < due_ms:
        return []
    facts = {"held_ms": max(held)} | shown("minutes_due_d", changed)
    return [Flag(finding="minutes_due", grade="notice", article="9", subject="minutes", since_ms=due_ms, facts=facts)]
