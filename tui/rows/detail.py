"""What is known of the selected line of the board, for the pane a wide terminal has room for. Pure: nothing is fetched.

The pane repeats in full what the columns had to cut, and says what they have no place for.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.words import Words
from tui.rows.cases import labelled
from tui.rows.columns import named
from tui.rows.orders import party
from tui.rows.vehicles import Parked, whereabouts
from tui.shapes import AlarmRow, OrderRow, VehicleRow
from tui.times import ago, moment
from tui.widgets.lines import Spans

Said = list[tuple[str, str]]
"""Names, as keys of the catalogue, and what is said under them."""


def order_detail(words: Words, order: OrderRow, now_ms: int, width: int) -> list[Spans]:
    """An order to do."""
    waits = order["approvers"] if order["state"] == "submitted" else []
    said: Said = [
        ("detail.order", f"{order['id']} {words('state.' + order['state'])}"),
        ("field.urgency", words(f"urgency.{order['urgency']}")),
        ("field.cls", words(f"class.{order['class']}")),
        ("field.reason", f"{order['category']} {order['reason']}".strip()),
        ("field.rider", party(words, order)),
        ("field.department", order["department"]),
        ("field.phone", order["phone"]),
        ("field.start_ms", moment(order["start_ms"], now_ms)),
        ("field.end_ms", moment(order["end_ms"], now_ms)),
        ("field.origin", order["origin"]),
        ("field.destination", order["destination"]),
        ("detail.since", ago(words, order["since_ms"], now_ms)),
        ("detail.approvers", words("list.comma").join(waits)),
        ("detail.first_offer", order["first_offer"] or ""),
        ("field.vehicle", order["vehicle"] or ""),
        ("field.driver", order["driver_name"] or order["driver"] or ""),
        ("detail.revision", str(order["revision"]) if order["revision"] > 1 else ""),
        ("detail.refused", str(order["refused"]) if order["refused"] else ""),
        ("detail.conflict", named(words, "note", order["conflict"]) if order["conflict"] else ""),
    ]
    return _lines(words, said, width)


def vehicle_detail(words: Words, vehicle: VehicleRow | Parked, now_ms: int, width: int) -> list[Spans]:
    """A vehicle, or those that share a line."""
    if isinstance(vehicle, Parked):
        shared = [(one["plate"], words(f"tag.{one['tag']}")) for one in vehicle.vehicles]
        return [line for plate, tag in shared for line in labelled(plate, tag, width)]
    at = (
        f"{vehicle['lat']:.5f} {vehicle['lon']:.5f}"
        if vehicle["lat"] is not None and vehicle["lon"] is not None
        else ""
    )
    minutes = vehicle["driven_min"]
    said: Said = [
        ("field.plate", f"{vehicle['plate']} {words('tag.' + vehicle['tag'])}"),
        ("field.driver", vehicle["driver_name"] or ""),
        ("field.phone", vehicle["driver_phone"] or ""),
        ("detail.driven", words("vehicle.driven", h=minutes // 60, m=f"{minutes % 60:02d}") if minutes else ""),
        ("detail.order", vehicle["order"] or ""),
        ("detail.route", vehicle["route"]),
        ("detail.back", moment(vehicle["back_ms"], now_ms) if vehicle["back_ms"] else ""),
        ("field.place", whereabouts(words, vehicle) if vehicle["place"] or vehicle["near"] else ""),
        ("detail.at", at),
        ("detail.speed", "" if vehicle["speed_kmh"] is None else f"{vehicle['speed_kmh']:.0f} km/h"),
        ("detail.seen", ago(words, vehicle["seen_ms"], now_ms) if vehicle["seen_ms"] else words("vehicle.never_seen")),
        ("field.cls", words(f"class.{vehicle['class']}")),
        ("field.seats", str(vehicle["seats"])),
        ("field.terminal", vehicle["terminal"] or ""),
    ]
    return _lines(words, said, width)


def alarm_detail(words: Words, alarm: AlarmRow, now_ms: int, width: int) -> list[Spans]:
    """An alarm."""
    said: Said = [
        ("detail.alarm", f"{alarm['code']} {words('alarm.' + alarm['code'] + '.name')}"),
        ("detail.grade", words(f"grade.{alarm['grade']}")),
        ("field.plate", alarm["plate"] or ""),
        ("detail.since", moment(alarm["since_ms"], now_ms)),
    ]
    return _lines(words, said, width)


def _lines(words: Words, said: Said, width: int) -> list[Spans]:
    return [line for key, text in said if text for line in labelled(words(key), text, width)]


Detail = Callable[[Words, object, int, int], list[Spans]]
DETAILS: dict[str, Detail] = {"todo": order_detail, "vehicles": vehicle_detail, "alarms": alarm_detail}  # type: ignore[dict-item]
"""What each panel's lines say in full."""
