"""Who is signed in: in memory only, so a restart signs everyone out, and a session can be ended at any time."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.errors import NotAllowed
from fleet.ledger.replica import Signer
from fleet.ports import Clock, Randomness

SESSIONS_MAX = 500
"""At once; the oldest gives way. A unit has tens of people."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person signed in at one face; `signer` holds their key while it lasts. Times in UTC ms."""

    token: str
    person: str
    name: str
    roles: frozenset[str]
    signer: Signer
    expires_ms: int


class Sessions:
    """The open sessions by token."""

    def __init__(self, clock: Clock, randomness: Randomness, length_s: int) -> None:
        self._clock, self._randomness, self._length_ms = clock, randomness, length_s * 1000
        self._open: dict[str, Session] = {}

    def open(self, signer: Signer, name: str, roles: frozenset[str]) -> Session:
        """Sign someone in whose PIN was right."""
        while len(self._open) >= SESSIONS_MAX:
            self._open.pop(next(iter(self._open)))
        token = self._randomness.bytes(32).hex()
        session = Session(token, signer.person, name, roles, signer, self._clock.now_ms() + self._length_ms)
        self._open[token] = session
        return session

    def get(self, token: str) -> Session:
        """The session of a token.

        Raises:
            NotAllowed: `not_signed_in`, or `session_over`.
        """
        session = self._open.get(token)
        if session is None:
            raise NotAllowed("not_signed_in", article="14")
        if session.expires_ms <= self._clock.now_ms():
            self.close(token)
            raise NotAllowed("session_over", article="14")
        return session

    def close(self, token: str) -> None:
        """Sign out; a token that is not open is nothing to worry about."""
        self._open.pop(token, None)
