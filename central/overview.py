"""The region at a glance: units, orders and vehicles, read from the projections in one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, select

from central import freshness
from central.contacts import Contact
from central.database import disk_errors
from central.freshness import Freshness
from central.lines import (
    CONFIDENTIAL,
    OrderLine,
    UnitLine,
    VehicleLine,
    form_of,
    order_line,
    position_order,
    vehicle_line,
)
from central.nodes import Unit
from central.region import Standing
from central.tables import orders, people, vehicles
from fleet.rules.order import HOLDS_VEHICLE

ORDERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything a region page shows. `more` tells that there are more orders than listed."""

    now_ms: int
    units: Sequence[UnitLine]
    orders: Sequence[OrderLine]
    vehicles: Sequence[VehicleLine]
    open_orders: int
    more: bool

    def by(self, fresh: str) -> list[UnitLine]:
        """The units of one freshness."""
        return [unit for unit in self.units if unit.fresh == fresh]

    @property
    def heard(self) -> int:
        """How many units are not unknown."""
        return sum(unit.fresh in {Freshness.HEARD, Freshness.LATE} for unit in self.units)

    @property
    def held(self) -> int:
        """How many operations are held of all units."""
        return sum(unit.standing.held for unit in self.units)

    @property
    def known(self) -> int:
        """How many operations all units are known to have."""
        return sum(unit.standing.known for unit in self.units)


def unit_lines(
    units: Sequence[Unit], contacts: Mapping[str, Sequence[Contact]], standings: Mapping[str, Standing], now_ms: int
) -> list[UnitLine]:
    """The units, those that were silent longest first: they are what an admin must look into."""
    lines = []
    for unit in units:
        heard = contacts.get(unit.code, ())
        heard_ms, link = (heard[0].heard_ms, heard[0].link) if heard else (None, "")
        fresh = freshness.of(heard_ms, now_ms)
        lines.append(UnitLine(unit.code, unit.name, heard_ms, link, fresh, standings[unit.code]))
    return sorted(lines, key=lambda line: (line.heard_ms or 0, line.code))


def overview(
    connection: Connection, units: Sequence[UnitLine], *, now_ms: int, unit: str = "", ended: bool = False
) -> Overview:
    """The rows of the region, or of one `unit`; orders that have ended only if `ended`."""
    lines = {line.code: line for line in units if not unit or line.code == unit}
    with disk_errors(), connection.begin():
        mine = orders.c.unit.in_(lines)
        wanted = mine if ended else and_(mine, orders.c.open == 1)
        newest = select(orders).where(wanted).order_by(orders.c.open.desc(), orders.c.since_ms.desc())
        listed = connection.execute(newest.limit(ORDERS_MAX + 1)).all()
        active = connection.execute(select(orders).where(mine, orders.c.open == 1)).all()
        named = connection.execute(select(people).where(people.c.unit.in_(lines))).all()
        fleet = connection.execute(
            select(vehicles).where(vehicles.c.unit.in_(lines)).order_by(vehicles.c.unit, vehicles.c.plate)
        ).all()
        trips = {(row.unit, position_order(row)) for row in fleet}
        attributed = connection.execute(select(orders).where(mine, orders.c.id.in_({trip for _, trip in trips}))).all()
    names = {(row.unit, row.id): row.name for row in named}
    holding = {(row.unit, row.vehicle): row for row in active if row.state in HOLDS_VEHICLE}
    secret = {(row.unit, row.id) for row in [*active, *attributed] if form_of(row).get("cls") == CONFIDENTIAL}
    return Overview(
        now_ms,
        list(lines.values()),
        [
            order_line(row, lines[row.unit], names.get((row.unit, row.driver), row.driver))
            for row in listed[:ORDERS_MAX]
        ],
        [_vehicle(row, lines[row.unit], holding.get((row.unit, row.plate)), secret, now_ms) for row in fleet],
        len(active),
        len(listed) > ORDERS_MAX,
    )


def _vehicle(
    row: Row[tuple[object, ...]],
    unit: UnitLine,
    order: Row[tuple[object, ...]] | None,
    secret: set[tuple[str, str]],
    now_ms: int,
) -> VehicleLine:
    trips = {(row.unit, position_order(row)), (row.unit, order.id if order else "")}
    return vehicle_line(row, unit, order, hidden=not secret.isdisjoint(trips), now_ms=now_ms)
