"""Staying attached: follow the node's events, and when they break off attach again by itself, later and later.

The pause between two tries doubles from 1 s to 30 s and starts anew once events arrive. How to wait is a port, so that
tests need not. Only what became of the connection is reported; what to do about it is the screens' business.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from tui.api import Api, Changed, Refused, SessionLost, Unreachable

RETRY_S_FIRST = 1.0
RETRY_S_MAX = 30.0
Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke off or could not be made; the next try is `retry_s` from now."""

    detail: str
    retry_s: float


async def follow(api: Api, pause: Pause) -> AsyncIterator[Changed | Lost]:
    """Events and losses, for ever; ends only when the session has ended.

    Raises:
        SessionLost: the node wants a new sign-in.
    """
    retry_s = RETRY_S_FIRST
    while True:
        try:
            async for changed in api.events():
                retry_s = RETRY_S_FIRST
                yield changed
        except SessionLost:
            raise
        except (Unreachable, Refused) as error:
            yield Lost(str(error), retry_s)
        await pause(retry_s)
        retry_s = min(retry_s * 2, RETRY_S_MAX)
