"""Where a vehicle stands: elsewhere than it belongs (A02), in a sensitive place (A20), long on a trip (A21). Articles
16, 17. Silence at one place is standing; a stop of which no good place is known is not judged."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.rules.alarm.look import Look
from fleet.rules.alarm.rides import Stop
from fleet.rules.alarm.spans import Span, minus
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.place import Place

LISTED = ("designated", "destination", "filling_station", "gate", "repairer")
"""Kinds of place where a vehicle on a trip may well stand."""


def elsewhere(look: Look) -> Iterator[Verdict]:
    """A02: no order, no repair, and not in a designated place; at night a grade more. A unit that has designated no
    place cannot be held to one."""
    facts = look.facts
    if not facts.places.of_kind("designated"):
        return
    exempt = [*(each.promised for each in facts.outings), *facts.repairs, *facts.notices]
    for stop, lat, lon in _known(look):
        if facts.places.holding(lat, lon, "designated"):
            continue
        for span in minus([stop.span], exempt):
            lasted_ms = look.seen_for(span)
            if lasted_ms >= look.ms("parked_min"):
                at_night = any(look.nights(span))
                told: dict[str, Told] = {"minutes": lasted_ms // 60_000, "night": int(at_night)}
                told |= _at(lat, lon) | _nearest(look, lat, lon)
                yield look.verdict("A02", span, "critical" if at_night else "serious", told)


def sensitive(look: Look) -> Iterator[Verdict]:
    """A20: long enough in a listed place that is not where the order goes."""
    facts = look.facts
    for stop, lat, lon in _known(look):
        place = facts.places.holding(lat, lon, "sensitive")
        outing = facts.outing_at(stop.from_ms)
        goes_there = outing is not None and _destination_holds(look, outing.destination, lat, lon, place)
        if place and not goes_there and look.seen_for(stop.span) >= look.ms("sensitive_min"):
            told: dict[str, Told] = {"place": place.name, "minutes": look.seen_for(stop.span) // 60_000}
            yield look.verdict("A20", stop.span, "notice", told, subject=place.name)


def long_stop(look: Look) -> Iterator[Verdict]:
    """A21: on a trip, standing for long away from every place where it may well stand, and not waiting."""
    facts = look.facts
    for stop, lat, lon in _known(look):
        outing = facts.outing_at(stop.from_ms)
        if outing is None or outing.out is None:
            continue
        named = [facts.places.named(name) for name in (outing.origin, outing.destination)]
        if facts.places.holding(lat, lon, *LISTED) or any(place and place.holds(lat, lon) for place in named):
            continue
        ended = Span(outing.out.until_ms)
        for span in minus([stop.span], [*outing.waiting, *facts.repairs, ended]):
            if look.seen_for(span) > look.ms("long_stop_min"):
                told: dict[str, Told] = {"minutes": look.seen_for(span) // 60_000, **_at(lat, lon)}
                yield look.verdict("A21", span, "info", told, outing=outing)


def _known(look: Look) -> Iterator[tuple[Stop, float, float]]:
    """Stops with their places, in degrees."""
    for stop in look.course.stops:
        if stop.at:
            yield stop, stop.at[0] / 1e6, stop.at[1] / 1e6


def _at(lat: float, lon: float) -> dict[str, Told]:
    return {"lat_e6": round(lat * 1e6), "lon_e6": round(lon * 1e6)}


def _nearest(look: Look, lat: float, lon: float) -> dict[str, Told]:
    """The designated place that would have done, and how far away it is."""
    place = min(look.facts.places.of_kind("designated"), key=lambda each: (each.away_m(lat, lon), each.name))
    return {"place": place.name, "away_m": round(place.away_m(lat, lon))}


def _destination_holds(look: Look, name: str, lat: float, lon: float, place: Place | None) -> bool:
    there = look.facts.places.named(name)
    return (place is not None and place.name == name) or (there is not None and there.holds(lat, lon))
