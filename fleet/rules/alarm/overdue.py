"""The traveller watch (A14, Art. 9): who is not back when expected is looked for, in steps, sooner in cold and dark.

An order is expected back at its planned end, or when a dispatcher has put on record that it takes longer. Past that, a
minute at night or in hard cold counts as two; after so many minutes the first step is due, then the second, the third.
It needs no radio: whoever is silent in a hole is overdue all the same.

How cold it is, a dispatcher reads off a thermometer at the change of shift; terminals report only the temperature of
their own cabin, which says nothing of the night outside. Where nobody has read one for a day, the coldest months of the
settings count as hard cold. A verdict says by which of the two it was judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fleet.rules.alarm.facts import Facts, Outing, Temperature
from fleet.rules.alarm.look import Look
from fleet.rules.alarm.spans import FOR_EVER, Span, both, minus, union
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.calendar import day_of, in_months
from fleet.rules.position import distance_m
from fleet.tracks.days import DAY_MS, days

STEPS = (("overdue_first_min", "notice"), ("overdue_second_min", "serious"), ("overdue_third_min", "critical"))
READING_MS = 24 * 3_600_000
"""How long a temperature that somebody read speaks for the weather, unless another is read: one a morning is enough."""
BY_READING, BY_MONTH = "by_reading", "by_month"
"""Where it is known from how cold it is."""


class Seen(NamedTuple):
    """Where another vehicle was last (degrees), and when."""

    plate: str
    at_ms: int
    lat: float
    lon: float


class Nearest(NamedTuple):
    """The vehicle that could look: its plate, the straight way there in km, and how old its place is (ms)."""

    plate: str
    km: int
    old_ms: int


def overdue(look: Look) -> Iterator[Verdict]:
    """A14: from the moment the first step is due until the vehicle is back; its grade is that of the last step due."""
    facts = look.facts
    for outing in facts.outings:
        if outing.out is None:
            continue
        due_ms = expected_ms(outing)
        until_ms = min(outing.back_ms or facts.now_ms, facts.now_ms)
        late = Span(due_ms, max(due_ms, until_ms))
        hard = hard_spans(look, late)
        steps = [(look.ms(name), grade) for name, grade in STEPS if _weighed(late, hard) >= look.ms(name)]
        if not steps:
            continue
        began_ms = _reached(late, hard, steps[0][0])
        told: dict[str, Told] = {
            "due_ms": due_ms,
            "minutes": late.length_ms // 60_000,
            "step": len(steps),
            "hard": int(any(hard)),
        }
        told |= _weather(look, late) | _last_contact(facts, until_ms)
        ends = Span(began_ms, max(outing.back_ms, began_ms + 1)) if outing.back_ms else Span(began_ms)
        yield look.verdict("A14", ends, steps[-1][1], told, outing=outing, subject=outing.order, by_track=False)


def hard_spans(look: Look, span: Span) -> list[Span]:
    """When it was dark or hard cold: nights, what a thermometer said, and without one the coldest months."""
    most = -look.of("cold_below_c")
    read = _readings(look.facts.temperatures)
    cold = [said for said, each in read if each.celsius <= most]
    unread = minus(_cold_months(look, span), [said for said, _ in read])
    return union([*look.nights(span), *both([span], [*cold, *unread])])


def _readings(temperatures: Iterable[Temperature]) -> list[tuple[Span, Temperature]]:
    """Each reading with the time it speaks for: a day, or until the next."""
    ordered = sorted(temperatures)
    ends = [*(each.at_ms for each in ordered[1:]), FOR_EVER][: len(ordered)]
    return [
        (Span(each.at_ms, min(end_ms, each.at_ms + READING_MS)), each)
        for each, end_ms in zip(ordered, ends, strict=True)
    ]


def _cold_months(look: Look, span: Span) -> list[Span]:
    """The days of a span that lie in the coldest months."""
    first, last = look.of("cold_first_month"), look.of("cold_last_month")
    touched = days(span.from_ms, min(span.until_ms, look.facts.now_ms))
    return both([span], [Span(at_ms, at_ms + DAY_MS) for at_ms in touched if in_months(day_of(at_ms), first, last)])


def _weather(look: Look, late: Span) -> dict[str, Told]:
    """By what it was judged how cold it was, as it was last known."""
    read = [each for said, each in _readings(look.facts.temperatures) if both([said], [late])]
    if read:
        return {"what": BY_READING, "celsius": read[-1].celsius, "read_ms": read[-1].at_ms}
    return {"what": BY_MONTH} if _cold_months(look, late) else {}


def expected_ms(outing: Outing) -> int:
    """When a traveller is expected back."""
    return max(outing.end_ms, outing.extended_ms or 0)


def nearest(lat: float, lon: float, others: Iterable[Seen], now_ms: int) -> Nearest | None:
    """Which of the unit's other vehicles is nearest to where one was last heard."""
    found = [(distance_m(lat, lon, each.lat, each.lon), each.plate, each) for each in others]
    if not found:
        return None
    metres, plate, seen = min(found, key=lambda each: each[:2])
    return Nearest(plate, round(metres / 1000), now_ms - seen.at_ms)


def _weighed(late: Span, hard: list[Span]) -> int:
    return late.length_ms + sum(span.length_ms for span in both([late], hard))


def _reached(late: Span, hard: list[Span], wanted_ms: int) -> int:
    """When so many weighed milliseconds had passed."""
    at_ms, left_ms = late.from_ms, wanted_ms
    for span in both([late], hard):
        if span.from_ms - at_ms >= left_ms:
            break
        left_ms -= span.from_ms - at_ms
        if 2 * span.length_ms >= left_ms:
            return span.from_ms + (left_ms + 1) // 2
        at_ms, left_ms = span.until_ms, left_ms - 2 * span.length_ms
    return at_ms + left_ms


def _last_contact(facts: Facts, until_ms: int) -> dict[str, Told]:
    """When it was last heard by then, and its last good place."""
    within = facts.track.within(0, until_ms)
    good = next((facts.track.points[at] for at in reversed(within) if not facts.track.doubts[at]), None)
    if good is None:
        return {}
    return {"last_ms": facts.track.points[within[-1]].device_ms, "lat_e6": good.lat_e6, "lon_e6": good.lon_e6}
