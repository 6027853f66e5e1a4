"""Hybrid logical time: a wall clock that never runs backwards within a log and never contradicts cause and effect.

A reading is one integer: UTC milliseconds, then 16 bits that count events inside one millisecond. Clocks of nodes may
be wrong by days; the order of facts stays the order in which they could have known of each other. A reading from
further ahead than any honest clock goes wrong is not followed: one bad clock, or one bad hand, would otherwise date
everybody's work to the end of time, past every lease.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.ports import Clock

COUNTER_BITS = 16
READING_MAX = (1 << 63) - 1
"""The last reading there is. A log that claims it ends the count, not the writing."""
AHEAD_MAX_MS = 400 * 24 * 3_600_000
"""How far ahead of this machine's clock, and of what central has attested, others' readings are followed."""


def wall_ms(hlc: int) -> int:
    """The wall-clock part of a reading, UTC milliseconds."""
    return hlc >> COUNTER_BITS


def reading(time_ms: int) -> int:
    """The first reading of a millisecond."""
    return max(0, time_ms) << COUNTER_BITS


class HybridClock:
    """Gives readings that rise for ever; `seen` raises it above what other nodes have written. `told_ms` is the latest
    time somebody with a clock to trust has put on record: the own one may have gone back to its first day."""

    def __init__(self, clock: Clock, last: int = 0, *, told_ms: Callable[[], int] = lambda: 0) -> None:
        self._clock, self._last, self._told_ms = clock, last, told_ms

    @property
    def last(self) -> int:
        """The highest reading given or seen so far."""
        return self._last

    def now(self) -> int:
        """A new reading, above every reading given or followed before, up to READING_MAX."""
        self._last = min(max(self._last + 1, self._clock.now_ms() << COUNTER_BITS), READING_MAX)
        return self._last

    def seen(self, hlc: int) -> None:
        """Take note of a reading made elsewhere, if an honest clock may have made it."""
        if hlc > self._last and (self._near(hlc, self._clock.now_ms()) or self._near(hlc, self._told_ms())):
            self._last = hlc

    def go_on_from(self, hlc: int) -> None:
        """Take note of the last reading given here, before a restart."""
        self._last = max(self._last, hlc)

    def _near(self, hlc: int, now_ms: int) -> bool:
        return wall_ms(hlc) <= now_ms + AHEAD_MAX_MS
