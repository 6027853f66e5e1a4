"""The node as a whole: a part that fails stops it with its reason, and whatever ends it, nothing is left running."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from edge import home as homes
from edge import node as nodes
from edge.node import Node
from edge.settings import Line, Settings, load
from edge.store.engine import sqlite_version
from edge.store.heard import Report
from fleet.desk.register import register
from fleet.errors import Unavailable
from fleet.rules.position import Position
from tests.edge.unit import ADMIN, PHONE, PLATE, UNIT, a_vehicle, chance, signer
from tests.simulation.clock import START_MS, SimulatedClock

pytestmark = pytest.mark.anyio


PARTS = {"follow", "alarms", "count", "journal_0", "telemetry_0", "local_0"}


def running() -> set[str]:
    """The parts of a node that are at work: tasks and the threads of files."""
    return PARTS & ({task.get_name() for task in asyncio.all_tasks()} | {each.name for each in threading.enumerate()})


def node_of(home: Path, clock: SimulatedClock, *lines: Line) -> Node:
    settings = load(home) if not lines else Settings(unit=UNIT, unit_name="林草局", lines=lines)
    return Node(settings, homes.enrolled(home), clock, chance())


async def test_a_part_that_fails_for_good_ends_the_node_with_its_own_reason(
    home: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_node: Node) -> None:
        raise Unavailable("disk_failed", file="core.db")

    monkeypatch.setattr(Node, "_follow_ledger", fail)

    async def run() -> None:
        async with node_of(home, clock).running(home):
            await asyncio.Event().wait()  # for ever, were it not for the failure

    with pytest.raises(Unavailable, match=r"core\.db"):
        async with asyncio.timeout(20):
            await run()
    assert running() == set()


async def test_what_fails_in_the_block_comes_out_as_it_is(home: Path, clock: SimulatedClock) -> None:
    async def run() -> None:
        async with node_of(home, clock).running(home):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run()
    assert running() == set()


async def test_a_node_that_ends_leaves_nothing_running_and_its_files_closed(home: Path, clock: SimulatedClock) -> None:
    async with node_of(home, clock).running(home):
        assert running() == PARTS

    assert running() == set()
    assert journals(home) == []


def journals(home: Path) -> list[Path]:
    """What an engine leaves beside a file that nobody closed."""
    return [*home.glob("*.db-wal"), *home.glob("*.db-shm")]


async def test_a_line_that_is_not_there_is_an_alarm_and_nothing_more(home: Path, clock: SimulatedClock) -> None:
    node = node_of(home, clock, Line(port="/dev/no-such-line"))
    async with node.running(home), asyncio.timeout(20):
        await node.listeners[0].line.until("absent")  # type: ignore[union-attr]
        (alarm,) = node.alarms()

        assert (alarm["code"], alarm["facts"]["subject"], alarm["plate"]) == ("LINE", "/dev/no-such-line", None)
        assert node.status()["lines"][0]["state"] == "absent"


async def test_a_disk_that_takes_nothing_is_the_gravest_alarm(home: Path, clock: SimulatedClock) -> None:
    node = node_of(home, clock, Line(port="/dev/no-such-line"))
    async with node.running(home), asyncio.timeout(20):
        await node.listeners[0].line.until("absent")  # type: ignore[union-attr]
        node._intake.unstored_since_ms = clock.now_ms()

        assert [(alarm["code"], alarm["grade"]) for alarm in node.alarms()] == [
            ("DISK", "critical"),
            ("LINE", "serious"),
        ]


async def test_faces_are_told_of_an_alarm_that_nothing_committed_brings_with_it(
    home: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "ALARMS_EVERY_S", 0.01)
    node = node_of(home, clock, Line(port="/dev/no-such-line"))
    async with node.running(home), asyncio.timeout(20), node.changes.subscribe() as changes:
        await anext(changes)  # everything, at the beginning
        _, topics = await anext(changes)

        assert topics == {"alarms"}
        assert [alarm["code"] for alarm in node.alarms()] == ["LINE"]


async def test_a_node_without_a_link_says_so_and_what_runs(home: Path, clock: SimulatedClock) -> None:
    node = node_of(home, clock)
    async with node.running(home):
        node.try_sync()
        status = node.status()

        assert (status["link"]["state"], status["link"]["round_trips"]) == ("off", 0)
        assert status["sqlite_version"] == sqlite_version()
        assert (status["frames"]["received"], status["positions_stored"]) == (0, 0)
        assert node.sync_facts().situation == "waiting"
        assert node.number == 1


async def test_alarms_are_one_per_condition_the_gravest_first_and_end_with_their_cause(
    home: Path, clock: SimulatedClock
) -> None:
    node = node_of(home, clock)
    async with node.running(home), asyncio.timeout(20):
        admin = signer(home, ADMIN)
        await node.journal.do(lambda office: register(office.replica, admin, a_vehicle()))
        while not node.terminals.knows(PHONE):  # the node reads the register anew, on the journal's thread as well
            await node.journal.do(bool)
        good = Position(device_time_ms=START_MS, lat=39.2, lon=101.6, alarm_bits=1 << 1)
        bad = Position(device_time_ms=START_MS + 1000, lat=0, lon=0, fix=False, alarm_bits=1 << 1 | 1)
        reports = [Report(PHONE, good, START_MS, "", ""), Report(PHONE, bad, START_MS + 1000, "no_fix", "")]
        await node.telemetry.save(reports, [])

        told = [(alarm["code"], alarm["grade"], alarm["plate"]) for alarm in node.alarms()]
        assert told == [("A23", "critical", PLATE), ("A06", "notice", PLATE)]
        assert node.telemetry.last[PHONE].lat == 39.2

        clock.time.pass_ms(node.settings.silent_after_s * 1000 + 1001)
        assert "A07" in {alarm["code"] for alarm in node.alarms()}

        over = Position(device_time_ms=clock.now_ms(), lat=39.2, lon=101.6)
        await node.telemetry.save([Report(PHONE, over, clock.now_ms(), "", "")], [])
        assert node.alarms() == []
