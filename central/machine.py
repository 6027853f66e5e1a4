"""The real clock and the real randomness: what `fleet.ports` asks for, from the operating system."""

from __future__ import annotations

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

    def bytes(self, n: int) -> bytes:
        """Answer `n` bytes fit for keys."""
        return secrets.token_bytes(n)

    def below(self, n: int) -> int:
        """Answer an integer from 0 to `n` - 1."""
        return secrets.randbelow(n)
