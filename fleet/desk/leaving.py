"""What keeps a vehicle from leaving (Art. 10, 17): a defect that stops it, a seal, a defect its driver has not seen;
and where it comes home to (Art. 17)."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.register import places, vehicle
from fleet.desk.standing import cases, standing
from fleet.errors import RuleBroken
from fleet.ledger.state import State
from fleet.rules import defect
from fleet.rules.case import Case
from fleet.rules.order import Order
from fleet.rules.vehicle import NOTHING_STANDS


def require_to_leave(state: State, order: Order, driver: str, now_ms: int) -> None:
    """Hold a departure to what stands of the vehicle.

    Raises:
        RuleBroken: `vehicle_unfit` (a blocking defect, or sealed and not excepted for this order), `defects_unseen`.
    """
    if order.supplier:
        return
    stands = standing(state, now_ms).get(order.vehicle, NOTHING_STANDS)
    if stands.blocking:
        raise RuleBroken("vehicle_unfit", article="10", plate=order.vehicle, reason="defect", item=stands.blocking[0])
    if stands.sealed and order.id not in stands.excepted:
        raise RuleBroken("vehicle_unfit", article="17", plate=order.vehicle, reason="sealed")
    if unseen := unseen_defects(state, order.vehicle, driver, now_ms):
        first = unseen[0]
        facts = {"plate": order.vehicle, "count": len(unseen), "case": first.id, "item": first.text("item")}
        raise RuleBroken("defects_unseen", article="10", **facts)


def require_home(state: State, order: Order, said: Mapping[str, object]) -> None:
    """A vehicle comes home to where it belongs, or its driver says why not. Where no place is named, it is where it
    belongs.

    Raises:
        RuleBroken: `place_reason_missing`.
    """
    place, reason = str(said.get("place", "")).strip(), str(said.get("place_reason", "")).strip()
    if order.supplier or not place or reason:
        return
    designated = {known.name for known in places(state) if known.kind == "designated"}
    if place not in designated | {vehicle(state, order.vehicle).home}:
        raise RuleBroken("place_reason_missing", article="17", order=order.id, place=place)


def unseen_defects(state: State, plate: str, driver: str, now_ms: int) -> list[Case]:
    """The tickets of a vehicle that a driver has yet to acknowledge."""
    trips = (order for order in state.recent_orders(now_ms) if order.vehicle == plate)
    left_ms = [order.departed_ms for order in trips if order.departed_ms]
    tickets = [case for case in cases(state, defect.KIND.name, now_ms) if case.plate == plate]
    return defect.unseen_by(driver, tickets, max(left_ms, default=0))
