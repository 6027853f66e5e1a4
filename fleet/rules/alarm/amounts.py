"""What was counted against what the track shows (Art. 11): kilometres (A17) and fuel (A18)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean, median

from fleet.rules.alarm.device import FUEL
from fleet.rules.alarm.facts import Fill, Outing
from fleet.rules.alarm.look import Look
from fleet.rules.alarm.spans import FOR_EVER, Span, both
from fleet.rules.alarm.verdict import SINCE, Told, Verdict

SPANS_LEAST = 3
"""A vehicle's own mean is known after so many tanks."""
READINGS = 5
"""A level of the tank is the middle of so many readings: the float swings."""


def odometer(look: Look) -> Iterator[Verdict]:
    """A17: typed kilometres against the track's, where enough of the trip is known; elsewhere nothing is judged."""
    for outing in look.facts.outings:
        span = _judgeable(look, outing)
        if span is None or outing.odometer_in_km is None or outing.odometer_out_km is None:
            continue
        typed_km, track_km = outing.odometer_in_km - outing.odometer_out_km, round(look.metres(span) / 1000)
        most_km = max(look.of("odometer_diff_km"), track_km * look.of("odometer_diff_percent") / 100)
        if abs(typed_km - track_km) > most_km:
            told: dict[str, Told] = {"typed_km": typed_km, "track_km": track_km, "known_percent": known(look, span)}
            yield look.verdict("A17", span, "notice", told, outing=outing, subject=outing.order, by_track=False)


def known(look: Look, span: Span) -> int:
    """How much of a span the track knows, per cent: silence at one place is known."""
    unknown = sum(each.length_ms for each in both([span], look.silent))
    return 100 - -(-100 * unknown // max(1, span.length_ms))


def _judgeable(look: Look, outing: Outing) -> Span | None:
    """The time of a trip whose track is long enough known and whose terminal stayed; None if that is not so."""
    if outing.departed_ms is None or outing.back_ms is None or not look.points:
        return None
    span = Span(outing.departed_ms, outing.back_ms)
    if look.points[0].device_ms > span.from_ms or span.length_ms <= 0:
        return None
    if any(span.holds(at) for at in look.facts.terminal_changed):
        return None
    return span if known(look, span) >= look.of("odometer_known_percent") else None


def fuel(look: Look) -> Iterator[Verdict]:
    """A18: more than the tank holds, a receipt matched with nothing the vehicle did, two fills too near each other, use
    far from the vehicle's own mean, a level that falls while it stands, or the terminal's own word."""
    fills = sorted(look.facts.fills)
    for fill in fills:
        yield from _too_much(look, fill)
        if fill.unmatched:
            yield _of_fill(look, fill, "off_track", {"litres": round(fill.ml / 1000)})
    for before, after in pairwise(fills):
        yield from _too_near(look, before, after)
    yield from _odd_use(look, fills)
    for stop in look.course.stops:
        yield from _drop(look, stop.span)
    for span in look.bits(FUEL):
        yield look.verdict("A18", span, "serious", {"what": "terminal"}, subject="terminal")


def _of_fill(look: Look, fill: Fill, what: str, told: dict[str, Told]) -> Verdict:
    span = Span(fill.at_ms, fill.at_ms + 1)
    return look.verdict("A18", span, "serious", {"what": what, **told}, subject=f"{what} {fill.case}", by_track=False)


def _too_much(look: Look, fill: Fill) -> Iterator[Verdict]:
    tank_ml = look.facts.tank_ml
    if tank_ml and fill.ml * 100 > tank_ml * (100 + look.of("tank_over_percent")):
        yield _of_fill(look, fill, "over_tank", {"litres": round(fill.ml / 1000), "tank_litres": tank_ml // 1000})


def _too_near(look: Look, before: Fill, after: Fill) -> Iterator[Verdict]:
    driven = _driven(look, before, after)
    if driven is None:
        return
    apart_ms = after.at_ms - before.at_ms
    if apart_ms < look.ms("fills_apart_h") or driven.get("km", FOR_EVER) < look.of("fills_apart_km"):
        told: dict[str, Told] = {"minutes": apart_ms // 60_000, "litres": round(after.ml / 1000), **driven}
        yield _of_fill(look, after, "two_fills", told)


def _driven(look: Look, before: Fill, after: Fill) -> dict[str, int] | None:
    """Kilometres between two fills: as typed, else as the track knows them, and since when it has to; none if it knows
    nothing of that time, and None if that time is not all looked at: what is not looked at is not judged."""
    if before.odometer_km is not None and after.odometer_km is not None:
        return {"km": after.odometer_km - before.odometer_km}
    if before.at_ms < look.facts.since_ms:
        return None
    if not look.points or look.points[0].device_ms > before.at_ms:
        return {}
    return {"km": round(look.track.metres_between(before.at_ms, after.at_ms) / 1000), SINCE: before.at_ms}


def _odd_use(look: Look, fills: list[Fill]) -> Iterator[Verdict]:
    """Use from tank to tank against the mean of those before; full tanks are assumed, so one that is odd is told and
    no more."""
    percent, used = look.of("fuel_use_percent"), list[float]()
    for before, after in pairwise(fills):
        if before.odometer_km is None or after.odometer_km is None:
            continue
        km = after.odometer_km - before.odometer_km
        if km < look.of("fills_apart_km"):
            continue
        ml_100km = after.ml * 100 / km
        if len(used) >= SPANS_LEAST and abs(ml_100km - fmean(used)) * 100 > percent * fmean(used):
            told: dict[str, Told] = {"ml_100km": round(ml_100km), "mean_ml_100km": round(fmean(used)), "km": km}
            yield _of_fill(look, after, "odd_use", told)
        else:
            used.append(ml_100km)


def _drop(look: Look, span: Span) -> Iterator[Verdict]:
    """The level falls while the vehicle stands with the ignition off."""
    within = look.track.within(span.from_ms, min(span.until_ms, look.facts.now_ms))
    levels = [
        (point.device_ms, point.fuel_l_e1)
        for at in within
        if (point := look.points[at]).fuel_l_e1 is not None and not point.acc
    ]
    if len(levels) < 2 * READINGS:
        return
    first = median(level for _, level in levels[:READINGS])
    last = median(level for _, level in levels[-READINGS:])
    if first - last < look.of("fuel_drop_l") * 10:
        return
    fell_ms = next(at_ms for at_ms, level in levels if first - level >= look.of("fuel_drop_l") * 5)
    told: dict[str, Told] = {"what": "drop", "litres": round((first - last) / 10)}
    yield look.verdict("A18", Span(fell_ms, fell_ms + 1), "serious", told, subject="drop")
