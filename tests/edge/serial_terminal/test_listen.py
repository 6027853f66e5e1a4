"""A line at work over a real pseudo-terminal: stored first, answered after, and not at all if it was not stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from anyio.lowlevel import checkpoint

from cable.line import Line
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Listener
from edge.serial_terminal.simulator.pseudo import PseudoPort
from fleet.errors import Unavailable
from tests.edge.serial_terminal.doubles import KNOWN, FixedList, HandClock, frame, report, said

pytestmark = pytest.mark.anyio


class Store:
    """Takes what is heard when it is let, and fails when it is told to."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.batches: list[int] = []
        self.full = False
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def commit(self, heard: Sequence[Heard]) -> None:
        self.asked.set()
        await self.let.wait()
        if self.full:
            raise Unavailable("disk_full")
        self.heard += heard
        self.batches.append(len(heard))


@asynccontextmanager
async def listening(store: Store) -> AsyncIterator[tuple[Listener, PseudoPort]]:
    """A station listening on one end of a cable; the test is the vehicle on the other."""
    cable, clock = PseudoPort(), HandClock()
    listener = Listener(Line(cable.name, clock), Station(FixedList()), store.commit, clock)
    task = asyncio.create_task(listener.run())
    try:
        await listener.line.until("open")
        yield listener, cable
    finally:
        task.cancel()
        await asyncio.wait([task])
        cable.close()


async def test_the_answer_is_written_only_after_what_was_heard_is_stored() -> None:
    store = Store()
    async with listening(store) as (listener, cable):
        cable.write(frame(0x0200, report(), serial=7))
        await store.asked.wait()
        assert (cable.read(), listener.line.health.bytes_out) == (b"", 0)
        store.let.set()
        assert said(await _answer(cable)) == [(0x8001, {"ack_serial": 7, "ack_id": "0x0200", "result": 0})]
        assert [message.phone for message in store.heard] == [KNOWN]


async def test_what_could_not_be_stored_is_not_answered_and_the_line_goes_on() -> None:
    store = Store()
    store.full = True
    store.let.set()
    async with listening(store) as (listener, cable):
        cable.write(frame(0x0200, report(), serial=7))
        await store.asked.wait()
        store.full = False
        cable.write(frame(0x0200, report(), serial=8))
        assert [facts["ack_serial"] for _, facts in said(await _answer(cable))] == [8]
        assert (listener.unstored, len(store.heard)) == (1, 1)


async def test_messages_that_came_while_the_store_was_busy_are_stored_in_one_go() -> None:
    store = Store()
    async with listening(store) as (listener, cable):
        cable.write(frame(0x0002, serial=1))
        await store.asked.wait()
        for serial in range(2, 7):
            cable.write(frame(0x0002, serial=serial))
        while listener.line.health.bytes_in < 6 * len(frame(0x0002)):
            await checkpoint()
        store.let.set()
        answers = said(await _answer(cable, frames=6))
    assert [facts["ack_serial"] for _, facts in answers] == [1, 2, 3, 4, 5, 6]
    assert store.batches == [1, 5]


async def test_half_a_frame_before_a_break_does_not_spoil_the_frame_after_it() -> None:
    store = Store()
    store.let.set()
    async with listening(store) as (listener, cable):
        cable.write(frame(0x0200, report())[:30])
        cable.write(frame(0x0002, serial=9))
        assert [facts["ack_serial"] for _, facts in said(await _answer(cable))] == [9]
        assert listener.station.counters.bad.total() == 1


async def _answer(cable: PseudoPort, frames: int = 1) -> bytes:
    got = b""
    while got.count(b"\x7e") < 2 * frames:
        got += cable.read()
        await checkpoint()
    return got
