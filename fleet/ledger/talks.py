"""Conversations held open where each turn is a request of its own: which one is meant, and what was answered last.

    talk   a name chosen by whoever calls          turn   its number in that talk, from 0

Rules kept here:
* A turn is taken once. Where its answer was lost it comes again, and is answered as it was.
* A talk that is not known, not at that turn, or cannot go on is over (`talk_over`): whoever calls greets anew.
* At most `most` talks are kept in mind; the one silent longest makes room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.errors import NotTrusted, Unavailable

C = TypeVar("C")
NAME_SIZE = 16
ANSWER_KEPT_MAX = 1 << 16
"""Bytes of an answer kept to be given again; after the loss of a longer one the talk is over."""


@dataclass(slots=True)
class _Talk(Generic[C]):
    conversation: C
    turn: int = -1
    answer: bytes | None = None


class Talks(Generic[C]):
    """The talks held open with whoever calls here."""

    def __init__(self, most: int) -> None:
        self._talks: dict[bytes, _Talk[C]] = {}  # the one heard longest ago first
        self._most = most

    def __len__(self) -> int:
        return len(self._talks)

    def answer(self, name: bytes, turn: int, begin: Callable[[], C], take: Callable[[C], bytes]) -> bytes:
        """Have `take` answer a turn, once. `begin` makes the conversation of a talk that begins with this turn.

        Raises:
            Unavailable: `talk_over`.
            NotTrusted: a first turn is not believed. Whatever else `take` raises: the talk is over as well.
        """
        talk = self._talks.pop(name, None)
        if talk is None and turn == 0:
            talk = _Talk(begin())
        if talk and turn == talk.turn and talk.answer is not None:
            self._talks[name] = talk
            return talk.answer
        if talk is None or turn != talk.turn + 1:
            raise Unavailable("talk_over")
        try:
            said = take(talk.conversation)
        except NotTrusted:
            if turn:
                raise Unavailable("talk_over") from None
            raise
        talk.turn, talk.answer = turn, said if len(said) <= ANSWER_KEPT_MAX else None
        self._talks[name] = talk
        if len(self._talks) > self._most:
            del self._talks[next(iter(self._talks))]
        return said

    def forget(self, is_meant: Callable[[C], bool]) -> None:
        """End the talks whose conversation is meant."""
        self._talks = {name: talk for name, talk in self._talks.items() if not is_meant(talk.conversation)}
