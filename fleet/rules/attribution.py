"""Which order a position belongs to: decided by the time of the position, never by what is newest (Art. 10, 11).

A buffered report that arrives after the trip still belongs to the trip; one from after the return does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.rules.order import Order


@dataclass(frozen=True, slots=True)
class Trip:
    """When a vehicle was out for an order (UTC ms); `back_ms` is None while it is."""

    order: str
    plate: str
    departed_ms: int
    back_ms: int | None
    confidential: bool

    def covers(self, at_ms: int) -> bool:
        """Whether the vehicle was out for this order at a moment."""
        return self.departed_ms <= at_ms and (self.back_ms is None or at_ms <= self.back_ms)


def trip(order: Order, *, confidential: bool) -> Trip | None:
    """The trip of an order that has departed; None before that."""
    if order.departed_ms is None:
        return None
    return Trip(order.id, order.vehicle, order.departed_ms, order.back_ms, confidential)


def trip_at(trips: Iterable[Trip], plate: str, at_ms: int) -> Trip | None:
    """The trip a vehicle was on at a moment; the latest departed, should records overlap."""
    covering = [trip for trip in trips if trip.plate == plate and trip.covers(at_ms)]
    return max(covering, key=lambda trip: trip.departed_ms, default=None)
