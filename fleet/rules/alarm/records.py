"""The door to the rules that need no track: what a unit's records show, as alarms. Pure, like `alarm.judging`.

    A15, A16  supplements that are late, or a habit         A28  books that do not agree
    A25       decisions that come late                      A29  checks left out
    A26       approvals that were nobody's to give          A31  records that do not prove themselves
    A27       papers that run out                           A32  changes without their second person
                                                            A33  terminals' faults left lying

* The same records give the same alarms whenever they are looked at: an episode that has ended is still found, with its
  end. What was to be done by a moment and was not is an alarm of that moment, and no later record takes it back; only a
  record of an earlier time does, that came late from another node.
* A verdict says in `what` which of its sentences it is, where a code has several (`alarm.CODE.facts.WHAT`).
* Episodes that ended before `since_ms` are not told again: they were judged while they were new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fleet.rules.alarm import books, duties, supplements, trust
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.holdings import Records
from fleet.rules.alarm.reconcile import TOLD_MS
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.settings import NO_CHANGES, SETTINGS, Changed, value

Rule = Callable[[Records, Changed], Iterator[Verdict]]
RULES: dict[str, Rule] = {
    "A15": supplements.late,
    "A16": supplements.frequent,
    "A25": duties.decisions,
    "A26": trust.beyond_rights,
    "A27": duties.papers,
    "A28": books.disagreeing,
    "A29": duties.checks_left_out,
    "A31": trust.unproved,
    "A32": trust.single_handed,
    "A33": duties.faults,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What records show, and since when episodes that have ended are among it (UTC ms)."""

    since_ms: int
    verdicts: tuple[Verdict, ...]


def judge(records: Records, changed: Changed = NO_CHANGES) -> Judged:
    """Every alarm of a unit's records, in order of time."""
    since_ms = records.now_ms - TOLD_MS
    found = [
        replace(verdict, limits=_limits(verdict.code, changed))
        for rule in RULES.values()
        for verdict in rule(records, changed)
        if verdict.from_ms <= records.now_ms and verdict.span.until_ms > since_ms
    ]
    return Judged(since_ms, tuple(sorted(found, key=lambda verdict: (verdict.from_ms, verdict.code, verdict.subject))))


def _limits(code: str, changed: Changed) -> dict[str, tuple[int, str]]:
    return {
        name: (value(name, changed), changed[name].source if name in changed else SETTINGS[name].source)
        for name in CATALOGUE[code].settings
    }
