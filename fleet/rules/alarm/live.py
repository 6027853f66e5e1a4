"""What a terminal's own last word is enough for (Art. 15): its alarm bits and its silence, until its track is judged;
and conditions of the node itself, of which no rule speaks.

One condition per alarm and vehicle, however many reports repeat it. Source of the bits: JT/T 808-2013, location report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.rules.alarm.catalogue import CATALOGUE, GRADES
from fleet.rules.conduct import Conduct

OWN: dict[str, str] = {
    "DISK": "critical",
    "LINE": "serious",
    "TWIN": "serious",
    "CLOCK": "notice",
    "SPEED": "notice",
    "TERM": "notice",
}
"""Conditions of the node: DISK is a disk that takes nothing any more, LINE a line that is gone, SPEED one that says
only nonsense; TERM a terminal that is not on the register, TWIN one in two places, CLOCK one whose time is wrong."""

BITS: dict[int, str] = {
    0: "A23",
    1: "A06",
    2: "A22",
    4: "A11",
    5: "A11",
    6: "A11",
    7: "A10",
    8: "A10",
    18: "A22",
    26: "A24",
    27: "A24",
    28: "A24",
    29: "A23",
    30: "A23",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """An alarm as it stands: since when (UTC ms), and of what: a vehicle, a terminal by phone, or a line by name."""

    code: str
    plate: str
    since_ms: int
    subject: str

    @property
    def grade(self) -> str:
        """How grave it is."""
        return grade_of(self.code)


def of_report(plate: str, alarm_bits: int, at_ms: int) -> list[Condition]:
    """The conditions in one report, each once, the gravest first."""
    codes = {code for bit, code in BITS.items() if alarm_bits >> bit & 1}
    ranked = sorted(codes, key=lambda code: (GRADES.index(grade_of(code)), code))
    return [Condition(code, plate, at_ms, plate) for code in ranked]


def of_conduct(plate: str, conduct: Conduct) -> Iterator[Condition]:
    """What is wrong with how a vehicle's terminal reports."""
    if conduct.is_double:
        yield Condition("TWIN", plate, conduct.turns[0], plate)
    if conduct.is_clock_off:
        yield Condition("CLOCK", plate, conduct.since_ms, plate)


def grade_of(code: str) -> str:
    """How grave an alarm of the catalogue, or a condition of the node, is at first."""
    return OWN.get(code) or CATALOGUE[code].grade


def silent(heard_ms: int | None, now_ms: int, silent_after_s: int) -> bool:
    """Whether a terminal that should be heard has not been for too long."""
    return heard_ms is None or now_ms - heard_ms > silent_after_s * 1000
