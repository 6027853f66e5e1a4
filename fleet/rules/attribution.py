"""Whose a position is: decided by the time of the position, never by what is newest (Art. 10, 11).

    terminal -> the vehicle it was in then (`Installation`) -> the order that vehicle was out for then (`Trip`)

A buffered report that arrives after the trip still belongs to the trip; one from after the return does not. One that a
terminal sends after it was moved to another vehicle belongs to the vehicle it was taken in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fleet.rules.order import Order
from fleet.tracks.datum import WGS84


@dataclass(frozen=True, slots=True)
class Installation:
    """From when on a terminal is in a vehicle (UTC ms; "" in none), and the datum it is set to."""

    terminal: str
    vehicle: str
    datum: str
    from_ms: int


NOWHERE = Installation("", "", WGS84, 0)


def installation_at(history: Sequence[Installation], at_ms: int) -> Installation:
    """Where a terminal was at a moment, by its own installations in order of time. Before the first it was where the
    first says: nobody noted when it was built in."""
    begun = [each for each in history if each.from_ms <= at_ms]
    return begun[-1] if begun else next(iter(history), NOWHERE)


def moved(
    known: Mapping[str, Sequence[Installation]], register: Mapping[str, tuple[str, str]], now_ms: int
) -> list[Installation]:
    """What has to be added to the histories so that they end as the register stands: (vehicle, datum) by terminal."""
    lasts = {terminal: (history[-1].vehicle, history[-1].datum) for terminal, history in known.items() if history}
    gone = {terminal: ("", last[1]) for terminal, last in lasts.items() if terminal not in register and last[0]}
    return [
        Installation(terminal, *where, now_ms)
        for terminal, where in sorted({**register, **gone}.items())
        if lasts.get(terminal) != where
    ]


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
