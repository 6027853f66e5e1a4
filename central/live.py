"""Tells open pages that something has changed, and nothing more: they ask for what they show themselves.

Each page knows which version of the region it was drawn from, and each stream begins with the version there is, so a
change between the drawing and the first word of the stream is not missed. One bounded queue a page; a page that does
not read loses nudges, not facts. Closing ends every stream at once: a server that stops does not wait for its watchers.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator

WATCHERS_MAX = 200
BEAT_S = 15.0
"""A comment this often tells both ends, and whatever lies between, that the line is alive."""
BEATS_TO_REFRESH = 4
"""Ages on a page grow by themselves: once a minute it is nudged though nothing happened."""
BEAT, NUDGE = b": beat\n\n", b"event: changed\ndata: \n\n"


class Live:
    """Everybody who watches. Belongs to the event loop."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[bytes | None]] = set()
        self._life, self._changes, self._closed = secrets.token_hex(4), 0, False

    @property
    def version(self) -> str:
        """Which state of the region a page drawn now shows; never the same again, not even after a restart."""
        return f"{self._life}-{self._changes}"

    @property
    def full(self) -> bool:
        """Whether no further page can be served."""
        return self._closed or len(self._watchers) >= WATCHERS_MAX

    def changed(self) -> None:
        """Nudge every page."""
        self._changes += 1
        for queue in self._watchers:
            if queue.empty():
                queue.put_nowait(NUDGE)

    def close(self) -> None:
        """End every stream, now and for good."""
        self._closed = True
        for queue in self._watchers:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """What one page hears, as server-sent events, until it leaves or the server stops."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._watchers.add(queue)
        beats = 0
        try:
            yield f"event: version\ndata: {self.version}\n\n".encode()
            while not self._closed:
                try:
                    async with asyncio.timeout(BEAT_S):
                        event = await queue.get()
                except TimeoutError:
                    beats += 1
                    event = BEAT if beats % BEATS_TO_REFRESH else NUDGE
                if event is None:
                    return
                yield event
        finally:
            self._watchers.discard(queue)
