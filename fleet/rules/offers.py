"""Which vehicle and driver (Art. 9 (1) and (3)): hard filters first, then a ranking that gives its reasons.

Nothing is chosen for the dispatcher. Each vehicle is either offered with the reasons that speak for it, or refused
with the one reason that stands in the way, so that a shortage can be shown and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.errors import RuleBroken
from fleet.rules.form import Form
from fleet.rules.order import HOLDS_VEHICLE, Order
from fleet.rules.vehicle import Vehicle

BUFFER_MS = 30 * 60_000
"""Kept free before and after a trip. Local choice; the text gives no number."""


@dataclass(frozen=True, slots=True)
class Driver:
    """Someone certified to drive for the unit."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A vehicle with a driver, and why: codes for `offer.` in the catalogue, the strongest first."""

    vehicle: Vehicle
    driver: Driver
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A vehicle that cannot serve, and the one reason: a code for `unfit.` in the catalogue, with its facts."""

    vehicle: Vehicle
    reason: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Booking:
    """Another order that holds a vehicle and a driver for a while (UTC ms)."""

    order: Order
    form: Form

    def overlaps(self, form: Form) -> bool:
        """Whether the two trips, with the buffer around them, share any moment."""
        return self.form.start_ms - BUFFER_MS < form.end_ms and form.start_ms < self.form.end_ms + BUFFER_MS


def offers(
    form: Form, vehicles: Iterable[Vehicle], drivers: Iterable[Driver], bookings: Iterable[Booking]
) -> tuple[list[Offer], list[Unfit]]:
    """Rank every vehicle of the unit for a trip.

    Returns:
        The offers, best first, and the vehicles that cannot serve, by plate. Together they name every vehicle once.
    """
    taken = [booking for booking in bookings if booking.order.state in HOLDS_VEHICLE and booking.overlaps(form)]
    busy_drivers = {booking.order.driver for booking in taken}
    free = sorted((driver for driver in drivers if driver.id not in busy_drivers), key=lambda driver: driver.id)
    fit, unfit = [], []
    for vehicle in sorted(vehicles, key=lambda vehicle: vehicle.plate):
        reason, facts = _in_the_way(form, vehicle, taken, free)
        if reason:
            unfit.append(Unfit(vehicle, reason, facts))
        else:
            fit.append(_offer(form, vehicle, free))
    fit.sort(key=lambda offer: (-len(offer.reasons), offer.vehicle.seats, offer.vehicle.plate))
    return fit, unfit


def require(
    form: Form,
    plate: str,
    driver: str,
    vehicles: Iterable[Vehicle],
    drivers: Iterable[Driver],
    bookings: Iterable[Booking],
) -> None:
    """Hold a dispatcher's choice to the hard filters.

    Raises:
        RuleBroken: `vehicle_unfit` with the vehicle's reason, or `driver_unfit`.
    """
    bookings, drivers = list(bookings), list(drivers)
    fit, unfit = offers(form, vehicles, drivers, bookings)
    for refused in unfit:
        if refused.vehicle.plate == plate:
            raise RuleBroken("vehicle_unfit", article="9", plate=plate, reason=refused.reason, **refused.facts)
    if plate not in {offer.vehicle.plate for offer in fit}:
        raise RuleBroken("vehicle_unknown", article="15", plate=plate)
    busy = {
        booking.order.driver for booking in bookings if booking.order.state in HOLDS_VEHICLE and booking.overlaps(form)
    }
    if driver in busy or driver not in {known.id for known in drivers}:
        raise RuleBroken("driver_unfit", article="9", driver=driver)


def _in_the_way(
    form: Form, vehicle: Vehicle, taken: list[Booking], free: list[Driver]
) -> tuple[str, Mapping[str, object]]:
    if vehicle.cls == "confidential" and form.cls != "confidential":
        return "class", {"class": vehicle.cls}
    if vehicle.seats < form.passengers + 1:
        return "seats", {"seats": vehicle.seats, "needed": form.passengers + 1}
    for booking in taken:
        if booking.order.vehicle == vehicle.plate:
            return "taken", {"order": booking.order.id, "until_ms": booking.form.end_ms}
    if not free:
        return "no_driver", {}
    return "", {}


def _offer(form: Form, vehicle: Vehicle, free: list[Driver]) -> Offer:
    usual = next((driver for driver in free if driver.id == vehicle.usual_driver), None)
    reasons = [
        *(["usual_pair"] if usual else []),
        *(["class_fits"] if vehicle.cls == form.cls else []),
        *(["at_origin"] if vehicle.home and vehicle.home == form.origin else []),
    ]
    return Offer(vehicle, usual or free[0], (*reasons, "free_then"))
