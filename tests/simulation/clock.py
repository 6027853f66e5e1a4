"""The clock and randomness ports, simulated: one time for the whole world, and per machine a clock that may be wrong.

Nothing here passes by itself: the world moves its time on, and every machine reads it through its own error.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

START_MS = 1_790_000_000_000
"""When every world begins, UTC: a morning in September 2026."""


@dataclass(slots=True)
class SimulatedTime:
    """The true time of a world, UTC milliseconds."""

    now_ms: int = START_MS

    def pass_ms(self, ms: int) -> None:
        """Let time pass."""
        self.now_ms += ms


@dataclass(slots=True)
class SimulatedClock:
    """A machine's clock: the true time plus `error_ms`, which a fault may change at any moment, either way; one that is
    stuck says the same until it is set again."""

    time: SimulatedTime
    error_ms: int = 0
    stuck_at_ms: int | None = None

    def now_ms(self) -> int:
        """Wall time as this machine believes it."""
        return self.time.now_ms + self.error_ms if self.stuck_at_ms is None else self.stuck_at_ms

    def set(self, error_ms: int) -> None:
        """Set it, right or wrong; it goes on from there."""
        self.error_ms, self.stuck_at_ms = error_ms, None

    def stick(self) -> None:
        """It stops."""
        self.stuck_at_ms = self.now_ms()

    def monotonic_s(self) -> float:
        """Seconds since the world began; no fault touches it."""
        return (self.time.now_ms - START_MS) / 1000


class SimulatedRandomness:
    """The randomness port on a generator that the world has seeded."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator

    def bytes(self, n: int) -> bytes:
        """`n` bytes that only look unpredictable."""
        return self._generator.randbytes(n)

    def below(self, n: int) -> int:
        """An integer from 0 to `n` - 1."""
        return self._generator.randrange(n)
