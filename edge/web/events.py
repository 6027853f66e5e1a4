"""Changes as server-sent events: the first at once, then one for whatever was committed since, coalesced by the source.

A comment goes out when nothing else did, so that both ends notice a line that died. Nothing here holds the ledger: an
event only says that it is worth asking again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import msgspec
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from edge.changes import Changes
from fleet.errors import FleetError

COMMENT_EVERY_S = 15.0
RETRY_MS = 3_000


class Seats:
    """How many may listen at one door, so that a crowd at an open one leaves room at the others."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a seat; ConnectionRefusedError if there is none."""
        if not self._free:
            raise ConnectionRefusedError
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


def stream(changes: Changes, seats: Seats, *, still_welcome: Callable[[], object]) -> ServerSentEvent:
    """Follow `changes` for as long as `still_welcome` does not raise."""
    return ServerSentEvent(follow(changes, seats, still_welcome), headers={"Cache-Control": "no-store"})


async def follow(
    changes: Changes, seats: Seats, still_welcome: Callable[[], object], *, comment_every_s: float = COMMENT_EVERY_S
) -> AsyncIterator[ServerSentEventMessage]:
    """The events of one listener; ends when its session does, or when too many listen already."""
    try:
        with seats.taken():
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
