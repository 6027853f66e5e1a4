"""The few Meshtastic messages a vehicle node needs, as tables of fields: facts out of bytes.

    FromRadio   2 packet | 3 my_info | 4 node_info | 7 config_complete_id | 8 rebooted
    packet      1 from | 2 to | 4 decoded: 1 port, 2 payload | 6 id | 7 rx_time | 8 snr | 12 rssi | 5 encrypted
    ports       1 text | 3 position | 4 node | 67 telemetry

Rules kept here:
* The names are those of every protocol; what a radio does not send is left out, and fields not named here are passed
  over: newer radios send more.
* The course comes in 1/100 degree, from some firmware in 1/100 000: what cannot be the first is the second. The speed
  is taken for km/h, as its description says; a caller that knows its radios send m/s says so.
* A position entered by hand, or blurred on purpose (fewer than 32 bits of precision), is told and is no fix.
Source: Meshtastic's public description of its messages, by field number; firmware differences as seen in the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from edge.serial_terminal.facts import Facts, iso
from edge.serial_terminal.meshtastic import protobuf
from fleet.rules.position import Position

TEXT, POSITION, NODE, TELEMETRY = 1, 3, 4, 67  # ports
EXACT_BITS = 32
BY_HAND = 1  # location source
KMH_PER_M_S = 3.6

Table = Mapping[int, tuple[str, Callable[[Any], Any]]]


def _int(bits: int) -> Callable[[int], int]:
    return lambda value: protobuf.signed(value, bits)


def _zigzag(value: int) -> int:
    return value >> 1 ^ -(value & 1)


def _degrees(value: int) -> float:
    return protobuf.signed(value, 32) / 1e7


def _real(value: int) -> float:
    return round(protobuf.as_float(value), 3)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _course(value: int) -> float:
    return value / 100 if value <= 36_000 else value / 100_000


def _node_id(value: int) -> str:
    return f"!{value & 0xFFFF_FFFF:08x}"


def _seconds(value: int) -> str | None:
    return iso((value & 0xFFFF_FFFF) * 1000) if value else None


POSITION_FIELDS: Table = {
    1: ("lat", _degrees),
    2: ("lon", _degrees),
    3: ("alt", _int(32)),
    4: ("sent_s", _int(33)),
    5: ("source", int),
    7: ("fixed_s", _int(33)),
    8: ("adjust_ms", _int(32)),
    9: ("alt_ellipsoid", _zigzag),
    11: ("pdop", lambda value: value / 100),
    12: ("hdop", lambda value: value / 100),
    14: ("accuracy_mm", int),
    15: ("speed_kmh", float),
    16: ("course", _course),
    17: ("quality", int),
    18: ("fix_type", int),
    19: ("satellites", int),
    22: ("sequence", int),
    23: ("precision_bits", int),
}
DEVICE_FIELDS: Table = {
    1: ("battery_percent", int),
    2: ("voltage", _real),
    3: ("channel_use_percent", _real),
    4: ("air_use_percent", _real),
    5: ("uptime_s", int),
}
ENVIRONMENT_FIELDS: Table = {1: ("temperature_c", _real), 2: ("humidity_percent", _real), 3: ("pressure_hpa", _real)}
USER_FIELDS: Table = {1: ("id", _text), 2: ("name", _text), 3: ("short_name", _text)}
PACKET_FIELDS: Table = {
    1: ("node", _node_id),
    2: ("to", _node_id),
    6: ("packet", int),
    7: ("received", _seconds),
    8: ("snr", _real),
    12: ("rssi", _int(32)),
}


def _row(table: Table, data: bytes) -> Facts:
    """Read the fields the table names; a field of another wire type than the table expects is passed over."""
    told: Facts = {}
    for number, value in protobuf.read(data):
        if number in table:
            name, shown = table[number]
            wants_bytes = shown is _text
            if isinstance(value, bytes) == wants_bytes:
                told[name] = shown(value)
    return {name: value for name, value in told.items() if not isinstance(value, float) or isfinite(value)}


def _position(data: bytes) -> Facts:
    told = _row(POSITION_FIELDS, data)
    sent_s, fixed_s, adjust_ms = told.pop("sent_s", 0), told.pop("fixed_s", 0), told.pop("adjust_ms", 0)
    if fixed_s or sent_s:  # the device's own clock counts where the fix has no time
        told["time"] = iso(fixed_s * 1000 + adjust_ms if fixed_s else sent_s * 1000)
    if "lat" in told and "lon" in told:
        blurred = 0 < told.get("precision_bits", EXACT_BITS) < EXACT_BITS
        told["fix"] = told.get("source") != BY_HAND and not blurred
    return told


def _telemetry(data: bytes) -> Facts:
    told: Facts = {}
    for number, value in protobuf.read(data):
        if number == 1 and isinstance(value, int):
            told["time"] = _seconds(value)
        elif isinstance(value, bytes) and number in (2, 3):
            told |= _row(DEVICE_FIELDS if number == 2 else ENVIRONMENT_FIELDS, value)
    return told


_PORTS: Mapping[int, tuple[str, Callable[[bytes], Facts]]] = {
    TEXT: ("text", lambda data: {"text": _text(data)}),
    POSITION: ("position", _position),
    NODE: ("node", lambda data: _row(USER_FIELDS, data)),
    TELEMETRY: ("telemetry", _telemetry),
}


def sound(payload: bytes) -> bool:
    """Whether the bytes can be a message from the radio, down to the fields named here: the only check there is."""
    try:
        return bool(_from_radio(protobuf.last(protobuf.read(payload)))) and bool(payload)
    except protobuf.NotAMessageError:
        return False


def read(payload: bytes) -> Facts:
    """Read one FromRadio message; `kind` is text, position, telemetry, node, ready, rebooted, me or other. Never
    raises: a part that cannot be read is told as `error`, with its bytes."""
    try:
        return _from_radio(protobuf.last(protobuf.read(payload)))
    except protobuf.NotAMessageError as damage:
        return {"kind": "other", "error": str(damage), "undecoded_body": payload.hex()}


def _from_radio(fields: dict[int, int | bytes]) -> Facts:
    packet, me, node = fields.get(2), fields.get(3), fields.get(4)
    ready, rebooted = fields.get(7), fields.get(8)
    if isinstance(packet, bytes):
        return _packet(packet)
    if isinstance(node, bytes):
        return _node(node)
    if isinstance(me, bytes):
        number = protobuf.last(protobuf.read(me)).get(1)
        return {"kind": "me"} | ({"node": _node_id(number)} if isinstance(number, int) else {})
    if isinstance(ready, int):
        return {"kind": "ready", "config": ready}
    if rebooted:
        return {"kind": "rebooted"}
    return {"kind": "other", "fields": sorted(fields)}


def _packet(data: bytes) -> Facts:
    told, fields = _row(PACKET_FIELDS, data), protobuf.last(protobuf.read(data))
    decoded = fields.get(4)
    if not isinstance(decoded, bytes):
        return told | {"kind": "other"} | ({"encrypted": True} if 5 in fields else {})
    inner = protobuf.last(protobuf.read(decoded))
    port, payload = inner.get(1, 0), inner.get(2, b"")
    if isinstance(port, int) and isinstance(payload, bytes) and port in _PORTS:
        kind, reader = _PORTS[port]
        return told | {"kind": kind} | reader(payload)
    return told | {"kind": "other", "port": port} | ({"body": payload.hex()} if isinstance(payload, bytes) else {})


def _node(data: bytes) -> Facts:
    """What the radio remembers of a node: who it is and where it last was."""
    told: Facts = {"kind": "node"}
    for number, value in protobuf.read(data):
        if number == 1 and isinstance(value, int):
            told["node"] = _node_id(value)
        elif number == 2 and isinstance(value, bytes):
            told |= _row(USER_FIELDS, value)
        elif number == 3 and isinstance(value, bytes):
            told |= _position(value)
        elif number == 5 and isinstance(value, int):
            told["heard"] = _seconds(value)
    return told


def position(told: Mapping[str, Any], time_ms: int | None, *, speed_in_m_s: bool = False) -> Position | None:
    """The position facts in the terms the rules use; None without coordinates."""
    if "lat" not in told or "lon" not in told:
        return None
    speed = told.get("speed_kmh", 0.0) * (KMH_PER_M_S if speed_in_m_s else 1)
    return Position(
        device_time_ms=time_ms,
        lat=told["lat"],
        lon=told["lon"],
        alt_m=told.get("alt", 0),
        speed_kmh=speed,
        course=round(told.get("course", 0)) % 360,
        fix=told["fix"],
        satellites=told.get("satellites"),
        rssi=told.get("rssi"),
    )
