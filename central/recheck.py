"""Looking again at what a unit's nodes signed of its vehicles: which days have to be judged, from what, and what comes.

    state, blobs ──gather──▶ looks (a vehicle, a run of days, its facts) ──look_again──▶ findings, days looked at
                (the region's thread)                                  (a thread of its own)

Rules kept here:
* A day is judged once every stretch that nodes named of it is here in full, and again when anything changes that it is
  judged from: stretches, alarms on record, orders, seals, repairs. `looked` remembers from what.
* What is judged is a part of a run of days without a hole: the days that changed and one about them, and more where an
  episode reaches in or out. Days of which nothing was named, or not all has come, are not judged: their alarms say why.
* Register and settings are those of the time an alarm was signed, or its episode ended (`fleet.ledger.hindsight`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from central.blobs import UnitBlobs
from central.findings import Day, Looked, key_of
from fleet.desk.alarm_facts import EMPTY, known
from fleet.desk.alarm_records import records_of
from fleet.desk.alarms import of_records, of_vehicle
from fleet.errors import NotTrusted
from fleet.ledger import changed_settings
from fleet.ledger.blobs import SIZE_MAX
from fleet.ledger.entries import Stretch
from fleet.ledger.hindsight import Hindsight
from fleet.ledger.state import State
from fleet.rules.alarm.catalogue import RULE_VERSION
from fleet.rules.alarm.coverage import UNLEARNT
from fleet.rules.alarm.facts import Card, Facts
from fleet.rules.alarm.holdings import Untaken
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.life import State as Stage
from fleet.rules.alarm.recheck import RECORDS, Finding, Ground, recheck, rests_on, unchecked, unchecked_finding
from fleet.rules.alarm.reconcile import TOLD_MS, span_of
from fleet.rules.alarm.records import judge as judge_records
from fleet.rules.alarm.spans import FOR_EVER, Span, both, union
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case
from fleet.rules.facts import RECENT_MS
from fleet.rules.settings import Changed
from fleet.tracks import segment
from fleet.tracks.days import DAY_MS, day_of, days
from fleet.tracks.movement import UNKNOWN
from fleet.tracks.point import Point
from fleet.tracks.track import Track, judged

DAYS_MAX = 31
"""Days judged together; of a longer episode nothing can be said."""
_SPANS = (
    "outings",
    "sealed",
    "repairs",
    "tows",
    "duty",
    "notices",
    "unauthorised",
    "unsealed",
    "fills",
    "temperatures",
)
_FIRST, _LAST = ("dispatched_ms", "from_ms", "at_ms"), ("back_ms", "until_ms", "at_ms")


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was in force from a moment on, of one vehicle: what its records know (None: it was not on the platform), and
    the settings."""

    since_ms: int
    facts: Facts | None
    settings: Changed


@dataclass(frozen=True, slots=True)
class Look:
    """A vehicle to look at again. `runs` are the days held in full, without a hole each, with their packed segments;
    `changed` those days of them that have to be judged; `days` what every day is judged from, with the tyres before."""

    plate: str
    runs: tuple[Mapping[int, tuple[bytes, ...]], ...]
    changed: frozenset[int]
    days: Mapping[int, Looked]
    cards: tuple[Card, ...]
    epochs: tuple[Epoch, ...]
    cases: tuple[Case, ...]
    ground: Ground


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


def gather(
    state: State, blobs: UnitBlobs, register: Hindsight, looked: Mapping[Day, Looked], now_ms: int
) -> Iterator[Look]:
    """The vehicles of a unit of which something changed since they were looked at."""
    past = _Past(state, register, now_ms)
    for plate in past.plates():
        look = _look(state, blobs, past, plate, looked, now_ms)
        if look is not None:
            yield look


class _Past:
    """What was in force when, for every vehicle of a unit; each moment is asked for once."""

    def __init__(self, state: State, register: Hindsight, now_ms: int) -> None:
        self._state, self._register, self._now_ms = state, register, now_ms
        changes = {*register.moments(), *changed_settings.moments(state)}
        self._moments = [0, *sorted(at_ms for at_ms in changes if at_ms <= now_ms)]
        self._known: dict[int, Mapping[str, Facts]] = {}

    def plates(self) -> list[str]:
        """The vehicles on the platform now, and those with tracks or alarms that were on it."""
        with_tracks = {key.rpartition("/")[0] for key in self._state.tracks}
        return sorted({*self._facts(self._moments[-1]), *with_tracks})

    def epochs(self, plate: str) -> tuple[Epoch, ...]:
        """What was in force of one vehicle, epoch by epoch."""
        found: list[Epoch] = []
        for at_ms in self._moments:
            epoch = Epoch(at_ms, self._facts(at_ms).get(plate), changed_settings.at(self._state, at_ms))
            if not found or (epoch.facts, epoch.settings) != (found[-1].facts, found[-1].settings):
                found.append(epoch)
        return tuple(found)

    def _facts(self, at_ms: int) -> Mapping[str, Facts]:
        if at_ms not in self._known:
            self._known[at_ms] = known(self._register.at(at_ms), self._now_ms)
        return self._known[at_ms]


def _look(
    state: State, blobs: UnitBlobs, past: _Past, plate: str, looked: Mapping[Day, Looked], now_ms: int
) -> Look | None:
    stretches: dict[int, list[Stretch]] = {}
    for stretch in state.stretches(plate, now_ms - RECENT_MS, now_ms):
        stretches.setdefault(stretch.day_ms, []).append(stretch)
    cases = tuple(of_vehicle(state, plate, now_ms))
    if not stretches and not cases:
        return None
    epochs = past.epochs(plate)
    facts = epochs[-1].facts
    apart = tuple(each.out for each in facts.outings if each.confidential and each.out) if facts else ()
    whole = blobs.whole()
    held: dict[int, tuple[bytes, ...]] = {}
    at: dict[int, Looked] = {}
    changed = set()
    for day_ms in sorted({*stretches, *(day_of(span_of(case).from_ms) for case in cases)}):
        named = stretches.get(day_ms, [])
        before = looked.get((plate, day_ms))
        what = _digest(day_ms, stretches, cases, epochs)
        full = bool(named) and all(each.full in whole for each in named)
        if before is not None and before.at_what == f"held {what}":
            held[day_ms] = ()
        elif full and (packed := _readable(blobs, named)):
            held[day_ms] = packed
            changed.add(day_ms)
        at[day_ms] = Looked(f"{'held' if day_ms in held else 'awaited'} {what}", before.tyres if before else UNKNOWN)
    if all(looked.get((plate, day_ms)) == each for day_ms, each in at.items()):
        return None
    runs = tuple(
        {day_ms: held[day_ms] or _packed(blobs, stretches[day_ms]) for day_ms in run}
        for run in _runs(sorted(held))
        if changed.intersection(run)
    )
    ground = Ground(
        held=tuple(union(Span(day_ms, day_ms + DAY_MS) for day_ms in held)),
        awaited=tuple(union(Span(day_ms, day_ms + DAY_MS) for day_ms in stretches if day_ms not in held)),
        apart=apart,
    )
    cards = _cards(stretches)
    return Look(plate, runs, frozenset(changed), at, cards, epochs, cases, ground)


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
        for part in _runs([day_ms for day_ms in order if day_ms in self._look.changed]):
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


def _digest(day_ms: int, stretches: Mapping[int, list[Stretch]], cases: Iterable[Case], epochs: Sequence[Epoch]) -> str:
    """What a day is judged from. Registers and settings of other times do not count: a day is not judged by them."""
    about = Span(day_ms - DAY_MS, day_ms + 2 * DAY_MS)
    named = [stretches.get(each, []) for each in days(about.from_ms, about.until_ms - 1)]
    alarms = sorted(
        (case.id, case.facts[-1].record if case.facts else "") for case in cases if any(both([rests_on(case)], [about]))
    )
    facts = epochs[-1].facts
    records = [[each for each in getattr(facts, name) if any(both([_span(each)], [about]))] for name in _SPANS if facts]
    told = repr((RULE_VERSION, named, alarms, records))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _span(fact: object) -> Span:
    """The time that a fact of the records speaks of."""
    begin = next(at for name in _FIRST if isinstance(at := getattr(fact, name, None), int))
    ends = [at for name in _LAST if isinstance(at := getattr(fact, name, None), int)]
    return Span(begin, max(begin + 1, ends[0])) if ends else Span(begin)


def _readable(blobs: UnitBlobs, named: Sequence[Stretch]) -> tuple[bytes, ...]:
    """The packed segments of a day, if they are what nodes make; () if not."""
    packed = _packed(blobs, named)
    try:
        for each in packed:
            segment.unpack(each)
    except NotTrusted:
        return ()
    return packed


def _packed(blobs: UnitBlobs, named: Sequence[Stretch]) -> tuple[bytes, ...]:
    return tuple(blobs.read(each.full, 0, SIZE_MAX) for each in named)


def _cards(stretches: Mapping[int, Sequence[Stretch]]) -> tuple[Card, ...]:
    """The cards of all days in order; one that was in already at a day's beginning is not put in again."""
    read = sorted({card for named in stretches.values() for each in named for card in each.cards})
    found: list[Card] = []
    for at_ms, name in read:
        carried = at_ms == day_of(at_ms) and found and found[-1].name == name
        if not carried:
            found.append(Card(at_ms, name))
    return tuple(found)


def _runs(order: Sequence[int]) -> list[list[int]]:
    """Days, in order, as runs without a hole."""
    runs: list[list[int]] = []
    for day_ms in order:
        if runs and day_ms - runs[-1][-1] == DAY_MS:
            runs[-1].append(day_ms)
        else:
            runs.append([day_ms])
    return runs
