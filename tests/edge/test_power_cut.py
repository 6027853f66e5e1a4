"""A node that is killed in the middle of its work has lost nothing it acknowledged, to a terminal or to a person."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pysqlite3 import dbapi2

from edge.proof import prove
from edge.settings import Line
from fleet.desk.register import register
from machine.system import SystemClock
from tests.edge.conftest import Command
from tests.edge.process import NodeProcess, PtyTerminal, node_process
from tests.edge.serial_terminal.doubles import report
from tests.edge.unit import (
    ADMIN,
    APPLICANT,
    HOUR_MS,
    PEOPLE,
    PHONE,
    PIN,
    PLATE,
    a_form,
    a_vehicle,
    enrol,
    make_home,
    office_of,
    signer,
)

pytestmark = pytest.mark.anyio

REGISTRATION = {
    "province": 15,
    "city": 2922,
    "maker": "70111",
    "model": "A1",
    "terminal_id": "1234567",
    "plate_color": 1,
    "plate": PLATE,
}
FIRST_REPORT, ENOUGH = 10, 15


def a_node_on(port: str, home: Path) -> Path:
    """An enrolled node with one vehicle, whose terminal is on this line."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        make_home(home, port=door.getsockname()[1], lines=(Line(port=port),))
    clock = SystemClock()
    enrol(home, clock)
    with closing(office_of(home, clock)) as office:
        register(office.replica, signer(home, ADMIN), a_vehicle())
    return home


@dataclass
class Day:
    """What was sent and what was acknowledged until the power went. `enough` is set when there is enough to lose."""

    sent: dict[int, int] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def report(self, terminal: PtyTerminal, start_s: int) -> None:
        """A report for every second, each once the one before it was acknowledged; `sent` is its time by its serial."""
        for serial in range(FIRST_REPORT, 60_000):
            self.sent[serial] = (start_s + serial) * 1000
            terminal.say(0x0200, self.position(serial), serial)
            await terminal.until(serial)
            self._count()

    def position(self, serial: int) -> bytes:
        return report(self.sent[serial], lat=39.2 + serial / 100_000)

    async def apply(self, node: NodeProcess) -> None:
        """One application after the other, until nobody answers any more."""
        now_ms = SystemClock().now_ms()
        form = a_form(start_ms=now_ms + HOUR_MS, end_ms=now_ms + 2 * HOUR_MS)
        form["class"] = form.pop("cls")
        while True:
            answer = await node.api.post("/orders", json=form)
            self.orders.append(answer.raise_for_status().json()["id"])
            self._count()

    def _count(self) -> None:
        if min(len(self.sent), len(self.orders)) > ENOUGH:
            self.enough.set()


def stored_times(home: Path) -> set[int]:
    with closing(dbapi2.connect(f"file:{home / 'telemetry.db'}?mode=ro", uri=True)) as connection:
        return {device_ms for (device_ms,) in connection.execute("SELECT device_ms FROM positions")}


async def test_everything_acknowledged_survives_a_kill_in_the_middle(tmp_path: Path, command: Command) -> None:
    terminal, day = PtyTerminal(PHONE.zfill(12)), Day()
    home = a_node_on(terminal.port, tmp_path / "n")

    async with node_process(home) as node:
        terminal.say(0x0100, REGISTRATION, 1)
        await terminal.until(1)
        terminal.say(0x0102, {"auth_code": terminal.code}, 2)
        await terminal.until(2)
        await node.sign_in(APPLICANT, PIN)
        reporting = asyncio.create_task(day.report(terminal, int(time.time()) - 3600))
        applying = asyncio.create_task(day.apply(node))
        enough = asyncio.create_task(day.enough.wait())
        await asyncio.wait({reporting, applying, enough}, return_when=asyncio.FIRST_COMPLETED)
        assert enough.done(), (reporting, applying)
        await node.kill()
        with pytest.raises(httpx.TransportError):
            await applying
        reporting.cancel()

    acknowledged = {day.sent[serial] for serial in day.sent.keys() & terminal.acknowledged}
    assert len(acknowledged) >= ENOUGH
    assert acknowledged <= stored_times(home)
    assert prove(home).faults == []

    async with node_process(home) as node:
        terminal.restart_serials()
        terminal.say(0x0102, {"auth_code": terminal.code}, 1)
        await terminal.until(1)
        terminal.say(0x0200, day.position(max(day.sent)), 2)  # nobody may have answered it: it is sent again
        await terminal.until(2)
        await node.sign_in(APPLICANT, PIN)
        there = (await node.get("/orders?limit=200"))["rows"]

        assert set(day.orders) <= {row["id"] for row in there}
        assert len(there) <= len(day.orders) + 1
        assert command("verify", home).code == 0
        assert command("node", "rebuild", home).code == 1  # the directory is taken
        assert await node.stop() == 0

    terminal.close()
    assert stored_times(home) == set(day.sent.values())
    assert command("verify", home).code == 0


async def test_a_grant_whose_taking_in_was_cut_short_is_taken_in_at_the_start(tmp_path: Path) -> None:
    terminal = PtyTerminal(PHONE.zfill(12))
    home = a_node_on(terminal.port, tmp_path / "n")
    for file in (*home.glob("core.db*"), home / "place.json"):
        file.unlink()  # what is left is the grant

    async with node_process(home) as node:
        await node.sign_in(APPLICANT, PIN)
        assert await node.stop() == 0

    terminal.close()
    proved = prove(home)
    assert (proved.operations, proved.faults) == (1 + len(PEOPLE), [])
