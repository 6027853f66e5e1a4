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

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, delta: Delta, waits: tuple[Head, ...]) -> None:
        """Let a delta wait."""
        self._waiting[delta] = waits
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]

    def retry(self, lacking: Callable[[Iterable[Head]], tuple[Head, ...]], take: Callable[[Delta], object]) -> None:
        """Give to `take` whatever has all it waited for. What is not believed then is on record as a refusal."""
        for delta, waits in list(self._waiting.items()):
            if delta in self._waiting and not lacking(waits):  # an inner round may have taken it
                del self._waiting[delta]
                try:
                    take(delta)
                except NotTrusted:
                    continue
                except Unavailable:
                    self.add(delta, waits)  # what came before it is stored; this one goes on waiting
                    return
