"""What has to be looked at again of a unit's vehicles, and from what: days whose ground has changed since then.

    state, blobs, days looked at ──gather──▶ looks (a vehicle, runs of days, its facts and alarms)

A day is looked at once every stretch that nodes named of it is here in full, and again when anything changes that it is
judged from: stretches, alarms on record, orders, seals, repairs. Days of which nothing was named, or not all has come,
are not: their alarms say why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from central.blobs import UnitBlobs
from central.epochs import Epoch, Past
from central.findings import Day, Looked
from fleet.desk.alarms import of_vehicle
from fleet.errors import NotTrusted
from fleet.ledger.blobs import SIZE_MAX
from fleet.ledger.entries import Stretch
from fleet.ledger.hindsight import Hindsight
from fleet.ledger.state import State
from fleet.rules.alarm.catalogue import RULE_VERSION
from fleet.rules.alarm.facts import Card, Facts
from fleet.rules.alarm.recheck import Ground, rests_on
from fleet.rules.alarm.reconcile import span_of
from fleet.rules.alarm.spans import Span, union
from fleet.rules.case import Case
from fleet.rules.facts import RECENT_MS
from fleet.tracks import segment
from fleet.tracks.days import DAY_MS, day_of, days
from fleet.tracks.movement import UNKNOWN

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


def gather(
    state: State, blobs: UnitBlobs, register: Hindsight, looked: Mapping[Day, Looked], now_ms: int
) -> Iterator[Look]:
    """The vehicles of a unit of which something changed since they were looked at."""
    past = Past(state, register, now_ms)
    for plate in past.plates():
        look = _look(state, blobs, past, plate, looked, now_ms)
        if look is not None:
            yield look


def _look(
    state: State, blobs: UnitBlobs, past: Past, plate: str, looked: Mapping[Day, Looked], now_ms: int
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
    whole, told = blobs.whole(), _told(cases, facts)
    held: dict[int, tuple[bytes, ...]] = {}
    at: dict[int, Looked] = {}
    changed = set()
    for day_ms in sorted({*stretches, *(day_of(span_of(case).from_ms) for case in cases)}):
        named = stretches.get(day_ms, [])
        before = looked.get((plate, day_ms))
        what = _digest(day_ms, stretches, told)
        full = bool(named) and all(each.full in whole for each in named)
        if before is not None and before.at_what == f"held {what}":
            held[day_ms] = ()
        elif full and (packed := _readable(blobs, named)):
            held[day_ms] = packed
            changed.add(day_ms)
        at[day_ms] = Looked(f"{'held' if day_ms in held else 'awaited'} {what}", before.tyres if before else UNKNOWN)
    if all(looked.get((plate, day_ms)) == each for day_ms, each in at.items()):
        return None
    again = tuple(
        {day_ms: held[day_ms] or _packed(blobs, stretches[day_ms]) for day_ms in run}
        for run in runs(sorted(held))
        if changed.intersection(run)
    )
    ground = Ground(
        held=tuple(union(Span(day_ms, day_ms + DAY_MS) for day_ms in held)),
        awaited=tuple(union(Span(day_ms, day_ms + DAY_MS) for day_ms in stretches if day_ms not in held)),
        apart=apart,
    )
    cards = _cards(stretches)
    return Look(plate, again, frozenset(changed), at, cards, epochs, cases, ground)


class _Told(NamedTuple):
    """What a vehicle is judged from beside its stretches, each with the time it counts for: alarms on record by number
    and last act, and what records know."""

    alarms: list[tuple[Span, tuple[str, str]]]
    records: list[list[tuple[Span, object]]]


def _told(cases: Iterable[Case], facts: Facts | None) -> _Told:
    alarms = [(rests_on(case), (case.id, case.facts[-1].record if case.facts else "")) for case in cases]
    return _Told(alarms, [[(_span(each), each) for each in getattr(facts, name)] for name in _SPANS if facts])


def _digest(day_ms: int, stretches: Mapping[int, list[Stretch]], told: _Told) -> str:
    """What a day is judged from. Registers and settings of other times do not count: a day is not judged by them."""
    about = Span(day_ms - DAY_MS, day_ms + 2 * DAY_MS)
    named = [stretches.get(each, []) for each in days(about.from_ms, about.until_ms - 1)]
    alarms = sorted(alarm for span, alarm in told.alarms if span.meets(about))
    records = [[fact for span, fact in facts if span.meets(about)] for facts in told.records]
    ground = repr((RULE_VERSION, named, alarms, records))
    return hashlib.blake2b(ground.encode(), digest_size=16).hexdigest()


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


def runs(order: Sequence[int]) -> list[list[int]]:
    """Days, in order, as runs without a hole."""
    runs: list[list[int]] = []
    for day_ms in order:
        if runs and day_ms - runs[-1][-1] == DAY_MS:
            runs[-1].append(day_ms)
        else:
            runs.append([day_ms])
    return runs
