"""A bundle: records of one unit as a file that is carried by hand. Sans-IO: bytes and frames, no file.

    file      = magic (16 bytes) · length of the manifest (4 bytes) · manifest · chunks of an envelope
    manifest  = COSE_Sign1 of the node that wrote it over
                [version, suite, unit, node, incarnation, certificate, time, heads, rest, size, share, readers]
    content   = frames of the sync conversation (see `wire`): deltas whole and not packed, receipts, refusals, blobs

`heads` is what the writer holds, `rest` whether there was more than may go into one bundle, `size` bytes of content.
The envelope is bound to the manifest and opens only for the readers it names, one of which is the writer, who can prove
what was written. A stick is no thin link: deltas go as canonical bytes, so any version and any replica can read them.

Nothing is believed of a bundle before all of it has opened. Whatever is wrong with its bytes, it is one of
`bundle_none`, `bundle_newer`, `bundle_damaged` (with the reason) or `bundle_not_ours`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import cose, envelope
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.delta import Delta
from fleet.ledger.envelope import Address, Opening, Slot
from fleet.ledger.granting import certified, unproved
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author, Head, author_of
from fleet.ledger.store import Receipt, Refusal
from fleet.ledger.suite import HASH_SIZE, SigningKey, by_id, of_key
from fleet.ledger.wire import Message, Outlined, Piece, Unpacker
from fleet.ports import Randomness

MAGIC = b"ortoo bundle\r\n\x1a\n"
"""Sixteen bytes that do not survive a transfer as text."""
VERSION = 1
CONTEXT = "bundle"
PROLOGUE_SIZE = len(MAGIC) + 4
MANIFEST_SIZE_MAX = cose.SIZE_MAX
HEADS_MAX = 512
READERS_MAX = 64
CONTENT_SIZE_MAX = 1 << 30
"""Bytes of content in one bundle: it fits a stick formatted as FAT32, and central takes it in in some minutes."""
FILE_SIZE_MAX = PROLOGUE_SIZE + MANIFEST_SIZE_MAX + envelope.length(CONTENT_SIZE_MAX)

Item = Delta | Receipt | Refusal | Outlined | Piece
"""What the content may consist of."""


class Reader(NamedTuple):
    """A machine a bundle is for, and its public key."""

    author: Author
    public: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What stands on the outside of a bundle. `writer` is the certificate of the node that signed it."""

    suite: int
    unit: str
    author: Author
    writer: Certificate
    time_ms: int
    heads: tuple[Head, ...]
    rest: bool
    size: int
    address: Address
    readers: tuple[Author, ...]
    message: bytes
    """The whole signed message, to which the envelope is bound."""

    @property
    def file_size(self) -> int:
        """How many bytes the file must have."""
        return PROLOGUE_SIZE + len(self.message) + envelope.length(self.size)


@dataclass(frozen=True, slots=True)
class Consignment:
    """What is to be carried: `size` bytes of frames, made when they are asked for; so many operations by author, and
    so many `blobs`."""

    unit: str
    heads: tuple[Head, ...]
    rest: bool
    size: int
    frames: Callable[[], Iterable[bytes]]
    operations: Mapping[Author, int] = field(default_factory=dict)
    blobs: int = 0


def write(
    me: Identity,
    certificate: bytes,
    readers: Sequence[Reader],
    consignment: Consignment,
    *,
    now_ms: int,
    randomness: Randomness,
) -> Iterator[bytes]:
    """The bytes of a bundle for `readers` and for the writer itself, in pieces of a chunk at most."""
    own = Reader(me.author, me.key.public)
    addressed = list(dict.fromkeys([own, *readers]))[:READERS_MAX]
    address, key = envelope.address(me.suite, [reader.public for reader in addressed], randomness)
    slots = [[*reader.author, *slot] for reader, slot in zip(addressed, address.slots, strict=True)]
    heads = [[*head.author, head.seq, head.hash] for head in sorted(consignment.heads)[-HEADS_MAX:]]
    payload: list[object] = [VERSION, me.suite.id, consignment.unit, *me.author, certificate, now_ms, heads]
    payload += [consignment.rest, consignment.size, address.share, slots]
    manifest = cose.sign1(me.suite, me.key, CONTEXT, encode(payload))
    yield MAGIC + len(manifest).to_bytes(4) + manifest
    yield from envelope.close(me.suite, key, manifest, consignment.frames())


def manifest_size(prologue: bytes) -> int:
    """How long the manifest is that follows the first PROLOGUE_SIZE bytes of a file.

    Raises:
        NotTrusted: `bundle_none` or `bundle_damaged`.
    """
    if len(prologue) != PROLOGUE_SIZE or not prologue.startswith(MAGIC):
        raise NotTrusted("bundle_none")
    size = int.from_bytes(prologue[len(MAGIC) :])
    if not 0 < size <= MANIFEST_SIZE_MAX:
        raise NotTrusted("bundle_damaged", reason="too_large")
    return size


def read_manifest(message: bytes, root_public: bytes | None) -> Manifest:
    """Read a manifest and check that the node signed it whose certificate it brings; with `root_public`, also that the
    region's authority gave that certificate.

    Raises:
        NotTrusted: `bundle_newer` or `bundle_damaged`.
    """
    with _damage():
        match decode(cose.payload_of(message)):
            case [int() as version, *_] if version > VERSION:
                raise NotTrusted("bundle_newer", version=version, most=VERSION)
            case [
                int() as version, int() as suite_id, str() as unit, int() as node, int() as incarnation,
                bytes() as certificate, int() as time_ms, list() as heads, bool() as rest, int() as size,
                bytes() as share, list() as slots,
            ] if version == VERSION and 0 <= size <= CONTENT_SIZE_MAX and 0 <= time_ms < 1 << 48:  # fmt: skip
                by_id(suite_id)  # the envelope's, which must be known here
                author = author_of(node, incarnation)
                writer = unproved(certificate) if root_public is None else certified(root_public, certificate)
                cose.open1(of_key(writer.public), writer.public, CONTEXT, message)
                _require_own(writer, author, unit)
                if len(heads) > HEADS_MAX or len(slots) > READERS_MAX:
                    raise NotTrusted("manifest_form")
                readers = [_slot(slot) for slot in slots]
                return Manifest(
                    suite=suite_id, unit=unit, author=author, writer=writer, time_ms=time_ms,
                    heads=tuple(map(_head, heads)), rest=rest, size=size, message=message,
                    address=Address(share, tuple(slot for _, slot in readers)),
                    readers=tuple(reader for reader, _ in readers),
                )  # fmt: skip
        raise NotTrusted("manifest_form")


def content_key(manifest: Manifest, key: SigningKey) -> bytes:
    """The key to a bundle's content, for one of its readers.

    Raises:
        NotTrusted: `bundle_not_ours` or `bundle_damaged`.
    """
    with _damage():
        return envelope.content_key(by_id(manifest.suite), manifest.address, key)


class Content:
    """Opens the content of a bundle from bytes in any slices. Whether it is whole is known at the end: what was given
    before `finish` has not raised is not to be acted on."""

    def __init__(self, manifest: Manifest, key: bytes) -> None:
        self._opening = Opening(by_id(manifest.suite), key, manifest.message, manifest.size)
        self._frames = Frames()

    def feed(self, data: bytes) -> Iterator[Item]:
        """Take bytes; give everything they complete.

        Raises:
            NotTrusted: `bundle_damaged`.
        """
        for plain in self.opened(data):
            yield from self._frames.feed(plain)

    def opened(self, data: bytes) -> Iterator[bytes]:
        """Take bytes; give the content of every chunk they complete as it stands. Raises as `feed`."""
        with _damage():
            yield from self._opening.feed(data)

    def finish(self) -> None:
        """The file has ended.

        Raises:
            NotTrusted: `bundle_damaged`: it should not have.
        """
        if not self._opening.finished or not self._frames.whole:
            raise NotTrusted("bundle_damaged", reason="cut")


class Frames:
    """Cuts content that is open already into what it consists of."""

    def __init__(self) -> None:
        self._unpacker = Unpacker()

    @property
    def whole(self) -> bool:
        """Whether nothing is left of a frame that has not ended."""
        return self._unpacker.whole

    def feed(self, data: bytes) -> Iterator[Item]:
        """Take bytes; give everything they complete.

        Raises:
            NotTrusted: `bundle_damaged`.
        """
        with _damage():
            for message in self._unpacker.feed(data):
                yield _item(message)


def _item(message: Message) -> Item:
    if not isinstance(message, Item):
        raise NotTrusted("frame_form")
    return message


def _require_own(writer: Certificate, author: Author, unit: str) -> None:
    named = Author(int(writer.subject), writer.incarnation) if writer.subject.isdecimal() else None
    if writer.kind != "node" or named != author or (writer.unit != unit and author.node != CENTRAL):
        raise NotTrusted("wrong_certificate")


def _slot(value: Value) -> tuple[Author, Slot]:
    match value:
        case [int() as node, int() as incarnation, bytes() as public, bytes() as wrapped]:
            return author_of(node, incarnation), Slot(public, wrapped)
    raise NotTrusted("manifest_form")


def _head(value: Value) -> Head:
    match value:
        case [int() as node, int() as incarnation, int() as seq, bytes() as digest] if (
            len(digest) <= HASH_SIZE and 0 <= seq < 1 << 48
        ):
            return Head(author_of(node, incarnation), seq, digest)
    raise NotTrusted("manifest_form")


_OWN = {"bundle_newer"}


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever does not hold is damage to the bundle, with what it was as the reason."""
    try:
        yield
    except NotTrusted as error:
        if error.code in _OWN:
            raise
        if error.code == "envelope_not_ours":
            raise NotTrusted("bundle_not_ours") from None
        raise NotTrusted("bundle_damaged", reason=error.code) from None
