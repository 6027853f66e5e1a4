"""Frames of the sync conversation: a length, then one canonical list. Any transport may cut the stream anywhere.

    frame    = length (LEB128, up to 4 bytes) · canonical CBOR of [name, ...]
    hello    = unit, node, incarnation, heads, certificate, marks, share, ends, signature of the node over all before it
    packed   = node, incarnation, number before the first, count, dictionary, columns (see `codec`), seal
    delta    = node, incarnation, deflate of the list of operations, seal: the same, for whoever cannot unpack that
    seal     = head, seal: what the receiver holds of an author so far, closed
    live     = no list, but a first byte below 32 (see `session`)
    plain    = node, incarnation, number held: "send me what follows as deltas"
    receipt  = head, time_ms, signature          refusal = head, code, time_ms
    want     = name of a blob, bytes of it held (null: not even its outline)
    outline  = name, outline (see `blobs`)       piece   = first bytes of the name, place, data
    (a head is [node, incarnation, seq, hash]; a mark names a refusal of the speaker's own records that it knows of;
    ends are the heads of branches that do not stand, see `forks`)

Sizes are checked before anything is unpacked: a frame, and what a delta may unpack to.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.columns import leb128
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author, Head, author_of
from fleet.ledger.store import REFUSALS_MAX, RUN_OPERATIONS_MAX, Receipt, Refusal
from fleet.ledger.suite import COMMON, HASH_SIZE

FRAME_SIZE_MAX = 2 << 20
UNPACKED_SIZE_MAX = 4 << 20
HEADS_MAX = 4096
MARK_SIZE = 8
LIVE_FIRST_BYTES = 0x20
"""A frame whose first byte is below this is live; a message in CBOR begins with a list."""


class Hello(NamedTuple):
    """Who speaks, what it holds, the certificate that says whose key signed this, which refusals it knows of, and which
    branches of logs that were continued twice."""

    unit: str
    author: Author
    heads: tuple[Head, ...]
    certificate: bytes
    marks: tuple[bytes, ...] = ()
    share: bytes = b""
    ends: tuple[Head, ...] = ()
    signature: bytes = b""

    def signed_part(self) -> bytes:
        """What the speaker's node key signs."""
        heads, ends = ([_head(head) for head in some] for some in (self.heads, self.ends))
        return encode([self.unit, *self.author, heads, self.certificate, list(self.marks), self.share, ends])


def mark(refusal: Refusal) -> bytes:
    """A short name of a refusal; who made it and when does not matter."""
    return COMMON.hash("refusal", encode([_head(refusal.head), refusal.code]))[:MARK_SIZE]


class Packed(NamedTuple):
    """A delta in columns: `length` operations of `author` after number `after`, packed with a dictionary."""

    author: Author
    after: int
    length: int
    dictionary: int
    data: bytes
    seal: bytes


class Sealed(NamedTuple):
    """An author's seal over operations that have crossed one by one."""

    head: Head
    seal: bytes


class Live(NamedTuple):
    """What one end of a session says to the other."""

    data: bytes


class Plain(NamedTuple):
    """What was packed could not be unpacked here: send it plain, from what is held of the author."""

    author: Author
    held: int


class Want(NamedTuple):
    """A blob that is lacking here; `held` bytes of it are here, None if not even its outline is."""

    name: bytes
    held: int | None


class Outlined(NamedTuple):
    """What a blob consists of."""

    name: bytes
    data: bytes


class Piece(NamedTuple):
    """Bytes of a blob that belong at `at`; `mark` is how its name begins."""

    mark: bytes
    at: int
    data: bytes


Message = Hello | Live | Sealed | Packed | Delta | Plain | Receipt | Refusal | Want | Outlined | Piece


def pack(message: Message) -> bytes:
    """One message as a frame."""
    return frame(message.data if isinstance(message, Live) else encode(_body(message)))


def frame(data: bytes) -> bytes:
    """Bytes with their length before them."""
    return leb128(len(data)) + data


def cut(data: bytes | bytearray, at: int = 0) -> tuple[int, int] | None:
    """Where the frame at `at` begins and ends, once its length is there; it may end beyond the data.

    Raises:
        NotTrusted: `frame_size`.
    """
    size = shift = 0
    for begin in range(at, min(len(data), at + 4)):
        size |= (data[begin] & 0x7F) << shift
        if data[begin] < 0x80:
            if size > FRAME_SIZE_MAX:
                raise NotTrusted("frame_size", size=size, most=FRAME_SIZE_MAX)
            return begin + 1, begin + 1 + size
        shift += 7
    if len(data) - at >= 4:
        raise NotTrusted("frame_size", most=FRAME_SIZE_MAX)
    return None


def _body(
    message: Hello | Sealed | Packed | Delta | Plain | Receipt | Refusal | Want | Outlined | Piece,
) -> list[object]:
    match message:
        case Hello():
            return ["hello", message.signed_part(), message.signature]
        case Packed():
            return ["packed", *message.author, *message[1:]]
        case Sealed():
            return ["seal", _head(message.head), message.seal]
        case Plain():
            return ["plain", *message.author, message.held]
        case Delta():
            return ["delta", *message.author, zlib.compress(encode(list(message.operations)), 9), message.seal]
        case Receipt():
            return ["receipt", _head(message.head), message.time_ms, message.signature]
        case Refusal():
            return ["refusal", _head(message.head), message.code, message.time_ms]
        case Want():
            return ["want", *message]
        case Outlined():
            return ["outline", *message]
        case Piece():
            return ["piece", *message]


class Unpacker:
    """Cuts a stream into messages, whatever slices it comes in."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def whole(self) -> bool:
        """Whether nothing is left of a frame that has not ended."""
        return not self._pending

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take bytes; give every message they complete.

        Raises:
            NotTrusted: `frame_size` or `frame_form`; the stream cannot go on after it.
        """
        self._pending += data
        while (span := cut(self._pending)) and span[1] <= len(self._pending):
            begin, end = span
            whole = bytes(self._pending[begin:end])
            del self._pending[:end]
            live = whole and whole[0] < LIVE_FIRST_BYTES
            yield Live(whole) if live else _message(decode(whole, size_max=FRAME_SIZE_MAX))


def _message(value: Value) -> Message:
    match value:
        case ["hello", bytes() as signed, bytes() as signature]:
            return _hello(signed, signature)
        case ["delta", int() as node, int() as incarnation, bytes() as packed, bytes() as seal]:
            match decode(_inflate(packed), size_max=UNPACKED_SIZE_MAX):
                case list() as operations if len(operations) <= RUN_OPERATIONS_MAX:
                    return Delta(author_of(node, incarnation), tuple(filter(_is_bytes, operations)), seal)
        case [
            "packed", int() as node, int() as incarnation, int() as after, int() as count, int() as dictionary,
            bytes() as data, bytes() as seal,
        ] if 0 <= after < 1 << 48 and 0 < count <= RUN_OPERATIONS_MAX:  # fmt: skip
            return Packed(author_of(node, incarnation), after, count, dictionary, data, seal)
        case ["seal", list() as head, bytes() as seal]:
            return Sealed(_read_head(head), seal)
        case ["plain", int() as node, int() as incarnation, int() as held] if 0 <= held < 1 << 48:
            return Plain(author_of(node, incarnation), held)
        case ["receipt", list() as head, int() as time_ms, bytes() as signature] if 0 <= time_ms < 1 << 48:
            return Receipt(_read_head(head), time_ms, signature)
        case ["refusal", list() as head, str() as code, int() as time_ms] if len(code) <= 64 and 0 <= time_ms < 1 << 48:
            return Refusal(_read_head(head), code, time_ms)
    return _freight(value)


def _freight(value: Value) -> Message:
    match value:
        case ["want", bytes() as name, None] if len(name) == HASH_SIZE:
            return Want(name, None)
        case ["want", bytes() as name, int() as held] if len(name) == HASH_SIZE and 0 <= held < 1 << 48:
            return Want(name, held)
        case ["outline", bytes() as name, bytes() as data] if len(name) == HASH_SIZE:
            return Outlined(name, data)
        case ["piece", bytes() as mark, int() as at, bytes() as data] if len(mark) == MARK_SIZE and 0 <= at < 1 << 48:
            return Piece(mark, at, data)
    raise NotTrusted("frame_form")


def _hello(signed: bytes, signature: bytes) -> Hello:
    match decode(signed):
        case [
            str() as unit, int() as node, int() as incarnation, list() as heads, bytes() as certificate,
            list() as known, bytes() as share, list() as ends,
        ] if max(len(heads), len(ends)) <= HEADS_MAX and len(known) <= REFUSALS_MAX:  # fmt: skip
            marks, author = tuple(filter(_is_bytes, known)), author_of(node, incarnation)
            held, parted = tuple(map(_read_head, heads)), tuple(map(_read_head, ends))
            return Hello(unit, author, held, certificate, marks, share, parted, signature)
    raise NotTrusted("frame_form")


def _inflate(packed: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        data = machine.decompress(packed, UNPACKED_SIZE_MAX)
    except zlib.error:
        raise NotTrusted("frame_form") from None
    if not machine.eof:
        raise NotTrusted("too_large", most=UNPACKED_SIZE_MAX)
    if machine.unused_data:
        raise NotTrusted("frame_form")
    return data


def _is_bytes(value: Value) -> bool:
    if not isinstance(value, bytes):
        raise NotTrusted("frame_form")
    return True


def _head(head: Head) -> list[object]:
    return [*head.author, head.seq, head.hash]


def _read_head(value: Value) -> Head:
    match value:
        case [int() as node, int() as incarnation, int() as seq, bytes() as digest] if (
            len(digest) <= HASH_SIZE and 0 <= seq < 1 << 48
        ):
            return Head(author_of(node, incarnation), seq, digest)
    raise NotTrusted("frame_form")
