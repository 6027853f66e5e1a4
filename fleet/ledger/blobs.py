"""Blobs: scans, photos, later the segments of tracks. Named by what is in them, carried beside the log, never in it.

    piece     PIECE_SIZE bytes of the content; the last may be shorter
    outline   canonical [suite, size, hashes of all pieces in one string]
    name      hash of the outline

An operation holds the name, so whoever signs it signs every byte. The outline comes first and proves itself by the
name, each piece by its hash in the outline: what is wrong is known after one piece and costs one piece. A store need
not know any of this: it keeps an outline and bytes from the beginning on, and is told when they are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import NamedTuple, Protocol

from fleet.errors import BadInput, NotTrusted
from fleet.ledger.canonical import decode, encode
from fleet.ledger.suite import HASH_SIZE, SHIPPED, Suite, by_id

PIECE_SIZE = 1 << 16
SIZE_MAX = 50 << 20
"""Bytes of the largest blob any replica takes; a unit's own setting allows less."""
OUTLINE_SIZE_MAX = 64 + HASH_SIZE * -(-SIZE_MAX // PIECE_SIZE)

TYPES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""How a scan begins, and what it then is."""


class Outline(NamedTuple):
    """What a blob consists of."""

    suite: Suite
    size: int
    pieces: tuple[bytes, ...]

    def encoded(self) -> bytes:
        """The canonical bytes."""
        return encode([self.suite.id, self.size, b"".join(self.pieces)])

    @property
    def name(self) -> bytes:
        """What operations call the blob."""
        return self.suite.hash("blob", self.encoded())

    def fits(self, number: int, piece: bytes) -> bool:
        """Whether `piece` is the one at this number."""
        return self.suite.hash("piece", piece) == self.pieces[number]


class BlobStore(Protocol):
    """Where one unit's blobs lie. `tests/fleet/ledger/blob_acceptance.py` is what every implementation must pass."""

    def whole(self) -> Collection[bytes]:
        """The names of all blobs that are whole here."""

    def outline(self, name: bytes) -> bytes | None:
        """The outline of a blob that is whole or under way; None of any other."""

    def held(self, name: bytes) -> int:
        """How many bytes of a blob are here, from the beginning on."""

    def begin(self, name: bytes, outline: bytes) -> None:
        """A blob is under way."""

    def append(self, name: bytes, data: bytes) -> None:
        """More bytes of a blob that is under way. They may be gone after a power cut, and `held` says so then.

        Raises:
            Unavailable: the disk refused.
        """

    def cut(self, name: bytes, size: int) -> None:
        """Forget what is held beyond `size` bytes of a blob that is under way."""

    def keep(self, name: bytes) -> None:
        """All of a blob is here and right. When this returns it survives a power cut.

        Raises:
            Unavailable: the disk refused; the blob is still under way.
        """

    def read(self, name: bytes, at: int, size: int) -> bytes:
        """Up to `size` bytes at `at` of what is held."""


def outline_of(pieces: Iterable[bytes]) -> Outline:
    """The outline of content that comes in pieces of PIECE_SIZE, the last of which may be shorter."""
    hashes, size = [], 0
    for piece in pieces:
        hashes.append(SHIPPED.hash("piece", piece))
        size += len(piece)
    return Outline(SHIPPED, size, tuple(hashes))


def read_outline(name: bytes, data: bytes) -> Outline:
    """Read an outline and check that it is the one of `name`.

    Raises:
        NotTrusted: `blob_outline`.
    """
    match decode(data, size_max=OUTLINE_SIZE_MAX):
        case [int() as suite_id, int() as size, bytes() as hashes] if not isinstance(suite_id, bool):
            pieces = tuple(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE))
            outline = Outline(by_id(suite_id), size, pieces)
            if 0 < size <= SIZE_MAX and len(hashes) == HASH_SIZE * -(-size // PIECE_SIZE) and outline.name == name:
                return outline
    raise NotTrusted("blob_outline")


def type_of(beginning: bytes) -> str:
    """What a scan is, by how it begins and not by what it is called.

    Raises:
        BadInput: `blob_type`: neither PDF nor JPEG nor PNG.
    """
    for mark, media_type in TYPES.items():
        if beginning.startswith(mark):
            return media_type
    raise BadInput("blob_type", field="scan")


class Incoming:
    """Takes blobs, only those that are `wanted`, each from its beginning on and in any slices."""

    def __init__(self, store: BlobStore, wanted: Callable[[bytes], bool]) -> None:
        self._store, self._wanted = store, wanted
        self._outlines: dict[bytes, Outline] = {}

    def held(self, name: bytes) -> int | None:
        """How many bytes are here and right; None if not even the outline is."""
        return self._store.held(name) if self._known(name) else None

    def begin(self, name: bytes, data: bytes) -> None:
        """Take an outline.

        Raises:
            NotTrusted: `blob_outline`.
        """
        if self._wanted(name) and self._known(name) is None:
            self._outlines[name] = read_outline(name, data)
            self._store.begin(name, data)

    def take(self, name: bytes, at: int, data: bytes) -> bool:
        """Take bytes that belong at `at`; what does not follow what is held is let go. Whether the blob is whole now.

        Raises:
            NotTrusted: `blob_piece`: a piece is not what the outline says; it was forgotten, what was before it stays.
            Unavailable: the disk refused.
        """
        outline = self._known(name) if self._wanted(name) else None
        if outline is None or at != self._store.held(name) or not data or at + len(data) > outline.size:
            return False
        self._store.append(name, data)
        self._check(name, outline, at // PIECE_SIZE)
        if self._store.held(name) < outline.size:
            return False
        self._store.keep(name)
        del self._outlines[name]
        return True

    def _known(self, name: bytes) -> Outline | None:
        """The outline of a blob under way. What lies here from before is looked through when first asked about."""
        if name not in self._outlines and (data := self._store.outline(name)) is not None:
            try:
                outline = self._outlines[name] = read_outline(name, data)
            except NotTrusted:
                return None  # damaged where it lay: it is asked for again
            if self._store.held(name) > outline.size:
                self._store.cut(name, 0)
            with suppress(NotTrusted):  # it was cut where it was wrong
                self._check(name, outline, 0)
        return self._outlines.get(name)

    def _check(self, name: bytes, outline: Outline, first: int) -> None:
        """Compare every piece that has ended, from the number `first` on."""
        held = self._store.held(name)
        ended = len(outline.pieces) if held == outline.size else held // PIECE_SIZE
        for number in range(first, ended):
            if not outline.fits(number, self._store.read(name, number * PIECE_SIZE, PIECE_SIZE)):
                self._store.cut(name, number * PIECE_SIZE)
                raise NotTrusted("blob_piece", piece=number)
