"""Hybrid logical time: a wall clock that never runs backwards within a log and never contradicts cause and effect.

A reading is one integer: UTC milliseconds, then 16 bits that count events inside one millisecond. Clocks of nodes may
be wrong by days; the order of facts stays the order in which they could have known of each other.
"""

from __future__ import annotations

from fleet.ports import Clock

COUNTER_BITS = 16
READING_MAX = (1 << 63) - 1
"""The last reading there is. A log that claims it ends the count, not the writing."""


def wall_ms(hlc: int) -> int:
    """The wall-clock part of a reading, UTC milliseconds."""
    return hlc >> COUNTER_BITS


class HybridClock:
    """Gives readings that rise for ever; `seen` raises it above what other nodes have written."""

    def __init__(self, clock: Clock, last: int = 0) -> None:
        self._clock, self._last = clock, last

    @property
    def last(self) -> int:
        """The highest reading given or seen so far."""
        return self._last

    def now(self) -> int:
        """A new reading, above every reading given or seen before, up to READING_MAX."""
        self._last = min(max(self._last + 1, self._clock.now_ms() << COUNTER_BITS), READING_MAX)
        return self._last

    def seen(self, hlc: int) -> None:
        """Take note of a reading made elsewhere."""
        self._last = max(self._last, hlc)
