"""The unit's terminals: which phone is in which vehicle, and the codes they authenticate with.

The list comes from the register in the ledger; codes are random, made here, kept in local.db before a terminal is told.
A terminal that is not on the register is refused and shown, with the plate it claims, so that an admin can add it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge.serial_terminal.jt808.allowlist import AuthCode, Refusal, new_code
from edge.serial_terminal.jt808.heard import Heard
from fleet.ports import Randomness
from fleet.rules.attribution import Installation, installation_at
from fleet.rules.vehicle import Vehicle

STRANGERS_MAX = 50
"""Refused terminals remembered; beyond it the one heard longest ago is forgotten."""


@dataclass(slots=True)
class Terminal:
    """A terminal as heard: `state` is registered, authenticated or refused; phones without leading zeros."""

    phone: str
    plate: str
    state: str
    heard_ms: int
    version: int


class Terminals:
    """The allow-list every station asks, and what was heard of whom. Belongs to the event loop."""

    def __init__(self, randomness: Randomness, codes: Mapping[str, str]) -> None:
        self.heard: dict[str, Terminal] = {}
        self._randomness, self._codes = randomness, dict(codes)
        self._plates: dict[str, str] = {}
        self._history: Mapping[str, Sequence[Installation]] = {}
        self._unsaved: dict[str, str] = {}

    def use(self, vehicles: Iterable[Vehicle], history: Mapping[str, Sequence[Installation]]) -> None:
        """Take the register as it stands now, and where each terminal was before."""
        self._plates = {vehicle.terminal: vehicle.plate for vehicle in vehicles if vehicle.terminal}
        self._history = history

    def installed(self, phone: str, at_ms: int) -> Installation:
        """Where a terminal was at a moment, and the datum it was set to."""
        return installation_at(self._history.get(phone.lstrip("0"), ()), at_ms)

    def plate(self, phone: str) -> str:
        """The vehicle a terminal is in; "" if it is not on the register."""
        return self._plates.get(phone.lstrip("0"), "")

    def phone_of(self, plate: str) -> str:
        """The terminal in a vehicle, without leading zeros; "" if there is no such vehicle."""
        return next((phone for phone, each in self._plates.items() if each == plate), "")

    def knows(self, phone: str) -> bool:
        """Whether the phone is on the register."""
        return bool(self.plate(phone))

    def admit(self, phone: str, plate: str, terminal_id: str, version: int) -> AuthCode | Refusal:
        """Decide a registration: the terminal must be on the register, and claim no other vehicle than its own."""
        ours = self.plate(phone)
        if not ours:
            return Refusal.NO_SUCH_TERMINAL
        if plate and plate != ours:
            return Refusal.NO_SUCH_VEHICLE
        if phone not in self._codes:
            self._codes[phone] = self._unsaved[phone] = new_code(self._randomness).code
        return AuthCode(self._codes[phone])

    def check(self, phone: str, code: str) -> bool:
        """Whether this is the code given to that phone."""
        return hmac.compare_digest(self._codes.get(phone, "").encode(), code.encode()) and phone in self._codes

    def unsaved_codes(self) -> dict[str, str]:
        """Codes that must be on disk before their answers go out."""
        return dict(self._unsaved)

    def saved(self, codes: Mapping[str, str]) -> None:
        """These codes are on disk."""
        self._unsaved = {phone: code for phone, code in self._unsaved.items() if phone not in codes}

    def note(self, heard: Heard) -> None:
        """Remember that a terminal spoke."""
        state = {"refused": "refused", "registered": "registered"}.get(heard.kind, "authenticated")
        if not heard.authenticated and state == "authenticated":
            state = "registered" if self.knows(heard.phone) else "refused"
        plate = self.plate(heard.phone) or str(heard.body.get("plate", ""))
        before = self.heard.pop(heard.alias, None)
        self.heard[heard.alias] = Terminal(
            heard.alias, plate or (before.plate if before else ""), state, heard.at_ms, heard.version
        )
        strangers = [phone for phone, terminal in self.heard.items() if not self.knows(phone)]
        for phone in strangers[:-STRANGERS_MAX]:
            del self.heard[phone]
