"""What a line's silence or noise means: nobody there, the wrong speed or swapped wires, or all is well.

Rules kept here:
* "speed" is said after JUDGE_MS of bytes without one good frame: wrong baud, A and B swapped, or another protocol.
* Hunting, where the line's setting allows it, leaves a speed only after it has been heard for LISTEN_MS and has given
  GARBAGE_MIN bytes of nonsense, never one that gave a good frame within KEEP_MS, and goes round for ever. A silent line
  stays where it is: silence says nothing about speed.
Source: field experience with automatic baud search; the speeds receivers and vehicle terminals really have.
"""

from __future__ import annotations

from typing import Literal

SPEEDS = (9600, 115_200, 19_200, 38_400, 57_600, 4800, 230_400)
JUDGE_MS, LISTEN_MS, KEEP_MS = 5_000, 2_500, 10_000
SILENT_MS = 120_000  # two heartbeats of a terminal on its usual settings
GARBAGE_MIN = 32  # bytes

Verdict = Literal["waiting", "good", "silent", "speed"]


class Hearing:
    """What was heard on a line since it was opened or its speed changed."""

    _first_ms: int | None  # when the bytes began that have no good frame among them
    _heard_ms: int | None
    _good_ms: int | None

    def __init__(self, at_ms: int) -> None:
        self._start(at_ms)

    def took(self, size: int, good: int, at_ms: int) -> None:
        """So many bytes came, with so many good frames among them."""
        if size:
            self._heard_ms = at_ms
            if self._first_ms is None:
                self._first_ms = at_ms
        if good:
            self._good_ms, self._garbage = at_ms, 0
            self._first_ms = at_ms
        else:
            self._garbage += size

    def verdict(self, at_ms: int) -> Verdict:
        """How the line stands."""
        if self._heard_ms is None:
            return "silent" if at_ms - self._start_ms >= SILENT_MS else "waiting"
        if at_ms - self._heard_ms >= SILENT_MS:
            return "silent"
        if self._garbage >= GARBAGE_MIN and self._first_ms is not None and at_ms - self._first_ms >= JUDGE_MS:
            return "speed"
        return "waiting" if self._good_ms is None else "good"

    @property
    def since_ms(self) -> int:
        """When the bytes began that have no good frame among them."""
        return self._start_ms if self._first_ms is None else self._first_ms

    def should_leave(self, at_ms: int) -> bool:
        """Whether a hunting line should try its next speed."""
        kept = self._good_ms is not None and at_ms - self._good_ms < KEEP_MS
        return not kept and self._garbage >= GARBAGE_MIN and at_ms - self._start_ms >= LISTEN_MS

    def restart(self, at_ms: int) -> None:
        """The speed was changed."""
        self._start(at_ms)

    def _start(self, at_ms: int) -> None:
        self._start_ms, self._garbage = at_ms, 0
        self._first_ms = self._heard_ms = self._good_ms = None


def next_speed(baud: int) -> int:
    """The speed to try after this one."""
    return SPEEDS[(SPEEDS.index(baud) + 1) % len(SPEEDS)] if baud in SPEEDS else SPEEDS[0]
