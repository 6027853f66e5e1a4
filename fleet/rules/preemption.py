"""A sudden event may take a vehicle that has not left (Art. 9 (1): emergencies before all else).

Rules: only confirmed urgency 0 takes; it takes from routine orders before urgent ones, and never from another sudden
event; a departed vehicle is never taken (Art. 16 knows the early return for that). The order that loses its vehicle
goes back to `approved`, at the head of its own class, and its rider is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleet.errors import RuleBroken
from fleet.rules import queue
from fleet.rules.driver import Spell
from fleet.rules.form import Form
from fleet.rules.offers import Offer, offers
from fleet.rules.order import Order, State
from fleet.rules.yard import Booking, Yard

SUDDEN = 0


def losers(
    order: Order, form: Form, bookings: Iterable[Booking], *, lead_ms: int = queue.PLANNED_LEAD_MS
) -> list[Booking]:
    """The bookings an order may take a vehicle from, the least urgent first, then the latest start."""
    if queue.urgency(order, form) != SUDDEN or order.state not in {State.APPROVED, State.UNMET}:
        return []
    takeable = [
        booking
        for booking in bookings
        if booking.order.state is State.DISPATCHED and queue.urgency(booking.order, booking.form) > SUDDEN
    ]
    return sorted(takeable, key=lambda each: queue.key(each.order, each.form, lead_ms=lead_ms), reverse=True)


def without(yard: Yard, order_id: str) -> Yard:
    """The yard as if an order held nothing."""
    bookings = tuple(each for each in yard.bookings if each.order.id != order_id)
    held = next((each for each in yard.bookings if each.order.id == order_id), None)
    spells = dict(yard.spells)
    if held:
        planned = Spell(held.form.start_ms, held.form.end_ms)
        spells[held.order.driver] = tuple(each for each in spells.get(held.order.driver, ()) if each != planned)
    return replace(yard, bookings=bookings, spells=spells)


def takeable(order: Order, form: Form, yard: Yard) -> list[tuple[Booking, Offer]]:
    """For each order that could lose its vehicle, what would then be on offer with it."""
    found = []
    for booking in losers(order, form, yard.bookings, lead_ms=yard.weights.lead_ms):
        fit, _ = offers(order.id, form, without(yard, booking.order.id))
        offer = next((each for each in fit if each.vehicle.plate == booking.order.vehicle), None)
        if offer:
            found.append((booking, offer))
    return found


def require(order: Order, form: Form, loser: str, bookings: Iterable[Booking]) -> Booking:
    """The booking that loses its vehicle.

    Raises:
        RuleBroken: `not_preemptable`: it has left, is as urgent, holds nothing, or the taker is no sudden event.
    """
    for booking in losers(order, form, bookings):
        if booking.order.id == loser:
            return booking
    raise RuleBroken("not_preemptable", article="9", order=order.id, other=loser)
