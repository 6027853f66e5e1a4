"""Doors for terminals in the yard's Wi-Fi: `tcp://0.0.0.0:8808` and `udp://0.0.0.0:8808` as names of a line.

    tcp    each connection is a line of its own        udp    each address is one, datagrams as they come

Rules kept here:
* A connection is a line like any other: a broken or slow one delays nobody, and what it says is stored before it is
  answered. Health and counters are the door's, over all of them.
* A terminal is answered, and asked, where it was heard last: a new connection with its phone takes over.
* Bounded: CONNECTIONS_MAX at once, further ones are turned away; one that is silent for IDLE_S is closed.
* A door that cannot be opened says why and is tried again, as a port is.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from cable.line import REOPEN_S, WRITE_MAX_S, Health, State
from edge.serial_terminal.hearing import Hearing
from edge.serial_terminal.jt808.downlink import Session
from edge.serial_terminal.jt808.heard import Counters
from edge.serial_terminal.jt808.outbox import Outcome
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Commit, Listener
from fleet.errors import Unavailable
from fleet.ports import Clock

SCHEMES = ("tcp", "udp")
CONNECTIONS_MAX = 64
IDLE_S = 600.0
READ_SIZE_MAX = 4096
DATAGRAMS_MAX = 64  # that wait of one address; more are lost, as datagrams are
SPEED = 1_000_000  # bits per second, for whoever reckons with a cable's

_REASONS = {errno.EADDRINUSE: "in_use", errno.EACCES: "not_permitted", errno.EADDRNOTAVAIL: "not_found"}

MakeStation = Callable[[Counters], Station]


class _Link:
    """What the two kinds of connection share: a line that is there, once."""

    def __init__(self, name: str, health: Health, clock: Clock) -> None:
        self.name, self.baud, self.health, self.heard_s = name, SPEED, health, 0.0
        self._clock = clock

    async def __aenter__(self) -> _Link:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""

    async def until(self, *states: State) -> None:
        """It is open for as long as it is there."""

    def retune(self, baud: int) -> None:
        """A network has no speed to change."""

    async def read(self) -> bytes:
        """What came; b"" once it is over."""
        raise NotImplementedError

    async def write(self, data: bytes) -> None:
        """Send it.

        Raises:
            Unavailable: the other side is gone.
        """
        raise NotImplementedError

    async def _in_time(self) -> bytes:
        async with asyncio.timeout(IDLE_S):
            return await self.read()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with suppress(OSError, TimeoutError):
            while data := await self._in_time():
                self.health.bytes_in += len(data)
                self.health.heard_ms, self.heard_s = self._clock.now_ms(), self._clock.monotonic_s()
                yield data


class _Connection(_Link):
    def __init__(
        self,
        name: str,
        health: Health,
        clock: Clock,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(name, health, clock)
        self._reader, self._writer = reader, writer

    def close(self) -> None:
        self._writer.close()

    async def read(self) -> bytes:
        return await self._reader.read(READ_SIZE_MAX)

    async def write(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(WRITE_MAX_S):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError) as failure:
            self._writer.close()
            raise Unavailable("line_absent", line=self.name, why="gone") from failure
        self.health.bytes_out += len(data)


class _Address(_Link):
    def __init__(
        self, name: str, health: Health, clock: Clock, transport: asyncio.DatagramTransport, address: tuple[Any, ...]
    ) -> None:
        super().__init__(name, health, clock)
        self._transport, self._address = transport, address
        self.datagrams: asyncio.Queue[bytes] = asyncio.Queue(DATAGRAMS_MAX)

    async def read(self) -> bytes:
        return await self.datagrams.get()

    async def write(self, data: bytes) -> None:
        self._transport.sendto(data, self._address)
        self.health.bytes_out += len(data)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, door: Door) -> None:
        self._door = door
        self._addresses: dict[tuple[Any, ...], _Address] = {}
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        link = self._addresses.get(addr)
        if link is None:
            name = f"{self._door.line.name} {addr[0]}:{addr[1]}"
            link = _Address(name, self._door.line.health, self._door.clock, self._transport, addr)
            if not self._door.admit(link, lambda: self._addresses.pop(addr, None)):
                return
            self._addresses[addr] = link
        if data:
            with suppress(asyncio.QueueFull):
                link.datagrams.put_nowait(data)


class Doorway:
    """A door as a line: its name and its health."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.baud, self.health = name, SPEED, Health(since_ms=clock.now_ms())


class Visitors:
    """A door's connections as one station: counters over all of them, and each terminal where it was heard last."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.listeners: set[Listener] = set()

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The terminals heard on any connection."""
        found: dict[str, Session] = {}
        for listener in self.listeners:
            for phone, session in listener.station.sessions.items():
                if phone not in found or session.heard_ms >= found[phone].heard_ms:
                    found[phone] = session
        return found

    def listener_of(self, phone: str) -> Listener:
        """The connection a terminal was heard on last; KeyError if it was on none."""
        heard = [each for each in self.listeners if phone in each.station.sessions]
        if not heard:
            raise KeyError(phone)
        return max(heard, key=lambda each: each.station.sessions[phone].heard_ms)


class Door:
    """A listening address, to the node the same as a `Listener` on a line."""

    def __init__(self, name: str, make_station: MakeStation, commit: Commit, clock: Clock) -> None:
        self.line, self.station, self.clock = Doorway(name, clock), Visitors(), clock
        self.hearing = Hearing(clock.now_ms())
        self._make_station, self._commit = make_station, commit
        self._address = urlsplit(name)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def unstored(self) -> int:
        """Messages that could not be committed, of the connections there are now."""
        return sum(listener.unstored for listener in self.station.listeners)

    async def ask(self, phone: str, msg_id: int, facts: Mapping[str, Any]) -> Outcome:
        """See `Listener.ask`."""
        return await self.station.listener_of(phone).ask(phone, msg_id, facts)

    async def run(self) -> None:
        """Keep the door open until cancelled."""
        try:
            while True:
                try:
                    await (self._serve_udp() if self._address.scheme == "udp" else self._serve_tcp())
                except (OSError, ValueError) as failure:
                    self._turn("absent", _REASONS.get(getattr(failure, "errno", None) or 0, "not_found"))
                await asyncio.sleep(REOPEN_S)
        finally:
            for task in self._running:
                task.cancel()

    def admit(self, link: _Link, after: Callable[[], object]) -> bool:
        """Listen to one more connection; False if there are too many."""
        if len(self._running) >= CONNECTIONS_MAX:
            return False
        task = asyncio.create_task(self._attend(link, after), name=link.name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def _attend(self, link: _Link, after: Callable[[], object]) -> None:
        listener = Listener(link, self._make_station(self.station.counters), self._commit, self.clock)
        listener.hearing = self.hearing
        self.station.listeners.add(listener)
        self.line.health.times_opened += 1
        try:
            await listener.run()
        finally:
            self.station.listeners.discard(listener)
            after()

    async def _serve_tcp(self) -> None:
        def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            host, port = writer.get_extra_info("peername")[:2]
            link = _Connection(f"{self.line.name} {host}:{port}", self.line.health, self.clock, reader, writer)
            if not self.admit(link, lambda: None):
                writer.close()

        host, port = self._where()
        server = await asyncio.start_server(greet, host, port)
        async with server:
            self._turn("open")
            await server.serve_forever()

    async def _serve_udp(self) -> None:
        loop, address = asyncio.get_running_loop(), self._where()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=address)
        self._turn("open")
        try:
            await loop.create_future()
        finally:
            transport.close()

    def _where(self) -> tuple[str, int]:
        if self._address.port is None:
            raise ValueError("port")
        return self._address.hostname or "0.0.0.0", self._address.port  # noqa: S104 - the name of the line says so

    def _turn(self, state: Literal["open", "absent"], why: str = "") -> None:
        if state != self.line.health.state:
            self.line.health.since_ms = self.clock.now_ms()
        self.line.health.state, self.line.health.why = state, why


def is_door(name: str) -> bool:
    """Whether a line's name is an address to listen on."""
    return name.partition("://")[0] in SCHEMES
