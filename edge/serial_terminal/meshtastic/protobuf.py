"""Protocol Buffers' wire format, as far as a radio's messages need it: tagged fields in, tagged fields out.

Rules kept here:
* A message is a list of (number, value): an int for varints and fixed-width fields, bytes for the rest. What a number
  means, and whether an int is signed or a float, only the reader of that message knows.
* Bytes that cannot be a message raise; fields nobody asked for are passed over, so newer radios are understood.
Source: Protocol Buffers encoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
VARINT_SIZE_MAX = 10  # bytes
_FLOAT = Struct("<f")

Fields = list[tuple[int, int | bytes]]


class NotAMessageError(ValueError):
    """The bytes are no protobuf message."""


def read(data: bytes) -> Fields:
    """Read a message's fields in order.

    Raises:
        NotAMessageError: a field runs past the end, or has a number or wire type that does not exist.
    """
    fields: Fields = []
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if not 0 < number < 1 << 29:
            raise NotAMessageError(f"field {number}")
        if wire == VARINT:
            value, at = _varint(data, at)
        elif wire == BYTES:
            size, at = _varint(data, at)
            value, at = _take(data, at, size), at + size
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
            value, at = int.from_bytes(_take(data, at, size), "little"), at + size
        else:
            raise NotAMessageError(f"wire type {wire}")
        fields.append((number, value))
    return fields


def varint(number: int, value: int) -> bytes:
    """One varint field; a negative value as its 64-bit two's complement."""
    return _number(number << 3 | VARINT) + _number(value & (1 << 64) - 1)


def fixed32(number: int, value: int) -> bytes:
    """One fixed32 field; a negative value as its two's complement."""
    return _number(number << 3 | FIXED32) + (value & 0xFFFF_FFFF).to_bytes(4, "little")


def single(number: int, value: float) -> bytes:
    """One float field."""
    return fixed32(number, int.from_bytes(_FLOAT.pack(value), "little"))


def nested(number: int, *fields: bytes) -> bytes:
    """One bytes, text or message field."""
    content = b"".join(fields)
    return _number(number << 3 | BYTES) + _number(len(content)) + content


def last(fields: Iterable[tuple[int, int | bytes]]) -> dict[int, int | bytes]:
    """By number; of a field that is there more than once the last counts, as the format says."""
    return dict(fields)


def signed(value: int, bits: int) -> int:
    """An int32, sint-less int64 or sfixed32 as the number it stands for."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def as_float(value: int) -> float:
    """A fixed32's bits as the float they stand for."""
    result: float = _FLOAT.unpack((value & 0xFFFF_FFFF).to_bytes(4, "little"))[0]
    return result


def _take(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise NotAMessageError(f"wanted {size} at {at} of {len(data)}")
    return data[at : at + size]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + VARINT_SIZE_MAX]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & (1 << 64) - 1, at + index + 1
    raise NotAMessageError(f"number without end at {at}")


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
