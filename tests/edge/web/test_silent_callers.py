"""The node as it is really served: whoever connects and says nothing, or stops in the middle, does not stay."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path

import msgspec
import pytest

from cable import door
from edge.serve import serve
from edge.settings import load

pytestmark = pytest.mark.anyio


async def test_silent_callers_give_way_at_the_network_door(
    enrolled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.2)
    monkeypatch.setattr(door, "SILENCE_S", 0.2)
    home = shutil.copytree(enrolled_home, tmp_path / "node")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    opened = asyncio.Event()
    settings = msgspec.structs.replace(load(home), port=port)
    serving = asyncio.create_task(serve(home, settings, lambda _: opened.set()))
    await asyncio.wait({serving, asyncio.create_task(opened.wait())}, return_when=asyncio.FIRST_COMPLETED)

    async def told(said: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)  # the door listens before it is served
        writer.write(said)
        async with asyncio.timeout(60):
            heard = await reader.read()
        writer.close()
        return heard

    begun = b"POST /api/session HTTP/1.1\r\nHost: n\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    assert await told(b"") == b""
    assert (await told(begun)).startswith(b"HTTP/1.1 408")

    serving.cancel()
    await asyncio.wait({serving})
