"""Deterministic CBOR (RFC 8949, 4.2.1): one value, one encoding. What is signed and hashed is always this form.

Only integers, text, bytes, booleans, null, lists and text-keyed maps exist here: no floats, no tags, no indefinite
lengths, so a value decoded and encoded again is the same bytes on every machine. Decoding is bounded in size before it
starts and in depth while it runs; anything else is NotTrusted. Tags are refused before they are looked into: six bytes
of them make a list that contains itself, and others stand for numbers of any size.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cbor2

from fleet.errors import NotTrusted

Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | None"

DEPTH_MAX = 8
SIZE_MAX = 1 << 20
"""Bytes of one encoded value; the largest legal operation (a form with its document update) is far below."""


class OnlyTags(dict[int, Any]):
    """For `semantic_decoders`, which cbor2 asks about each tag it meets before anything under it is made: the tags
    named here are left as they stand, every other is refused."""

    def __init__(self, *tags: int) -> None:
        super().__init__()
        self._known = tags

    def __getitem__(self, tag: int) -> Any:
        if tag in self._known:
            raise KeyError(tag)
        raise ValueError(f"tag {tag}")


_NO_TAGS = OnlyTags()


def encode(value: object) -> bytes:
    """The one encoding of `value`; TypeError for a type that may not be signed (a local fault, never input)."""
    return cbor2.dumps(value, canonical=not _in_order(value))  # what is in order costs no sorting


def decode(data: bytes, *, size_max: int = SIZE_MAX) -> Value:
    """Decode bytes from outside.

    Raises:
        NotTrusted: `too_large`, `not_cbor`, or `not_canonical` (the same value has another encoding, or none).
    """
    if len(data) > size_max:
        raise NotTrusted("too_large", size=len(data), most=size_max)
    try:
        value = cbor2.loads(
            data, max_depth=DEPTH_MAX, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_NO_TAGS
        )
    except (cbor2.CBORDecodeError, ValueError, OverflowError) as error:
        raise NotTrusted("not_cbor", detail=type(error).__name__) from None
    try:
        again = encode(value)
    except TypeError:
        raise NotTrusted("not_canonical") from None
    if again != data:
        raise NotTrusted("not_canonical")
    return value  # type: ignore[no-any-return]


_ATOMS = frozenset({type(None), bool, str, bytes})
_TEXTS, _LISTS = (str, bytes), (list, tuple)
_LEAST, _BEYOND = -(1 << 63), 1 << 64


def _in_order(value: object) -> bool:
    """Whether the keys of every map in a value stand as they are encoded: the short ones first, then by their bytes.

    Raises:
        TypeError: something in it may not be signed.
    """
    pending, in_order = [value], True
    for item in pending:  # which grows as it goes
        if type(item) in _ATOMS:
            continue
        if isinstance(item, int):
            if not _LEAST <= item < _BEYOND:
                raise TypeError("an integer beyond 64 bits cannot be signed")
        elif isinstance(item, _LISTS):
            pending.extend(item)
        elif isinstance(item, dict) and all(isinstance(key, str) for key in item):
            keys = [*item]
            in_order = in_order and "".join(keys).isascii() and keys == sorted(sorted(keys), key=len)
            pending.extend(item.values())
        elif not isinstance(item, _TEXTS):
            raise TypeError(f"a {type(item).__name__} cannot be signed")
    return in_order
