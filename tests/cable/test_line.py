"""A serial line over real pseudo-terminals and real pyserial: opened, lost and found again without anyone's help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from anyio.lowlevel import checkpoint

from cable.line import READS_MAX, Line
from edge.serial_terminal.simulator.pseudo import PseudoPort
from fleet.errors import Unavailable
from tests.edge.serial_terminal.doubles import NOON_MS, HandClock

pytestmark = pytest.mark.anyio
SOON_S = 0.01  # instead of two seconds between attempts


@pytest.fixture
def cable() -> Iterator[PseudoPort]:
    """The vehicle's end; a test may unplug it."""
    port = PseudoPort()
    yield port
    port.close()


async def test_bytes_come_in_as_they_are_and_frames_go_out_whole(cable: PseudoPort) -> None:
    every_byte = bytes(range(256))  # 17 and 19 would stop a line with flow control, 10 and 13 a cooked one
    async with Line(cable.name, HandClock()) as line:
        await line.until("open")
        cable.write(every_byte)
        assert await _read(line, 256) == every_byte
        await line.write(every_byte)
        assert _received(cable, 256) == every_byte
    assert (line.health.bytes_in, line.health.bytes_out, line.health.heard_ms) == (256, 256, NOON_MS)


async def test_an_unplugged_line_says_so_and_breaks_its_stream_without_raising() -> None:
    cable = PseudoPort()
    async with Line(cable.name, HandClock(), reopen_s=SOON_S) as line:
        await line.until("open")
        stream = aiter(line)
        cable.write(b"half a fra")
        assert await anext(stream) == b"half a fra"
        cable.close()
        assert await anext(stream) == b""
        await line.until("absent")
        assert line.health.why in ("gone", "not_found")
        with pytest.raises(Unavailable, match="line_absent"):
            await line.write(b"answer")


async def test_another_line_notices_nothing(cable: PseudoPort) -> None:
    gone = PseudoPort()
    async with Line(gone.name, HandClock(), reopen_s=SOON_S) as lost, Line(cable.name, HandClock()) as other:
        await other.until("open")
        await lost.until("open")
        gone.close()
        await lost.until("absent")
        cable.write(b"still here")
        assert await _read(other, 10) == b"still here"
        assert other.health.state == "open"


async def test_a_line_that_is_plugged_in_again_is_opened_again(tmp_path: Path) -> None:
    by_id = tmp_path / "usb-adapter"  # a stable name, as the system's links are
    async with Line(str(by_id), HandClock(), reopen_s=SOON_S) as line:
        await line.until("absent")
        assert line.health.why == "not_found"
        for times_opened in (1, 2):
            cable = PseudoPort()
            by_id.symlink_to(cable.name)
            await line.until("open")
            assert line.health.times_opened == times_opened
            by_id.unlink()
            cable.close()
            await line.until("absent")


async def test_a_port_somebody_else_has_is_not_shared(cable: PseudoPort) -> None:
    async with Line(cable.name, HandClock()) as first:
        await first.until("open")
        async with Line(cable.name, HandClock()) as second:
            await second.until("absent")
            assert second.health.why == "in_use"


@pytest.mark.parametrize(("name", "why"), [("/dev/no-such-port", "not_found"), ("/dev/null", "not_serial")])
async def test_a_port_that_cannot_be_opened_says_why(name: str, why: str) -> None:
    async with Line(name, HandClock()) as line:
        await line.until("absent")
        assert line.health.why == why


async def test_what_nobody_takes_stops_the_reading_and_not_the_memory(cable: PseudoPort) -> None:
    async with Line(cable.name, HandClock()) as line:
        await line.until("open")
        for _ in range(3 * READS_MAX):
            cable.write(b"x")
            await checkpoint()
        assert len(line._reads) <= READS_MAX
        await _read(line, 3 * READS_MAX)  # and what waited is still there


async def test_a_port_without_a_descriptor_is_read_all_the_same() -> None:
    async with Line("loop://", HandClock()) as line:
        await line.until("open")
        await line.write(b"round trip")
        assert await _read(line, 10) == b"round trip"


async def test_a_device_server_on_the_network_is_a_line_like_any_other() -> None:
    async def vehicle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(vehicle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Line(f"socket://127.0.0.1:{port}", HandClock(), reopen_s=SOON_S) as line:
            await line.until("open")
            await line.write(b"hello")
            assert await _read(line, 5) == b"hello"
            await line.until("absent")
            assert line.health.why == "gone"


async def _read(line: Line, size: int) -> bytes:
    got = b""
    stream: AsyncIterator[bytes] = aiter(line)
    while len(got) < size:
        got += await anext(stream)
    return got


def _received(cable: PseudoPort, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += cable.read()
    return got
