"""The real clock and the real randomness: what `fleet.ports` asks for, from the operating system."""

from __future__ import annotations

import gc
import secrets
import time


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """UTC milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()


class SystemRandomness:
    """The operating system's generator."""

    def bytes(self, size: int) -> bytes:
        """Random bytes fit for keys."""
        return secrets.token_bytes(size)

    def below(self, limit: int) -> int:
        """A random integer in [0, limit)."""
        return secrets.randbelow(limit)


COLLECT_EVERY = 20_000
"""Objects made between two looks for garbage. What a ledger makes is hardly ever garbage in a ring; at the usual 700, a
month of it is looked through a thousand times while it is taken in."""


def pace_collector() -> None:
    """Look for rings of garbage less often, and never again through what was loaded until now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)
