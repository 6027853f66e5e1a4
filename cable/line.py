"""One serial line, kept open for ever: bytes in, whole frames out, gone and back again without anyone's help.

    opening ──open──▶ open ──read or write fails──▶ absent ──every REOPEN_S──▶ opening …

Rules kept here:
* A line that is lost never raises into its reader: the stream goes on, with b"" where it broke, and its health says
  since when and why. Other lines notice nothing.
* Reading stops when READS_MAX reads wait to be taken: who stores slowly slows the line, not the memory.
* One writer at a time, whole frames; a line that takes no byte for WRITE_MAX_S is lost.
* Changing the speed opens the port anew at once; that is no absence.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from cable.port import OpenPort, Port, PortError
from fleet.errors import Unavailable
from fleet.ports import Clock

BAUD = 9600  # what most terminals' RS-232 ports are set to
REOPEN_S = 2.0
WRITE_MAX_S = 10.0
READS_MAX = 64  # of at most 4 KiB each
RETUNED = "retuned"

State = Literal["opening", "open", "absent"]


@dataclass(slots=True)
class Health:
    """What is known of a line. `why` is a port's symbolic reason while it is absent, else ""; times are UTC ms."""

    state: State = "opening"
    why: str = ""
    since_ms: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    heard_ms: int | None = None
    times_opened: int = 0


class Line:
    """A named port. `async with` keeps it open, `async for` reads it, `write` answers on it."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        baud: int = BAUD,
        reopen_s: float = REOPEN_S,
        opener: Callable[[str, int], OpenPort] = Port,
    ) -> None:
        self.name, self.baud, self._opener = name, baud, opener
        self.health = Health(since_ms=clock.now_ms())
        self._clock, self._reopen_s = clock, reopen_s
        self._reads: deque[bytes] = deque()
        self._came, self._taken, self._changed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._open: tuple[OpenPort, asyncio.Future[str]] | None = None  # the port, and what becomes why it was lost
        self._writing = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self.heard_s = 0.0  # of the monotonic clock

    async def __aenter__(self) -> Line:
        self._keeper = asyncio.create_task(self._keep_open(), name=f"line {self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What the line says, as much at a time as has come; b"" where it broke off."""
        while True:
            await self._came.wait()
            yield self._take()

    async def until(self, *states: State) -> None:
        """Wait until the line is in one of those states."""
        while self.health.state not in states:
            await self._changed.wait()

    def retune(self, baud: int) -> None:
        """Go on at another speed."""
        self.baud = baud
        if self._open is not None:
            _lose(self._open[1], RETUNED)

    async def write(self, data: bytes) -> None:
        """Write all of it; frames of two callers never mix.

        Raises:
            Unavailable: the line is absent, or was lost on the way.
        """
        async with self._writing:
            if self._open is None:
                raise Unavailable("line_absent", line=self.name, why=self.health.why)
            port, lost = self._open
            try:
                async with asyncio.timeout(WRITE_MAX_S):
                    await _write_all(port, data)
            except (PortError, TimeoutError) as failure:
                why = failure.reason if isinstance(failure, PortError) else "stuck"
                _lose(lost, why)
                raise Unavailable("line_absent", line=self.name, why=why) from failure
            self.health.bytes_out += len(data)

    async def _keep_open(self) -> None:
        while True:
            try:
                port = await asyncio.to_thread(self._opener, self.name, self.baud)
            except PortError as failure:
                self._turn("absent", failure.reason)
            else:
                why = await self._attend(port)
                self._reads.append(b"")
                self._came.set()
                if why == RETUNED:
                    continue
                self._turn("absent", why)
            await asyncio.sleep(self._reopen_s)

    async def _attend(self, port: OpenPort) -> str:
        """Read the port until it is lost; return why."""
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open = port, lost
        self.health.times_opened += 1
        self._turn("open")
        reader = asyncio.create_task(self._read(port, lost))
        try:
            return await lost
        finally:
            self._open = None
            reader.cancel()
            await asyncio.wait([reader])
            await asyncio.to_thread(port.close)

    async def _read(self, port: OpenPort, lost: asyncio.Future[str]) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                while len(self._reads) >= READS_MAX:
                    self._taken.clear()
                    await self._taken.wait()
                if port.fd is None:
                    data = await asyncio.to_thread(port.read)
                else:
                    await _ready(loop.add_reader, loop.remove_reader, port.fd)
                    data = port.read()
                if data:
                    self._reads.append(data)
                    self._came.set()
                    self.health.bytes_in += len(data)
                    self.health.heard_ms, self.heard_s = self._clock.now_ms(), self._clock.monotonic_s()
        except PortError as failure:
            _lose(lost, failure.reason)

    def _take(self) -> bytes:
        """All that waits up to a break; the break itself if it is next."""
        parts: list[bytes] = []
        while self._reads and (self._reads[0] or not parts):
            parts.append(self._reads.popleft())
            if not parts[-1]:
                break
        if not self._reads:
            self._came.clear()
        self._taken.set()
        return b"".join(parts)

    def _turn(self, state: State, why: str = "") -> None:
        if state != self.health.state:
            self.health.since_ms = self._clock.now_ms()
        self.health.state, self.health.why = state, why
        self._changed.set()
        self._changed = asyncio.Event()


def _lose(lost: asyncio.Future[str], why: str) -> None:
    if not lost.done():
        lost.set_result(why)


async def _write_all(port: OpenPort, data: bytes) -> None:
    loop = asyncio.get_running_loop()
    if port.fd is None:
        await asyncio.to_thread(port.write, data)
        return
    while data:
        written = port.write(data)
        data = data[written:]
        if data:
            await _ready(loop.add_writer, loop.remove_writer, port.fd)


async def _ready(watch: Callable[[int, Callable[[], None]], object], unwatch: Callable[[int], object], fd: int) -> None:
    """Wait until a descriptor can be read or written, or is hung up: the next read or write tells which."""
    event = asyncio.Event()
    watch(fd, event.set)
    try:
        await event.wait()
    finally:
        unwatch(fd)
