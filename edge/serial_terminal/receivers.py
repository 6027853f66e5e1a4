"""Lines with receivers and radios instead of JT/T 808 terminals, heard by the same listener.

    nmea        one receiver in one vehicle, named in the settings
    meshtastic  nodes of the unit's list, by node id

Rules kept here:
* What they say becomes `Heard` like a terminal's report, under the terminal the register gives the vehicle: an NMEA
  line's under the phone registered for its vehicle, a radio's node under its id ("!a1b2c3d4") as the terminal.
  A vehicle that is not on the register is refused and shown, like an unknown terminal; a mesh is full of strangers,
  and those are only counted.
* A receiver tells its place every second and more often: one report in KEEP_EVERY_MS is kept, and every one in which
  the fix or the antenna changed.
* Nothing is asked of them but what a radio needs to start: no sessions, no questions, no answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edge.serial_terminal.jt808.downlink import Session
from edge.serial_terminal.jt808.heard import Counters, Heard, Kind
from edge.serial_terminal.jt808.outbox import Outcome
from edge.serial_terminal.meshtastic.radio import Heard as Said
from edge.serial_terminal.meshtastic.radio import Radio
from edge.serial_terminal.nmea.describe import tell_fix
from edge.serial_terminal.nmea.epochs import Fix
from edge.serial_terminal.nmea.receiver import Receiver
from fleet.rules.position import Position

KEEP_EVERY_MS = 10_000


class Unasked:
    """The station of a line on which nobody can be asked anything."""

    def __init__(self, counters: Counters | None = None) -> None:
        self.counters = counters or Counters()
        self.outcomes: list[Outcome] = []
        self.sessions: Mapping[str, Session] = {}
        self.is_idle = True

    def due(self, at_ms: int) -> list[bytes]:
        """Nothing needs to be said."""
        return []

    def ask(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> int:
        """There is nobody to ask.

        Raises:
            KeyError: always.
        """
        raise KeyError(phone)

    def expect(self, phone: str) -> None:
        """Nobody is expected."""

    def knows(self, phone: str) -> bool:
        """Nobody is known by a phone."""
        return False


class NmeaStation(Unasked):
    """A receiver in one vehicle. `phone_of` answers the terminal registered for a plate, "" if there is none."""

    def __init__(self, plate: str, phone_of: Callable[[str], str], counters: Counters | None = None) -> None:
        super().__init__(counters)
        self._plate, self._phone_of = plate, phone_of
        self._receiver = Receiver()
        self._kept: tuple[int, bool, str] | None = None  # when, fix, antenna of the last report kept

    def receive(self, data: bytes, at_ms: int) -> list[Heard]:
        """Take any slice of the line's bytes; return the reports worth keeping. Never raises."""
        silent = self._receiver.due(at_ms)
        fixes = ([silent] if silent else []) + self._receiver.receive(data, at_ms)
        told = self._receiver.counters
        self.counters.bytes, self.counters.good, self.counters.bad = told.bytes, told.good, told.bad
        return [heard for fix in fixes if (heard := self._heard(fix, at_ms))]

    def reset(self) -> None:
        """The line broke."""
        self._receiver.reset()

    def _heard(self, fix: Fix, at_ms: int) -> Heard | None:
        position, state = fix.position, (fix.fix, fix.antenna)
        if position is None:
            return None
        if self._kept and self._kept[1:] == state and at_ms - self._kept[0] < KEEP_EVERY_MS:
            return None
        self._kept = at_ms, *state
        phone = self._phone_of(self._plate)
        self.counters.refused += not phone
        facts = tell_fix(fix) | {"plate": self._plate}
        return _report(phone or self._plate, position, facts, at_ms, "position" if phone else "refused")


class MeshtasticStation(Unasked):
    """A radio. `plate_of` answers the vehicle whose terminal a node id is registered as, "" if there is none."""

    def __init__(self, plate_of: Callable[[str], str], counters: Counters | None = None) -> None:
        super().__init__(counters)
        self._radio = Radio(plate_of)

    def receive(self, data: bytes, at_ms: int) -> list[Heard]:
        """Take any slice of the line's bytes; return what nodes said. Never raises."""
        said = self._radio.receive(data, at_ms)
        told, counters = self._radio.counters, self.counters
        counters.bytes, counters.good, counters.bad = told.bytes, told.by_kind.total(), told.bad
        counters.refused = told.strangers
        return [_said(one) for one in said]

    def due(self, at_ms: int) -> list[bytes]:
        """What the radio has to be told now, if anything."""
        return self._radio.due(at_ms)

    def reset(self) -> None:
        """The line broke."""
        self._radio.reset()


def _said(said: Said) -> Heard:
    """What a node said: a report, a text that is kept, or a sign of life."""
    node = str(said.facts["node"])
    if said.position:
        return _report(node, said.position, said.facts, said.at_ms)
    text = str(said.facts.get("text", "")).encode()
    kind: Kind = "other" if said.kind == "text" else "heartbeat"
    return Heard(phone=node, msg_id=0, serial=0, version=0, kind=kind, at_ms=said.at_ms, body=said.facts, raw=text)


def _report(phone: str, position: Position, facts: Mapping[str, Any], at_ms: int, kind: Kind = "position") -> Heard:
    return Heard(phone=phone, msg_id=0, serial=0, version=0, kind=kind, at_ms=at_ms, positions=(position,), body=facts)
