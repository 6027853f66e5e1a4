"""The console's HTTP at a real socket: connections used again, and every way an answer can fail to come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tui import http
from tui.http import Address, Http

pytestmark = pytest.mark.anyio
Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[bool]]
"""What is done with one question's head; whether the connection goes on."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Served:
    """A server at a socket that does with each question as it is told."""

    def __init__(self, socket: Path, talk: Talk) -> None:
        self.http, self.connections, self._talk = Http(Address(socket, None)), 0, talk
        self.heads: list[bytes] = []
        self.hung_up = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append(head := await reader.readuntil(b"\r\n\r\n"))
                if not await self._talk(head, writer):
                    break
        except asyncio.IncompleteReadError:
            self.hung_up.set()
        finally:
            writer.close()


@asynccontextmanager
async def served(socket: Path, talk: Talk) -> AsyncIterator[Served]:
    serving = Served(socket, talk)
    server = await asyncio.start_unix_server(serving.serve, socket)
    async with server:
        yield serving
        await serving.http.close()


def saying(*parts: bytes, on: bool = True) -> Talk:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> bool:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return on

    return talk


async def test_a_connection_is_used_again_while_the_node_keeps_it(tmp_path: Path) -> None:
    async with served(tmp_path / "s", saying(OK)) as node:
        answers = [await node.http.ask("GET", "/api/board?a=1", {"X": "y"}) for _ in range(3)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"{}")] * 3
    assert node.connections == 1
    assert node.heads[0].startswith(b"GET /api/board?a=1 HTTP/1.1\r\n")
    assert b"x: y\r\n" in node.heads[0].lower()


async def test_a_connection_the_node_has_closed_is_not_used_again(tmp_path: Path) -> None:
    async with served(tmp_path / "s", saying(OK, on=False)) as node:
        for _ in range(2):
            assert (await node.http.ask("GET", "/", {})).status == 200
            await asyncio.sleep(0.01)

    assert node.connections == 2


async def test_questions_at_once_have_a_connection_each_and_few_are_kept(tmp_path: Path) -> None:
    async with served(tmp_path / "s", saying(OK)) as node:
        for _ in range(2):
            await asyncio.gather(*(node.http.ask("GET", "/", {}) for _ in range(6)))

    assert node.connections == 6 + 6 - http.IDLE_MAX


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x00" * 70_000,
    ],
)
async def test_what_is_no_whole_answer_is_a_failure_and_leaves_no_connection_behind(
    tmp_path: Path, said: bytes
) -> None:
    async with served(tmp_path / "s", saying(said, on=False)) as node:
        for _ in range(2):
            with pytest.raises(ConnectionResetError):
                await node.http.ask("GET", "/", {})

    assert node.connections == 2


async def test_an_answer_is_read_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_BYTES_MAX", 1)
    async with served(tmp_path / "s", saying(OK)) as node:
        with pytest.raises(OSError, match="more than 1 bytes"):
            await node.http.ask("GET", "/", {})


async def test_silence_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_S", 0.02)
    async with served(tmp_path / "s", saying(b"HTTP/1.1 200 OK\r\n")) as node:
        with pytest.raises(TimeoutError):
            await node.http.ask("GET", "/", {})


async def test_a_stream_is_read_as_it_comes_and_hung_up_when_left(tmp_path: Path) -> None:
    chunks = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\none\r\n", b"3\r\ntwo\r\n")
    async with served(tmp_path / "s", saying(*chunks)) as node:
        async with node.http.follow("/api/events", {}) as (status, parts):
            text = b""
            while text != b"onetwo":
                text += await anext(parts)
        async with asyncio.timeout(10):
            await node.hung_up.wait()

    assert status == 200


async def test_nobody_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Http(Address(tmp_path / "nobody", None)).ask("GET", "/", {})


async def test_a_node_is_reached_by_its_address_too() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await Http(Address(None, f"http://127.0.0.1:{port}")).ask(
            "POST", "/api/orders", {}, '{"为": 1}'.encode()
        )

    assert (answer.status, answer.body.decode()) == (201, '{"为": 1}')
