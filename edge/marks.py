"""Marks: what the tracks show of the orders under way, put on record by the node itself, once each.

good positions -> the last few fixes of each vehicle -> `fleet.rules.movement` -> order.movement_seen and its like
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable

from edge.store.heard import Report
from edge.store.journal import Journal, Office
from fleet.desk.orders import form_of
from fleet.desk.register import places
from fleet.errors import FleetError
from fleet.ledger import kinds
from fleet.ledger.replica import Statement
from fleet.rules.movement import FIXES_NEEDED, Leg, seen
from fleet.rules.order import SEEN, Order, State
from fleet.rules.trip_end import Fix

log = logging.getLogger(__name__)
FOLLOWED = frozenset({State.DISPATCHED, State.DEPARTED, State.WAITING})


def legs(office: Office) -> dict[str, Leg]:
    """The orders under way whose vehicles are worth a look, by plate; on the journal's thread."""
    state = office.replica.state
    known = places(state)
    found: dict[str, Leg] = {}
    for order in state.open_orders():
        if order.state in FOLLOWED and (order.state is not State.DISPATCHED or order.movement_ms is None):
            found[order.vehicle] = Leg(order.id, order.vehicle, order.state, known.named(_destination(office, order)))
    return found


def _destination(office: Office, order: Order) -> str:
    try:
        return form_of(office.replica.state, order.id).destination
    except FleetError:  # a form that cannot be read names no place
        return ""


class Marks:
    """Follows the vehicles of one node."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._legs: dict[str, Leg] = {}
        self._fixes: dict[str, deque[Fix]] = {}

    async def refresh(self) -> None:
        """Take the orders as they stand now."""
        self._legs = await self._journal.do(legs)
        self._fixes = {plate: fixes for plate, fixes in self._fixes.items() if plate in self._legs}

    async def follow(self, positions: Iterable[tuple[str, Report]]) -> None:
        """Look at new good positions, each with the plate it is of, in the order of their own time."""
        shown: dict[str, tuple[Leg, str, int]] = {}
        for plate, report in positions:
            leg, at_ms = self._legs.get(plate), report.position.device_time_ms
            if leg is None or at_ms is None:
                continue
            fixes = self._fixes.setdefault(plate, deque(maxlen=FIXES_NEEDED))
            fixes.append(Fix(at_ms, report.position.lat, report.position.lon, report.position.speed_kmh))
            if act := seen(leg, list(fixes)):
                shown[plate] = (leg, act, at_ms)
        if not shown:
            return
        try:
            await self._journal.do(lambda office: _state(office, shown))
        except FleetError as error:  # the positions are safe; the next ones will show it again
            log.warning("what a track shows was not recorded: %s", error)
            return
        for plate in shown:
            self._legs.pop(plate, None)


def _state(office: Office, shown: dict[str, tuple[Leg, str, int]]) -> None:
    orders = office.replica.state.orders
    statements = [
        Statement(f"order.{act}", kinds.ORDERS + leg.order, {"seen_ms": at_ms})
        for leg, act, at_ms in shown.values()
        if (orders[leg.order].state, act) in SEEN
    ]
    if statements:
        office.replica.write(statements)
