"""The link to another node, before it is known who is there: whoever answers at that address is a stranger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from edge.sync.neighbour import NeighbourLink
from fleet.errors import Unavailable
from fleet.ledger.acquaintance import Me
from fleet.ledger.suite import SHIPPED
from tests.edge.unit import chance
from tests.simulation.clock import SimulatedClock, SimulatedTime

pytestmark = pytest.mark.anyio
PIECE = b"x" * 65_536
GIVEN_UP = 1 << 26
"""Bytes after which a stranger stops by himself, should nobody hang up on him."""


@asynccontextmanager
async def stranger() -> AsyncIterator[tuple[NeighbourLink, list[int]]]:
    """A link to somebody who answers without end; and how much of it he got rid of."""
    said = [0]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n")
            while said[0] < GIVEN_UP:
                writer.write(PIECE)
                await writer.drain()
                said[0] += len(PIECE)
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    key = SHIPPED.key(b"n" * 32)
    link = NeighbourLink(
        f"http://127.0.0.1:{port}", Me(key, b"", key.public, "lyj"), SimulatedClock(SimulatedTime()), chance()
    )
    link.begin()
    async with listening, link:
        yield link, said


async def test_a_stranger_who_never_ends_is_hung_up_on_after_what_an_introduction_may_be_long() -> None:
    async with stranger() as (link, said):
        with pytest.raises(Unavailable, match="link_down") as refused:
            await link.turn(b"")

    assert refused.value.facts["detail"] == "answer too large"
    assert said[0] < GIVEN_UP // 8  # what the system keeps for both ends is out of anybody's hands
