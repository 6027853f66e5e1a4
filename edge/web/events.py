"""Changes as server-sent events: the first at once, then one for whatever was committed since, coalesced by the source.

A comment goes out when nothing else did, so that both ends notice a line that died. Nothing here holds the ledger: an
event only says that it is worth asking again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from edge.changes import Changes
from fleet.errors import FleetError

COMMENT_EVERY_S = 15.0
RETRY_MS = 3_000


def stream(changes: Changes, *, still_welcome: Callable[[], object]) -> ServerSentEvent:
    """Follow `changes` for as long as `still_welcome` does not raise."""
    return ServerSentEvent(follow(changes, still_welcome), headers={"Cache-Control": "no-store"})


async def follow(
    changes: Changes, still_welcome: Callable[[], object], *, comment_every_s: float = COMMENT_EVERY_S
) -> AsyncIterator[ServerSentEventMessage]:
    """The events of one listener; ends when its session does, or when too many listen already."""
    try:
        async with changes.subscribe() as items:
            async for item in _with_pauses(items, comment_every_s):
                still_welcome()
                yield _message(item)
    except (FleetError, ConnectionRefusedError):
        return


async def _with_pauses(
    items: AsyncIterator[tuple[int, frozenset[str]]], pause_s: float
) -> AsyncIterator[tuple[int, frozenset[str]] | None]:
    """The items, and None whenever `pause_s` went by without one."""
    coming = asyncio.ensure_future(anext(items))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=pause_s)
            if not done:
                yield None
                continue
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            coming = asyncio.ensure_future(anext(items))
            yield item
    finally:
        coming.cancel()


def _message(item: tuple[int, frozenset[str]] | None) -> ServerSentEventMessage:
    if item is None:
        return ServerSentEventMessage(data=None, comment="")
    version, topics = item
    data = msgspec.json.encode({"version": version, "topics": sorted(topics)})
    return ServerSentEventMessage(data=data, event="changed", retry=RETRY_MS)
