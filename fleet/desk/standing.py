"""How each vehicle stands now: what defects, faults, sealing, orders and expenses say of it, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from fleet.ledger.state import State
from fleet.rules import defect, expense, fault, sealing
from fleet.rules.case import Case
from fleet.rules.order import Order
from fleet.rules.vehicle import Standing

COSTS_MS = 60 * 86_400_000
"""How far back costs are set against the kilometres driven; both must still be among what is recent."""


def cases(state: State, kind: str, now_ms: int) -> Iterator[Case]:
    """The cases of a kind that are open or ended lately; every case of a kind that never rests."""
    return (case for case in state.recent_cases(now_ms) if case.kind == kind)


def every(state: State, kind: str) -> Iterator[Case]:
    """Every case of a kind that never rests."""
    return cases(state, kind, 0)


def standing(state: State, now_ms: int) -> dict[str, Standing]:
    """How each vehicle stands of which there is anything to say, by plate."""
    found: dict[str, Standing] = defaultdict(Standing)
    for order in state.recent_orders(now_ms):
        if order.departed_ms is not None:
            last_ms = max(found[order.vehicle].last_used_ms, order.back_ms or order.departed_ms)
            found[order.vehicle] = replace(found[order.vehicle], last_used_ms=last_ms)
    for case in state.recent_cases(now_ms):
        if case.kind == defect.KIND.name:
            found[case.plate] = _defect(found[case.plate], case)
        elif case.kind == fault.KIND.name and case.state not in fault.KIND.ended:
            found[case.plate] = replace(found[case.plate], fault_open=True)
        elif case.kind == sealing.KIND.name:
            for plate, seal in sealing.seals(case).items():
                found[plate] = _seal(found[plate], seal, now_ms)
    for plate, fen_per_km in _costs(state, now_ms).items():
        found[plate] = replace(found[plate], fen_per_km=fen_per_km)
    return dict(found)


def _defect(stands: Standing, case: Case) -> Standing:
    if not defect.blocks(case):
        return stands
    in_repair = stands.in_repair or case.state == defect.State.IN_REPAIR
    return replace(stands, blocking=tuple(sorted({*stands.blocking, case.text("item")})), in_repair=in_repair)


def _seal(stands: Standing, seal: sealing.Seal, now_ms: int) -> Standing:
    start_ms, end_ms = seal.span
    if seal.duty:
        return replace(stands, duty=stands.duty or start_ms <= now_ms < end_ms)
    if seal.open:
        return stands
    closed = (start_ms, max(end_ms, now_ms + 1)) if seal.sealed else seal.span
    return replace(
        stands,
        sealed=stands.sealed or seal.sealed,
        closed=(*stands.closed, closed),
        excepted=stands.excepted | seal.excepted,
    )


def _costs(state: State, now_ms: int) -> dict[str, int]:
    """Fen for each km of a vehicle, over the last sixty days; nothing is said of one that drove less than 100 km."""
    fen: dict[str, int] = defaultdict(int)
    for case in cases(state, expense.KIND.name, now_ms):
        if case.state in expense.BOOKED and (case.whole("done_ms") or 0) > now_ms - COSTS_MS:
            fen[case.plate] += case.whole("amount_fen") or 0
    driven = driven_km(state.recent_orders(now_ms), now_ms - COSTS_MS)
    return {plate: fen[plate] // km for plate, km in driven.items() if km >= 100 and plate in fen}


def driven_km(orders: Iterable[Order], since_ms: int) -> dict[str, int]:
    """Kilometres by the odometer on trips that began after a moment, by plate."""
    found: dict[str, int] = defaultdict(int)
    for order in orders:
        if order.departed_ms is None or order.departed_ms < since_ms:
            continue
        if order.odometer_in_km is not None and order.odometer_out_km is not None:
            found[order.vehicle] += order.odometer_in_km - order.odometer_out_km
    return dict(found)
