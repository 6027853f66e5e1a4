"""What the desk adds to minutes, accidents and disposal: people and vehicles must be known here, and the figures of a
dossier are those of the records (Art. 9 (4), 19a)."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.cases import Asked, Prepare
from fleet.desk.register import Ledger, roles_of, vehicle
from fleet.ledger import projection
from fleet.ledger.canonical import Value
from fleet.ledger.state import State
from fleet.rules import accident, defect, disposal
from fleet.rules.calendar import day_of
from fleet.rules.fields import day, whole

Prepared = tuple[dict[str, object], dict[str, Value]]
DAY_MS = 86_400_000


def _minutes(ledger: Ledger, asked: Asked) -> Prepared:
    for name in ("attendees", "absent"):
        people = asked.given.get(name)
        for person in people if isinstance(people, list) else []:
            roles_of(ledger.state, str(person))
    return dict(asked.given), {}


def _accident(ledger: Ledger, asked: Asked) -> Prepared:
    vehicle(ledger.state, str(asked.given.get("plate") or ""))
    return dict(asked.given), {}


def _dossier(ledger: Ledger, asked: Asked) -> Prepared:
    plate = str(asked.given.get("plate") or "")
    vehicle(ledger.state, plate)
    given = {name: value for name, value in asked.given.items() if name not in disposal.FIGURES}
    return given | figures(ledger.state, plate, asked.now_ms), {}


def figures(state: State, plate: str, now_ms: int) -> dict[str, object]:
    """What the records say of a vehicle, as far as they say anything: see `disposal.FIGURES`."""
    card = projection.vehicle_fields(state, plate)
    orders = [order for order in state.orders.values() if order.vehicle == plate and order.departed_ms is not None]
    readings = [whole(card.get("odometer_km", ""))]
    readings += [reading for order in orders for reading in (order.odometer_out_km, order.odometer_in_km)]
    known = [reading for reading in readings if reading is not None]
    about = [case for case in state.cases.values() if case.plate == plate]
    cost_fen = sum(case.whole("amount_fen") or 0 for case in about if case.kind == "expense")
    found: dict[str, object] = {
        "trips": len(orders),
        "cost_fen": cost_fen,
        "accidents": sum(case.kind == accident.KIND.name for case in about),
        "defects": sum(case.kind == defect.KIND.name for case in about),
    }
    if known:
        found["odometer_km"] = max(known)
    if bought := day(card.get("bought_on", "")):
        days = max((day_of(now_ms) - bought).days, 1)
        found["age_months"] = days * 12 // 365
        if known:
            found["km_a_year"] = max(known) * 365 // days
    driven_km = sum(
        (order.odometer_in_km or 0) - (order.odometer_out_km or 0) for order in orders if order.odometer_in_km
    )
    if driven_km > 0 and cost_fen:
        found["fen_a_km"] = cost_fen // driven_km
    return found


PREPARES: Mapping[str, Prepare] = {
    "minutes.record": _minutes,
    "accident.report": _accident,
    "disposal.compile": _dossier,
}
