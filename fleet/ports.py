"""The doors through which everything not deterministic enters; rules and ledger get them handed in and open none.

A real process hands in the system's clock and randomness; the simulation hands in its own, under one seed.
"""

from typing import Protocol


class Clock(Protocol):
    """Two clocks: the one on the wall, which people and drift may set, and the one that only goes forward."""

    def now_ms(self) -> int:
        """Answer wall time in milliseconds since 1970-01-01T00:00:00 UTC; it may jump either way."""
        ...

    def monotonic_s(self) -> float:
        """Answer seconds since some fixed moment of this process; never goes back, and is meaningless elsewhere."""
        ...


class Randomness(Protocol):
    """Where keys, nonces, identifiers and jitter come from."""

    def bytes(self, n: int) -> bytes:
        """Answer `n` unpredictable bytes."""
        ...

    def below(self, n: int) -> int:
        """Answer an integer from 0 to `n` - 1, each as likely; `n` is at least 1."""
        ...
