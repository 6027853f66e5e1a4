"""Selective repeat: a stream of bytes as numbered segments, each sent again until the other end says it has it.

    acknowledgement = next segment missing (1 byte) · one bit for each after it, set if it is there

Numbers are seven bits and the window is WINDOW segments, so an old number is never taken for a new one. What is held is
bounded: a window of segments at either end, and what the caller has given to send.
"""

from __future__ import annotations

from collections import Counter

WINDOW = 32
NUMBERS = 128


class Sending:
    """One direction at the sending end. `size` is the most a segment carries."""

    def __init__(self, size: int, counts: Counter[str]) -> None:
        self._size, self._counts = size, counts
        self._pending = bytearray()
        self._first = self._end = 0  # numbers: the first not acknowledged, and the next to be given
        self._flying: dict[int, bytes] = {}  # by number, in order
        self._sent: set[int] = set()

    def push(self, data: bytes) -> None:
        """Give more to send."""
        self._pending += data

    @property
    def waiting(self) -> int:
        """Bytes not acknowledged yet."""
        return len(self._pending) + sum(map(len, self._flying.values()))

    @property
    def unsure(self) -> int:
        """Segments sent of which nothing is known."""
        return len(self._flying)

    def next(self, most: int) -> list[tuple[int, bytes]]:
        """The segments to send now: first those that did not arrive, then new ones, within the window."""
        while self._pending and len(self._flying) < most and self._end - self._first < WINDOW:
            self._flying[self._end] = bytes(self._pending[: self._size])
            del self._pending[: self._size]
            self._end += 1
        chosen = [*self._flying.items()][:most]
        self._counts["resent"] += sum(number in self._sent for number, _ in chosen)
        self._sent |= {number for number, _ in chosen}
        return [(number % NUMBERS, data) for number, data in chosen]

    def acknowledge(self, missing: int, bits: bytes) -> bool:
        """What the other end has; whether that can be."""
        ahead = (missing - self._first) % NUMBERS
        if ahead > self._end - self._first:
            return False  # an old word
        self._first += ahead
        there = {
            self._first + 1 + place for place in range(min(len(bits) * 8, WINDOW)) if bits[place // 8] >> place % 8 & 1
        }
        self._flying = {
            number: data for number, data in self._flying.items() if number >= self._first and number not in there
        }
        self._sent &= self._flying.keys()
        return True


class Receiving:
    """One direction at the receiving end."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._next = 0
        self._early: dict[int, bytes] = {}  # by distance from the next

    def take(self, number: int, data: bytes) -> bytes:
        """A segment; what can now be handed on, in order."""
        distance = (number - self._next) % NUMBERS
        if distance >= WINDOW:
            self._counts["repeated" if distance >= NUMBERS - WINDOW else "outside"] += 1
            return b""
        if distance in self._early:
            self._counts["repeated"] += 1
            return b""
        self._early[distance] = data
        ready = bytearray()
        count = 0
        while count in self._early:
            ready += self._early.pop(count)
            count += 1
        self._early = {distance - count: data for distance, data in self._early.items()}
        self._next += count
        return bytes(ready)

    def acknowledgement(self) -> tuple[int, bytes]:
        """What is here: the next one missing, and a bit for each that came before its time."""
        bits = sum(1 << distance - 1 for distance in self._early)
        return self._next % NUMBERS, bits.to_bytes((bits.bit_length() + 7) // 8, "little")
