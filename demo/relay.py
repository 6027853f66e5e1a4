"""The road between node and central: a TCP relay that can be cut and mended, and counts what goes over it."""

from __future__ import annotations

import asyncio
import contextlib
import time

CHUNK_SIZE = 65_536


class Relay:
    """Listens on a loopback port and passes every connection on to another. `cut_s` is how long it has been cut."""

    def __init__(self, port: int, target_port: int) -> None:
        self.port, self.bytes_up, self.bytes_down = port, 0, 0
        self._target_port, self._server = target_port, None
        self._open: set[asyncio.Task[None]] = set()
        self._cut_at: float | None = None
        self._cut_before_s = 0.0

    _server: asyncio.Server | None

    @property
    def cut_s(self) -> float:
        """Seconds the road has been cut, in all."""
        now_s = time.monotonic() - self._cut_at if self._cut_at is not None else 0.0
        return self._cut_before_s + now_s

    async def mend(self) -> None:
        """Open the road."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        if self._cut_at is not None:
            self._cut_before_s += time.monotonic() - self._cut_at
            self._cut_at = None

    async def cut(self) -> None:
        """Close the road: new connections are refused and open ones break."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._server, self._cut_at = None, time.monotonic()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open.add(task)
        with contextlib.closing(writer):
            try:
                await self._pass_on(reader, writer)
            except (OSError, asyncio.CancelledError):
                pass  # cut, or central is not there: the node sees a broken connection
            finally:
                self._open.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        with contextlib.closing(far_writer):
            up = asyncio.create_task(self._copy(reader, far_writer, "bytes_up"))
            down = asyncio.create_task(self._copy(far_reader, writer, "bytes_down"))
            try:
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
                await asyncio.gather(up, down, return_exceptions=True)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counter: str) -> None:
        while data := await reader.read(CHUNK_SIZE):
            setattr(self, counter, getattr(self, counter) + len(data))
            writer.write(data)
            await writer.drain()
