"""What a simulated terminal does when it is told something, and what it answers: as a real one of a good maker would.

    0x8103 set, 0x8104, 0x8106 read parameters      kept; 0x0001, 0x0029 and 0x0055 take effect
    0x8107 attributes    0x8201 position    0x8202 tracking    0x8702 driver    0x8300 text on the screen
    0x8600 … 0x8607 fences                          kept; a circle is watched, and entering and leaving reported
    0x8003 packets again                            as they were sent

Rules kept here:
* Sans-IO. A message without a duty is answered "not supported", as the standard wants it.
Source: JT/T 808-2013 and -2019, terminals' answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from edge.serial_terminal.jt808.fields import Facts
from edge.serial_terminal.jt808.location import Location
from edge.serial_terminal.jt808.messages import Message
from fleet.rules.position import distance_m

OK, NOT_SUPPORTED = 0, 3
CIRCLE, RECTANGLE, POLYGON, ROUTE = 1, 2, 3, 4
AREA_ALARM, AREA_ITEM = 1 << 20, 0x12
ENTERED, LEFT = 0, 1
HEARTBEAT, INTERVAL, SPEED_LIMIT = 0x0001, 0x0029, 0x0055
FIRST = {HEARTBEAT: 60, 0x0002: 10, 0x0003: 3, 0x0020: 0, INTERVAL: 10, SPEED_LIMIT: 100, 0x0056: 10, 0x0081: 15}


class Answer(NamedTuple):
    """What goes up: a message and its facts; `result` alone is a general answer."""

    msg_id: int = 0x0001
    facts: Mapping[str, Any] = MappingProxyType({})
    result: int = OK


@dataclass(slots=True)
class Duties:
    """The memory of one terminal. Times in ms."""

    parameters: dict[int, bytes] = field(
        default_factory=lambda: {number: value.to_bytes(4, "big") for number, value in FIRST.items()}
    )
    texts: list[str] = field(default_factory=list)
    fences: dict[tuple[int, int], Facts] = field(default_factory=dict)
    inside: set[tuple[int, int]] = field(default_factory=set)
    track_interval_ms: int = 0
    track_until_ms: int = 0
    driver: tuple[str, str] | None = None  # name and licence of the card in the reader
    packets: dict[int, tuple[bytes, ...]] = field(default_factory=dict)  # frames of long messages by their first serial

    def obey(self, message: Message, at_ms: int) -> Answer:
        """Do what one message says; what to answer."""
        duty = _DUTIES.get(message.header.msg_id)
        return duty(self, message, at_ms) if duty else Answer(result=NOT_SUPPORTED)

    def number(self, parameter: int) -> int:
        """A parameter's value; 0 if it was never set."""
        return int.from_bytes(self.parameters.get(parameter, b""), "big")

    def interval_ms(self, usual_ms: int, at_ms: int) -> int:
        """How often to report now."""
        return self.track_interval_ms if at_ms < self.track_until_ms else usual_ms

    def watch(self, report: Location) -> Location:
        """The report with what its place means for the circles kept here."""
        for key, fence in self.fences.items():
            if key[0] != CIRCLE:
                continue
            inside = distance_m(report.lat, report.lon, fence["lat"], fence["lon"]) <= fence["radius_m"]
            if inside == (key in self.inside):
                continue
            (self.inside.add if inside else self.inside.discard)(key)
            crossed = bytes((CIRCLE,)) + key[1].to_bytes(4, "big") + bytes((ENTERED if inside else LEFT,))
            return report._replace(alarm=report.alarm | AREA_ALARM, items=(*report.items, (AREA_ITEM, crossed)))
        return report

    def card(self, at_ms: int, iso: Callable[[int | None], str | None]) -> Facts:
        """0x0702 as things stand: whose card is in, or that one was taken out."""
        told: dict[str, Any] = {"status": 1 if self.driver else 2, "time": iso(at_ms)}
        if self.driver:
            name, licence = self.driver
            told |= {"result": 0, "name": name, "licence": licence, "issuer": "ORTOO", "valid_until": "20301231"}
            told["id_card"] = licence
        return told

    def _set(self, message: Message, at_ms: int) -> Answer:
        for parameter in message.facts["params"]:
            self.parameters[int(parameter["id"], 16)] = bytes.fromhex(parameter["hex"])
        return Answer()

    def _read(self, message: Message, at_ms: int) -> Answer:
        wanted = [int(each, 16) for each in message.facts.get("ids", [])] or list(self.parameters)
        params = [
            {"id": f"0x{number:04x}", "hex": self.parameters[number].hex()}
            for number in wanted
            if number in self.parameters
        ]
        return Answer(0x0104, {"ack_serial": message.header.serial, "count": len(params) & 0xFF, "params": params})

    def _track(self, message: Message, at_ms: int) -> Answer:
        self.track_interval_ms = message.facts["interval"] * 1000
        self.track_until_ms = at_ms + message.facts.get("validity", 0) * 1000 if self.track_interval_ms else 0
        return Answer()

    def _show(self, message: Message, at_ms: int) -> Answer:
        self.texts.append(message.facts["text"])
        return Answer()

    def _fence(self, message: Message, at_ms: int) -> Answer:
        kind = (message.header.msg_id - 0x8600) // 2 + 1
        for item in message.facts.get("items", [message.facts]):
            self.fences[kind, item["id"]] = item
        return Answer()

    def _unfence(self, message: Message, at_ms: int) -> Answer:
        kind = (message.header.msg_id - 0x8601) // 2 + 1
        ids = message.facts["ids"]
        self.fences = {key: item for key, item in self.fences.items() if key[0] != kind or (ids and key[1] not in ids)}
        self.inside &= self.fences.keys()
        return Answer()

    def _nod(self, message: Message, at_ms: int) -> Answer:
        return Answer()


_DUTIES: dict[int, Callable[[Duties, Message, int], Answer]] = {
    0x8103: Duties._set,
    0x8104: Duties._read,
    0x8106: Duties._read,
    0x8202: Duties._track,
    0x8203: Duties._nod,
    0x8204: Duties._nod,
    0x8300: Duties._show,
    0x8400: Duties._nod,
    **dict.fromkeys((0x8600, 0x8602, 0x8604, 0x8606), Duties._fence),
    **dict.fromkeys((0x8601, 0x8603, 0x8605, 0x8607), Duties._unfence),
}
