"""The host's side of a Meshtastic radio on a line: wake it, ask for its state, hear the nodes that are known.

    start ──wake──▶ WAKE_MS ──want_config──▶ … node, node … ──config complete──▶ ready
                      ▲   no answer for READY_MS, or the radio rebooted   │
                      └───────────────────────────────────────────────────┘

Rules kept here:
* Sans-IO: bytes and the time go in, `Heard` and bytes to write come out.
* Only nodes on the unit's list are heard; what strangers say is counted. What the radio remembers of where a node was
  is no report and is not taken for one.
* A radio that sleeps or was unplugged is woken again by itself; a heartbeat keeps it from taking the host for gone.
Source: Meshtastic client API: wake bytes, want_config, heartbeat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.meshtastic import messages, protobuf
from edge.serial_terminal.meshtastic.stream import WAKE, BadFrame, FrameDecoder, encode
from fleet.rules.position import Position

WAKE_MS, READY_MS, HEARTBEAT_MS = 100, 10_000, 300_000
WANT_CONFIG, HEARTBEAT = 3, 7  # fields of ToRadio


class Heard(NamedTuple):
    """What one known node said. `vehicle` is its name on the unit's list; `position` None where it told none."""

    vehicle: str
    kind: str
    facts: Facts
    position: Position | None
    at_ms: int


@dataclass(slots=True)
class Counters:
    """What the line has carried; `by_kind` counts sound messages, `strangers` those of unknown nodes among them."""

    bytes: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    strangers: int = 0


class Radio:
    """The conversation with one radio. `vehicle_of` answers the vehicle of a node id such as "!a1b2c3d4", or ""."""

    def __init__(self, vehicle_of: Callable[[str], str], config: int = 1, *, speed_in_m_s: bool = False) -> None:
        self.counters, self.ready = Counters(), False
        self._vehicle_of, self._config, self._speed_in_m_s = vehicle_of, config, speed_in_m_s
        self._decoder = FrameDecoder(messages.sound)
        self._woken_ms: int | None = None
        self._asked_ms: int | None = None
        self._beat_ms = 0

    def receive(self, data: bytes, at_ms: int) -> list[Heard]:
        """Take any slice of the line's bytes; return what known nodes said, in order. Never raises."""
        self.counters.bytes += len(data)
        heard = []
        for event in self._decoder.receive(data):
            if isinstance(event, BadFrame):
                self.counters.bad[event.reason] += 1
                continue
            told = messages.read(event.payload)
            self.counters.by_kind[told["kind"]] += 1
            if told["kind"] == "ready" and told["config"] == self._config:
                self.ready, self._beat_ms = True, at_ms
            elif told["kind"] == "rebooted":
                self._begin()
            elif told["kind"] in ("position", "telemetry", "text"):
                heard += self._of_known(told, at_ms)
        return heard

    def due(self, at_ms: int) -> list[bytes]:
        """What to write now. Call a few times a second."""
        if self._woken_ms is None:
            self._woken_ms, self._asked_ms = at_ms, None
            return [WAKE]
        if self._asked_ms is None and at_ms - self._woken_ms >= WAKE_MS:
            self._asked_ms = at_ms
            return [encode(protobuf.varint(WANT_CONFIG, self._config))]
        if not self.ready and self._asked_ms is not None and at_ms - self._asked_ms >= READY_MS:
            self._woken_ms = None
        elif self.ready and at_ms - self._beat_ms >= HEARTBEAT_MS:
            self._beat_ms = at_ms
            return [encode(protobuf.nested(HEARTBEAT))]
        return []

    def reset(self) -> None:
        """The line broke: half a frame is worth nothing any more, and the radio must be asked again."""
        self._decoder = FrameDecoder(messages.sound)
        self._begin()

    def _begin(self) -> None:
        self.ready, self._woken_ms, self._asked_ms = False, None, None

    def _of_known(self, told: Facts, at_ms: int) -> list[Heard]:
        vehicle = self._vehicle_of(told.get("node", ""))
        if not vehicle:
            self.counters.strangers += 1
            return []
        place = None
        if told["kind"] == "position":
            place = messages.position(told, _ms(told.get("time")), speed_in_m_s=self._speed_in_m_s)
        return [Heard(vehicle, told["kind"], told, place, at_ms)]


def _ms(time: str | None) -> int | None:
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000)
