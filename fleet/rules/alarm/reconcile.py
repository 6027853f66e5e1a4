"""What is on record of a vehicle's alarms against what its facts show now: what has to be said so that both agree.

* An alarm on record and a verdict are the same if code and subject are, and their times touch: an episode whose
  beginning moves with a late report stays the alarm it was, with what people answered.
* While an episode goes on only its beginning, its grade, its order, which step it is at and whether it is provisional
  are worth saying; once it has ended, everything is.
* What is on record and no longer shown is withdrawn, and so is what has become part of another. What ended before the
  first new fact is left alone: nothing has changed there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fleet.rules.alarm.catalogue import GRADES, RULE_VERSION
from fleet.rules.alarm.life import Act, State
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.case import Case
from fleet.rules.facts import RECENT_MS

NEAR_MS = 5 * 60_000
"""Times nearer than this touch."""
TOLD_MS = RECENT_MS // 2
"""How long an episode that has ended is still judged: half as long as what has ended is looked through, so that what it
rests on, and what was said of it, is still there."""
STEP = "step"
"""The fact of a staged alarm that says how far it has come."""
Body = dict[str, object]
About = tuple[str, str]
"""The code and the subject of an alarm."""


class Change(NamedTuple):
    """An act of the node: on which alarm ("" for a new one), and what it carries."""

    case: str
    act: Act
    body: Body


def changes(recorded: Iterable[Case], verdicts: Iterable[Verdict], from_ms: int) -> list[Change]:
    """What the node has to state.

    Args:
        recorded: the alarms on record of the vehicle.
        verdicts: what its facts show, judged from some time before `from_ms`.
        from_ms: the earliest new fact, UTC.
    """
    standing = [case for case in recorded if case.state != State.WITHDRAWN]
    alike, told, matched = defaultdict[About, list[Case]](list), defaultdict[About, list[Verdict]](list), set[str]()
    for case in standing:
        alike[case.text("code"), case.text("subject")].append(case)
    found: list[Change] = []
    for verdict in verdicts:
        if verdict.grade not in GRADES:
            continue
        about = verdict.code, verdict.subject
        told[about].append(verdict)
        if same := _same([case for case in alike[about] if case.id not in matched], verdict):
            matched.add(same.id)
            if change := _change(same, verdict):
                found.append(change)
        elif not verdict.cut or verdict.span.until_ms >= from_ms:
            found.append(Change("", Act.SUSPECT if verdict.provisional else Act.RAISE, first(verdict)))
    gone = [
        case
        for case in standing
        if case.id not in matched
        and (
            span_of(case).until_ms >= from_ms
            or any(touches(case, one) for one in told[case.text("code"), case.text("subject")])
        )
    ]
    return found + [Change(case.id, Act.WITHDRAW, {"because": "superseded"}) for case in gone]


def span_of(case: Case) -> Span:
    """The time of an alarm on record."""
    until_ms = case.whole("until_ms")
    return Span(case.whole("from_ms") or 0, FOR_EVER if until_ms is None else until_ms)


def first(verdict: Verdict) -> Body:
    """A verdict as it is signed when it is new."""
    named: Body = {"code": verdict.code, "plate": verdict.plate, "subject": verdict.subject}
    return {name: told for name, told in named.items() if told} | body_of(verdict, verdict.from_ms)


def body_of(verdict: Verdict, from_ms: int) -> Body:
    """A verdict as it is signed."""
    body: Body = {
        "from_ms": from_ms,
        "until_ms": verdict.until_ms,
        "grade": verdict.grade,
        "order": verdict.order,
        "driver": verdict.driver,
        "staff": verdict.staff,
        "facts": {name: text for name, told in verdict.facts.items() if (text := str(told).strip())},
        "limits": {name: f"{value} {source}" for name, (value, source) in verdict.limits.items()},
        "rule": RULE_VERSION,
        "provisional": verdict.provisional,
    }
    return {name: told for name, told in body.items() if told not in (None, "", {}, False)}


def facts_of(case: Case) -> dict[str, Told]:
    """What an alarm on record says it saw: numbers as numbers."""
    told = case.data.get("facts")
    return {name: _told(text) for name, text in told.items()} if isinstance(told, dict) else {}


def _told(text: str) -> Told:
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() else text


def _same(alike: Sequence[Case], verdict: Verdict) -> Case | None:
    """Of the alarms on record of one code and subject the one that a verdict is about: it shares most of its time."""
    near = [case for case in alike if touches(case, verdict)]
    return min(near, key=lambda case: (-shared_ms(case, verdict), case.id), default=None)


def touches(case: Case, verdict: Verdict) -> bool:
    """Whether an alarm on record and a verdict are of one code and subject, and their times touch."""
    same = case.text("code") == verdict.code and case.text("subject") == verdict.subject
    return same and shared_ms(case, verdict) >= -NEAR_MS


def shared_ms(case: Case, verdict: Verdict) -> int:
    """How long an alarm on record and a verdict go on together; below zero how far they lie apart."""
    ours, theirs = span_of(case), verdict.span
    return min(ours.until_ms, theirs.until_ms) - max(ours.from_ms, theirs.from_ms)


def _change(case: Case, verdict: Verdict) -> Change | None:
    from_ms = case.whole("from_ms") if verdict.cut else verdict.from_ms
    body = body_of(verdict, verdict.from_ms if from_ms is None else from_ms)
    held = {name: case.data.get(name) for name in body} | {"order": case.order or None}
    said = {name: body.get(name) for name in _WORTH}
    if verdict.until_ms is not None or case.whole("until_ms") is not None:
        said |= {name: body.get(name) for name in ("until_ms", "facts")}
    before = {name: held.get(name, case.data.get(name)) for name in said}
    if said == before and verdict.facts.get(STEP) == facts_of(case).get(STEP):
        return None
    settled = case.data.get("provisional") and not verdict.provisional
    may_confirm = case.state in {State.PROVISIONAL, State.EXPLAINED}
    return Change(case.id, Act.CONFIRM if settled and may_confirm else Act.AMEND, body)


_WORTH = ("from_ms", "grade", "order", "driver", "provisional")
