"""Vehicles as the faces list them: register, orders and last positions in, rows out. Pure.

A position is as old as its terminal says; whether a terminal is silent is judged by when this node last heard it.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.store.telemetry import Heard
from edge.web.rows import View, tail
from edge.web.shapes import VehicleRow
from fleet.desk.register import name_of, vehicles
from fleet.desk.standing import standing
from fleet.ledger import kinds
from fleet.rules.order import HOLDS_VEHICLE, ON_THE_ROAD, Order
from fleet.rules.vehicle import NOTHING_STANDS, Tag, Vehicle, tag


def vehicle_rows(view: View, heard: Mapping[str, Heard], *, silent_after_s: int) -> list[VehicleRow]:
    """Every vehicle on the register, by plate. `heard` holds last positions by terminal."""
    held = [order for order in view.state.open_orders() if order.state in HOLDS_VEHICLE]
    stands = standing(view.state, view.now_ms)
    found = []
    for vehicle in vehicles(view.state):
        orders = [order for order in held if order.vehicle == vehicle.plate]
        last = heard.get(vehicle.terminal)
        silent = last is None or view.now_ms - last.received_ms > silent_after_s * 1000
        sign = tag(vehicle, orders, silent=silent, standing=stands.get(vehicle.plate, NOTHING_STANDS))
        found.append(_row(view, vehicle, orders, last, sign))
    return found


def _row(view: View, vehicle: Vehicle, orders: list[Order], last: Heard | None, sign: Tag) -> VehicleRow:
    order = min(
        orders, key=lambda order: (order.state not in ON_THE_ROAD, _planned(view, order, "start_ms")), default=None
    )
    driver = order.driver if order else vehicle.usual_driver
    return VehicleRow(
        plate=vehicle.plate,
        tag=str(sign),
        driver=driver or None,
        driver_name=name_of(view.state, driver) if driver else None,
        lat=last.lat if last else None,
        lon=last.lon if last else None,
        place=None,
        speed_kmh=last.speed_kmh if last else None,
        course=last.course if last else None,
        seen_ms=last.device_ms if last else None,
        fix=last.fix if last else None,
        back_ms=_planned(view, order, "end_ms") if order else None,
        order=order.id if order else None,
        order_tail=tail(order.id) if order else None,
        cls=vehicle.cls,
        seats=vehicle.seats,
        terminal=vehicle.terminal or None,
        line=None,
    )


def _planned(view: View, order: Order, name: str) -> int:
    text = view.state.document(kinds.ORDERS + order.id).fields.get(name, "")
    return int(text) if text.isdecimal() else 0
