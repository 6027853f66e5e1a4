"""What a terminal says of itself: no power (A10), no antenna (A11), no view of the sky (A12), a cry for help (A23),
moved or stolen (A24), a clock that is off (A30). Articles 9, 14, 15.

State bits stand until the condition ends: the episode does as well. Event bits are set until the platform has answered;
reports that repeat one are one event. Source of the bits: JT/T 808-2013, location report.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.rules.alarm.look import Look
from fleet.rules.alarm.spans import Span, any_holds, minus, union
from fleet.rules.alarm.verdict import Told, Verdict

SOS, ANTENNA, LOW_VOLTAGE, POWER_CUT = 0, (4, 5, 6), 7, 8
STOLEN, IGNITION, DISPLACED, COLLISION, ROLLOVER = 26, 27, 28, 29, 30
EVENT_MERGE_MS = 10 * 60_000
FUEL = 25
COUNTS_LEAST = 2
"""Counts of the odometer that prove that wheels turned."""


def power(look: Look) -> Iterator[Verdict]:
    """A10: the supply is cut or low, or the terminal fell silent straight after it was."""
    silent_ms = look.of("silent_intervals") * look.of("report_interval_s") * 1000
    for span in minus(look.bits(LOW_VOLTAGE, POWER_CUT), look.facts.repairs):
        last = look.points[-1].device_ms if look.points else 0
        silent = span.until_ms > last and look.facts.now_ms - last > silent_ms
        told: dict[str, Told] = {"cut": int(_set(look, span, POWER_CUT)), "silent": int(silent)}
        yield look.verdict("A10", span, "serious", told)


def antenna(look: Look) -> Iterator[Verdict]:
    """A11: the receiver's antenna is open or shorted, or its module broken."""
    for span in look.bits(*ANTENNA):
        bit = next(bit for bit in ANTENNA if _set(look, span, bit))
        yield look.verdict("A11", span, "serious", {"bit": bit})


def blocked(look: Look) -> Iterator[Verdict]:
    """A12: reports come, wheels turn, and for long there was no good fix; not in a tunnel that is known."""
    for span in union(look.held([doubt == "no_fix" for doubt in look.track.doubts])):
        within = look.track.within(span.from_ms, min(span.until_ms - 1, look.facts.now_ms))
        turned_m = look.metres(Span(span.from_ms, look.points[within[-1]].device_ms + 1)) if within else 0
        lasted_ms = look.points[within[-1]].device_ms - span.from_ms if within else 0
        if lasted_ms >= look.ms("blocked_min") and turned_m >= COUNTS_LEAST * 100 and not _tunnel(look, within):
            told: dict[str, Told] = {"minutes": lasted_ms // 60_000, "moved_m": turned_m}
            yield look.verdict("A12", span, "serious", told)


def distress(look: Look) -> Iterator[Verdict]:
    """A23: the driver called for help, or the terminal felt a collision or a rollover."""
    for bit in (SOS, COLLISION, ROLLOVER):
        for span in _events(look, bit):
            yield look.verdict("A23", span, "critical", {"bit": bit}, subject=str(bit))


def tampering(look: Look) -> Iterator[Verdict]:
    """A24: ignition or movement that the terminal's own guard reports, or theft; not while a tow is permitted."""
    for bit in (STOLEN, IGNITION, DISPLACED):
        for span in _events(look, bit):
            if not any_holds(look.facts.tows, span.from_ms):
                yield look.verdict("A24", span, "serious", {"bit": bit}, subject=str(bit))


def clock(look: Look) -> Iterator[Verdict]:
    """A30: a report from later than when it was heard: its terminal's clock is ahead. Behind proves nothing, for
    reports may have waited; where the node's clock stands is for the node to say."""
    most_ms = look.of("clock_off_s") * 1000
    ahead = [point.device_ms - point.arrival_ms for point in look.points]
    for span in union(look.held([by > most_ms for by in ahead]), EVENT_MERGE_MS):
        within = look.track.within(span.from_ms, span.until_ms - 1)
        yield look.verdict("A30", span, "notice", {"seconds": max(ahead[at] for at in within) // 1000})


def _events(look: Look, bit: int) -> list[Span]:
    return union(look.held([bool(point.alarm_bits >> bit & 1) for point in look.points]), EVENT_MERGE_MS)


def _set(look: Look, span: Span, bit: int) -> bool:
    within = look.track.within(span.from_ms, min(span.until_ms - 1, look.facts.now_ms))
    return any(look.points[at].alarm_bits >> bit & 1 for at in within)


def _tunnel(look: Look, within: range) -> bool:
    """Whether the last good place before, or the first after, is in a known tunnel."""
    for way in (range(within[0] - 1, -1, -1), range(within[-1] + 1, len(look.points))):
        good = next((look.points[at] for at in way if not look.track.doubts[at]), None)
        if good and look.facts.places.holding(good.lat_e6 / 1e6, good.lon_e6 / 1e6, "tunnel"):
            return True
    return False
