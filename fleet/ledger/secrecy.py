"""Secret fields: sealed before they leave the unit, for its own nodes and, behind two keys, for supervision.

    sealed  = [version, commitment, share, [[node's public key, slot] ...], content, escrow]
    content = the fields, padded, in an envelope for the unit's nodes, bound to unit, order and readers
    escrow  = the content key in an envelope for one custodian, that envelope in one for the other

Rules kept here:
* Whoever holds a node's key reads at once; supervision reads when both custodians have turned their keys, and neither
  alone learns anything. Central holds what it cannot read.
* All readers read the same: the commitment names the one content key there is, and everyone checks it.
* The length says little: content is padded to whole blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import envelope
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.envelope import Address, Opening, Slot
from fleet.ledger.suite import SigningKey, Suite
from fleet.ports import Randomness

VERSION = 1
BLOCK_SIZE = 256
SIZE_MAX = 16 * 1024
"""Bytes of one sealed statement: fields of an order and a slot a node are some two thousand."""
READERS_MAX = 64
_LENGTH_SIZE = 4


class Custodians(NamedTuple):
    """The public keys of the two people who open for supervision, in the order in which the escrow was closed: the
    second opens first."""

    inner: bytes
    outer: bytes


def seal(
    suite: Suite,
    fields: Mapping[str, str],
    bound: str,
    nodes: Sequence[bytes],
    custodians: Custodians,
    randomness: Randomness,
) -> bytes:
    """Seal fields of what `bound` names (an order of a unit) for nodes by their public keys.

    Raises:
        ValueError: a public key is none.
    """
    readers = sorted(set(nodes))
    outside, key = envelope.address(suite, readers, randomness)
    commitment = suite.hash("secrecy", key)
    data = encode(dict(fields))
    data = len(data).to_bytes(_LENGTH_SIZE) + data
    padded = data + bytes(-len(data) % BLOCK_SIZE)
    content = b"".join(envelope.close(suite, key, _bound(bound, commitment), [padded]))
    inner = _close_one(suite, custodians.inner, key, bound, randomness)
    escrow = _close_one(suite, custodians.outer, inner, bound, randomness)
    return encode([VERSION, commitment, outside.share, [list(slot) for slot in outside.slots], content, escrow])


def open_fields(suite: Suite, sealed: bytes, bound: str, key: SigningKey) -> dict[str, str]:
    """The fields, for a node that is among the readers.

    Raises:
        NotTrusted: `secret_not_ours`: this node is not among them (it was enrolled later); `secret_damaged`.
    """
    parts = _read(sealed)
    try:
        content_key = envelope.content_key(suite, parts.outside, key)
    except NotTrusted as refused:
        raise NotTrusted("secret_not_ours" if refused.code == "envelope_not_ours" else "secret_damaged") from None
    return _open(suite, parts, bound, content_key)


def open_outer(suite: Suite, sealed: bytes, bound: str, outer: SigningKey) -> bytes:
    """The first turn of supervision's two keys: what the second custodian then opens.

    Raises:
        NotTrusted: `secret_not_ours`: another custodian's; `secret_damaged`.
    """
    return _open_one(suite, _read(sealed).escrow, bound, outer)


def open_inner(suite: Suite, sealed: bytes, bound: str, opened: bytes, inner: SigningKey) -> dict[str, str]:
    """The second turn: the fields, from what `open_outer` gave.

    Raises:
        NotTrusted: as `open_outer`.
    """
    return _open(suite, _read(sealed), bound, _open_one(suite, opened, bound, inner))


def readers(sealed: bytes) -> frozenset[bytes]:
    """The public keys of the nodes it was sealed for.

    Raises:
        NotTrusted: `secret_damaged`.
    """
    return frozenset(slot.public for slot in _read(sealed).outside.slots)


class _Parts(NamedTuple):
    commitment: bytes
    outside: Address
    content: bytes
    escrow: bytes


def _read(sealed: bytes) -> _Parts:
    if len(sealed) > SIZE_MAX:
        raise NotTrusted("secret_damaged")
    try:
        match decode(sealed):
            case [1, bytes() as commitment, bytes() as share, list() as slots, bytes() as content, bytes() as escrow]:
                if len(slots) <= READERS_MAX:
                    return _Parts(commitment, Address(share, tuple(map(_slot, slots))), content, escrow)
    except NotTrusted:
        pass
    raise NotTrusted("secret_damaged")


def _slot(value: Value) -> Slot:
    match value:
        case [bytes() as public, bytes() as wrapped]:
            return Slot(public, wrapped)
    raise NotTrusted("secret_damaged")


def _open(suite: Suite, parts: _Parts, bound: str, key: bytes) -> dict[str, str]:
    if suite.hash("secrecy", key) != parts.commitment:
        raise NotTrusted("secret_damaged")
    data = _opened(suite, key, _bound(bound, parts.commitment), parts.content)
    try:
        fields = decode(data[_LENGTH_SIZE : _LENGTH_SIZE + int.from_bytes(data[:_LENGTH_SIZE])])
    except NotTrusted:
        raise NotTrusted("secret_damaged") from None
    if not isinstance(fields, dict):
        raise NotTrusted("secret_damaged")
    return {str(name): str(value) for name, value in fields.items()}


def _opened(suite: Suite, key: bytes, bound: bytes, chunks: bytes) -> bytes:
    opening = Opening(suite, key, bound, max(0, len(chunks) - envelope.TAG_SIZE))
    try:
        data = b"".join(opening.feed(chunks))
    except NotTrusted:
        raise NotTrusted("secret_damaged") from None
    if not opening.finished:
        raise NotTrusted("secret_damaged")
    return data


def _close_one(suite: Suite, public: bytes, content: bytes, bound: str, randomness: Randomness) -> bytes:
    """Content in an envelope for one custodian."""
    outside, key = envelope.address(suite, [public], randomness)
    chunks = b"".join(envelope.close(suite, key, _bound(bound, outside.share), [content]))
    (slot,) = outside.slots
    return encode([outside.share, *slot, chunks])


def _open_one(suite: Suite, closed: bytes, bound: str, key: SigningKey) -> bytes:
    try:
        parts = decode(closed)
    except NotTrusted:
        raise NotTrusted("secret_damaged") from None
    match parts:
        case [bytes() as share, bytes() as public, bytes() as wrapped, bytes() as chunks]:
            outside = Address(share, (Slot(public, wrapped),))
            try:
                content_key = envelope.content_key(suite, outside, key)
            except NotTrusted as refused:
                damaged = refused.code != "envelope_not_ours"
                raise NotTrusted("secret_damaged" if damaged else "secret_not_ours") from None
            return _opened(suite, content_key, _bound(bound, share), chunks)
    raise NotTrusted("secret_damaged")


def bound(unit: str, target: str) -> str:
    """What a seal is bound to: a target of a unit's ledger."""
    return f"{unit}/{target}"


def _bound(bound: str, to: bytes) -> bytes:
    return encode(["secret", bound, to])
