"""The one thread that owns central's database and everything built on it; async code posts its work here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
PENDING_MAX = 256
"""Pieces of work that may wait; beyond it callers wait with them, and feel it."""


class Owner(Generic[T]):
    """A thread and what it owns. Work is done one piece after the other, in the order it was asked for."""

    def __init__(self, build: Callable[[], T]) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="owner")
        self._pending = asyncio.Semaphore(PENDING_MAX)
        self._build = build
        self._started = False

    async def start(self) -> None:
        """Build, on the thread, what it will own."""
        self._owned = await asyncio.get_running_loop().run_in_executor(self._executor, self._build)
        self._started = True

    async def do(self, work: Callable[[T], R]) -> R:
        """Run `work` on the thread with what it owns; return or raise what it does."""
        async with self._pending:
            return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: work(self._owned))

    async def end(self, close: Callable[[T], None]) -> None:
        """Finish what was asked for, close what is owned, and end the thread."""
        if self._started:
            await self.do(close)
        self._executor.shutdown(wait=True)
