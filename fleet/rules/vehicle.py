"""A vehicle on the unit's register (Art. 2, 4, 15) and how it stands now, which is computed and never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fleet.errors import BadInput
from fleet.rules.form import CLASSES
from fleet.rules.order import ON_THE_ROAD, Order, State

SEATS_MAX = 60


class Tag(StrEnum):
    """How a vehicle stands, one sign on every screen (`tag.` in the catalogue)."""

    FREE = "free"
    ASSIGNED = "assigned"
    OUT = "out"
    WAITING = "waiting"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A registered vehicle. `terminal` is the phone number of its positioning terminal, without leading zeros."""

    plate: str
    cls: str
    seats: int
    terminal: str
    usual_driver: str = ""
    home: str = ""


def read(given: Mapping[str, object]) -> Vehicle:
    """Turn field values into a Vehicle.

    Raises:
        BadInput: a field is missing, too long or not in its list.
    """
    texts = {
        name: str(given.get(name, "") or "").strip() for name in ("plate", "cls", "terminal", "usual_driver", "home")
    }
    for name in ("plate", "terminal"):
        if not texts[name]:
            raise BadInput("field_missing", article="15", field=name)
    if too_long := next((name for name, text in texts.items() if len(text) > 64), None):
        raise BadInput("field_too_long", article="6", field=too_long, most=64)
    if texts["cls"] not in CLASSES:
        raise BadInput("field_not_listed", article="2", field="cls", value=texts["cls"])
    try:
        seats = int(str(given.get("seats", "")))
    except ValueError:
        raise BadInput("field_not_a_number", article="6", field="seats") from None
    if not 2 <= seats <= SEATS_MAX:
        raise BadInput("field_not_listed", article="6", field="seats", value=seats)
    texts["terminal"] = texts["terminal"].lstrip("0")
    return Vehicle(seats=seats, **texts)


def tag(vehicle: Vehicle, orders: Iterable[Order], *, silent: bool) -> Tag:
    """How the vehicle stands: what its order says first, then whether its terminal is heard."""
    states = {order.state for order in orders if order.vehicle == vehicle.plate}
    if State.WAITING in states:
        return Tag.WAITING
    if states & ON_THE_ROAD:
        return Tag.OUT
    if silent:
        return Tag.SILENT
    return Tag.ASSIGNED if State.DISPATCHED in states else Tag.FREE
