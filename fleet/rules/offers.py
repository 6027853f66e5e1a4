"""Which vehicle and driver (Art. 9 (1) and (3)): hard filters first, then a ranking that gives its reasons.

Nothing is chosen for the dispatcher. Each vehicle is either offered with the reasons that speak for it, or refused
with the first reason that stands in the way, so that a shortage can be shown and kept. A filter is one line of FILTERS,
a reason to prefer one line of `ranking.TERMS`, shown with its points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleet.errors import RuleBroken
from fleet.rules import driver as drivers_rule
from fleet.rules.calendar import days_of
from fleet.rules.driver import Driver, Task
from fleet.rules.form import Form
from fleet.rules.order import HOLDS_VEHICLE
from fleet.rules.ranking import TERMS, Term
from fleet.rules.vehicle import Stage, Vehicle
from fleet.rules.yard import Asked, Booking, Facts, Yard


@dataclass(frozen=True, slots=True)
class Offer:
    """A vehicle with a driver, and why, the strongest reason first. `cautions` are codes for `caution.`: what is not
    known, or stands in nobody's way but must be seen."""

    vehicle: Vehicle
    driver: Driver
    terms: tuple[Term, ...]
    cautions: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """The sum of the terms' points."""
        return sum(term.points for term in self.terms)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of the terms."""
        return tuple(term.code for term in self.terms)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A vehicle that cannot serve, and the first reason: a code for `unfit.` in the catalogue, with its facts."""

    vehicle: Vehicle
    reason: str
    facts: Facts


def offers(order: str, form: Form, yard: Yard) -> tuple[list[Offer], list[Unfit]]:
    """Rank every vehicle of the unit for a trip.

    Returns:
        The offers, best first, and the vehicles that cannot serve, by plate. Together they name every vehicle once.
    """
    asked = _asked(order, form, yard)
    fit: list[Offer] = []
    unfit: list[Unfit] = []
    for vehicle in sorted(yard.vehicles, key=lambda vehicle: vehicle.plate):
        hindered = _in_the_way(asked, vehicle, yard)
        if hindered:
            unfit.append(hindered)
        else:
            fit.append(_offer(asked, vehicle, yard))
    fit.sort(key=lambda offer: (-offer.score, offer.vehicle.seats, offer.vehicle.plate))
    return fit, unfit


def require(order: str, form: Form, plate: str, driver: str, yard: Yard) -> None:
    """Hold a dispatcher's choice to the hard filters.

    Raises:
        RuleBroken: `vehicle_unfit` with the vehicle's reason, `vehicle_unknown`, or `driver_unfit` with the driver's.
    """
    vehicle = next((known for known in yard.vehicles if known.plate == plate), None)
    if vehicle is None:
        raise RuleBroken("vehicle_unknown", article="15", plate=plate)
    asked = _asked(order, form, yard)
    if refused := _in_the_way(asked, vehicle, yard):
        raise RuleBroken("vehicle_unfit", article="9", plate=plate, reason=refused.reason, **refused.facts)
    require_driver(form, driver, vehicle.seats, yard)


def require_driver(form: Form, driver: str, seats: int, yard: Yard) -> None:
    """Hold the choice of a driver to the hard filters; RuleBroken `driver_unfit` with `because`."""
    known = next((each for each in yard.drivers if each.id == driver), None)
    because, facts = ("unknown", {}) if known is None else driver_hindered(known, form, seats, yard) or ("", {})
    if because:
        raise RuleBroken("driver_unfit", article="9", driver=driver, because=because, **facts)


def driver_hindered(driver: Driver, form: Form, seats: int, yard: Yard) -> tuple[str, Facts] | None:
    """What keeps a driver from a trip: a code for `driver_unfit.` with its facts; None if nothing does."""
    for booking in _taken(form, yard):
        if booking.order.driver == driver.id:
            return "busy", {"order": booking.order.id}
    task = Task(start_ms=form.start_ms, end_ms=form.end_ms, seats=seats, confidential=form.cls == "confidential")
    return drivers_rule.unfit(driver, task, yard.spells.get(driver.id, ()), yard.weights.rest)


def _taken(form: Form, yard: Yard) -> tuple[Booking, ...]:
    return tuple(
        booking
        for booking in yard.bookings
        if booking.order.state in HOLDS_VEHICLE
        and booking.overlaps(form, buffer_ms=yard.weights.buffer_ms, now_ms=yard.now_ms)
    )


def _asked(order: str, form: Form, yard: Yard) -> Asked:
    taken = _taken(form, yard)
    busy = {booking.order.driver for booking in taken}
    free = sorted((driver for driver in yard.drivers if driver.id not in busy), key=lambda driver: driver.id)
    return Asked(order, form, taken, tuple(free))


# -- what stands in the way -----------------------------------------------------------------------------------------


def _in_the_way(asked: Asked, vehicle: Vehicle, yard: Yard) -> Unfit | None:
    for code, hinders in FILTERS:
        facts = hinders(asked, vehicle, yard)
        if facts is not None:
            return Unfit(vehicle, code, facts)
    return None


def _stage(_: Asked, vehicle: Vehicle, __: Yard) -> Facts | None:
    return None if vehicle.stage is Stage.IN_SERVICE else {"stage": str(vehicle.stage)}


def _sealed(asked: Asked, vehicle: Vehicle, yard: Yard) -> Facts | None:
    standing, form = yard.stands(vehicle.plate), asked.form
    if asked.order in standing.excepted:
        return None
    return {} if any(start < form.end_ms and form.start_ms < end for start, end in standing.closed) else None


def _defect(_: Asked, vehicle: Vehicle, yard: Yard) -> Facts | None:
    standing = yard.stands(vehicle.plate)
    return {"item": standing.blocking[0]} if standing.blocking else None


def _repair(_: Asked, vehicle: Vehicle, yard: Yard) -> Facts | None:
    return {} if yard.stands(vehicle.plate).in_repair else None


def _insurance(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    return _over(vehicle.insured_until, asked.form)


def _inspection(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    return _over(vehicle.inspected_until, asked.form)


def _over(until: str, form: Form) -> Facts | None:
    return {"until": until} if until and days_of(form.start_ms, form.end_ms)[1].isoformat() > until else None


def _class(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    return {"class": vehicle.cls} if vehicle.cls == "confidential" and asked.form.cls != "confidential" else None


def _class_needed(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    return {} if asked.form.cls == "confidential" and vehicle.cls != "confidential" else None


def _class_unserved(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    served = {vehicle.cls, *vehicle.serves.split()}
    return {"class": asked.form.cls} if vehicle.serves and asked.form.cls not in served else None


def _seats(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    needed = asked.form.passengers + 1
    return {"seats": vehicle.seats, "needed": needed} if vehicle.seats < needed else None


def _booked(asked: Asked, vehicle: Vehicle, _: Yard) -> Facts | None:
    for booking in asked.taken:
        if booking.order.vehicle == vehicle.plate:
            return {"order": booking.order.id, "until_ms": booking.form.end_ms}
    return None


def _terminal(_: Asked, vehicle: Vehicle, yard: Yard) -> Facts | None:
    return {} if not vehicle.terminal and not yard.stands(vehicle.plate).fault_open else None


def _no_driver(asked: Asked, vehicle: Vehicle, yard: Yard) -> Facts | None:
    return None if _fit_drivers(asked, vehicle, yard) else {}


FILTERS: tuple[tuple[str, Callable[[Asked, Vehicle, Yard], Facts | None]], ...] = (
    ("stage", _stage),
    ("sealed", _sealed),
    ("repair", _repair),
    ("defect", _defect),
    ("insurance", _insurance),
    ("inspection", _inspection),
    ("class", _class),
    ("class_needed", _class_needed),
    ("class_unserved", _class_unserved),
    ("seats", _seats),
    ("taken", _booked),
    ("terminal", _terminal),
    ("no_driver", _no_driver),
)
"""The hard filters, in the order in which a reason is looked for."""


# -- what speaks for a vehicle --------------------------------------------------------------------------------------


def _fit_drivers(asked: Asked, vehicle: Vehicle, yard: Yard) -> list[Driver]:
    return [driver for driver in asked.free if not driver_hindered(driver, asked.form, vehicle.seats, yard)]


def _offer(asked: Asked, vehicle: Vehicle, yard: Yard) -> Offer:
    fit = _fit_drivers(asked, vehicle, yard)
    usual = next((driver for driver in fit if driver.id == vehicle.usual_driver), None)
    driver = usual or min(fit, key=lambda driver: (yard.driven_ms.get(driver.id, 0), driver.id))
    found = [term for weigh in TERMS if (term := weigh(asked, vehicle, driver, yard))]
    found.sort(key=lambda term: -term.points)
    return Offer(vehicle, driver, (*found, Term("free_then", 0)), _cautions(vehicle, driver, yard))


def _cautions(vehicle: Vehicle, driver: Driver, yard: Yard) -> tuple[str, ...]:
    return (
        *(["fault_open"] if yard.stands(vehicle.plate).fault_open else []),
        *([] if vehicle.insured_until else ["insurance_unrecorded"]),
        *([] if vehicle.inspected_until else ["inspection_unrecorded"]),
        *drivers_rule.cautions(driver),
    )
