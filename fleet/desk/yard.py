"""What the desk chooses vehicles and drivers among: the register, the orders that hold them, how each stands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from fleet.desk.register import drivers, places, vehicles
from fleet.desk.standing import standing
from fleet.errors import FleetError
from fleet.ledger import kinds
from fleet.ledger.state import State
from fleet.rules import clash as clash_rule
from fleet.rules import form as forms
from fleet.rules import queue
from fleet.rules.clash import Clash, Held
from fleet.rules.driver import Rest, Spell
from fleet.rules.form import Form
from fleet.rules.order import HOLDS_VEHICLE, Order
from fleet.rules.settings import SETTINGS, Changed, value, value_ms
from fleet.rules.yard import Booking, Weights, Yard

_POINTS = "offer_"
BALANCED_MS = 7 * 86_400_000
"""How far back the drivers' hours are compared."""


def yard(state: State, now_ms: int, *, but: str = "") -> Yard:
    """Everything a choice is made among now; the order `but` holds nothing."""
    orders = [order for order in state.recent_orders(now_ms) if order.vehicle and order.id != but]
    held = [order for order in orders if order.state in HOLDS_VEHICLE]
    return Yard(
        vehicles=tuple(vehicles(state)),
        drivers=tuple(drivers(state)),
        bookings=tuple(Booking(order, form) for order in held if (form := _form(state, order))),
        standing=standing(state, now_ms),
        spells=_spells(state, orders),
        driven_ms=_driven(orders, now_ms),
        places=places(state),
        weights=_weights(state.settings),
        now_ms=now_ms,
    )


def clashes(state: State) -> list[Clash]:
    """Every vehicle or driver promised twice, alike on every replica."""
    lead_ms = value_ms("planned_lead_h", state.settings)
    return clash_rule.clashes(
        Held(order, form, placed.place[:1] + (*placed.place[1], placed.place[2]), placed.fact.record, lead_ms)
        for order in state.open_orders()
        if order.state in HOLDS_VEHICLE and (form := _form(state, order))
        for placed in state.acts[order.id][::-1]
        if placed.fact is _dispatched(order)
    )


def untrue_claims(state: State, now_ms: int) -> Counter[str]:
    """How often each department lately claimed more urgency than its approver confirmed."""
    decided = (order for order in state.recent_orders(now_ms) if order.urgency is not None)
    return queue.untrue_claims((order, form) for order in decided if (form := _form(state, order)))


def _weights(changed: Changed) -> Weights:
    points = [name.removeprefix(_POINTS) for name in SETTINGS if name.startswith(_POINTS)]
    return Weights(
        **{name: value(_POINTS + name, changed) for name in points},
        winter_percent=value("winter_percent", changed),
        winter_months=(value("winter_first_month", changed), value("winter_last_month", changed)),
        buffer_ms=value_ms("dispatch_buffer_min", changed),
        lead_ms=value_ms("planned_lead_h", changed),
        rest=Rest(value("rest_after_h", changed), value("rest_h", changed)),
    )


def _dispatched(order: Order) -> object:
    return next((fact for fact in reversed(order.facts) if fact.act == "dispatch"), None)


def _form(state: State, order: Order) -> Form | None:
    try:
        return forms.stored(state.document(kinds.ORDERS + order.id).fields)
    except FleetError:  # edits of several nodes may leave a form that cannot be read: it is listed, and holds nothing
        return None


def _spells(state: State, orders: Iterable[Order]) -> dict[str, tuple[Spell, ...]]:
    found: dict[str, list[Spell]] = defaultdict(list)
    for order in orders:
        form = _form(state, order) if order.state in HOLDS_VEHICLE else None
        if form:
            found[order.driver].append(Spell(form.start_ms, form.end_ms))
        elif order.departed_ms is not None and order.back_ms is not None:
            found[order.driver].append(Spell(order.departed_ms, order.back_ms))
    return {driver: tuple(spells) for driver, spells in found.items()}


def _driven(orders: Iterable[Order], now_ms: int) -> dict[str, int]:
    driven: dict[str, int] = defaultdict(int)
    for order in orders:
        if order.departed_ms is not None and order.departed_ms >= now_ms - BALANCED_MS:
            driven[order.driver] += (order.back_ms or now_ms) - order.departed_ms
    return driven
