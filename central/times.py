"""Moments and ages as people read them: local time of the region, 24 hours, the day where it is not today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fleet.words import Words

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
LAST_MS = 253_402_200_000_000
_STEPS = ((DAY_MS * 2, DAY_MS, "days"), (HOUR_MS, HOUR_MS, "hours"), (MINUTE_MS, MINUTE_MS, "minutes"))
"""(from which age on, counted in what, `age.` in the catalogue): two days are still told in hours."""


@dataclass(frozen=True, slots=True)
class Times:
    """One reader's way to tell time: where, in which words, and when is now."""

    zone: ZoneInfo
    words: Words
    now_ms: int

    def moment(self, at_ms: int) -> str:
        """``14:31``, ``11-22 14:31`` or ``2025-11-22 14:31``, as short as the day allows; "" for 0."""
        if not at_ms:
            return ""
        at, now = self._local(at_ms), self._local(self.now_ms)
        if at.date() == now.date():
            return f"{at:%H:%M}"
        return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"

    def span(self, start_ms: int, end_ms: int) -> str:
        """Two moments of one trip; the day once if it is the same, and one moment if that is."""
        if not end_ms or self.moment(start_ms) == self.moment(end_ms):
            return self.moment(start_ms)
        same_day = self._local(start_ms).date() == self._local(end_ms).date()
        end = f"{self._local(end_ms):%H:%M}" if same_day else self.moment(end_ms)
        return f"{self.moment(start_ms)} – {end}"

    def full(self, at_ms: int) -> str:
        """Date and time to the second, with the offset: for signed records and for print."""
        return f"{self._local(at_ms):%Y-%m-%d %H:%M:%S %z}"

    def iso(self, at_ms: int) -> str:
        """For programs: the ``datetime`` of a ``time`` element."""
        return self._local(at_ms).isoformat(timespec="seconds")

    def age(self, at_ms: int) -> str:
        """How long ago, in words."""
        age_ms = self.now_ms - at_ms
        for least_ms, unit_ms, name in _STEPS:
            if age_ms >= least_ms:
                return self.words(f"age.{name}", n=age_ms // unit_ms)
        return self.words("age.now")

    def _local(self, at_ms: int) -> datetime:
        # a unit may claim any number; what no calendar has is shown as the calendar's end
        return datetime.fromtimestamp(min(max(at_ms, 0), LAST_MS) / 1000, UTC).astimezone(self.zone)
