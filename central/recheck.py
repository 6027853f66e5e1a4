"""Looking again at what a unit's nodes signed of its vehicles: a look is judged, and compared with what is on record.

    looks ──look_again──▶ findings, days looked at          (a thread of its own)

What is judged is a part of a run of days without a hole: the days that changed and one about them, and more where an
episode reaches in or out, or a trip or a fill that it rests on began before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from central.findings import Day, Looked, key_of
from central.looks import Look, runs
from fleet.desk.alarm_facts import EMPTY
from fleet.desk.alarm_records import records_of
from fleet.desk.alarms import of_records
from fleet.ledger.state import State
from fleet.rules.alarm.coverage import UNLEARNT
from fleet.rules.alarm.facts import Facts
from fleet.rules.alarm.holdings import Untaken
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.life import State as Stage
from fleet.rules.alarm.recheck import RECORDS, Finding, recheck, rests_on, unchecked, unchecked_finding
from fleet.rules.alarm.reconcile import TOLD_MS, span_of
from fleet.rules.alarm.records import judge as judge_records
from fleet.rules.alarm.spans import FOR_EVER, Span, both
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.settings import Changed
from fleet.tracks import segment
from fleet.tracks.days import DAY_MS, day_of
from fleet.tracks.point import Point
from fleet.tracks.track import Track, judged

DAYS_MAX = 31
"""Days judged together; of a longer episode nothing can be said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found. `gone` are the alarms whose earlier findings it takes the place of, and `spans` the times in
    which it takes the place of findings of alarms that nobody raised: those of a vehicle, or where `plate` is None of
    the unit's records."""

    plate: str | None
    findings: tuple[Finding, ...]
    gone: frozenset[str]
    spans: tuple[Span, ...]
    days: Mapping[Day, Looked] = field(default_factory=dict)


def look_at_records(state: State, untaken: Iterable[Untaken], now_ms: int) -> Seen:
    """Judge what needs no track, as of a moment up to which the unit has told all; and compare."""
    records = records_of(state, now_ms, untaken)
    cases, since_ms = of_records(state, now_ms), now_ms - TOLD_MS
    made: list[tuple[Changed, list[Verdict]]] = []

    def judged_by(_at_ms: int, settings: Changed | None = None, /) -> Sequence[Verdict]:
        by = state.settings if settings is None else settings
        for known_by, verdicts in made:
            if known_by == by:
                return verdicts
        made.append((by, [*judge_records(records, by).verdicts]))
        return made[-1][1]

    span = Span(since_ms)
    findings = recheck(cases, judged_by, lambda _: False, RECORDS, span)
    gone = frozenset(case.id for case in cases if any(both([span_of(case)], [span])))
    return Seen(None, tuple(findings), gone, (span,))


def look_again(look: Look, now_ms: int) -> Seen:
    """Judge the days of a look, and compare."""
    findings: dict[str, Finding] = {}
    spans, gone = list[Span](), set[str]()
    days_seen = dict(look.days)
    for run in look.runs:
        eye = _Eye(look, run, now_ms)
        for core in eye.cores():
            spans.append(core)
            gone |= {case.id for case in look.cases if any(both([rests_on(case)], [core]))}
            found = recheck(look.cases, eye.judged, eye.heard, look.ground, core)
            findings |= {key_of(each): each for each in found}
        days_seen |= eye.tyres()
    for case in look.cases:
        if case.state == Stage.WITHDRAWN:
            gone.add(case.id)
        elif (why := unchecked(case, look.ground)) is not None:
            gone.add(case.id)
            finding = unchecked_finding(case, why)
            findings[key_of(finding)] = finding
    noted = {(look.plate, day_ms): each for day_ms, each in days_seen.items()}
    return Seen(look.plate, tuple(findings.values()), frozenset(gone), tuple(spans), noted)


class _Eye:
    """A run of days, unpacked and judged as far as it has to be: wider where an episode reaches out."""

    def __init__(self, look: Look, run: Mapping[int, tuple[bytes, ...]], now_ms: int) -> None:
        self._look, self._run, self._now_ms = look, run, now_ms
        self._points: dict[int, list[Point]] = {}
        self._window = (0, 0)
        self._track: Track = EMPTY
        self._verdicts: list[tuple[Facts | None, Changed, list[Verdict]]] = []

    def cores(self) -> Iterator[Span]:
        """The times to compare, one after the other; what is judged reaches far enough for each."""
        order = sorted(self._run)
        for part in runs([day_ms for day_ms in order if day_ms in self._look.changed]):
            core = Span(part[0], part[-1] + DAY_MS)
            first, last = part[0] - DAY_MS, part[-1] + DAY_MS
            touching = [each for case in self._look.cases if any(both([each := rests_on(case)], [core]))]
            reached = [epoch.facts.reach_ms(core) for epoch in self._look.epochs[-1:] if epoch.facts]
            first = min([first, *map(day_of, (*reached, *(span.from_ms for span in touching)))])
            last = max([last, *(day_of(span.until_ms) for span in touching if span.until_ms != FOR_EVER)])
            self._open(first, last)
            while wider := self._reaches_out(core):
                self._open(*wider)
            yield core

    def judged(self, at_ms: int, settings: Changed | None = None, /) -> Sequence[Verdict]:
        """See `fleet.rules.alarm.recheck.Judged`."""
        epochs = self._look.epochs
        epoch = next((each for each in reversed(epochs) if each.since_ms <= at_ms), epochs[0])
        by = epoch.settings if settings is None else settings
        for facts, judged_by, verdicts in self._verdicts:
            if facts is epoch.facts and judged_by == by:
                return verdicts
        made: list[Verdict] = []
        if epoch.facts is not None:
            made = judge(self._facts(epoch.facts), by)
        self._verdicts.append((epoch.facts, by, made))
        return made

    def heard(self, span: Span) -> bool:
        """Whether there is a report within a span."""
        return any(span.from_ms < point.device_ms < span.until_ms for point in self._track.points)

    def tyres(self) -> dict[int, Looked]:
        """What is known of the tyres before each day of the run from its first on, learnt day by day as a node does."""
        order, found = sorted(self._run), dict[int, Looked]()
        tyres = self._look.days[order[0]].tyres
        for day_ms in order:
            found[day_ms] = replace(self._look.days[day_ms], tyres=tyres)
            if day_ms in self._look.changed:
                tyres = judged(self._day(day_ms), tyres).tyres
            elif day_ms + DAY_MS in self._look.days:
                tyres = self._look.days[day_ms + DAY_MS].tyres
        return found

    def _open(self, first: int, last: int) -> None:
        order = [day_ms for day_ms in sorted(self._run) if first <= day_ms <= last][-DAYS_MAX:]
        self._window = (order[0], order[-1])
        points = [point for day_ms in order for point in self._day(day_ms)]
        self._track = judged(points, self._look.days[order[0]].tyres)
        self._verdicts = []

    def _reaches_out(self, core: Span) -> tuple[int, int] | None:
        """The window that an episode of the core needs, if that is more than there is and the run has more."""
        first, last = self._window
        now = self.judged(core.until_ms)
        about = [each for each in now if any(both([each.span], [core]))]
        order = sorted(self._run)
        if len([day_ms for day_ms in order if first <= day_ms <= last]) >= DAYS_MAX:
            return None
        if any(each.cut for each in about) and first > order[0]:
            return first - DAY_MS, last
        end_ms = last + DAY_MS
        if any(each.until_ms is None and each.from_ms < end_ms for each in about) and last < order[-1]:
            return first, last + DAY_MS
        return None

    def _day(self, day_ms: int) -> list[Point]:
        if day_ms not in self._points:
            self._points[day_ms] = [point for packed in self._run[day_ms] for point in segment.unpack(packed)]
        return self._points[day_ms]

    def _facts(self, facts: Facts) -> Facts:
        first, last = self._window
        coverage = UNLEARNT.learn(sorted(self._track.placed, key=lambda point: point.arrival_ms))
        cards = tuple(card for card in self._look.cards if first - DAYS_MAX * DAY_MS <= card.at_ms < last + DAY_MS)
        return replace(facts, track=self._track, since_ms=first, cards=cards, coverage=coverage)
