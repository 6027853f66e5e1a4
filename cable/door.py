"""What keeps a server's door free: whoever connects and says nothing, or stops in the middle, is not waited for.

    head   a connection on which no request is under way is closed when it has been so for HEAD_S        (`keep_free`)
    body   something of it comes every SILENCE_S, and SLOWEST bytes a second on the whole: else `too_slow` (`impatient`)

A server answers so many at once and no more. Callers that cost nothing to be would use that up for everybody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fleet.errors import Unavailable

HEAD_S, SILENCE_S = 20.0, 30.0
SLOWEST = 32
"""Bytes a second; 300 bit/s carry 37."""

Receive = Callable[[], Awaitable[Any]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
"""As ASGI 3.0 has them: scope, receive, send."""


async def keep_free(connections: Callable[[], Iterable[Any]]) -> None:
    """Close idle connections, until it is cancelled.

    `connections` answers what a server of uvicorn's has open now; each keeps the request it carries, or carried last,
    as `cycle`. One that has answered is closed by uvicorn itself, unless its caller goes on with half a head.
    """
    before: dict[Any, Any] = {}
    while True:
        await asyncio.sleep(HEAD_S)
        idle = {one: one.cycle for one in connections() if one.cycle is None or one.cycle.response_complete}
        for one, cycle in idle.items():
            if one in before and before[one] is cycle:
                one.transport.close()
        before = idle


def impatient(app: Application) -> Application:
    """The application, for which a body that does not come ends as Unavailable `too_slow`."""

    async def serve(scope: Any, receive: Receive, send: Any) -> None:
        await app(scope, _Body(receive).hear if scope["type"] == "http" else receive, send)

    return serve


class _Body:
    """What one caller says."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._since = receive, asyncio.get_running_loop().time()
        self._size, self._whole = 0, False

    async def hear(self) -> Any:
        """The next piece; once the body is whole, only whether its caller is still there."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(SILENCE_S):
                message = await self._receive()
        except TimeoutError:
            raise Unavailable("too_slow") from None
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if not self._whole and asyncio.get_running_loop().time() - self._since > SILENCE_S + self._size / SLOWEST:
            raise Unavailable("too_slow")
        return message
