"""What a vehicle's terminal is told of its orders: a new one on the screen, and closer tracking for an urgent one.

    order dispatched ──▶ text to the screen        urgency 0 (sudden event) ──▶ also a report every few seconds

Rules kept here:
* Told once for each order and vehicle; what stood dispatched when the node started was told before.
* Dispatching never waits for a terminal. One that does not answer, in a radio hole perhaps, is told again every
  RETRY_S for as long as the order stands dispatched; one that cannot show text is a line in the journal.
* Of a confidential order only that it exists is shown (Art. 10 (4)): no rider, no place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from edge.store.journal import Office
from fleet.desk.orders import form_of
from fleet.desk.register import name_of
from fleet.errors import FleetError, Unavailable
from fleet.rules.order import ON_THE_ROAD, State
from fleet.words import LOCAL_TIME, Words

log = logging.getLogger(__name__)

SUDDEN_EVENT = 0
TRACK_MAX_S = 4 * 3600
WAIT_S = 300.0
RETRY_S = 60.0
TAIL_LENGTH = 4


class Asks(Protocol):
    """Where a terminal is asked: `lines.Lines`."""

    async def ask(self, whom: str, message: str, facts: Mapping[str, Any], wait_s: float) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Errand:
    """A dispatched order, as far as a terminal is concerned. Times UTC ms."""

    order: str
    vehicle: str
    start_ms: int
    end_ms: int
    destination: str
    urgency: int
    confidential: bool


def errands(office: Office) -> list[Errand]:
    """The orders that are dispatched and have not departed; on the journal's thread."""
    state, found = office.replica.state, []
    for order in state.open_orders():
        if order.state is State.DISPATCHED and order.vehicle:
            try:
                form = form_of(state, order.id)
            except FleetError:  # left unreadable by edits of several nodes; the desk shows it to a person
                continue
            confidential = form.cls == "confidential"
            found.append(
                Errand(
                    order.id, order.vehicle, form.start_ms, form.end_ms, form.destination, form.urgency, confidential
                )
            )
    return found


def expected_drivers(office: Office) -> dict[str, str]:
    """Who is to drive the orders that are on the road, by order; on the journal's thread."""
    state = office.replica.state
    return {order.id: name_of(state, order.driver) for order in state.open_orders() if order.state in ON_THE_ROAD}


class Announcements:
    """Tells terminals, in the unit's language."""

    def __init__(self, lines: Asks, words: Words, track_interval_s: int, retry_s: float = RETRY_S) -> None:
        self._lines, self.words, self._track_interval_s, self._retry_s = lines, words, track_interval_s, retry_s
        self._told: set[tuple[str, str]] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def begin(self, standing: Iterable[Errand]) -> None:
        """What stands dispatched at the start was told before it."""
        self._told = {(errand.order, errand.vehicle) for errand in standing}

    def follow(self, standing: Iterable[Errand]) -> None:
        """Tell of what is new; returns at once."""
        now = {(errand.order, errand.vehicle): errand for errand in standing}
        for key in now.keys() - self._told:
            task = asyncio.create_task(self._tell(now[key]), name=f"announce {key[0]}")
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        self._told = set(now)

    def stop(self) -> None:
        """Tell nobody any more."""
        for task in self._telling:
            task.cancel()

    async def _tell(self, errand: Errand) -> None:
        told: list[tuple[str, Mapping[str, Any]]] = [("text", {"text": self.text(errand)})]
        if errand.urgency == SUDDEN_EVENT and self._track_interval_s:
            validity_s = min(TRACK_MAX_S, max(60, (errand.end_ms - errand.start_ms) // 1000))
            told.append(("track", {"interval": self._track_interval_s, "validity": validity_s}))
        for message, facts in told:
            while not await self._is_told(errand, message, facts):
                await asyncio.sleep(self._retry_s)
                if (errand.order, errand.vehicle) not in self._told:
                    return

    def text(self, errand: Errand) -> str:
        """What the driver reads."""
        start = datetime.fromtimestamp(errand.start_ms / 1000, LOCAL_TIME).strftime("%m-%d %H:%M")
        if errand.confidential:
            return self.words("terminal.screen.new_order_confidential", order=errand.order[-TAIL_LENGTH:], start=start)
        return self.words(
            "terminal.screen.new_order",
            order=errand.order[-TAIL_LENGTH:],
            start=start,
            destination=errand.destination,
        )

    async def _is_told(self, errand: Errand, message: str, facts: Mapping[str, Any]) -> bool:
        """Whether there is nothing more to say: told, or refused for good."""
        try:
            await self._lines.ask(errand.vehicle, message, facts, WAIT_S)
        except FleetError as refusal:
            log.warning("%s of %s not told to %s: %s", message, errand.order, errand.vehicle, refusal)
            return not isinstance(refusal, Unavailable)
        return True
