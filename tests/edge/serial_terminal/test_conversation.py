"""Both ends of a real line: a station and simulated terminals over pseudo-terminals with pyserial, and the network.

What the line does to them is done at the port: bit errors, an echo, a plug pulled in the middle of a frame.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from cable.line import Line
from cable.port import OpenPort, Port
from edge.serial_terminal.jt808.frame import PENDING_SIZE_MAX
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.outbox import Patience
from edge.serial_terminal.jt808.requests import build
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import PLAIN, Listener, Manner
from edge.serial_terminal.network import Door
from edge.serial_terminal.simulator.chance import SeededRandomness
from edge.serial_terminal.simulator.errors import BadPort
from edge.serial_terminal.simulator.pseudo import PseudoPort
from edge.serial_terminal.simulator.route import ROUTES, slot
from edge.serial_terminal.simulator.terminal import Terminal
from edge.serial_terminal.simulator.vehicle import Vehicle
from fleet.errors import Unavailable
from tests.edge.serial_terminal.doubles import KNOWN, FixedList, frame, report

pytestmark = pytest.mark.anyio
IMPATIENT = Patience(200, 6)
SOON_S = 0.01


class WallClock:
    """The real clock: these conversations take real time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


CLOCK = WallClock()


class Store:
    """Keeps what is heard; `until` waits for something among it."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._came = asyncio.Event()

    async def commit(self, heard: Sequence[Heard]) -> None:
        self.heard += heard
        self._came.set()

    async def until(self, found: Callable[[Heard], bool]) -> Heard:
        while True:
            for message in self.heard:
                if found(message):
                    return message
            self._came.clear()
            await self._came.wait()

    @property
    def serials(self) -> set[int]:
        return {message.serial for message in self.heard if message.msg_id == 0x0200}


def a_terminal(version: int = 2013, phone: str = KNOWN, **how: Any) -> Terminal:
    vehicle = Vehicle("蒙M10001", ROUTES[0], slot(0))
    return Terminal(phone.lstrip("0"), vehicle, version, **({"interval_ms": 200, "answer_timeout_ms": 200} | how))


@asynccontextmanager
async def conversing(
    cable: PseudoPort,
    store: Store,
    terminals: Sequence[Terminal],
    *,
    manner: Manner = PLAIN,
    far: OpenPort | None = None,
    opener: Callable[[str, int], OpenPort] = Port,
) -> AsyncIterator[Listener]:
    """A listener at one end of the cable; terminals at the other."""
    line = Line(cable.name, CLOCK, reopen_s=SOON_S, opener=opener)
    phones = {terminal.phone for terminal in terminals} | {KNOWN}
    listener = Listener(line, Station(FixedList(*phones), SeededRandomness(7), IMPATIENT), store.commit, CLOCK, manner)
    end = far or cable
    running = [asyncio.create_task(listener.run())]
    try:
        await line.until("open")
        running.append(asyncio.create_task(_drive(end, terminals)))
        yield listener
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _drive(port: OpenPort, terminals: Sequence[Terminal]) -> None:
    while True:
        data, now_ms = port.read(), CLOCK.now_ms()
        for terminal in terminals:
            terminal.receive(data, now_ms)
            for each in terminal.due(now_ms):
                port.write(each)
        await asyncio.sleep(0.002)


@asynccontextmanager
async def a_cable() -> AsyncIterator[PseudoPort]:
    cable = PseudoPort()
    try:
        yield cable
    finally:
        with suppress(OSError):
            cable.close()


async def ask(listener: Listener, terminal: Terminal, name: str, **facts: Any) -> tuple[str, dict[str, Any]]:
    request = build(name, terminal.version, facts)
    outcome = await listener.ask(terminal.phone, request.msg_id, request.facts)
    return outcome.verdict, dict(outcome.facts)


def is_authenticated(message: Heard) -> bool:
    return message.kind == "authenticated"


@pytest.mark.parametrize("version", [2013, 2019])
async def test_everything_a_dispatcher_asks_is_done_and_answered_by_a_terminal_at_the_other_end(version: int) -> None:
    terminal, store = a_terminal(version), Store()
    async with a_cable() as cable, conversing(cable, store, [terminal]) as listener:
        await store.until(is_authenticated)
        assert (await ask(listener, terminal, "text", text="新任务"))[0] == "done"
        assert terminal.texts == ["新任务"]
        assert (await ask(listener, terminal, "set", interval_s=30))[0] == "done"
        _, told = await ask(listener, terminal, "parameters", names="interval_s")
        assert [each["hex"] for each in told["params"]] == ["0000001e"]
        verdict, place = await ask(listener, terminal, "position")
        assert (verdict, place["lat"], place["fix"]) == ("done", pytest.approx(slot(0)[0], abs=1e-6), True)
        assert any(message.msg_id == 0x0201 and message.positions for message in store.heard)
        _, attributes = await ask(listener, terminal, "attributes")
        assert attributes["model"] == "SIMULATOR"
        assert (await ask(listener, terminal, "track", interval=1, validity=60))[0] == "done"
        assert (await ask(listener, terminal, "photo"))[0] == "unsupported"
        shape = {"lat": slot(0)[0], "lon": slot(0)[1], "radius_m": 300}
        assert (await ask(listener, terminal, "circle", id=9, **shape))[0] == "done"
        entered = await store.until(lambda message: any(p.alarm_bits >> 20 & 1 for p in message.positions))
        crossed = next(value for p in entered.positions for item, value in p.extras if item == 0x12)
        assert crossed == b"\x01" + (9).to_bytes(4, "big") + b"\x00"
        assert (await ask(listener, terminal, "delete-circle"))[0] == "done"
        assert terminal.duties.fences == {}
        terminal.use_card(("孟克", "152922198001011234"))
        card = await store.until(lambda message: message.kind == "driver")
        assert (card.body["name"], card.body["licence"]) == ("孟克", "152922198001011234")


async def test_a_terminal_that_does_not_answer_is_given_up_and_the_line_goes_on() -> None:
    store = Store()
    async with a_cable() as cable, conversing(cable, store, []) as listener:
        cable.write(frame(0x0002))
        await store.until(lambda message: True)
        assert isinstance(listener.station, Station)
        listener.station._outbox._patience = Patience(20, 1)
        outcome = await listener.ask(KNOWN, 0x8201, {})
        assert (outcome.verdict, outcome.sends) == ("no_answer", 2)


async def test_a_line_that_is_gone_refuses_a_question_at_once() -> None:
    store = Store()
    async with a_cable() as cable, conversing(cable, store, []) as listener:
        cable.write(frame(0x0002))
        await store.until(lambda message: True)
        cable.close()
        await listener.line.until("absent")
        with pytest.raises(Unavailable, match="line_absent"):
            await listener.ask(KNOWN, 0x8201, {})


class EchoingPort(Port):
    """A real port whose adapter gives back every byte that is written, before anything else."""

    def __init__(self, name: str, baud: int) -> None:
        super().__init__(name, baud)
        self._given_back = b""

    def write(self, data: bytes) -> int:
        written = super().write(data)
        self._given_back += data[:written]
        return written

    def read(self) -> bytes:
        given, self._given_back = self._given_back, b""
        return given + super().read()


async def test_two_terminals_on_one_half_duplex_line_with_echo_are_polled_and_hear_each_other_without_harm() -> None:
    terminals = [a_terminal(), a_terminal(2019, "013900139000", interval_ms=60_000)]
    store, manner = Store(), Manner(half_duplex=True, poll_s=0.2, turn_ms=1)
    async with (
        a_cable() as cable,
        conversing(cable, store, terminals, manner=manner, opener=EchoingPort) as listener,
    ):
        for terminal in terminals:
            await store.until(
                lambda message, phone=terminal.phone: message.msg_id == 0x0201 and message.phone == phone  # type: ignore[misc]
            )
        assert (await ask(listener, terminals[1], "text", text="x"))[0] == "done"
        assert listener.echo is not None
        assert listener.echo.dropped > 0
        assert listener.station.counters.bad.total() == 0


@pytest.mark.parametrize(("rate", "seconds"), [(1e-4, 2.0), (1e-3, 4.0), (1e-2, 2.0)])
async def test_every_frame_that_arrives_undamaged_is_heard_whatever_happens_to_the_others(
    rate: float, seconds: float
) -> None:
    """One write is one frame at the far end; what passed the line unspoilt must be among what was stored."""
    terminals = [a_terminal(version, f"{13800138000 + n}") for n, version in enumerate((2013, 2019, 2013))]
    undamaged: list[bytes] = []
    store = Store()
    async with a_cable() as cable:
        bad = BadPort(cable, rate, SeededRandomness(1), SeededRandomness(2))
        far = Witness(bad, undamaged)
        async with conversing(cable, store, terminals, far=far) as listener:
            await asyncio.sleep(seconds)
            far.is_muted = True
            while listener.line.health.bytes_in < bad.up.done.bytes:
                await checkpoint()
            cable.write(frame(0x0003, serial=9999))  # its 7E closes whatever the damage left open
            await store.until(lambda message: message.serial == 9999)
            counters = listener.station.counters
            stored = {(message.phone, message.msg_id, message.serial) for message in store.heard}
            missed = [each for each in undamaged if _key(each) not in stored]
            assert missed == []
            assert counters.good - 1 >= len(undamaged) > 0
            if rate >= 1e-3:
                assert bad.up.done.bits > 0
                assert counters.bad.total() > 0


class Witness:
    """A port that notes which frames went through unspoilt."""

    def __init__(self, port: BadPort, undamaged: list[bytes]) -> None:
        self._port, self._undamaged, self.fd, self.is_muted = port, undamaged, port.fd, False

    def read(self) -> bytes:
        return self._port.read()

    def write(self, data: bytes) -> int:
        if self.is_muted:
            return len(data)
        before = self._port.whole
        written = self._port.write(data)
        if self._port.whole > before:
            self._undamaged.append(data)
        return written

    def close(self) -> None:
        self._port.close()


def _key(sent: bytes) -> tuple[str, int, int]:
    from tests.edge.serial_terminal.doubles import read

    header = read(sent)[0].header
    return header.phone, header.msg_id, header.serial


async def test_a_question_gets_through_a_line_with_bit_errors_by_being_asked_again() -> None:
    terminal, store = a_terminal(interval_ms=1000), Store()
    async with a_cable() as cable:
        bad = BadPort(cable, 1e-3, SeededRandomness(3), SeededRandomness(4))
        async with conversing(cable, store, [terminal], far=bad) as listener:
            await store.until(lambda message: message.kind in ("authenticated", "position"))
            verdicts = [(await ask(listener, terminal, "text", text=f"{n}"))[0] for n in range(5)]
            assert verdicts.count("done") == 5


async def test_a_flood_of_noise_stops_neither_the_terminal_nor_another_line() -> None:
    terminal, other, store, quiet = a_terminal(), a_terminal(), Store(), Store()
    noise, at_once = SeededRandomness(5), 1200
    async with (
        a_cable() as loud,
        a_cable() as calm,
        conversing(loud, store, [terminal]) as listener,
        conversing(calm, quiet, [other]),
    ):

        async def flood(size: int) -> None:
            for _ in range(size // at_once):
                loud.write(noise.bytes(at_once))
                await asyncio.sleep(0.005)

        flooding = asyncio.create_task(flood(400_000))
        await store.until(lambda message: message.kind == "position")
        await quiet.until(lambda message: message.kind == "position")
        assert not flooding.done()
        await flooding
        assert listener.line.health.state == "open"
        assert listener.line.health.bytes_in > 100_000
        assert isinstance(listener.station, Station)
        assert len(listener.station._decoder._pending) <= PENDING_SIZE_MAX


async def test_an_adapter_pulled_in_the_middle_of_a_frame_costs_that_frame_only(tmp_path: Any) -> None:
    by_id, store = tmp_path / "usb-adapter", Store()
    line = Line(str(by_id), CLOCK, reopen_s=SOON_S)
    listener = Listener(line, Station(FixedList()), store.commit, CLOCK)
    running = asyncio.create_task(listener.run())
    try:
        for serial in (1, 2):
            cable = PseudoPort()
            by_id.symlink_to(cable.name)
            await line.until("open")
            cable.write(frame(0x0200, report(), serial=serial) + frame(0x0200, report(), serial=90 + serial)[:40])
            await store.until(lambda message, serial=serial: message.serial == serial)  # type: ignore[misc]
            by_id.unlink()
            cable.close()
            await line.until("absent")
        assert store.serials == {1, 2}
        assert listener.station.counters.bad.total() == 0
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_line_at_the_wrong_speed_is_told_and_hunted_only_where_that_is_allowed() -> None:
    for hunt in (True, False):
        store, opened = Store(), list[int]()

        def opener(name: str, baud: int, opened: list[int] = opened) -> OpenPort:
            opened.append(baud)
            return Port(name, baud)

        manner = Manner(hunt=hunt)
        async with a_cable() as cable, conversing(cable, store, [], manner=manner, opener=opener) as listener:
            cable.write(b"\x00\xff" * 40)
            while not listener.hearing._garbage:
                await checkpoint()
            listener.hearing._start_ms -= 10_000
            assert listener.hearing._first_ms is not None
            listener.hearing._first_ms -= 10_000
            assert listener.hearing.verdict(CLOCK.now_ms()) == "speed"
            await asyncio.sleep(0.7)
            cable.write(frame(0x0002))
            await store.until(lambda message: True)
            assert opened == ([9600, 115_200] if hunt else [9600])


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
async def test_terminals_on_the_yards_network_come_through_a_door_and_are_asked_through_it(scheme: str) -> None:
    store, terminal = Store(), a_terminal()
    port = _free_port()
    door = Door(
        f"{scheme}://127.0.0.1:{port}",
        lambda counters: Station(FixedList(), None, IMPATIENT, counters),
        store.commit,
        CLOCK,
    )
    running = asyncio.create_task(door.run())
    try:
        while door.line.health.state != "open":
            await checkpoint()
        async with _network_end(scheme, port) as far:
            driving = asyncio.create_task(_drive(far, [terminal]))
            await store.until(lambda message: message.kind == "position")
            outcome = await door.ask(terminal.phone, 0x8300, {"flag": 4, "text": "x"})
            driving.cancel()
        assert (outcome.verdict, terminal.texts) == ("done", ["x"])
        assert door.station.counters.good >= 4
        assert door.line.health.bytes_in > 0
        assert door.hearing.verdict(CLOCK.now_ms()) == "good"
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_door_that_is_taken_says_so() -> None:
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        door = Door(f"tcp://127.0.0.1:{port}", lambda counters: Station(FixedList()), Store().commit, CLOCK)
        running = asyncio.create_task(door.run())
        while door.line.health.state != "absent":
            await checkpoint()
        running.cancel()
        await asyncio.wait([running])
        assert door.line.health.why == "in_use"


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _network_end(scheme: str, port: int) -> AsyncIterator[Any]:
    import socket

    kind = socket.SOCK_STREAM if scheme == "tcp" else socket.SOCK_DGRAM
    with socket.socket(type=kind) as far:
        far.connect(("127.0.0.1", port))
        far.setblocking(False)

        class End:
            fd = far.fileno()

            def read(self) -> bytes:
                try:
                    return far.recv(4096)
                except BlockingIOError:
                    return b""

            def write(self, data: bytes) -> int:
                return far.send(data)

            def close(self) -> None:
                far.close()

        yield End()
