"""A caller that is silent, or stops in the middle, is not waited for; one that only waits for its answer is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from cable import door
from cable.door import Application, impatient, keep_free
from fleet.errors import Unavailable

pytestmark = pytest.mark.anyio
HTTP = {"type": "http"}
PIECE = {"type": "http.request", "body": b"x", "more_body": True}
LAST = {"type": "http.request", "body": b"x"}


async def reading(_scope: Any, receive: Any, _send: Any) -> None:
    """An application that reads a body to its end, and then waits for its caller to leave."""
    while (await receive()).get("more_body"):
        pass
    await receive()


def saying(*messages: Any, then: Any = None, pause_s: float = 0.0) -> Any:
    """A caller that says these, and repeats the last word or is silent for ever."""
    coming = iter(messages)

    async def receive() -> Any:
        await asyncio.sleep(pause_s)
        if (message := next(coming, then)) is None:
            await asyncio.Event().wait()
        return message

    return receive


@pytest.mark.parametrize("said", [(), (PIECE,), (PIECE, PIECE)])
async def test_a_body_that_stops_is_not_waited_for(said: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SILENCE_S", 0.01)

    with pytest.raises(Unavailable, match="too_slow"):
        await impatient(reading)(HTTP, saying(*said), None)


async def test_a_body_that_drips_for_ever_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SILENCE_S", 1.0)
    monkeypatch.setattr(door, "SLOWEST", 1_000_000)

    with pytest.raises(Unavailable, match="too_slow"):
        await impatient(reading)(HTTP, saying(then=PIECE, pause_s=0.01), None)


async def test_a_slow_body_that_is_fast_enough_is_heard_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SLOWEST", 1)

    await impatient(reading)(HTTP, saying(*[PIECE] * 20, LAST, {"type": "http.disconnect"}, pause_s=0.001), None)


async def test_who_has_said_everything_may_wait_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SILENCE_S", 0.01)
    waiting = asyncio.ensure_future(impatient(reading)(HTTP, saying(LAST), None))

    done, _ = await asyncio.wait({waiting}, timeout=0.2)

    assert not done
    waiting.cancel()


async def test_what_is_no_request_is_handed_on_as_it_is() -> None:
    receive = saying(LAST)

    async def looking(_scope: Any, given: Any, _send: Any) -> None:
        assert given is receive

    await impatient(looking)({"type": "lifespan"}, receive, None)


@asynccontextmanager
async def served(app: Application) -> AsyncIterator[int]:
    """A server whose door is kept free; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        keeping = asyncio.create_task(keep_free(lambda: server.server_state.connections))
        yield int(listening.getsockname()[1])
        keeping.cancel()
        server.should_exit = True
        await serving


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost: n", b"GET /quick HTTP/1.1\r\nHost: n\r\n\r\nGET / HT"],
    ids=["silent", "half a head", "half a head after an answer"],
)
async def test_a_connection_on_which_nothing_is_asked_is_closed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.1)

    async with served(answering) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        async with asyncio.timeout(60):
            heard = await reader.read()
        writer.close()

    assert heard.count(b"HTTP/1.1 200") == said.count(b"/quick")


async def test_a_connection_that_waits_for_its_answer_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_S", 0.05)

    async with served(answering) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n")
        heard = await reader.read()
        writer.close()

    assert heard.startswith(b"HTTP/1.1 200")


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """Answers at once, or after several of what the door calls long."""
    await receive()
    await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
