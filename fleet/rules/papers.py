"""Papers that run out (Art. 4, 11): insurance, inspection, licences and exemptions to be reviewed, each told 30 days
before, 7 days before, and once it is over. Material for alarm A27; days are local days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fleet.rules import fields
from fleet.rules.driver import Driver
from fleet.rules.vehicle import ON_PLATFORM, Stage, Vehicle

STEPS_DAYS = (0, 7, 30)
"""Local choice; the text names no term."""


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A paper that runs out: whose (a plate or a driver's number), which (`paper.` in the catalogue), and when. `step`
    is the nearest of STEPS_DAYS it has come under."""

    until: str
    subject: str
    paper: str
    left_days: int
    step: int


def due(today: date, vehicles: Iterable[Vehicle], drivers: Iterable[Driver]) -> list[Due]:
    """Everything that runs out within the longest step or has run out, the soonest first."""
    papers = []
    for vehicle in vehicles:
        if vehicle.stage in ON_PLATFORM:
            papers += [(vehicle.insured_until, vehicle.plate, "insurance")]
            papers += [(vehicle.inspected_until, vehicle.plate, "inspection")]
        elif vehicle.stage is Stage.EXEMPT:
            papers += [(vehicle.exempt_review_on, vehicle.plate, "exemption")]
    papers += [(driver.licence_until, driver.id, "licence") for driver in drivers]
    found = []
    for until, subject, paper in papers:
        day = fields.day(until)
        left = None if day is None else (day - today).days
        if left is not None and left <= STEPS_DAYS[-1]:
            step = next(step for step in STEPS_DAYS if left <= step)
            found.append(Due(until, subject, paper, left, step))
    return sorted(found)
