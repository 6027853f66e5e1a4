"""Randomness under a seed: the same simulation twice gives the same noise. Never used for keys or codes."""

from __future__ import annotations

from random import Random


class SeededRandomness:
    """`fleet.ports.Randomness` from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a simulation has to repeat itself

    def bytes(self, n: int) -> bytes:
        return self._random.randbytes(n)

    def below(self, n: int) -> int:
        return self._random.randrange(n)
