"""Alarms that a terminal's own word is enough for (Art. 15): bits of its last report, and its silence.

One alarm per condition and vehicle, however many reports repeat it. The catalogue's other alarms need tracks and
records and are judged elsewhere. Grades: info, notice, serious, critical.
Source of the bits: JT/T 808-2013, location report, alarm flags.
"""

from __future__ import annotations

from dataclasses import dataclass

GRADES: dict[str, str] = {
    "A06": "notice",
    "A07": "serious",
    "A10": "serious",
    "A11": "serious",
    "A19": "serious",
    "A22": "serious",
    "A23": "critical",
    "A24": "serious",
    "DISK": "critical",
    "LINE": "serious",
    "SPEED": "notice",
    "TERM": "notice",
}
"""Every code there is here; DISK is a disk that takes nothing any more, LINE a line of the node that is gone, SPEED one
that says only nonsense, TERM a terminal that is not on the register."""

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
        return GRADES[self.code]


def of_report(plate: str, alarm_bits: int, at_ms: int) -> list[Condition]:
    """The conditions in one report, each once, the gravest first."""
    codes = {code for bit, code in BITS.items() if alarm_bits >> bit & 1}
    order = ["critical", "serious", "notice", "info"]
    return [
        Condition(code, plate, at_ms, plate)
        for code in sorted(codes, key=lambda code: (order.index(GRADES[code]), code))
    ]


def silent(heard_ms: int | None, now_ms: int, silent_after_s: int) -> bool:
    """Whether a terminal that should be heard has not been for too long."""
    return heard_ms is None or now_ms - heard_ms > silent_after_s * 1000
