"""Vehicles as the faces list them: register, orders and last positions in, rows out. Pure.

A position is as old as its terminal says; whether a terminal is silent is judged by when this node last heard it. Where
a vehicle is on a confidential trip is for those to see who may read such a trip (Art. 10 (4)).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from edge.store.heard import Heard
from edge.web.rows import View, tail
from edge.web.shapes import NearRow, VehicleRow
from fleet.desk.register import name_of, places, vehicles
from fleet.desk.standing import standing
from fleet.ledger import kinds
from fleet.rules.calendar import day_of, start_of
from fleet.rules.order import HOLDS_VEHICLE, ON_THE_ROAD, Order
from fleet.rules.vehicle import NOTHING_STANDS, Tag, Vehicle, tag
from fleet.rules.whereabouts import near, place_of

MINUTE_MS = 60_000
NOBODY: Mapping[str, int | None] = {}


def vehicle_rows(
    view: View, heard: Mapping[str, Heard], *, silent_after_s: int, blind: Mapping[str, int | None] = NOBODY
) -> list[VehicleRow]:
    """Every vehicle on the register, by plate. `heard` holds last positions by terminal, `blind` who is in a hole of
    the radio, with when it should be heard again."""
    held = [order for order in view.state.open_orders() if order.state in HOLDS_VEHICLE]
    stands, known, driven = standing(view.state, view.now_ms), places(view.state), driven_min(view)
    found = []
    for vehicle in vehicles(view.state):
        orders = [order for order in held if order.vehicle == vehicle.plate]
        last = heard.get(vehicle.terminal)
        silent = last is None or view.now_ms - last.received_ms > silent_after_s * 1000
        sign = tag(vehicle, orders, silent=silent, standing=stands.get(vehicle.plate, NOTHING_STANDS))
        if sign is Tag.SILENT and vehicle.plate in blind:
            sign = Tag.BLIND
        row = _row(view, vehicle, orders, last, sign)
        where, beside = None, None
        if row.fix and row.lat is not None and row.lon is not None:
            where, beside = place_of(known, row.lat, row.lon), near(known, row.lat, row.lon)
        again_ms = blind[vehicle.plate] if sign is Tag.BLIND else None
        driven_today = driven.get(row.driver or "", 0)
        found.append(
            replace(
                row,
                place=where,
                near=NearRow(**beside._asdict()) if beside else None,
                driven_min=driven_today,
                heard_again_ms=again_ms,
            )
        )
    return found


def driven_min(view: View) -> dict[str, int]:
    """How long each driver has been on the road since the day began, in whole minutes."""
    day_ms, found = start_of(day_of(view.now_ms)), dict[str, int]()
    for order in view.state.recent_orders(view.now_ms):
        if order.departed_ms is not None and order.driver:
            spent_ms = (order.back_ms or view.now_ms) - max(order.departed_ms, day_ms)
            found[order.driver] = found.get(order.driver, 0) + max(0, spent_ms) // MINUTE_MS
    return found


def _row(view: View, vehicle: Vehicle, orders: list[Order], last: Heard | None, sign: Tag) -> VehicleRow:
    order = min(
        orders, key=lambda order: (order.state not in ON_THE_ROAD, _planned(view, order, "start_ms")), default=None
    )
    driver = order.driver if order else vehicle.usual_driver
    if any(view.secret(each.id) for each in orders if each.state in ON_THE_ROAD):
        last = None
    return VehicleRow(
        plate=vehicle.plate,
        tag=str(sign),
        driver=driver or None,
        driver_name=name_of(view.state, driver) if driver else None,
        driver_phone=view.state.register.entry("person", driver).get("phone") or None if driver else None,
        driven_min=0,
        route=_route(view, order) if order else "",
        lat=last.lat if last else None,
        lon=last.lon if last else None,
        place=None,
        near=None,
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


def _route(view: View, order: Order) -> str:
    fields = view.state.document(kinds.ORDERS + order.id).fields
    return f"{fields.get('origin', '')}>{fields.get('destination', '')}"


def _planned(view: View, order: Order, name: str) -> int:
    text = view.state.document(kinds.ORDERS + order.id).fields.get(name, "")
    return int(text) if text.isdecimal() else 0
