"""Shapes of operations for the wire codec: what of an operation repeats from one to the next, as text.

A shape is a kind, whether a person signs, and the fields of the body with their types; an operation of a shape that has
crossed before costs one place in a table, and none at all if it follows what usually follows on its order.

    t text   m time in text (name ends in _ms)   i integer   k odometer (_km)   h hash of the form   u update   b bytes
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fleet.ledger import blocks
from fleet.ledger.blocks import Update
from fleet.ledger.canonical import Value
from fleet.ledger.columns import Unfit
from fleet.ledger.operation import Operation

TYPES = frozenset("tmikhub")
"""The letters of the types."""
_NAME = re.compile(r"[^ ,;:=\x00\x01\ue000-\ue0ff]{1,96}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_CONTENT = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Part(NamedTuple):
    """A field of a body: its name ("" if the body is that value alone), its type, and of an update the blocks."""

    name: str
    type: str
    blocks: tuple[tuple[str, str], ...] = ()


def describe(given: Operation, updates: dict[str, Update]) -> str:
    """The shape of an operation as text; updates in its body, by field, are put into `updates` as they were read.

    Raises:
        Unfit: it has none.
    """
    if given.body is not None and not isinstance(given.body, dict | bytes):
        raise Unfit
    whole = given.body if isinstance(given.body, dict) else {"": given.body}
    parts = [_part(name, value, given, updates) for name, value in whole.items()]
    if not all(map(_is_name, whole)) or not _is_name(given.kind):
        raise Unfit
    if "" in whole and isinstance(given.body, dict):
        raise Unfit
    return " ".join((given.kind, "p" if given.person is not None else "-", ",".join(parts)))


def _part(name: str, value: Value, given: Operation, updates: dict[str, Update]) -> str:
    match value:
        case str() if name == "content" and _CONTENT.fullmatch(value):
            return f"{name}:h"
        case str():
            return f"{name}:{_text_type(name, value)}"
        case int() if not isinstance(value, bool) and 0 <= value < 1 << 63:
            return f"{name}:{'k' if name.endswith('_km') else 'i'}"
        case bytes():
            update = blocks.read(value)
            if update and update.client == given.author.client_id and _plain_keys(update):
                updates[name] = update
                return f"{name}:u" + "".join(
                    f";{block.key}={_text_type(block.key, block.text)}" for block in update.blocks
                )
            return f"{name}:b"
    raise Unfit


def _plain_keys(update: Update) -> bool:
    return all(_is_name(block.key) for block in update.blocks)


@lru_cache(maxsize=1024)
def _is_name(text: str) -> bool:
    """Whether a shape can name a field so; "" is no field of its own and always fits."""
    return not text or _NAME.fullmatch(text) is not None


def _text_type(name: str, text: str) -> str:
    return "m" if (name.endswith("_ms") or not name) and _DECIMAL.fullmatch(text) else "t"


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[str, bool, tuple[Part, ...]]:
    """Kind, whether a person signs, and the parts of the body, from a shape as text.

    Raises:
        Unfit: it is no shape.
    """
    kind, _, rest = text.partition(" ")
    signed, _, fields = rest.partition(" ")
    parts = []
    for one in filter(None, fields.split(",")):
        name, _, what = one.partition(":")
        keys = tuple((key, kind_of) for key, _, kind_of in (block.partition("=") for block in what.split(";")[1:]))
        if what[:1] not in TYPES or any(kind_of not in {"t", "m"} for _, kind_of in keys):
            raise Unfit
        parts.append(Part(name, what[:1], keys))
    return kind, signed == "p", tuple(parts)
