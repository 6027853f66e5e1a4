"""Silence (Art. 15): lost where others are heard (A07), or blind in a hole of the radio (A08), which is no fault.

A terminal that reports after all, late and by its own clock, was not lost: then there is no silence left to judge. A
hole is one on the register, or cells from which reports always came late; blindness has an expected end.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.rules.alarm.look import Look
from fleet.rules.alarm.spans import FOR_EVER, Span, minus
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.place import Place
from fleet.tracks.point import Point

EDGE_M = 3_000.0
"""A vehicle last heard so near a hole, and driving, went into it: a minute or two between reports."""


def silences(look: Look) -> list[tuple[Span, Point]]:
    """Spans without a report, each with the last before it whose place is good."""
    most_ms = _most_ms(look)
    found = []
    good: Point | None = None
    for at, point in enumerate(look.points):
        if not look.track.doubts[at]:
            good = point
        next_ms = look.points[at + 1].device_ms if at + 1 < len(look.points) else FOR_EVER
        if min(next_ms, look.facts.now_ms) - point.device_ms > most_ms and good:
            found.append((Span(point.device_ms, next_ms), good))
    return found


def lost(look: Look) -> Iterator[Verdict]:
    """A07: silent where others are heard."""
    if not look.facts.fitted:
        return
    for span, last in silences(look):
        if _hole(look, last) is not None or not look.facts.coverage.heard(last.lat_e6, last.lon_e6):
            continue
        listened = minus([span], [*look.facts.node_deaf, *look.facts.repairs])
        if any(look.until_now(part) > _most_ms(look) for part in listened):
            told: dict[str, Told] = {"minutes": look.until_now(span) // 60_000, "last_ms": span.from_ms}
            yield look.verdict("A07", span, "serious", told | _at(last))


def blind(look: Look) -> Iterator[Verdict]:
    """A08: silent in a hole; `back_ms` when it should be heard again, as far as earlier waits tell."""
    for span, last in silences(look):
        hole = _hole(look, last)
        if hole is None:
            continue
        told: dict[str, Told] = {"last_ms": span.from_ms, "hole": hole}
        wait_ms = look.facts.coverage.wait_ms
        if wait_ms is not None:
            told["back_ms"] = span.from_ms + wait_ms
        yield look.verdict("A08", span, "status", told | _at(last))


def _most_ms(look: Look) -> int:
    return look.of("silent_intervals") * look.of("report_interval_s") * 1000


def _hole(look: Look, last: Point) -> str | None:
    """The hole a vehicle went silent in, or at the edge of while driving; "" for one that is only learnt."""
    lat, lon = last.lat_e6 / 1e6, last.lon_e6 / 1e6
    known = look.facts.places.holding(lat, lon, "radio_hole", "tunnel")
    if known:
        return known.name
    coverage = look.facts.coverage
    if coverage.heard(last.lat_e6, last.lon_e6) is False:
        return ""
    if last.speed_kmh_e1 < 50:
        return None
    holes = look.facts.places.of_kind("radio_hole", "tunnel")
    near = [place for place in holes if place.away_m(lat, lon) <= _reach(place)]
    if near:
        return near[0].name
    return "" if coverage.near_deaf(last.lat_e6, last.lon_e6) else None


def _reach(place: Place) -> float:
    return EDGE_M if place.shape == "polygon" else place.radius_m + EDGE_M


def _at(point: Point) -> dict[str, Told]:
    return {"lat_e6": point.lat_e6, "lon_e6": point.lon_e6}
