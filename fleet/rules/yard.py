"""What a vehicle and a driver are chosen among (Art. 9): the register, what holds them, how each stands, and the
numbers a choice counts with. Nothing is decided here; see `offers` and `ranking`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.rules.driver import Driver, Rest, Spell
from fleet.rules.form import Form
from fleet.rules.order import ON_THE_ROAD, Order
from fleet.rules.places import NO_PLACES, Places
from fleet.rules.queue import PLANNED_LEAD_MS
from fleet.rules.settings import NO_CHANGES, value_ms
from fleet.rules.vehicle import NOTHING_STANDS, Standing, Vehicle

BUFFER_MS = value_ms("dispatch_buffer_min", NO_CHANGES)
"""Kept free before and after a trip. Local choice; the text gives no number."""

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points of each term, and the numbers a filter or term counts with. All are settings."""

    usual_pair: int = 40
    class_fits: int = 30
    usual_department: int = 20
    at_origin: int = 20
    range_enough: int = 10
    range_short: int = -30
    long_unused: int = 10
    cheap: int = 10
    hours_balance: int = 5
    winter_percent: int = 130
    winter_months: tuple[int, int] = (10, 4)
    buffer_ms: int = BUFFER_MS
    lead_ms: int = PLANNED_LEAD_MS
    rest: Rest = field(default_factory=Rest)


@dataclass(frozen=True, slots=True)
class Booking:
    """Another order that holds a vehicle and a driver for a while (UTC ms)."""

    order: Order
    form: Form

    def overlaps(self, form: Form, *, buffer_ms: int = BUFFER_MS, now_ms: int = 0) -> bool:
        """Whether the two trips, with the buffer around them, share any moment. Who left before the planned start is
        gone from then on, and who is still out past the planned end is not back before now."""
        start_ms = min(self.form.start_ms, self.order.departed_ms or self.form.start_ms)
        end_ms = max(self.form.end_ms, now_ms if self.order.state in ON_THE_ROAD else 0)
        return start_ms - buffer_ms < form.end_ms and form.start_ms < end_ms + buffer_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """What a choice is made among, at one moment. `spells` are the trips of each driver, past and planned; `driven_ms`
    how long each drove lately; `places` are those of the register."""

    vehicles: tuple[Vehicle, ...] = ()
    drivers: tuple[Driver, ...] = ()
    bookings: tuple[Booking, ...] = ()
    standing: Mapping[str, Standing] = field(default_factory=dict)
    spells: Mapping[str, tuple[Spell, ...]] = field(default_factory=dict)
    driven_ms: Mapping[str, int] = field(default_factory=dict)
    places: Places = NO_PLACES
    weights: Weights = field(default_factory=Weights)
    now_ms: int = 0

    def stands(self, plate: str) -> Standing:
        """How a vehicle stands."""
        return self.standing.get(plate, NOTHING_STANDS)

    def way_km(self, origin: str, destination: str) -> int | None:
        """The way between two places by their names, km; None where it is not known."""
        one, other = self.places.named(origin), self.places.named(destination)
        return one.way_km(other) if one and other and one != other else None


@dataclass(frozen=True, slots=True)
class Asked:
    """The trip vehicles are looked for, the bookings in its time, and who of the drivers is not busy then."""

    order: str
    form: Form
    taken: tuple[Booking, ...]
    free: tuple[Driver, ...]
