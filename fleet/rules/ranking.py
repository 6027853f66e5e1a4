"""What speaks for a vehicle and its driver (Art. 9 (1)): each term a line of TERMS, with its points and its facts.
Weights are settings; what is not known speaks neither for nor against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.rules.calendar import day_of, in_months
from fleet.rules.driver import Driver
from fleet.rules.vehicle import Vehicle
from fleet.rules.yard import Asked, Facts, Yard


@dataclass(frozen=True, slots=True)
class Term:
    """One reason for or against a vehicle: a code for `offer.` in the catalogue, its points, its facts."""

    code: str
    points: int
    facts: Facts = field(default_factory=dict)


def _usual_pair(_: Asked, vehicle: Vehicle, driver: Driver, yard: Yard) -> Term | None:
    return Term("usual_pair", yard.weights.usual_pair) if driver.id == vehicle.usual_driver else None


def _class_fits(asked: Asked, vehicle: Vehicle, _: Driver, yard: Yard) -> Term | None:
    return Term("class_fits", yard.weights.class_fits) if vehicle.cls == asked.form.cls else None


def _department(asked: Asked, vehicle: Vehicle, _: Driver, yard: Yard) -> Term | None:
    usual = vehicle.department and vehicle.department == asked.form.department
    return Term("usual_department", yard.weights.usual_department) if usual else None


def _at_origin(asked: Asked, vehicle: Vehicle, _: Driver, yard: Yard) -> Term | None:
    return Term("at_origin", yard.weights.at_origin) if vehicle.home and vehicle.home == asked.form.origin else None


def _range(asked: Asked, vehicle: Vehicle, _: Driver, yard: Yard) -> Term | None:
    way_km = yard.way_km(asked.form.origin, asked.form.destination)
    if way_km is None or vehicle.range_km is None:
        return None
    winter = in_months(day_of(asked.form.start_ms), *yard.weights.winter_months)
    needed_km = 2 * way_km * (yard.weights.winter_percent if winter else 100) // 100
    enough = vehicle.range_km >= needed_km
    points = yard.weights.range_enough if enough else yard.weights.range_short
    facts = {"range_km": vehicle.range_km, "needed_km": needed_km}
    return Term("range_enough" if enough else "range_short", points, facts)


def _long_unused(_: Asked, vehicle: Vehicle, __: Driver, yard: Yard) -> Term | None:
    last_ms = yard.stands(vehicle.plate).last_used_ms
    days = (yard.now_ms - last_ms) // 86_400_000 if last_ms and yard.now_ms > last_ms else 0
    return Term("long_unused", min(days, yard.weights.long_unused), {"days": days}) if days else None


def _cheap(_: Asked, vehicle: Vehicle, __: Driver, yard: Yard) -> Term | None:
    known = sorted(cost for each in yard.standing.values() if (cost := each.fen_per_km) is not None)
    mine = yard.stands(vehicle.plate).fen_per_km
    if mine is None or len(known) < 2 or known[-1] == known[0]:
        return None
    points = yard.weights.cheap * (known[-1] - mine) // (known[-1] - known[0])
    return Term("cheap", points, {"fen_per_km": mine}) if points else None


def _hours(asked: Asked, _: Vehicle, driver: Driver, yard: Yard) -> Term | None:
    mine = yard.driven_ms.get(driver.id, 0)
    most = max((yard.driven_ms.get(each.id, 0) for each in asked.free), default=0)
    points = yard.weights.hours_balance * (most - mine) // most if most else 0
    return Term("hours_balance", points, {"hours": mine // 3_600_000}) if points else None


TERMS: tuple[Callable[[Asked, Vehicle, Driver, Yard], Term | None], ...] = (
    _usual_pair,
    _class_fits,
    _department,
    _at_origin,
    _range,
    _long_unused,
    _cheap,
    _hours,
)
