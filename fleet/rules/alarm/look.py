"""One look at a vehicle: its facts, the settings they are judged by, and its track cut into rides and stops, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from fleet.rules.alarm.facts import Facts, Outing
from fleet.rules.alarm.rides import GAP_MS, Course, course, gaps
from fleet.rules.alarm.spans import FOR_EVER, Span, union
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.calendar import LOCAL, day_of, judge, start_of
from fleet.rules.settings import SETTINGS, Changed, value, value_ms
from fleet.tracks.days import DAY_MS, days

HOUR_MS = 3_600_000
MERGE_MS = 5 * 60_000
"""Conditions that come and go are one episode if they pause for less."""


class Look:
    """What the rules are asked with."""

    def __init__(self, facts: Facts, changed: Changed) -> None:
        self.facts, self._changed = facts, changed
        self.track, self.points = facts.track, facts.track.points
        self.course: Course = course(
            facts.track, facts.now_ms, fixes=self.of("alarm_moving_fixes"), moved_m=self.of("alarm_moved_m")
        )
        last = self.points[-1].device_ms if self.points else facts.now_ms
        tail = [Span(last, facts.now_ms)] if facts.now_ms - last > GAP_MS else []
        self.silent = [*gaps(facts.track), *tail]
        self._known_ms = last if tail else facts.now_ms

    def of(self, name: str) -> int:
        """A setting, in its unit."""
        return value(name, self._changed)

    def ms(self, name: str) -> int:
        """A setting that is a span of time, in milliseconds."""
        return value_ms(name, self._changed)

    def limits(self, names: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Settings with their sources: what a verdict was judged by."""
        return {
            name: (self.of(name), self._changed[name].source if name in self._changed else SETTINGS[name].source)
            for name in names
        }

    def verdict(
        self,
        code: str,
        span: Span,
        grade: str,
        facts: Mapping[str, Told] | None = None,
        *,
        subject: str = "",
        outing: Outing | None = None,
        driver: str = "",
        by_track: bool = True,
    ) -> Verdict:
        """A verdict on a span. It goes on if the span does, or reaches to now; whose it is, its beginning decides. One
        that begins where the track does may have begun before, unless records tell its beginning."""
        outing = outing or self.facts.outing_at(span.from_ms)
        going_on = span.until_ms > self.facts.now_ms or span.until_ms == FOR_EVER
        return Verdict(
            code=code,
            plate=self.facts.plate,
            from_ms=span.from_ms,
            until_ms=None if going_on else span.until_ms,
            grade=grade,
            order=outing.order if outing else "",
            staff=outing.staff if outing else "",
            driver=driver or (outing.driver if outing else ""),
            subject=subject,
            facts=facts or {},
            cut=by_track and bool(self.points) and span.from_ms <= self.points[0].device_ms,
        )

    @property
    def rides(self) -> list[Span]:
        """When the vehicle drove."""
        return [ride.span for ride in self.course.rides]

    def until_now(self, span: Span) -> int:
        """How long a span has lasted by now."""
        return min(span.until_ms, self.facts.now_ms) - span.from_ms

    def seen_for(self, span: Span) -> int:
        """As long as a span was seen to last: what a vehicle does that has fallen silent is not known."""
        return min(span.until_ms, self._known_ms) - span.from_ms

    def proved_for(self, span: Span) -> int:
        """As long as reports prove that something was so: from the first that says so to the last that does. When it
        ended is only known to be before the next."""
        within = self.track.within(span.from_ms, min(span.until_ms - 1, self.facts.now_ms))
        return self.points[within[-1]].device_ms - span.from_ms if within else 0

    def metres(self, span: Span) -> int:
        """Metres driven in a span."""
        return round(self.track.metres_between(span.from_ms, min(span.until_ms, self.facts.now_ms)))

    def moving_reports(self, span: Span) -> int:
        """How many reports of a span are of a moving vehicle."""
        within = self.track.within(span.from_ms, min(span.until_ms, self.facts.now_ms))
        return sum(self.track.moves[at] for at in within)

    def placed(self, span: Span) -> list[tuple[float, float]]:
        """The good places of a span, in degrees."""
        within = self.track.within(span.from_ms, min(span.until_ms, self.facts.now_ms))
        return [
            (self.points[at].lat_e6 / 1e6, self.points[at].lon_e6 / 1e6) for at in within if not self.track.doubts[at]
        ]

    def nights(self, span: Span) -> list[Span]:
        """The nights within a span, by the hours of the settings."""
        begin, end = self.of("night_first_h") * HOUR_MS, self.of("night_last_h") * HOUR_MS
        until_ms = min(span.until_ms, self.facts.now_ms)
        found = []
        for day_ms in days(span.from_ms - DAY_MS, until_ms):
            night = Span(
                max(span.from_ms, day_ms + begin), min(until_ms, day_ms + end + (DAY_MS if end <= begin else 0))
            )
            if night.until_ms > night.from_ms:
                found.append(night)
        return found

    def working_hours(self, span: Span) -> list[Span]:
        """The working hours that touch a span, by the calendar and the hours of the settings."""
        first, last = day_of(span.from_ms), day_of(min(span.until_ms, self.facts.now_ms))
        found = []
        while first <= last:
            if judge(first, self.facts.years).working:
                noon = start_of(first)
                found.append(Span(noon + self.of("work_first_h") * HOUR_MS, noon + self.of("work_last_h") * HOUR_MS))
            first += timedelta(days=1)
        return found

    def bits(self, *bits: int) -> list[Span]:
        """When one of some alarm bits stood: from the report that set it to the one that no longer has it, MERGE_MS of
        rest not counted."""
        mask = sum(1 << bit for bit in bits)
        return union(self.held([bool(point.alarm_bits & mask) for point in self.points]), MERGE_MS)

    def held(self, holds: Sequence[bool]) -> Iterator[Span]:
        """When something was so, of which each report says whether it is: up to the first that says otherwise."""
        since: int | None = None
        for point, so in zip(self.points, holds, strict=True):
            if so and since is None:
                since = point.device_ms
            elif not so and since is not None:
                yield Span(since, point.device_ms)
                since = None
        if since is not None:
            yield Span(since)


def local_hour(at_ms: int) -> int:
    """The hour of the local day at a moment."""
    return (at_ms + int(LOCAL.utcoffset(None).total_seconds()) * 1000) % DAY_MS // HOUR_MS
