"""What goes wrong on real lines, at a whole node: each is told in its alarms, once, and nothing stored is lost.

Two pseudo-serial lines of a node with one vehicle; the far ends are held here. Waits are for what the node knows, never
for time; what takes minutes is told by the clock that the node is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edge import home as homes
from edge.node import Node
from edge.serial_terminal.simulator.pseudo import PseudoPort
from edge.settings import Line, Settings
from fleet.desk.register import register
from tests.edge.serial_terminal.doubles import frame, report
from tests.edge.unit import ADMIN, PHONE, PLATE, UNIT, a_vehicle, chance, signer
from tests.simulation.clock import SimulatedClock

pytestmark = pytest.mark.anyio

RAW = PHONE.zfill(12)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
FAR = 40.9  # degrees north, 190 km from where reports are otherwise


class Unit:
    """A node at work, the clock it is given, and the far ends of its two lines."""

    def __init__(self, node: Node, clock: SimulatedClock, cables: tuple[PseudoPort, PseudoPort]) -> None:
        self.node, self.clock, self.cables = node, clock, cables
        self.stored = 0
        self._serial, self._plugged = 0, set(cables)

    async def until(self, what: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while True:
                if what():
                    return
                await asyncio.sleep(0.01)

    async def says(self, *, late_ms: int = 0, cable: int = 0, **said: Any) -> None:
        """A terminal reports where it is, and the node stores it."""
        self._serial += 1
        body = report(self.clock.now_ms() - late_ms, **said)
        self.cables[cable].write(frame(0x0200, body, phone=RAW, serial=self._serial))
        self.stored += 1
        await self.until(lambda: self.node.telemetry.stored == self.stored)

    def pull(self, *cables: PseudoPort) -> None:
        """Unplug lines, each once."""
        for each in self._plugged & set(cables):
            each.close()
        self._plugged -= set(cables)

    async def garbage(self, size: int) -> None:
        """Bytes of no meaning come in, and are all heard."""
        line, chance_of = self.node.listeners[0], Random(size)
        for _ in range(size // 256):
            heard = line.line.health.bytes_in
            self.cables[0].write(chance_of.randbytes(256))
            await self.until(lambda before=heard: line.station.counters.bytes >= before + 256)  # type: ignore[misc]

    def told(self) -> list[tuple[str, str]]:
        """The alarms there are: codes, and of what."""
        return [(alarm["code"], alarm["facts"]["subject"]) for alarm in self.node.alarms()]


@asynccontextmanager
async def a_unit(home: Path, clock: SimulatedClock) -> AsyncIterator[Unit]:
    cables = PseudoPort(), PseudoPort()
    settings = Settings(unit=UNIT, unit_name="林草局", lines=tuple(Line(port=each.name) for each in cables))
    node = Node(settings, homes.enrolled(home), clock, chance())
    async with node.running(home):
        admin = signer(home, ADMIN)
        await node.journal.do(lambda office: register(office.replica, admin, a_vehicle()))
        unit = Unit(node, clock, cables)
        await unit.until(lambda: node.terminals.knows(PHONE))
        await unit.until(lambda: all(each.line.health.state == "open" for each in node.listeners))
        yield unit
    unit.pull(*cables)


@pytest.fixture
async def unit(home: Path, clock: SimulatedClock) -> AsyncIterator[Unit]:
    async with a_unit(home, clock) as made:
        yield made


async def test_an_hour_of_right_reports_tells_nothing(unit: Unit) -> None:
    for minute in range(60):
        unit.clock.time.pass_ms(MINUTE_MS)
        await unit.says(late_ms=1_000, lat=39.2 + minute / 1_000)
    assert unit.told() == []


@pytest.mark.parametrize("late_ms", [
    8 * HOUR_MS,  # the terminal says universal time for China time
    -8 * HOUR_MS,
    26 * 365 * 24 * HOUR_MS,  # the year 2000
    -44 * 365 * 24 * HOUR_MS,  # 1970, whose two digits are read as 2070
])  # fmt: skip
async def test_a_terminal_whose_clock_is_off_is_told_once_and_every_report_is_kept(unit: Unit, late_ms: int) -> None:
    for _ in range(11):
        unit.clock.time.pass_ms(MINUTE_MS)
        await unit.says(late_ms=late_ms)
    assert unit.told() == [("CLOCK", PLATE)]

    await unit.says()
    assert unit.told() == [], "the clock was set"


async def test_two_terminals_under_one_number_are_told_once_and_every_report_of_both_is_kept(unit: Unit) -> None:
    for number in range(10):
        unit.clock.time.pass_ms(10_000)
        await unit.says(cable=number % 2, lat=FAR if number % 2 else 39.2)
    assert unit.told() == [("TWIN", PLATE)]


@pytest.mark.parametrize("nonsense", [
    {"lat": 0.0, "lon": 0.0},
    {"lat": 91.0, "lon": 181.0},
    {"lat": FAR},  # further than any vehicle goes in ten seconds
    {"status": 1},  # no fix
    {"time": b"\xff" * 6},
], ids=str)  # fmt: skip
async def test_a_place_that_cannot_be_is_kept_with_its_doubt_and_is_not_where_the_vehicle_is(
    unit: Unit, nonsense: dict[str, Any]
) -> None:
    await unit.says(lat=39.2)
    unit.clock.time.pass_ms(10_000)
    await unit.says(**nonsense)

    (last,) = unit.node.telemetry.last.values()
    assert (last.lat, last.doubt) == (39.2, "")
    assert unit.told() == []


async def test_a_line_of_garbage_is_told_once_and_the_first_good_frame_after_it_is_stored(unit: Unit) -> None:
    await unit.says()
    await unit.garbage(1024)
    unit.clock.time.pass_ms(MINUTE_MS)
    await unit.garbage(1024)
    assert unit.told() == [("SPEED", unit.cables[0].name)]

    unit.cables[0].write(b"\x7e")  # what the garbage began ends here
    await unit.says()
    assert unit.told() == []


async def test_a_line_that_is_pulled_in_the_middle_of_a_frame_is_told_once_and_costs_the_other_nothing(
    unit: Unit,
) -> None:
    await unit.says()
    unit.cables[0].write(frame(0x0200, report(), phone=RAW)[:20])
    unit.pull(unit.cables[0])
    await unit.until(lambda: unit.node.listeners[0].line.health.state == "absent")
    unit.clock.time.pass_ms(MINUTE_MS)

    await unit.says(cable=1)

    assert unit.told() == [("LINE", unit.cables[0].name)]


async def test_a_flood_from_one_terminal_is_kept_up_to_its_allowance_and_costs_the_other_line_nothing(
    unit: Unit,
) -> None:
    at_ms = unit.clock.now_ms()
    flood = [frame(0x0200, report(at_ms - number * 1_000), phone=RAW, serial=number) for number in range(400)]
    heard = unit.node.listeners[0].station.counters
    for number, each in enumerate(flood, 1):
        unit.cables[0].write(each)
        if number % 20 == 0:
            await unit.until(lambda so_far=number: heard.good == so_far)  # type: ignore[misc]

    row = unit.node.status()["lines"][0]
    assert row["over_quota"] == 100
    unit.stored = 300
    await unit.says(cable=1, lat=39.3)
