"""A line that flips bits, both ways, and one that is flooded: what a port is put into to make it bad.

Rules kept here:
* Errors are spread as chance spreads them: each bit on its own, at the rate given. The same seed flips the same bits.
* What arrives undamaged is counted apart from what does not, at the place where the damage is done: it is the measure
  of what the other end should have received.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from cable.port import OpenPort
from fleet.ports import Randomness

FINE = 1 << 53


@dataclass(slots=True)
class Flipped:
    """Bits flipped and bytes passed, one way."""

    bits: int = 0
    bytes: int = 0


class BitErrors:
    """One direction of a line. `rate` is the chance of each bit."""

    def __init__(self, rate: float, randomness: Randomness) -> None:
        self.done = Flipped()
        self._rate, self._random = rate, randomness
        self._next = self._gap()  # good bits before the next bad one

    def spoil(self, data: bytes) -> bytes:
        """The bytes as they arrive."""
        self.done.bytes += len(data)
        bits = 8 * len(data)
        if self._next >= bits:
            self._next -= bits
            return data
        spoilt = bytearray(data)
        while self._next < bits:
            spoilt[self._next // 8] ^= 1 << self._next % 8
            self.done.bits += 1
            self._next += 1 + self._gap()
        self._next -= bits
        return bytes(spoilt)

    def _gap(self) -> int:
        if self._rate <= 0:
            return FINE
        chance = (1 + self._random.below(FINE)) / FINE
        return int(log(chance) / log(1 - self._rate)) if self._rate < 1 else 0


class BadPort:
    """A port with bit errors in both directions; to the line it is a port like any other."""

    def __init__(self, port: OpenPort, rate: float, up: Randomness, down: Randomness) -> None:
        self._port = port
        self.up, self.down = BitErrors(rate, up), BitErrors(rate, down)
        self.fd = port.fd
        self.whole = 0  # writes, which is frames, that went through undamaged
        self._late = b""  # spoilt already, not taken by the port yet

    def read(self) -> bytes:
        return self.down.spoil(self._port.read())

    def write(self, data: bytes) -> int:
        spoilt = self._late + self.up.spoil(data[len(self._late) :])
        self.whole += not self._late and spoilt == data
        written = self._port.write(spoilt)
        self._late = spoilt[written:]
        return written

    def close(self) -> None:
        self._port.close()


def garbage(randomness: Randomness, size: int) -> bytes:
    """Noise as a line without a sender gives it: any byte, delimiters among them."""
    return randomness.bytes(size)
