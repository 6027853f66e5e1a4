"""Whether a terminal can be believed, from how its reports come in: its clock, and that there is only one of it.

Rules kept here:
* A report that is late proves nothing: it may have waited. But what waited comes in ever less late, while a clock that
  is off, set to another time zone or never set at all, is off by the same for as long as one listens.
* A terminal is in one place. One report that cannot be reached from the last good one is a jump; where such and good
  ones take turns again and again, two terminals speak under one number, or its receiver is led astray.
* Only reports of the moment are followed, not those sent in one go after a hole in the radio.
Source: Art. 14 (records in their own time) and 15 (one terminal to a vehicle); JT/T 808, times are China time.
"""

from __future__ import annotations

from typing import NamedTuple

CLOCK_OFF_MS = 5 * 60_000
"""Radios and queues hold a report up for less than this."""
ALIKE_MS, ALIKE_SPAN_MS, ALIKE_MIN = 30_000, 10 * 60_000, 5
"""So near to each other, for so long, and so many reports that are late or early alike are no accident."""
TURNS, TURNS_SPAN_MS = 6, 15 * 60_000


class Conduct(NamedTuple):
    """How a terminal has reported lately, by the node's clock (UTC ms). `late_ms` is how late the first of `alike`
    reports came, all of them alike since `since_ms`; negative where its time had not yet come."""

    late_ms: int
    since_ms: int
    heard_ms: int
    alike: int = 1
    astray: bool = False
    turns: tuple[int, ...] = ()

    @property
    def is_clock_off(self) -> bool:
        """Whether its clock is wrong, and so by how much: `late_ms`."""
        steady = self.alike >= ALIKE_MIN and self.heard_ms - self.since_ms >= ALIKE_SPAN_MS
        return steady and abs(self.late_ms) > CLOCK_OFF_MS

    @property
    def is_double(self) -> bool:
        """Whether it is in two places at once."""
        return len(self.turns) == TURNS and self.heard_ms - self.turns[0] <= TURNS_SPAN_MS


def follow(before: Conduct | None, device_ms: int, received_ms: int, *, astray: bool) -> Conduct:
    """What is known after one more report; `astray` if its place cannot be reached from the last good one."""
    late_ms = received_ms - device_ms
    if before is None:
        return Conduct(late_ms, received_ms, received_ms, astray=astray)
    turns = before.turns if astray == before.astray else (*before.turns, received_ms)[-TURNS:]
    if abs(late_ms - before.late_ms) > ALIKE_MS:
        return Conduct(late_ms, received_ms, received_ms, 1, astray, turns)
    return before._replace(heard_ms=received_ms, alike=before.alike + 1, astray=astray, turns=turns)
