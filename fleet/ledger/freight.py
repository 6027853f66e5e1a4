"""What a conversation says of blobs, after everything else: the same at both ends.

    want      "send me this blob; I hold so many bytes of it"             from whoever lacks one that an operation names
    outline   what it consists of                                         the answer, if not even that was there
    piece     bytes of it                                                 as many as the budget leaves

Nothing is sent that was not asked for, and nothing is taken that no operation names. Each turn asks for what follows
what the turn before brought, so it can be cut anywhere; a want that brought nothing is not repeated. Tracks are asked
for by central only: a node keeps those it made itself, for as long as its unit keeps tracks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from fleet.errors import NotTrusted
from fleet.ledger.blobs import PIECE_SIZE, BlobStore, Incoming, Outline
from fleet.ledger.priority import blob_rank, is_track
from fleet.ledger.wire import Outlined, Piece, Want, pack

WANTS_MAX = 64
"""Blobs asked for at a time: by `priority.blob_rank`, of one rank those named last first."""
SLICE_SIZE_MAX = 1 << 14
SLICE_SIZE_LEAST = 64
"""Bytes of a blob in one frame. What the budget leaves below the least waits for the next turn."""
FRAME_SIZE = 24
"""Bytes a frame of a piece takes beside its data, at most."""


class Freight:
    """One end's part. `named` are the blobs that operations held here name, with what they are of; `arrived` those that
    have become whole; `tracks` tells whether tracks are wanted here."""

    def __init__(self, store: BlobStore, named: Mapping[bytes, str], *, tracks: bool = True) -> None:
        self.arrived: list[bytes] = []
        self._store, self._named, self._tracks = store, named, tracks
        self._incoming = Incoming(store, self._lacks)
        self._asked: dict[bytes, int | None] = {}
        self._sending: dict[bytes, int | None] = {}
        self._marks: dict[bytes, bytes] = {}

    def take(self, message: Want | Outlined | Piece) -> None:
        """Take what the other end says.

        Raises:
            Unavailable: the disk refused.
        """
        match message:
            case Want():
                if message.name in self._named and message.name in self._store.whole():
                    self._sending[message.name] = message.held
            case Outlined() | Piece():
                try:
                    self._receive(message)
                except NotTrusted:
                    return  # what was wrong is forgotten; what lacks is asked for again

    def outgoing(self, budget: int, *, last_in_line: bool) -> bytes:
        """What to say next, about `budget` bytes at most; pieces only if nothing else is left to be said."""
        self._sending = {name: at for name, at in self._sending.items() if name in self._named}
        asked = self._wants(budget)
        return asked + (self._pieces(budget - len(asked)) if last_in_line else b"")

    def _wants(self, budget: int) -> bytes:
        out = bytearray()
        for name in islice(self._lacking(), WANTS_MAX):
            held = self._incoming.held(name)
            frame = pack(Want(name, held))
            if len(out) + len(frame) > budget:
                break
            if self._asked.get(name, -1) != held:
                self._asked[name] = held
                out += frame
        return bytes(out)

    def _pieces(self, budget: int) -> bytes:
        out = bytearray()
        while self._sending and (frame := self._next(budget - len(out))):
            out += frame
        return bytes(out)

    def _next(self, budget: int) -> bytes:
        name = min(self._sending, key=self._rank)  # what was wanted since may overtake what is under way
        at = self._sending[name]
        if at is None:
            if budget <= 0:
                return b""
            self._sending[name] = 0  # an outline may be longer than the budget, as a delta may: there is no half of it
            return pack(Outlined(name, self._store.outline(name) or b""))
        size = min(SLICE_SIZE_MAX, budget - FRAME_SIZE)
        if size < SLICE_SIZE_LEAST:
            return b""
        data = self._store.read(name, at, size)
        if not data:
            del self._sending[name]
            return self._next(budget) if self._sending else b""
        self._sending[name] = at + len(data)
        return pack(Piece(_mark(name), at, data))

    def _receive(self, message: Outlined | Piece) -> None:
        if isinstance(message, Outlined):
            self._incoming.begin(message.name, message.data)
            return
        if message.mark not in self._marks:
            found = next((name for name in self._lacking() if _mark(name) == message.mark), b"")
            self._marks[message.mark] = found
        name = self._marks[message.mark]
        if name and self._incoming.take(name, message.at, message.data):
            self.arrived.append(name)

    def _rank(self, name: bytes) -> int:
        return blob_rank(self._named[name])

    def _lacks(self, name: bytes) -> bool:
        return name not in self._store.whole() and self._wants_at_all(name)

    def _wants_at_all(self, name: bytes) -> bool:
        about = self._named.get(name)
        return about is not None and (self._tracks or not is_track(about))

    def _lacking(self) -> Iterator[bytes]:
        whole, lacking = self._store.whole(), dict[int, list[bytes]]()
        for name in reversed([*self._named]):
            if name not in whole and self._wants_at_all(name):
                lacking.setdefault(self._rank(name), []).append(name)
        return chain.from_iterable(names for _, names in sorted(lacking.items()))


def carried(store: BlobStore, name: bytes) -> Iterator[bytes]:
    """Everything of a blob as frames, for whoever cannot ask."""
    yield pack(Outlined(name, store.outline(name) or b""))
    at = 0
    while data := store.read(name, at, PIECE_SIZE):
        yield pack(Piece(_mark(name), at, data))
        at += len(data)


def carried_size(outline: Outline) -> int:
    """How many bytes `carried` gives for a blob of this outline."""
    name, data = outline.name, outline.encoded()
    size = len(pack(Outlined(name, data)))
    for at in range(0, outline.size, PIECE_SIZE):
        size += len(pack(Piece(_mark(name), at, bytes(min(PIECE_SIZE, outline.size - at)))))
    return size


def _mark(name: bytes) -> bytes:
    """How a piece names the blob it belongs to, among those that were asked for."""
    return name[:8]
