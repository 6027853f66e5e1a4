"""Trips as the node tells them: what the ledger says of who drove when, put beside what the track shows of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.store.tracks import SPAN_DAYS_MAX, Tracks
from fleet.desk.orders import order_of
from fleet.desk.register import name_of
from fleet.errors import RuleBroken
from fleet.ledger import kinds
from fleet.ledger.state import State
from fleet.rules import secrecy
from fleet.rules.odometer import Witnesses
from fleet.rules.order import Order
from fleet.tracks.days import DAY_MS, ZONE_MS
from fleet.tracks.journey import Journey, journey


@dataclass(frozen=True, slots=True)
class Asked:
    """Which trips are asked for: of a vehicle, of a driver ("" for any), under way at some time of a span (UTC ms)."""

    plate: str = ""
    driver: str = ""
    from_ms: int = 0
    to_ms: int = 1 << 62


@dataclass(frozen=True, slots=True)
class Outing:
    """A trip by the ledger: `end_ms` is now while it is under way."""

    order: str
    plate: str
    driver: str
    driver_name: str
    start_ms: int
    end_ms: int
    back: bool
    confidential: bool
    odometer_out_km: int | None
    odometer_in_km: int | None

    def covers(self, at_ms: int) -> bool:
        """Whether the vehicle was out for this order at a moment."""
        return self.start_ms <= at_ms <= self.end_ms


def outings(state: State, asked: Asked, now_ms: int) -> list[Outing]:
    """The trips of the last two months that are asked for, the latest first."""
    left = [order for order in state.recent_orders(now_ms) if order.departed_ms is not None]
    found = [_outing(state, order, now_ms) for order in left]
    wanted = [
        each
        for each in found
        if asked.plate in ("", each.plate)
        and asked.driver in ("", each.driver)
        and each.start_ms < asked.to_ms
        and each.end_ms >= asked.from_ms
    ]
    return sorted(wanted, key=lambda each: (each.start_ms, each.order), reverse=True)


def outing(state: State, order_id: str, now_ms: int) -> Outing:
    """One trip, however old.

    Raises:
        NotFound: `no_order`.
        RuleBroken: `not_departed`.
    """
    order = order_of(state, order_id)
    if order.departed_ms is None:
        raise RuleBroken("not_departed", article="13", order=order_id)
    return _outing(state, order, now_ms)


def _outing(state: State, order: Order, now_ms: int) -> Outing:
    start_ms = order.departed_ms or 0
    end_ms = now_ms if order.back_ms is None else order.back_ms
    return Outing(
        order=order.id,
        plate=order.vehicle,
        driver=order.driver,
        driver_name=name_of(state, order.driver) if order.driver else order.supplier_driver,
        start_ms=start_ms,
        end_ms=max(start_ms, end_ms),
        back=order.back_ms is not None,
        confidential=secrecy.is_confidential(state.document(kinds.ORDERS + order.id).fields),
        odometer_out_km=order.odometer_out_km,
        odometer_in_km=order.odometer_in_km,
    )


def travelled(tracks: Tracks, out: Outing) -> Journey:
    """What the track shows of a trip. Of one that is said to last longer than a question may span, its beginning."""
    end_ms = min(out.end_ms, out.start_ms + (SPAN_DAYS_MAX - 1) * DAY_MS)
    return journey(tracks.track(out.plate, out.start_ms, end_ms), out.start_ms, end_ms)


def witnesses(out: Outing, ran: Journey) -> Witnesses:
    """Kilometres of a trip by three witnesses."""
    typed_km = None
    if out.odometer_in_km is not None and out.odometer_out_km is not None:
        typed_km = out.odometer_in_km - out.odometer_out_km
    terminal_km = None if ran.odometer_m is None else ran.odometer_m / 1000
    heard = ran.completeness > 0
    return Witnesses(typed_km, terminal_km, ran.metres / 1000 if heard else None, ran.completeness)


def metres_by(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by whatever they are given with."""
    sums: dict[str, int] = {}
    for key, metres in rows:
        sums[key] = sums.get(key, 0) + metres
    return sums


def day_name(at_ms: int) -> str:
    """The day of a moment, YYYY-MM-DD."""
    return f"{datetime.fromtimestamp((at_ms + ZONE_MS) // 1000, UTC):%Y-%m-%d}"
