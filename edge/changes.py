"""Tells faces that something was committed. A slow face gets one note of all it missed, never a growing queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ALL = frozenset({"orders", "vehicles", "cases", "alarms", "sync"})
GATHERED = frozenset({"vehicles"})
"""Topics that change all the time while vehicles report: told together, others of the moment they are committed."""
GATHER_S = 1.0
FACES_MAX = 200
"""Faces that may listen at once: pages of one unit, many times over."""


class Changes:
    """Counts changes and wakes those who listen. Belongs to the event loop."""

    def __init__(self) -> None:
        self.version = 1
        self._waiting: dict[asyncio.Event, set[str]] = {}
        self._gathering: asyncio.TimerHandle | None = None

    def notify(self, *topics: str) -> None:
        """Something of these topics has been committed. What is only GATHERED is told GATHER_S later at the latest."""
        self.version += 1
        for missed in self._waiting.values():
            missed.update(topics)
        if not GATHERED.issuperset(topics):
            self._wake()
        elif self._waiting and self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_S, self._wake)

    def _wake(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        for event, missed in self._waiting.items():
            if missed:
                event.set()

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[tuple[int, frozenset[str]]]]:
        """Listen: the first item comes at once, with every topic; then one item whenever something changed."""
        if len(self._waiting) >= FACES_MAX:
            raise ConnectionRefusedError
        event = asyncio.Event()
        self._waiting[event] = set(ALL)
        event.set()
        try:
            yield self._follow(event)
        finally:
            del self._waiting[event]

    async def _follow(self, event: asyncio.Event) -> AsyncIterator[tuple[int, frozenset[str]]]:
        while True:
            await event.wait()
            event.clear()
            topics = frozenset(self._waiting[event])
            self._waiting[event].clear()
            yield self.version, topics
