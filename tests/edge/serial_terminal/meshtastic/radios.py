"""Messages as a radio sends them, written by field number: what the tests of this room share."""

from __future__ import annotations

from edge.serial_terminal.meshtastic.protobuf import fixed32, nested, single, varint
from edge.serial_terminal.meshtastic.stream import encode

NODE, STRANGER = 0xA1B2C3D4, 0x01020304
NODE_ID = "!a1b2c3d4"
NOON_S = 1_790_222_400


def from_radio(number: int, *fields: bytes) -> bytes:
    """One frame with one message of the radio's."""
    return encode(nested(number, *fields))


def packet(port: int, *payload: bytes, node: int = NODE) -> bytes:
    """One frame with what a node said on a port."""
    decoded = nested(4, varint(1, port), nested(2, *payload))
    head = fixed32(1, node) + fixed32(2, 0xFFFF_FFFF) + decoded + fixed32(6, 77) + fixed32(7, NOON_S + 1)
    return from_radio(2, head, single(8, 6.25), varint(12, -97))


def position(node: int = NODE, *more: bytes) -> bytes:
    """39.2165 north, 101.6666 east, 1500 m, 36 km/h to the east, 13 satellites, at noon."""
    where = fixed32(1, 392_165_000) + fixed32(2, 1_016_666_000) + varint(3, 1500) + fixed32(7, NOON_S)
    return packet(3, where, varint(15, 36), varint(16, 9_000), varint(19, 13), *more, node=node)
