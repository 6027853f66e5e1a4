"""A driver's trips and the check before each (Art. 10 (2)), as the kiosk walks through them. Pure."""

from __future__ import annotations

from edge.web.rows import View, order_row
from edge.web.shapes import OrderRow
from fleet.rules.order import HOLDS_VEHICLE, ON_THE_ROAD

CHECKS: dict[str, tuple[str, ...]] = {
    "outside": ("tyres", "lights", "glass", "body", "leaks"),
    "engine_bay": ("oil", "coolant", "brake_fluid", "battery", "washer"),
    "inside": ("brakes", "belts", "dashboard", "papers", "first_aid"),
}
"""Groups of the check and what each looks at; the words are `check.` and `kiosk_check.` in the catalogue."""
GROUPS = tuple(CHECKS)


def trips_of(view: View, person: str) -> list[OrderRow]:
    """What `person` is to drive or is driving: on the road first, then by planned start."""
    mine = [order for order in view.state.open_orders() if order.driver == person and order.state in HOLDS_VEHICLE]
    rows = [order_row(view, order) for order in mine]
    return sorted(rows, key=lambda row: (row.state not in ON_THE_ROAD, row.start_ms, row.id))


def last_odometer_km(view: View, plate: str) -> int | None:
    """The vehicle's latest reading of the last two months; None if nobody gave one."""
    orders = [order for order in view.state.recent_orders(view.now_ms) if order.vehicle == plate]
    readings = [reading for order in orders for reading in (order.odometer_out_km, order.odometer_in_km)]
    return max((reading for reading in readings if reading is not None), default=None)
