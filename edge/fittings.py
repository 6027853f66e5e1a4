"""What is known of each terminal beyond its phone: model, edition, what it cannot do, whose card is in it, counts.

    what a line heard ──▶ model, vendor extras, driver's card ──▶ status, and what may be asked of it

Rules kept here:
* A terminal's word on itself is remembered over restarts; a newer word replaces it.
* A driver's card belongs to the trip the vehicle was on by the terminal's own time; it is stored, then answered. A card
  that was in before the vehicle departed is stored once more for the trip, at the time of departure.
* Bounded by the register: nothing is kept of terminals that are not on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from edge.serial_terminal.jt808 import vendors
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.outbox import Outcome
from edge.store.heard import DriverCard
from fleet.rules.attribution import Trip

REGISTRATION, ATTRIBUTES, DRIVER = 0x0100, 0x0107, 0x0702
CARD_IN = 1
SECOND_MS = 1000


class Fitting(msgspec.Struct, kw_only=True):
    """One terminal. `unsupported` are message ids it said it does not know; counts are over all its time."""

    maker: str = ""
    model: str = ""
    terminal_id: str = ""
    version: int = 2013
    iccid: str = ""
    hardware: str = ""
    firmware: str = ""
    unsupported: list[int] = []
    frames: int = 0
    bytes: int = 0
    bad: int = 0


class Fittings:
    """The terminals of the unit. `trip_of` says which order a phone's vehicle was on at a moment (UTC ms)."""

    def __init__(
        self,
        notes: Mapping[str, str],
        cards: Sequence[DriverCard],
        knows: Callable[[str], bool],
        trip_of: Callable[[str, int], str],
    ) -> None:
        self.cards = {card.terminal: card for card in cards}
        self.extras: dict[str, dict[str, Any]] = {}
        self._all = {phone: msgspec.json.decode(facts, type=Fitting) for phone, facts in notes.items()}
        self._knows, self._trip_of = knows, trip_of
        self.is_news = False  # something a terminal said of itself is not remembered yet
        self._with_card = {card.order for card in cards if card.order}

    def of(self, phone: str) -> Fitting:
        """What is known of a terminal, by its phone without leading zeros."""
        return self._all.get(phone) or Fitting()

    def notes(self) -> dict[str, str]:
        """Everything, to be remembered."""
        return {phone: msgspec.json.encode(fitting).decode() for phone, fitting in self._all.items()}

    def take(self, heard: Sequence[Heard]) -> list[DriverCard]:
        """Learn from what was heard; the card reports among it, which must be stored before they are answered."""
        cards = []
        for message in heard:
            if message.kind == "refused" or not self._knows(message.phone):
                continue
            fitting = self._all.setdefault(message.alias, Fitting())
            fitting.version = message.version
            if message.msg_id in (REGISTRATION, ATTRIBUTES):
                self._describe(fitting, message.body)
            elif message.kind == "driver":
                cards.append(self._card(message))
                self.cards[message.alias] = cards[-1]
            elif message.positions:
                last = message.positions[-1]
                if told := vendors.extras(fitting.model, last.extras, last.alarm_bits):
                    self.extras[message.alias] = told
        return cards

    def departed(self, trips: Iterable[Trip], phone_of: Callable[[str], str]) -> list[DriverCard]:
        """Cards that were in when a vehicle departed, for the trips that have none yet; to be stored."""
        found = []
        for trip in trips:
            card = self.cards.get(phone_of(trip.plate))
            if trip.back_ms is None and trip.order not in self._with_card and card and card.inserted:
                self._with_card.add(trip.order)
                at_ms = max(card.device_ms, trip.departed_ms - trip.departed_ms % SECOND_MS)
                found.append(card._replace(order=trip.order, device_ms=at_ms))
                self.cards[card.terminal] = found[-1]
        return found

    def strangers(self, expected: Mapping[str, str]) -> list[DriverCard]:
        """Cards in a terminal on a trip that somebody else is to drive; `expected` names the driver of each order."""
        return [
            card
            for card in self.cards.values()
            if card.inserted and card.name and card.name != expected.get(card.order, card.name)
        ]

    def learn(self, outcome: Outcome) -> None:
        """What a terminal's answer says about the terminal itself."""
        fitting = self._all.get(outcome.phone.lstrip("0"))
        if fitting is None:
            return
        if outcome.verdict == "unsupported" and outcome.msg_id not in fitting.unsupported:
            fitting.unsupported.append(outcome.msg_id)
            self.is_news = True
        elif outcome.verdict == "done" and outcome.msg_id in fitting.unsupported:
            fitting.unsupported.remove(outcome.msg_id)

    def count(self, phone: str, frames: int, size: int, bad: int) -> None:
        """So much more was heard of a terminal, and so many damaged frames that bore its phone."""
        if (fitting := self._all.get(phone)) is not None:
            fitting.frames += frames
            fitting.bytes += size
            fitting.bad += bad

    def row(self, phone: str) -> dict[str, Any]:
        """A terminal as status shows it."""
        fitting, card = self.of(phone), self.cards.get(phone)
        driver = None
        if card and card.inserted:
            told = ("name", "licence", "result", "order")
            driver = {name: getattr(card, name) for name in told} | {"since_ms": card.device_ms}
        return {
            "maker": fitting.maker,
            "model": fitting.model,
            "firmware": fitting.firmware,
            "frames": fitting.frames,
            "bytes": fitting.bytes,
            "bad": fitting.bad,
            "driver": driver,
            "extras": self.extras.get(phone, {}),
        }

    def _describe(self, fitting: Fitting, body: Mapping[str, Any]) -> None:
        for name in ("maker", "model", "terminal_id", "iccid", "hardware", "firmware"):
            if value := str(body.get(name, "")).strip():
                if name == "model" and value != fitting.model:
                    fitting.unsupported = []  # another device on this phone
                self.is_news = self.is_news or getattr(fitting, name) != value
                setattr(fitting, name, value)

    def _card(self, message: Heard) -> DriverCard:
        body, told = message.body, str(message.body.get("time") or "")
        device_ms = round(datetime.fromisoformat(told).timestamp() * 1000) if told else message.at_ms
        order = self._trip_of(message.phone, device_ms + SECOND_MS - 1)  # terminals tell whole seconds
        self._with_card |= {order} - {""}
        return DriverCard(
            terminal=message.alias,
            device_ms=device_ms,
            received_ms=message.at_ms,
            inserted=int(body.get("status", CARD_IN)) == CARD_IN,
            result=int(body.get("result", 0)),
            name=str(body.get("name", "")).strip(),
            licence=str(body.get("licence", "")),
            order=order,
        )
