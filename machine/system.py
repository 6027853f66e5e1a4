"""The real clock, the real randomness, the collector of garbage: what is asked of the operating system."""

from __future__ import annotations

import gc
import hmac
import secrets
import time
from pathlib import Path


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


MACHINE_ID = Path("/etc/machine-id")


def machine_mark() -> str:
    """A name of this machine that nobody can read its identity from; "" where the system gives it none."""
    try:
        identity = MACHINE_ID.read_bytes().strip()
    except OSError:
        return ""
    return hmac.digest(identity, b"ortoo node", "sha256").hex() if identity else ""


COLLECT_EVERY = 20_000
"""Objects made between two looks for garbage. What a ledger makes is hardly ever garbage in a ring; at the usual 700, a
month of it is looked through a thousand times while it is taken in."""


def pace_collector() -> None:
    """Look for rings of garbage less often, and never again through what was loaded until now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)
