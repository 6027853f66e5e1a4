"""Who drives and how: too fast (A06), not the assigned driver (A19), too long (A22). Articles 10 and 16; the hours at
the wheel are those of the regulation on road traffic safety, article 62 (7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fleet.rules.alarm.look import MERGE_MS, Look
from fleet.rules.alarm.spans import FOR_EVER, Span, both, union
from fleet.rules.alarm.verdict import SINCE, Told, Verdict

OVERSPEED, TIRED, TIRED_WARNING = 1, 2, 18
"""Alarm bits of JT/T 808's location report."""


def overspeed(look: Look) -> Iterator[Verdict]:
    """A06: the terminal says so, or several reports in a row do; a single one proves nothing."""
    limit_e1 = look.of("speed_limit_kmh") * (100 + look.of("speed_over_percent")) / 10
    least_ms = look.of("overspeed_s") * 1000
    by_speed = [
        span
        for span in look.held([point.speed_kmh_e1 > limit_e1 for point in look.points])
        if look.proved_for(span) >= least_ms
    ]
    told_so = [span for span in look.bits(OVERSPEED) if look.until_now(span) >= least_ms]
    for span in union([*by_speed, *told_so], MERGE_MS):
        within = look.track.within(span.from_ms, min(span.until_ms - 1, look.facts.now_ms))
        fastest = max((look.points[at].speed_kmh_e1 for at in within), default=0)
        by_terminal = any(both([span], told_so))
        yield look.verdict("A06", span, "notice", {"kmh": fastest // 10, "by_terminal": int(by_terminal)})


def other_driver(look: Look) -> Iterator[Verdict]:
    """A19: another's card during a trip, or driving for long with none where the terminal reads cards: before the first
    it ever read nobody knows that it does. A swap put on record has made the other driver the order's."""
    facts = look.facts
    for outing in facts.outings:
        if outing.out is None or not outing.driver:
            continue
        held = [(span, card) for span, card in _cards(look) if any(both([span], [outing.out]))]
        for name in sorted({card for _, card in held if card not in {"", outing.driver}}):
            with_card = both((span for span, card in held if card == name), [outing.out])
            if drives := both(look.rides, with_card):
                span = Span(drives[0].from_ms, drives[-1].until_ms)
                told: dict[str, Told] = {"card": name, "assigned": outing.driver}
                yield look.verdict("A19", span, "serious", told, subject=name, outing=outing, driver=name)
    without = [span for span, card in _cards(look) if not card and span.from_ms > 0]
    for span in both(look.rides, without):
        if look.until_now(span) > look.ms("unidentified_min"):
            yield look.verdict("A19", span, "serious", {"minutes": look.until_now(span) // 60_000})


def fatigue(look: Look) -> Iterator[Verdict]:
    """A22: at the wheel longer than allowed without a rest long enough, or the terminal says so. Another driver begins
    anew."""
    rest_ms, most_ms = look.ms("fatigue_rest_min"), look.ms("fatigue_h")
    found = look.bits(TIRED, TIRED_WARNING)
    spells = _spells(look, rest_ms, _swaps(look))
    found += [Span(spell.from_ms + most_ms, spell.until_ms) for spell in spells if look.until_now(spell) > most_ms]
    for span in union(found, rest_ms):
        began = [spell.from_ms for spell in spells if spell.from_ms <= span.from_ms]
        told: dict[str, Told] = {SINCE: began[-1]} if began else {}
        yield look.verdict("A22", span, "serious", told)


def _swaps(look: Look) -> list[int]:
    """When somebody else took the wheel: another's card, or another's order. The same driver's card put in again, or
    the next order of the same driver, is no rest."""
    by_card = [(span.from_ms, card) for span, card in _cards(look) if card]
    left = [(each.departed_ms, each.driver) for each in look.facts.outings if each.departed_ms is not None]
    return sorted(
        at_ms
        for told in (by_card, sorted(left))
        for (_, before), (at_ms, driver) in pairwise([(0, ""), *told])
        if driver != before and before
    )


def _spells(look: Look, rest_ms: int, swaps: list[int]) -> list[Span]:
    """Time at the wheel with no rest of `rest_ms` in it, cut where another driver took over."""
    spells = []
    for spell in union(look.rides, rest_ms - 1):
        cuts = [spell.from_ms, *(at for at in swaps if spell.from_ms < at < spell.until_ms), spell.until_ms]
        spells += [Span(a, b) for a, b in pairwise(cuts)]
    return spells


def _cards(look: Look) -> list[tuple[Span, str]]:
    """Whose card was in when; "" for none, and before the first report of one."""
    cards = look.facts.cards
    times = [0, *(card.at_ms for card in cards), FOR_EVER]
    names = ["", *(card.name for card in cards)]
    return [(Span(a, b), name) for a, b, name in zip(times, times[1:], names, strict=False) if b > a]
