"""The console's hold on its node: the latest board, the node's clock, and whether the node is there.

Rules it keeps:
- Nothing is shown that the node did not answer.
- It polls nothing: the node's event stream says when to fetch; many changes during one fetch make one more fetch.
- A connection that broke off is taken up again by itself, and every screen is told of both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual import work
from textual.app import App
from textual.message import Message

from tui.api import Api, ApiError, Refused, SessionLost, Unreachable
from tui.link import RETRY_S_FIRST, RETRY_S_MAX, Lost, Pause, follow
from tui.screens.frame import FactsChanged, LinkChanged
from tui.shapes import Board

ANY = frozenset({"orders", "vehicles", "alarms", "sync"})


class Attached(App[None]):
    """An application that follows one node from the sign-in on. What it makes of failures is its own."""

    def __init__(self, api: Api, *, pause: Pause, monotonic_s: Callable[[], float], **options: Any) -> None:
        """`pause` and `monotonic_s` are the clock's ports; `options` are the framework's."""
        super().__init__(**options)
        self.api, self.pause = api, pause
        self._monotonic_s = monotonic_s
        self._offset_ms: int | None = None
        self._pending: set[str] = set()
        self._fetching = False
        self._lost: frozenset[str] = frozenset()
        self.board: Board | None = None
        self.lost_ms: int | None = None
        """When the node was last heard, on its own clock, while the connection is lost; None while it is there."""

    def told(self, error: ApiError) -> list[str]:
        """A failure in sentences, and what follows from it."""
        raise NotImplementedError

    def say(self, news: str, *, paint: str = "notice") -> None:
        """News that no screen asked for."""

    @property
    def now_ms(self) -> int:
        """The node's clock, as far as it is known; UTC ms."""
        if self._offset_ms is None:
            return time.time_ns() // 1_000_000
        return int(self._monotonic_s() * 1000) + self._offset_ms

    def renew(self, topics: frozenset[str] = ANY) -> None:
        """Fetch the board again, then tell every screen which topics changed."""
        self._pending |= topics
        if not self._fetching:
            self._fetching = True
            self._fetch()

    async def first_board(self) -> None:
        """Fetch the board, so that it is there when the sign-in goes. If it cannot be had, that is told from there."""
        with suppress(ApiError):
            self._take(await self.api.board(), ANY)

    @work(exclusive=True, group="follow")
    async def follow_node(self) -> None:
        """Fetch whenever the node says that something has changed."""
        try:
            async for event in follow(self.api, self.pause):
                self._set_lost("stream", isinstance(event, Lost))
                if not isinstance(event, Lost):
                    self.renew(event.topics or ANY)
        except SessionLost as error:
            self.told(error)

    @work(group="fetch")
    async def _fetch(self) -> None:
        retry_s = RETRY_S_FIRST
        try:
            while self._pending:
                topics = frozenset(self._pending)
                self._pending.clear()
                try:
                    board = await self.api.board()
                except Unreachable:
                    self._set_lost("board", True)
                    self._pending |= topics
                    await self.pause(retry_s)
                    retry_s = min(retry_s * 2, RETRY_S_MAX)
                else:
                    self._set_lost("board", False)
                    self._take(board, topics)
        except Refused as error:
            self.say(self.told(error)[0], paint="critical")
        finally:
            self._fetching = False

    def _take(self, board: Board, topics: frozenset[str]) -> None:
        self.board = board
        self._offset_ms = board["now_ms"] - int(self._monotonic_s() * 1000)
        self.tell_screens(lambda: FactsChanged(topics))

    def _set_lost(self, what: str, lost: bool) -> None:
        """The connection is there when neither the event stream nor the last fetch is known to have failed."""
        before = bool(self._lost)
        self._lost = self._lost | {what} if lost else self._lost - {what}
        if bool(self._lost) != before:
            self.lost_ms = self.now_ms if lost else None
            self.tell_screens(LinkChanged)

    def tell_screens(self, message: Callable[[], Message]) -> None:
        """Each screen gets a message of its own, whatever lies on top of it."""
        for screen in self.screen_stack:
            screen.post_message(message())
