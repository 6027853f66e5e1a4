"""HTTP/1.1 (RFC 9112) as far as a console needs it to ask its node: questions, answers, one stream of events.

Rules it keeps:
- A connection carries one question at a time; one that is idle is used again, unless the node has closed it meanwhile.
- What fails is an OSError, whatever it was: nobody there, an answer that breaks off, is too long, or is no HTTP.
- Nothing is asked twice by itself: whether the node did what was asked is not known here.

The protocol is h11's, which does no I/O. A whole client library takes as long to load as all modules of the console.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import h11

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 20.0
SILENCE_TIMEOUT_S = 40.0
"""The node's event stream says something every 15 s; two of those missed and a half is a lost connection."""
ANSWER_BYTES_MAX = 32_000_000
IDLE_MAX = 4
"""Connections kept for the next question."""
READ_SIZE = 65_536


class Address(NamedTuple):
    """Where a node is: a socket's path, or a base URL. One of the two is None."""

    socket: Path | None
    url: str | None

    def __str__(self) -> str:
        return str(self.socket or self.url)


class Answer(NamedTuple):
    """What came back to a question."""

    status: int
    body: bytes


class Http:
    """Connections to one node."""

    def __init__(self, where: Address) -> None:
        self._where, self._idle = where, list[_Connection]()
        self._host = urlsplit(where.url).netloc if where.url else "node"

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Ask, and wait for the whole answer.

        Raises:
            OSError: there is no answer.
        """
        connection = await self._connection()
        try:
            status = await connection.ask(method, target, {"Host": self._host, **headers}, body, ANSWER_TIMEOUT_S)
            parts, size = [], 0
            async for part in connection.parts(ANSWER_TIMEOUT_S):
                size += len(part)
                if size > ANSWER_BYTES_MAX:
                    raise OSError(f"more than {ANSWER_BYTES_MAX} bytes")
                parts.append(part)
            if connection.renew() and len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
            return Answer(status, b"".join(parts))
        finally:
            if connection not in self._idle:
                connection.close()

    @asynccontextmanager
    async def follow(self, target: str, headers: Mapping[str, str]) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """An answer that goes on: its status, and its bytes as they come, with no silence over SILENCE_TIMEOUT_S.

        Raises:
            OSError: it does not begin, or breaks off.
        """
        connection = await self._connection()
        try:
            status = await connection.ask("GET", target, {"Host": self._host, **headers}, b"", ANSWER_TIMEOUT_S)
            yield status, connection.parts(SILENCE_TIMEOUT_S)
        finally:
            connection.close()

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop().close()

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.ended:
                return connection
            connection.close()
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if self._where.socket is not None:
                return _Connection(*await asyncio.open_unix_connection(str(self._where.socket)))
            parts = urlsplit(self._where.url or "")
            secure = parts.scheme == "https"
            port = parts.port or (443 if secure else 80)
            return _Connection(*await asyncio.open_connection(parts.hostname, port, ssl=secure or None))


class _Connection:
    """One connection, and where its conversation stands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._said = h11.Connection(h11.CLIENT)

    @property
    def ended(self) -> bool:
        """The other side hung up, or this one did."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> int:
        """Put a question; the status of its answer."""
        length = {"Content-Length": str(len(body))} if body or method != "GET" else {}
        try:
            head = h11.Request(method=method, target=target, headers=[*headers.items(), *length.items()])
            sent = [self._said.send(head), self._said.send(h11.Data(body)) if body else b""]
            sent.append(self._said.send(h11.EndOfMessage()))
        except h11.LocalProtocolError as error:
            raise OSError(str(error)) from None
        self._writer.write(b"".join(part or b"" for part in sent))
        async with asyncio.timeout(timeout_s):
            await self._writer.drain()
        while not isinstance(event := await self._next(timeout_s), h11.Response):
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("no answer")
        return event.status_code

    async def parts(self, timeout_s: float) -> AsyncIterator[bytes]:
        """The answer's bytes as they come."""
        while not isinstance(event := await self._next(timeout_s), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    def renew(self) -> bool:
        """Make ready for another question; False if there can be none."""
        if self._said.our_state is not h11.DONE or self._said.their_state is not h11.DONE:
            return False
        self._said.start_next_cycle()
        return True

    def close(self) -> None:
        self._writer.close()

    async def _next(self, timeout_s: float) -> Any:
        try:
            while (event := self._said.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(timeout_s):
                    self._said.receive_data(await self._reader.read(READ_SIZE))
        except h11.RemoteProtocolError as error:
            raise ConnectionResetError(str(error)) from None
        return event
