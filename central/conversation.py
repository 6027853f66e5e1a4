"""One conversation of central with a node, over whatever link: from the greeting on it is known who speaks.

What the node says goes to the ledger of its unit; only a node that proved who it is, and whose certificate is in force,
is answered. Belongs to the thread that owns the region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from central import contacts
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import wire
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.exchange import Exchange
from fleet.ledger.operation import Author
from fleet.ledger.wire import Hello, Unpacker

if TYPE_CHECKING:
    from central.region import Region

GREETING_SIZE_MAX = 1 << 18
"""Bytes of a greeting: the certificate of a node, and heads of as many authors as a unit may have."""
NOTE_EVERY_MS = 10_000
"""How often it is put on record that a node is still speaking."""


class Conversation:
    """What one node says, and what it is answered. `bound` is what its greeting must be signed for (`ledger.bound`),
    `unit` where the link says it is of, "" if it says so itself; `number` the node's, where the link knows it."""

    def __init__(self, region: Region, link: str, bound: bytes, unit: str = "", number: int | None = None) -> None:
        self.unit, self._bound = unit, bound
        self._region, self._link, self._number = region, link, number
        self._greeting = bytearray()
        self._exchange: Exchange | None = None
        self._author: Author | None = None
        self._noted_ms = 0

    @property
    def greeted(self) -> bool:
        """Whether it is known who speaks."""
        return self._author is not None

    def answer(self, said: bytes, size_max: int) -> bytes:
        """A turn that is a request of its own: what was said in it, and the answer.

        Raises:
            NotTrusted: as `receive`, or `no_hello`: there was no whole greeting.
            NotFound, Unavailable: as `receive`.
        """
        if not self.receive(said):
            raise NotTrusted("no_hello")
        return self.outgoing(size_max)

    def receive(self, said: bytes) -> bool:
        """Take what the node said, in any slices; whether it is known who speaks.

        Raises:
            NotFound: `no_unit`.
            NotTrusted: it did not prove who it is, or cannot be followed; what was stored of it stays.
            Unavailable: the disk refused, or the ledger was closed since: `talk_over`.
        """
        now_ms = self._region.clock.now_ms()
        if not self.greeted:
            said = self._meet(said, now_ms)
        if self._exchange and self._author:
            if not self._region.is_open(self._exchange):
                raise Unavailable("talk_over")
            self._exchange.receive(said, now_ms=now_ms)
            self._note(self._exchange, self._author, now_ms)
        return self.greeted

    def outgoing(self, size_max: int) -> bytes:
        """What to say next, about `size_max` bytes at most; b"" if there is nothing for now, or nobody to say it to."""
        return self._exchange.outgoing(size_max) if self._exchange and self.greeted else b""

    def _meet(self, said: bytes, now_ms: int) -> bytes:
        """Take the greeting once it is whole; what follows it."""
        self._greeting += said
        span = wire.cut(self._greeting)
        if span and span[1] - span[0] > GREETING_SIZE_MAX:
            raise NotTrusted("no_hello")
        if not span or span[1] > len(self._greeting):
            return b""
        greeting, rest = bytes(self._greeting[: span[1]]), bytes(self._greeting[span[1] :])
        hello = _hello(greeting)
        self.unit = self.unit or hello.unit
        self._region.adopt(hello.certificate)
        exchange = self._region.exchange(self.unit, self._bound)
        exchange.receive(greeting, now_ms=now_ms)
        if exchange.peer is None:
            raise NotTrusted("no_hello")
        if not exchange.peer.covers(now_ms):
            raise NotTrusted("lease_over")
        author = Author(int(exchange.peer.subject), exchange.peer.incarnation)
        if author.node == CENTRAL or self._number not in (None, author.node):
            raise NotTrusted("wrong_certificate")
        self._exchange, self._author = exchange, author
        return rest

    def _note(self, exchange: Exchange, author: Author, now_ms: int) -> None:
        if not 0 <= now_ms - self._noted_ms < NOTE_EVERY_MS:
            self._noted_ms = now_ms
            heads = exchange.peer_heads
            contacts.note(self._region.connection, self.unit, author, heads, now_ms=now_ms, link=self._link)


def _hello(greeting: bytes) -> Hello:
    """What a greeting says; nothing is proved yet."""
    for message in Unpacker().feed(greeting):
        if isinstance(message, Hello):
            return message
    raise NotTrusted("no_hello")
