"""One vehicle or one driver in two orders at one time, as two places may promise without knowing of each other.

Every replica computes the same record: who has departed stays (it is a fact); then urgent before routine, planned
before temporary, then causal order, then the hash of the dispatch; never wall time. The other order keeps its paper
until a person calls it back: a clash decides nothing, it says who should (Art. 9, 13).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from fleet.rules import queue
from fleet.rules.form import Form
from fleet.rules.order import HOLDS_VEHICLE, ON_THE_ROAD, Order

Rank = tuple[int, int, int, tuple[int, ...], str]


@dataclass(frozen=True, slots=True)
class Held:
    """An order that holds a vehicle. `place` is where its dispatch stands in causal order, `record` names it (hex)."""

    order: Order
    form: Form
    place: tuple[int, ...]
    record: str
    lead_ms: int = queue.PLANNED_LEAD_MS

    @property
    def rank(self) -> Rank:
        """Sort key: who should keep what both hold, first."""
        left = 0 if self.order.state in ON_THE_ROAD else 1
        return (left, *queue.class_of(self.order, self.form, lead_ms=self.lead_ms), self.place, self.record)

    @property
    def span(self) -> tuple[int, int]:
        """From when to when (UTC ms): the departure if there was one, else as planned."""
        start_ms = self.form.start_ms if self.order.departed_ms is None else self.order.departed_ms
        return start_ms, max(self.form.end_ms, start_ms)


@dataclass(frozen=True, slots=True)
class Clash:
    """`subject` (a plate, or a driver's number) is promised to both; `keeps` goes before, `yields` should be called
    back. Where both have left, nobody can: `yields` is then only the later one."""

    over: Literal["vehicle", "driver"]
    subject: str
    keeps: str
    yields: str
    both_left: bool


def clashes(held: Iterable[Held]) -> list[Clash]:
    """Every clash among orders that hold vehicles, in an order all replicas share."""
    ranked = sorted((each for each in held if each.order.state in HOLDS_VEHICLE), key=lambda each: each.rank)
    found = []
    for first, second in combinations(ranked, 2):
        if first.span[0] >= second.span[1] or second.span[0] >= first.span[1]:
            continue
        both = first.order.state in ON_THE_ROAD and second.order.state in ON_THE_ROAD
        if first.order.vehicle == second.order.vehicle:
            found.append(Clash("vehicle", first.order.vehicle, first.order.id, second.order.id, both))
        if first.order.driver and first.order.driver == second.order.driver:
            found.append(Clash("driver", first.order.driver, first.order.id, second.order.id, both))
    return found
