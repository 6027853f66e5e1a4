"""The node's door for its neighbours: other nodes of the unit that call over the unit's own network.

    GET  /peer        who we are, and a challenge            POST /peer        who calls, in answer to that
    POST /peer/turns  one turn of the conversation that follows (see `fleet.ledger.talks`)

Rules kept here:
* Nobody's turn is read before they have proved who they are; a challenge is good once, and for CHALLENGE_S.
* A node that was revoked is not spoken to.
* CHALLENGES_MAX and TALKS_MAX bound what strangers and neighbours can make us keep.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from edge.store.journal import Journal, Office
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import acquaintance, rights
from fleet.ledger.acquaintance import CHALLENGE_SIZE, Me
from fleet.ledger.bound import neighbourly
from fleet.ledger.exchange import Exchange
from fleet.ledger.granting import author_of
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from fleet.ledger.talks import Talks
from fleet.ports import Clock, Randomness

CHALLENGE_S = 30.0
CHALLENGES_MAX, TALKS_MAX = 64, 16
ANSWER_SIZE_MAX = 1 << 20


class Neighbours:
    """Those who call. `channel` names the TLS our pages are served with."""

    def __init__(
        self,
        journal: Journal,
        me: Me,
        begin: Callable[[Replica, bytes], Exchange],
        channel: bytes,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._journal, self._me, self._begin, self._channel = journal, me, begin, channel
        self._clock, self._randomness = clock, randomness
        self._challenges: dict[bytes, tuple[bytes, float]] = {}  # what we said with it, and when
        self._welcome: dict[bytes, Author] = {}  # by the name of the talk
        self._talks: Talks[Exchange] = Talks(TALKS_MAX)

    def introduce(self) -> bytes:
        """Who we are, with a challenge nobody has seen before."""
        challenge = self._randomness.bytes(CHALLENGE_SIZE)
        said = acquaintance.introduce_host(self._me, challenge, self._channel)
        self._challenges[challenge] = said, self._clock.monotonic_s()
        if len(self._challenges) > CHALLENGES_MAX:
            del self._challenges[next(iter(self._challenges))]
        return said

    async def welcome(self, challenge: bytes, talk: bytes, message: bytes) -> None:
        """Take who somebody says they are.

        Raises:
            NotTrusted: `neighbour_challenge`: no such challenge stands; `node_revoked`; or as `believe_caller`.
        """
        said, at_s = self._challenges.pop(challenge, (b"", 0.0))
        if not said or self._clock.monotonic_s() - at_s > CHALLENGE_S:
            raise NotTrusted("neighbour_challenge")
        now_ms = self._clock.now_ms()
        caller = acquaintance.believe_caller(self._me, message, said, self._channel, talk, now_ms)
        author = author_of(caller)
        if await self._journal.do(partial(_is_revoked, author)):
            raise NotTrusted("node_revoked")
        self._welcome[talk] = author
        if len(self._welcome) > TALKS_MAX:
            del self._welcome[next(iter(self._welcome))]

    def knows(self, talk: bytes) -> bool:
        """Whether whoever speaks in this talk has proved who they are."""
        return talk in self._welcome

    async def answer(self, talk: bytes, turn: int, said: bytes) -> bytes:
        """One turn of a neighbour's conversation.

        Raises:
            Unavailable: `talk_over`: it must prove itself anew; or the disk refused.
            NotTrusted: its greeting is not its own.
        """
        if talk not in self._welcome:
            raise Unavailable("talk_over")
        author, now_ms = self._welcome[talk], self._clock.now_ms()

        def take(exchange: Exchange) -> bytes:
            exchange.receive(said, now_ms=now_ms)
            if exchange.peer is None or author_of(exchange.peer) != author:
                raise NotTrusted("wrong_certificate")
            return exchange.outgoing(ANSWER_SIZE_MAX)

        def work(office: Office) -> bytes:
            return self._talks.answer(talk, turn, lambda: self._begin(office.replica, neighbourly(talk)), take)

        return await self._journal.do(work)


def _is_revoked(author: Author, office: Office) -> bool:
    return rights.revoked_after(office.replica.state, rights.now, author) is not None
