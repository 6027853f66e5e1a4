"""Doubles at the ports, and frames written from the standard: what the tests of this room share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import location, messages
from edge.serial_terminal.jt808.allowlist import AuthCode, Refusal
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder, encode
from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.location import Location

NOON_MS = 1_790_222_400_000  # 2026-09-24 04:00 UTC, noon in China
KNOWN, STRANGER = "013800138000", "013900139000"
CODE = "a-random-token"


class FixedList:
    """An allow-list of given phones; plates that end in X are taken, everyone gets the same code."""

    def __init__(self, *phones: str) -> None:
        self.phones = set(phones or (KNOWN, KNOWN.zfill(20)))
        self.asked: list[tuple[str, str, str, int]] = []

    def admit(self, phone: str, plate: str, terminal_id: str, version: int) -> AuthCode | Refusal:
        self.asked.append((phone, plate, terminal_id, version))
        if plate.endswith("X"):
            return Refusal.VEHICLE_TAKEN
        return AuthCode(CODE) if phone in self.phones else Refusal.NO_SUCH_TERMINAL

    def check(self, phone: str, code: str) -> bool:
        return phone in self.phones and code == CODE

    def knows(self, phone: str) -> bool:
        return phone in self.phones


class HandClock:
    """A clock moved by hand."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic_s(self) -> float:
        return self.at_ms / 1000


def frame(
    msg_id: int, facts: Mapping[str, Any] | bytes = b"", *, phone: str = KNOWN, version: int = 2013, serial: int = 1
) -> bytes:
    """One frame as a terminal or a platform sends it; the body as facts or as bytes."""
    body = facts if isinstance(facts, bytes) else messages.write_body(msg_id, version, facts)
    phone = phone.zfill(20) if version == 2019 else phone
    return encode(headers.build(Header(msg_id, phone, serial, version), body))


def packet(msg_id: int, body: bytes, total: int, index: int, *, serial: int, phone: str = KNOWN) -> bytes:
    """One packet of a longer message."""
    header = Header(msg_id, phone, serial, packets=True, packet_total=total, packet_index=index)
    return encode(headers.build(header, body))


def report(at_ms: int = NOON_MS, lat: float = 39.2165, lon: float = 101.6666, **changes: Any) -> bytes:
    """A position report's body: fixed, engine on, 36.5 km/h, odometer 48,210.0 km, 13 satellites."""
    items = ((0x01, bytes.fromhex("00075b34")), (0x31, b"\x0d"))
    made = Location(0, 3, lat, lon, 1500, 365, 90, location.bcd_time(at_ms), items)
    return location.write(made._replace(**changes))


def batch(*reports: bytes, kind: int = 1) -> bytes:
    """The body of a 0x0704."""
    items = b"".join(len(item).to_bytes(2, "big") + item for item in reports)
    return len(reports).to_bytes(2, "big") + bytes((kind,)) + items


def read(stream: bytes | None) -> list[messages.Message]:
    """The messages in some bytes of the line; each must be sound."""
    events = FrameDecoder().receive(stream or b"")
    assert all(isinstance(event, Frame) for event in events), events
    return [messages.read(event.payload) for event in events if isinstance(event, Frame)]


def said(stream: bytes | None) -> list[tuple[int, dict[str, Any]]]:
    """Message ids and facts in some bytes of the line."""
    return [(message.header.msg_id, message.facts) for message in read(stream)]
