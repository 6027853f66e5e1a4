"""Who may speak when, on a line that carries one voice at a time: RS-485 with several terminals, half-duplex radio.

Rules kept here:
* Nobody is talked over: before sending the line has been quiet for 3.5 characters, and for the radio's turn-round.
* What was handed to a radio is on the air for as long as its bits take there, not on the cable: until then it is busy.
* A line that is never quiet is spoken on all the same after PATIENCE_MS, or its terminals would repeat for ever.
* Polling takes at most half of the air: the more terminals and the slower the air, the longer a round.
"""

from __future__ import annotations

from collections.abc import Sequence

CHARACTER_BITS = 10
IDLE_CHARACTERS = 3.5
PATIENCE_MS = 3_000
POLL_SHARE = 0.5
QUESTION_SIZE, REPORT_SIZE, ANSWER_SIZE = 15, 85, 20  # bytes escaped: 0x8201, 0x0201 with 40 bytes of items, 0x8001


class Air:
    """The air of one line. `bits_per_s` is its speed on the air; times in ms."""

    def __init__(self, bits_per_s: int, turn_ms: int = 0) -> None:
        self._ms_per_byte = CHARACTER_BITS * 1000 / max(1, bits_per_s)
        self._idle_ms = max(IDLE_CHARACTERS * self._ms_per_byte, turn_ms)
        self._turn_ms = turn_ms
        self._busy_ms = 0.0

    def cost_ms(self, size: int) -> float:
        """How long so many bytes are on the air."""
        return size * self._ms_per_byte

    def wrote(self, size: int, at_ms: int) -> None:
        """So many bytes were handed to the line."""
        self._busy_ms = max(self._busy_ms, at_ms) + self.cost_ms(size)

    def free_in_ms(self, at_ms: int, heard_ms: int | None) -> float:
        """How long still to wait before speaking; 0 if the line is free."""
        quiet_ms = 0 if heard_ms is None else heard_ms + self._idle_ms
        return max(0.0, quiet_ms - at_ms, self._busy_ms + self._idle_ms - at_ms if self._busy_ms else 0.0)

    def exchange_ms(self) -> float:
        """How long a poll takes with its report and what acknowledges it, and the turns between."""
        return self.cost_ms(QUESTION_SIZE + REPORT_SIZE + ANSWER_SIZE) + 3 * self._idle_ms


class Polling:
    """Asks the terminals of a line in turn where they are, each every `every_ms` if the air allows it."""

    def __init__(self, every_ms: int, air: Air) -> None:
        self._every_ms, self._air = every_ms, air
        self._next_ms = 0.0
        self._asked = ""

    def gap_ms(self, terminals: int) -> float:
        """Between one question and the next."""
        return max(self._every_ms / max(1, terminals), self._air.exchange_ms() / POLL_SHARE)

    def next(self, phones: Sequence[str], at_ms: int) -> str | None:
        """Whom to ask now; None if it is not time, or there is nobody."""
        if not phones or at_ms < self._next_ms:
            return None
        self._next_ms = at_ms + self.gap_ms(len(phones))
        after = [phone for phone in sorted(phones) if phone > self._asked]
        self._asked = after[0] if after else min(phones)
        return self._asked
