"""The node's end of a conversation over one link. It stays open from one talk to the next, so that no act costs a
greeting; where it cannot go on, the next talk begins another.

The exchange runs on the journal's thread, piece by piece; between two pieces the journal serves everyone else.

Rules kept here:
* A turn that was not answered is under way: the next talk goes on with it, and nothing is said twice to be sure.
* Whatever goes wrong otherwise (nonsense, a disk that refuses) ends the conversation; what counts is on disk.
* After CONVERSATION_MAX_S it is begun anew: both ends then say again what they hold, and what they lack of scans.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from edge.store.journal import Journal, Office
from fleet.errors import FleetError, Unavailable
from fleet.ledger.exchange import Exchange
from fleet.ledger.replica import Replica
from fleet.ports import Clock

CONVERSATION_MAX_S = 3600.0
LARGE = 1 << 20
"""Bytes of an answer after which there may well be more."""
TURNS_MAX = 10_000
"""Turns of one talk; a unit's whole history is some hundred."""


class Link(Protocol):
    """A way to another replica that carries a conversation turn by turn. `bytes_up`, `bytes_down` and `round_trips`
    count since it was opened. Where `greets_first`, only the greeting is said before the other end's is heard. `bound`
    is what the other end knows the conversation begun last by (see `fleet.ledger.exchange`)."""

    bytes_up: int
    bytes_down: int
    round_trips: int
    greets_first: bool

    @property
    def bound(self) -> bytes:
        """What the other end knows the conversation begun last by."""

    @property
    def under_way(self) -> bool:
        """Whether more of an answer is to come: then the next turn need not say anything."""

    @property
    def room(self) -> int:
        """Bytes that may be said now, about."""

    def begin(self) -> None:
        """What was under way is given up; the next turn is the first of another conversation."""

    async def turn(self, outgoing: bytes) -> bytes:
        """Send frames, if there are any, and return frames as soon as there are some, or the other end has no more.

        Raises:
            Unavailable: `link_down`: what was said is under way; `talk_over`: only a new greeting helps.
            NotTrusted: the other end will not talk to this node.
        """


class Conversation:
    """One link's conversation. `heard` is called with every answer."""

    def __init__(
        self,
        journal: Journal,
        link: Link,
        begin: Callable[[Replica, bytes], Exchange],
        clock: Clock,
        heard: Callable[[], None],
    ) -> None:
        self.link = link
        self._journal, self._begin, self._clock, self._heard = journal, begin, clock, heard
        self._exchange: Exchange | None = None
        self._begun_s = 0.0
        self.talking = False
        """Whether something is being said just now."""
        self.open_since_s: float | None = None
        """Since when something that crossed one by one has been waiting for its seal."""

    async def catch_up(
        self, *, ask: bool, seal: bool, allowance: Callable[[], float], go_on: Callable[[], bool]
    ) -> int:
        """Talk until neither end has anything left to say, or `go_on` says otherwise; how many turns it took. To `ask`
        is to hear what the other end has, even if there is nothing to say; to `seal`, to prove to everybody what
        crossed one by one. `allowance` is how many bytes may still be carried.

        Raises:
            Unavailable: `link_down`; `disk_full`, `disk_failed`.
            NotTrusted: the other end will not talk to us, or cannot be believed.
        """
        if not self.link.under_way and self._clock.monotonic_s() - self._begun_s > CONVERSATION_MAX_S:
            self._end()
        try:
            return await self._talk(ask=ask, seal=seal, allowance=allowance, go_on=go_on)
        except Unavailable as error:
            if error.code != "talk_over":
                raise
            return await self._talk(ask=ask, seal=seal, allowance=allowance, go_on=go_on)

    async def _talk(self, *, ask: bool, seal: bool, allowance: Callable[[], float], go_on: Callable[[], bool]) -> int:
        try:
            exchange = self._exchange or await self._anew()
            for turns in range(TURNS_MAX):
                room, outgoing = int(min(self.link.room, allowance())), b""
                if room > 0:
                    words = partial(_words, exchange, room, ask, seal, self.link.greets_first)
                    outgoing = await self._journal.do(words)
                if not (outgoing or self.link.under_way) or not go_on():
                    return turns
                self._note(exchange)
                self.talking = True
                answer = await self.link.turn(outgoing)
                await self._journal.do(partial(_receive, exchange, answer, self._clock.now_ms()))
                if exchange.peer is None and not self.link.under_way:
                    raise Unavailable("link_down", detail="an answer without a greeting")
                ask, seal = len(answer) >= LARGE, False
                self._heard()
            raise Unavailable("link_down", detail="a conversation without end")
        except FleetError as error:
            if error.code != "link_down" or not self.link.under_way:
                self._end()
            raise
        finally:
            self.talking = False

    async def _anew(self) -> Exchange:
        self.link.begin()
        self._begun_s = self._clock.monotonic_s()
        bound = self.link.bound
        self._exchange = await self._journal.do(lambda office: self._begin(office.replica, bound))
        return self._exchange

    def _end(self) -> None:
        self._exchange = self.open_since_s = None

    def _note(self, exchange: Exchange) -> None:
        if not exchange.open_count:
            self.open_since_s = None
        elif self.open_since_s is None:
            self.open_since_s = self._clock.monotonic_s()


def _words(exchange: Exchange, room: int, ask: bool, seal: bool, greet_only: bool, _office: Office) -> bytes:
    """What to say next: what is new, else the seal over what crossed one by one, else the question for news."""
    said = exchange.outgoing(0 if greet_only and exchange.peer is None else room)
    if not said and seal:
        said = exchange.closing()
    if not said and ask:
        if not exchange.in_session:
            raise Unavailable("talk_over")
        exchange.ask()
        said = exchange.outgoing(room)
    return said


def _receive(exchange: Exchange, answer: bytes, now_ms: int, _office: Office) -> None:
    exchange.receive(answer, now_ms=now_ms)
