"""Values of a state as bytes, for checkpoints and for the hash of the state: one value, one encoding (MessagePack).

What is signed is never in this form. Types are read back as the state declares them, so a map added to the state needs
nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

_BY_NAME, _AS_GIVEN = msgspec.msgpack.Encoder(order="deterministic"), msgspec.msgpack.Encoder()


def encoded(value: object) -> bytes:
    """A value as bytes. Maps by name are sorted; others stay as they were made, which is the same on every replica."""
    try:
        return _BY_NAME.encode(value)
    except TypeError:
        return _AS_GIVEN.encode(value)


def reader(shape: Any) -> Callable[[bytes], Any]:
    """What reads values of a type back. It raises ValueError for bytes that are none."""
    decode = msgspec.msgpack.Decoder(shape).decode

    def read(data: bytes) -> Any:
        try:
            return decode(data)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None

    return read
