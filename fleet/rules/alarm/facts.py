"""What is known of one vehicle and a period, ordered by time: all that its alarms are judged by.

Whoever gathers the facts (the node from its files, central from what it holds, a test from a page) hands over the same
shapes; equal facts give equal alarms. Times are UTC ms, places WGS-84.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from fleet.rules.alarm.coverage import UNLEARNT, Coverage
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.calendar import SHIPPED, Year
from fleet.rules.places import NO_PLACES, Places
from fleet.tracks.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """An order that a vehicle is promised to or out for. `driver` is the name as drivers' cards say it, `staff` the
    number of that person; `extended_ms` until when a dispatcher extended it; `movement_ms` when the vehicle was seen
    leaving before anybody had said so; `waiting` when it stood at its destination
    as somebody said; `done_ms` when the driver said that the business was done; `urgent` whether another, urgent order
    calls the vehicle back."""

    order: str
    dispatched_ms: int
    start_ms: int
    end_ms: int
    driver: str = ""
    staff: str = ""
    departed_ms: int | None = None
    back_ms: int | None = None
    origin: str = ""
    destination: str = ""
    urgency: int = 2
    confidential: bool = False
    urgent: bool = False
    extended_ms: int | None = None
    movement_ms: int | None = None
    done_ms: int | None = None
    waiting: tuple[Span, ...] = ()
    odometer_out_km: int | None = None
    odometer_in_km: int | None = None

    @property
    def promised(self) -> Span:
        """From when it is dispatched until it is back."""
        return Span(self.dispatched_ms, self.back_ms or FOR_EVER)

    @property
    def out(self) -> Span | None:
        """When it was out; None if it has not left."""
        return None if self.departed_ms is None else Span(self.departed_ms, self.back_ms or FOR_EVER)


class Card(NamedTuple):
    """A driver's card put in or taken out (`name` is "" then)."""

    at_ms: int
    name: str


class Fill(NamedTuple):
    """A fuel receipt: when, how much, the case it is of, and what the odometer read, if it says so. `unmatched`:
    finance found no evidence that the vehicle was there (Art. 11)."""

    at_ms: int
    ml: int
    case: str
    odometer_km: int | None = None
    unmatched: bool = False


class Unauthorised(NamedTuple):
    """The time of a trip without an order whose supplement the approver refused, and the case."""

    from_ms: int
    until_ms: int
    case: str


class Unsealed(NamedTuple):
    """A time for which a vehicle was sealed, by how many km its odometer then differed that no exception explains, and
    the case."""

    from_ms: int
    until_ms: int
    km: int
    case: str


class Temperature(NamedTuple):
    """What somebody read off a thermometer."""

    at_ms: int
    celsius: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One vehicle from `since_ms` to `now_ms`: `track` begins no later. `repairs`, `tows`, `duty`, `notices` (emergency
    notices) and `sealed` (without what an exception lets out) are spans; `cards` what its terminal's reader said,
    if it has one; `terminal_changed` when another terminal was built in; `fitted` whether one is; `node_deaf` when the
    node's own radio was down; `coverage` where the unit's radio is heard."""

    plate: str
    now_ms: int
    track: Track
    since_ms: int = 0
    outings: tuple[Outing, ...] = ()
    places: Places = NO_PLACES
    years: Mapping[int, Year] = field(default_factory=lambda: SHIPPED)
    sealed: tuple[Span, ...] = ()
    repairs: tuple[Span, ...] = ()
    tows: tuple[Span, ...] = ()
    duty: tuple[Span, ...] = ()
    notices: tuple[Span, ...] = ()
    unauthorised: tuple[Unauthorised, ...] = ()
    unsealed: tuple[Unsealed, ...] = ()
    cards: tuple[Card, ...] = ()
    fills: tuple[Fill, ...] = ()
    tank_ml: int | None = None
    rated_ml_100km: int | None = None
    terminal_changed: tuple[int, ...] = ()
    node_deaf: tuple[Span, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    coverage: Coverage = UNLEARNT
    fitted: bool = True

    def reach_ms(self, within: Span) -> int:
        """From when on the track has to be looked at to judge what ended within a span (UTC ms): all of the trips that
        came back in it, and what was driven between a fill in it and the one before."""
        trips = [
            each.departed_ms
            for each in self.outings
            if each.departed_ms is not None and each.back_ms is not None and within.holds(each.back_ms)
        ]
        fills = [before.at_ms for before, after in pairwise(sorted(self.fills)) if within.holds(after.at_ms)]
        return min([within.from_ms, *trips, *fills])

    def outing_at(self, at_ms: int) -> Outing | None:
        """The order the vehicle was out for at a moment; the one that departed last, should records overlap."""
        out = [each for each in self.outings if each.out and each.out.holds(at_ms)]
        return max(out, key=lambda each: each.departed_ms or 0, default=None)
