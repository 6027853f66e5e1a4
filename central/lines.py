"""Units, orders and vehicles as the lines of a list: stored rows in, what may be seen out. Pure.

Central's people see of a confidential trip that it exists, its vehicle, times and kilometres; who travels, why, where
and every position stay out of these lines (Art. 10 (4)), so no page can show them by mistake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from central.freshness import POSITION_OLD_MS, Freshness
from central.region import Standing
from fleet.rules.order import ON_THE_ROAD
from fleet.rules.order import State as Stand
from fleet.rules.vehicle import Tag

CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit: when it was last heard (UTC ms, None if never), over what, and how much of it is held."""

    code: str
    name: str
    heard_ms: int | None
    link: str
    fresh: Freshness
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """An order. `rider`, `origin` and `destination` are None where they may not be seen here."""

    unit: UnitLine
    id: str
    state: str
    urgency: str
    cls: str
    rider: str | None
    origin: str | None
    destination: str | None
    start_ms: int
    end_ms: int
    since_ms: int
    vehicle: str
    driver: str
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a vehicle was, as its node stated it (WGS-84, 1e-6 degrees; 0.1 km/h)."""

    time_ms: int
    lat_e6: int
    lon_e6: int
    speed_kmh_e1: int
    old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLine:
    """A vehicle. `tag` is None where the unit's silence makes it unknown; `hidden` where a position may not be seen."""

    unit: UnitLine
    plate: str
    cls: str
    tag: Tag | None
    order: str
    position: Position | None
    hidden: bool


def order_line(row: Any, unit: UnitLine, driver: str) -> OrderLine:
    """A row of `orders` as a line; `driver` is the name of its driver."""
    form = form_of(row)
    hidden = form.get("cls") == CONFIDENTIAL
    return OrderLine(
        unit=unit,
        id=row.id,
        state=row.state,
        urgency=form.get("urgency", ""),
        cls=form.get("cls", ""),
        rider=None if hidden else form.get("rider", ""),
        origin=None if hidden else form.get("origin", ""),
        destination=None if hidden else form.get("destination", ""),
        start_ms=row.start_ms,
        end_ms=whole_number(form.get("end_ms", "")),
        since_ms=row.since_ms,
        vehicle=row.vehicle,
        driver=driver,
        refused=row.refused,
    )


def vehicle_line(row: Any, unit: UnitLine, order: Any | None, *, hidden: bool, now_ms: int) -> VehicleLine:
    """A row of `vehicles` as a line; `order` is the row of the order that holds the vehicle, `hidden` if its last
    position belongs to a confidential trip."""
    seen, register = _object(row.seen), _object(row.register)
    hidden = hidden or register.get("cls") == CONFIDENTIAL
    known = unit.fresh in {Freshness.HEARD, Freshness.LATE}
    return VehicleLine(
        unit=unit,
        plate=row.plate,
        cls=register.get("cls", ""),
        tag=_tag(order.state if order else "") if known else None,
        order=order.id if order else "",
        position=_position(seen, now_ms) if seen and not hidden else None,
        hidden=hidden,
    )


def form_of(row: Any) -> dict[str, str]:
    """The form of a row of `orders`, as the texts its document holds."""
    return {name: str(value) for name, value in _object(row.form).items()}


def position_order(row: Any) -> str:
    """The order the last position of a row of `vehicles` belongs to."""
    return str(_object(row.seen).get("order", ""))


def whole_number(text: str) -> int:
    """A decimal, or 0 where edits left something else."""
    return int(text) if text.isdecimal() and len(text) <= 15 else 0


def _object(text: str) -> Mapping[str, Any]:
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def _position(seen: Mapping[str, Any], now_ms: int) -> Position:
    return Position(
        time_ms=seen["time_ms"],
        lat_e6=seen["lat_e6"],
        lon_e6=seen["lon_e6"],
        speed_kmh_e1=seen["speed_kmh_e1"],
        old=now_ms - seen["time_ms"] > POSITION_OLD_MS,
    )


def _tag(state: str) -> Tag:
    if state == Stand.WAITING:
        return Tag.WAITING
    if state in ON_THE_ROAD:
        return Tag.OUT
    return Tag.ASSIGNED if state == Stand.DISPATCHED else Tag.FREE
