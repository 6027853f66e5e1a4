"""What a node signed against what its tracks show to somebody who holds them as well: alarm by alarm (Art. 3, 19a).

    signed alarms ──┐
    verdicts ───────┼──▶ a finding each: agrees, differs, missing, or not to be checked yet, with the reason
    ground ─────────┘

* Alarms of records are compared with what the records show; those of tracks need the tracks.
* Only what can be known is judged: time of which every report that a node named is here. Of the rest it is said why
  not: the track has not arrived in full, nothing was named, it was a confidential trip, the episode goes on.
* An alarm is judged by the settings and the register that were in force when its node last spoke of it, and by the
  rules of this version alone.
* Where the unit's radio is heard, and when the node itself was deaf, only the node knows: a silence that others would
  judge otherwise is no difference; one in which reports stand is.
* Distances rest on how worn the tyres are, which is learnt from all days before: near enough is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from fleet.rules.alarm.catalogue import CATALOGUE, GRADES, RULE_VERSION
from fleet.rules.alarm.life import STATED, State
from fleet.rules.alarm.reconcile import body_of, facts_of, shared_ms, span_of, touches
from fleet.rules.alarm.spans import FOR_EVER, Span, both, minus
from fleet.rules.alarm.verdict import SINCE, Told, Verdict
from fleet.rules.case import Case
from fleet.rules.settings import Changed

NEAR_PERCENT, NEAR_METRES, NEAR_KM = 5, 100, 1
"""Distances that differ by no more than this are the same."""
RADIO = frozenset({"A07", "A08"})
"""What is judged by where the unit's radio is heard."""
BY_TRACK = frozenset({"track", "terminal"})


class Result(StrEnum):
    """What came of looking again."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING = "missing"
    UNCHECKED = "unchecked"


class Why(StrEnum):
    """Why it is so."""

    SAME = ""
    OTHERWISE = "otherwise"
    NOT_SHOWN = "not_shown"
    REPORTS = "reports"
    NOT_RAISED = "not_raised"
    WITHDRAWN = "withdrawn"
    GOING_ON = "going_on"
    AWAITED = "awaited"
    UNNAMED = "unnamed"
    CONFIDENTIAL = "confidential"
    OTHER_RULES = "other_rules"
    RECORDS = "records"
    RADIO = "radio"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the look rests on: time of which all that nodes named is `held` in full, time of which it is still
    `awaited`, time kept `apart` (confidential trips, whose tracks stay on the node). Of `records` nothing has to
    arrive: what goes on is compared as well."""

    held: tuple[Span, ...] = ()
    awaited: tuple[Span, ...] = ()
    apart: tuple[Span, ...] = ()
    records: bool = False


RECORDS = Ground(held=(Span(0),), records=True)
"""The ground of alarms that need no track."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Of one alarm: `case` is its number ("" for one that nobody raised), `otherwise` what was signed of it and what
    its track shows, by name, where they differ."""

    case: str
    code: str
    plate: str
    from_ms: int
    until_ms: int | None
    result: Result
    why: Why = Why.SAME
    otherwise: Mapping[str, tuple[Told, Told]] = field(default_factory=dict)
    order: str = ""


class Judged(Protocol):
    """The verdicts of a vehicle by what was in force at a moment (UTC ms): the same list for the same that was in
    force. `settings` are those that whoever spoke knew of; left out, those of the moment."""

    def __call__(self, at_ms: int, settings: Changed | None = None, /) -> Sequence[Verdict]: ...


Heard = Callable[[Span], bool]
"""Whether a vehicle was heard within a span, its ends left out."""


def recheck(cases: Iterable[Case], judged: Judged, heard: Heard, ground: Ground, within: Span) -> list[Finding]:
    """Look again at a vehicle's alarms: of those on record at every one that touches a span, of those that are not as
    well. `cases` are all that are on record, the withdrawn ones too."""
    on_record = sorted(cases, key=lambda case: (span_of(case), case.id))
    standing = [case for case in on_record if case.state != State.WITHDRAWN]
    matched: dict[str, Verdict] = {}
    found = [_signed(case, judged, heard, ground, matched) for case in standing if both([rests_on(case)], [within])]
    seen = [*matched.values()]
    for verdict in (each for at_ms in _moments(judged, within) for each in judged(at_ms)):
        ended_ms = within.until_ms if ground.records and verdict.until_ms is None else verdict.until_ms
        if verdict in seen or ended_ms is None or verdict not in judged(ended_ms):
            continue
        seen.append(verdict)
        beside = [case for case in on_record if touches(case, verdict)]
        taken = [case for case in beside if case.id in matched and _by(case, judged) is judged(ended_ms)]
        if _to_be_told(verdict, ground, within) and all(
            case in taken or case.state == State.WITHDRAWN for case in beside
        ):
            found += _missing(verdict, [case for case in beside if case not in taken], judged)
    return sorted(found, key=lambda each: (each.from_ms, each.code, each.case))


def unchecked(case: Case, ground: Ground) -> Why | None:
    """Why an alarm on record cannot be judged; None if it can."""
    span = rests_on(case)
    code = case.text("code")
    if _handed(case) or (CATALOGUE[code].basis in BY_TRACK) is ground.records:
        return Why.RECORDS
    if case.data.get("rule") != RULE_VERSION:
        return Why.OTHER_RULES
    if ground.records:
        return None
    if any(both([span], ground.apart)):
        return Why.CONFIDENTIAL
    if span.until_ms == FOR_EVER or case.data.get("provisional"):
        return Why.GOING_ON
    if minus([span], ground.held):
        return Why.AWAITED if any(both([span], ground.awaited)) else Why.UNNAMED
    return None


def _handed(case: Case) -> bool:
    """Whether an alarm follows from what its node was handed and did not keep: nobody else can look at that."""
    return case.text("code") == "A31" and "record" not in facts_of(case)


def rests_on(case: Case) -> Span:
    """The time an alarm on record is judged from: its episode, and what it counts from before."""
    span, told = span_of(case), case.data.get("facts")
    since_ms = facts_of(case).get(SINCE) if isinstance(told, dict) and SINCE in told else None
    return Span(min(span.from_ms, since_ms), span.until_ms) if isinstance(since_ms, int) else span


def unchecked_finding(case: Case, why: Why) -> Finding:
    """That an alarm on record cannot be judged."""
    return _finding(case, Result.UNCHECKED, why)


def _by(case: Case, judged: Judged) -> Sequence[Verdict]:
    """The verdicts by what was in force when the node last spoke of an alarm."""
    stated = [fact for fact in case.facts if fact.act in STATED]
    return judged(stated[-1].at_ms, stated[-1].settings) if stated else judged(case.since_ms)


def _signed(case: Case, judged: Judged, heard: Heard, ground: Ground, matched: dict[str, Verdict]) -> Finding:
    """What comes of one alarm on record; the verdict it is about is `matched` then."""
    about = [each for each in _by(case, judged) if each not in matched.values() and touches(case, each)]
    match = max(about, key=lambda each: (shared_ms(case, each), -each.from_ms), default=None)
    if match is not None:
        matched[case.id] = match
    if why := unchecked(case, ground):
        return _finding(case, Result.UNCHECKED, why)
    if case.text("code") in RADIO and heard(span_of(case)):
        return _finding(case, Result.DIFFERS, Why.REPORTS)
    if match is None and case.text("code") in RADIO:
        return _finding(case, Result.UNCHECKED, Why.RADIO)
    if match is None:
        return _finding(case, Result.DIFFERS, Why.NOT_SHOWN)
    otherwise = differences(case, match)
    if otherwise:
        return _finding(case, Result.DIFFERS, Why.OTHERWISE, otherwise)
    return _finding(case, Result.AGREES, Why.SAME)


def differences(case: Case, verdict: Verdict) -> dict[str, tuple[Told, Told]]:
    """What an alarm on record says and its track shows, by name, where they are not the same."""
    begins = case.whole("from_ms") if verdict.cut else verdict.from_ms
    shows = body_of(verdict, begins or 0)
    names = ("from_ms", "until_ms", "grade", "order", "driver", "staff")
    said: dict[str, object] = {name: case.data.get(name) for name in names} | {"order": case.order or None}
    pairs = {name: (_plain(said[name]), _plain(shows.get(name))) for name in names}
    pairs |= _inner(facts_of(case), verdict.facts)
    limits = case.data.get("limits")
    pairs |= _inner(limits if isinstance(limits, dict) else {}, shows.get("limits") or {})  # type: ignore[arg-type]
    return {name: pair for name, pair in pairs.items() if not _same(name, *pair)}


def _inner(said: Mapping[str, object], shows: Mapping[str, object]) -> dict[str, tuple[Told, Told]]:
    return {name: (_plain(said.get(name)), _plain(shows.get(name))) for name in (*said, *shows)}


def _plain(value: object) -> Told:
    if isinstance(value, int):
        return int(value)
    return "" if value is None else str(value).strip()


def _same(name: str, said: Told, shown: Told) -> bool:
    if said == shown or str(said) == str(shown):
        return True
    if not (isinstance(said, int) and isinstance(shown, int)):
        return False
    for ending, least in (("_m", NEAR_METRES), ("km", NEAR_KM)):
        if name.endswith(ending):
            return abs(said - shown) <= max(least, NEAR_PERCENT * abs(shown) / 100)
    return False


def _moments(judged: Judged, within: Span) -> list[int]:
    """One moment for each list of verdicts that was in force at the end of some episode of a span."""
    moments = {within.until_ms: None}
    for at_ms in (within.from_ms, *(v.until_ms for v in judged(within.until_ms) if v.until_ms)):
        moments.setdefault(at_ms)
    lists = dict[int, int]()
    for at_ms in moments:
        lists.setdefault(id(judged(at_ms)), at_ms)
    return list(lists.values())


def _to_be_told(verdict: Verdict, ground: Ground, within: Span) -> bool:
    """Whether a node has to put an episode on record, for all that can be known."""
    unsure = verdict.grade not in GRADES or verdict.provisional or verdict.cut or verdict.code in RADIO
    known = not minus([verdict.span], ground.held) and not any(both([verdict.span], ground.apart))
    return known and not unsure and any(both([verdict.span], [within]))


def _missing(verdict: Verdict, withdrawn: Sequence[Case], judged: Judged) -> list[Finding]:
    case = next((each for each in withdrawn if touches(each, verdict)), None)
    if case is not None and not any(touches(case, each) for each in _by(case, judged)):
        return []  # by what was in force when the node withdrew it, it was rightly withdrawn
    return [
        Finding(
            case=case.id if case else "",
            code=verdict.code,
            plate=verdict.plate,
            from_ms=verdict.from_ms,
            until_ms=verdict.until_ms,
            result=Result.MISSING,
            why=Why.WITHDRAWN if case else Why.NOT_RAISED,
            otherwise={name: ("", told) for name, told in verdict.facts.items()},
            order=verdict.order,
        )
    ]


def _finding(case: Case, result: Result, why: Why, otherwise: Mapping[str, tuple[Told, Told]] | None = None) -> Finding:
    return Finding(
        case=case.id,
        code=case.text("code"),
        plate=case.plate,
        from_ms=case.whole("from_ms") or 0,
        until_ms=case.whole("until_ms"),
        result=result,
        why=why,
        otherwise=otherwise or {},
        order=case.order,
    )
