"""A verdict: one alarm of the catalogue, for one episode of one vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.rules.alarm.spans import FOR_EVER, Span

Told = int | str
"""What a fact of a verdict is: numbers in the unit the name ends with, codes, names."""
SINCE = "since_ms"
"""The fact that says from when on the track counts for what is told, where that is before the episode (UTC ms)."""
TEXTS = {"plate": 64, "subject": 200, "order": 64, "driver": 64, "staff": 64}
"""The texts of a verdict, and how long they may be where it is put on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`until_ms` is None while the episode goes on, `cut` says that it began before what was looked at. `order` is the
    one its vehicle was on by the time of the episode, `staff` the number of its driver, `driver` the name that the card
    reader or else that order has. `subject` tells apart what may be going on at once. `limits` are the settings it was
    judged by: value and source by name. `provisional` verdicts may change with reports that are still to come. What a
    card reader or a stranger's record calls somebody is cut to what can be put on record."""

    code: str
    plate: str
    from_ms: int
    until_ms: int | None
    grade: str
    order: str = ""
    driver: str = ""
    staff: str = ""
    subject: str = ""
    facts: Mapping[str, Told] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    provisional: bool = False
    cut: bool = False

    def __post_init__(self) -> None:
        for name, most in TEXTS.items():
            object.__setattr__(self, name, getattr(self, name).strip()[:most].strip())

    @property
    def span(self) -> Span:
        """The time of the episode."""
        return Span(self.from_ms, FOR_EVER if self.until_ms is None else self.until_ms)
