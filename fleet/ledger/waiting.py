"""Deltas that came before what they depend on. They wait in memory: whoever sent one still has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Head

WAITING_MAX = 64
"""Deltas held in memory for operations they depend on; beyond it the oldest is dropped and asked for again."""


class WaitingRoom:
    """Deltas, each with the heads it waits for."""

    def __init__(self) -> None:
        self._waiting: dict[Delta, tuple[Head, ...]] = {}
        self._retrying = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, delta: Delta, waits: tuple[Head, ...]) -> None:
        """Let a delta wait."""
        self._waiting[delta] = waits
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]

    def forget(self, taken: Iterable[Delta]) -> None:
        """These wait no more."""
        for delta in list(taken):
            self._waiting.pop(delta, None)

    def entwined(self) -> list[Delta]:
        """The deltas that wait for nothing but each other, as far as authors tell."""
        deltas = list(self._waiting)
        while True:
            authors = {delta.author for delta in deltas}
            inside = [delta for delta in deltas if all(head.author in authors for head in self._waiting[delta])]
            if len(inside) == len(deltas):
                return deltas if len(authors) > 1 else []
            deltas = inside

    def retry(self, lacking: Callable[[Iterable[Head]], tuple[Head, ...]], take: Callable[[Delta], object]) -> None:
        """Give to `take` whatever has all it waited for, until nothing has. What is not believed then is on record as a
        refusal. A call from within `take` does nothing: the outer one goes on."""
        if self._retrying:
            return
        self._retrying = True
        try:
            while due := next((delta for delta, waits in self._waiting.items() if not lacking(waits)), None):
                waits = self._waiting.pop(due)
                try:
                    take(due)
                except NotTrusted:
                    continue
                except Unavailable:
                    self.add(due, waits)  # what came before it is stored; this one goes on waiting
                    return
        finally:
            self._retrying = False
