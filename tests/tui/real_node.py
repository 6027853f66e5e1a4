"""A real node process with a unit's people and vehicles, for consoles that speak to it over its socket.

Made once for the whole run: keys behind PINs take time. Each test brings the records it looks at.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
from textual.pilot import Pilot
from textual.screen import Screen

from edge import home as homes
from edge.keyring import Person
from edge.node import Node
from edge.settings import Settings
from edge.store.heard import Report
from fleet.desk.register import register
from fleet.ledger import kinds
from fleet.ledger.replica import Statement
from fleet.rules.position import Position
from fleet.words import Language, Words
from machine.system import SystemClock
from tests.edge.process import ROOT
from tests.edge.web.conftest import CAST, PINS, grant_for
from tests.simulation.clock import SimulatedRandomness
from tests.tui.consoles import Watched, shown
from tui.api import Api, address
from tui.http import Http
from tui.screens.board import BoardScreen
from tui.screens.form import FormScreen
from tui.screens.sign_in import SignInScreen

Json = dict[str, Any]
STAFF = (*CAST, Person("3002", "其其格", ("dispatcher",)))
"""The people of other tests, and a second dispatcher to hand the shift to."""
VEHICLES: tuple[dict[str, object], ...] = (
    {"plate": "蒙M-0B312", "cls": "general", "seats": 5, "terminal": "13800000312", "usual_driver": "4001"},
    {"plate": "蒙M-0B318", "cls": "general", "seats": 7, "terminal": "13800000318", "usual_driver": "4002"},
    {"plate": "蒙M-0A009", "cls": "general", "seats": 5, "terminal": "13800000009"},
    {"plate": "蒙M-0C021", "cls": "study", "seats": 5, "terminal": "13800000021"},
)
"""The last is offered for nothing that tests apply for: what it drove stays without an order."""
SETTLE_S = 20.0
LOOK_S = 0.01
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def make_home(home: Path) -> Path:
    """A node's directory as an admin leaves it. The unit head comes last: one person sets a unit up, two change it."""
    clock, randomness = SystemClock(), SimulatedRandomness(random.Random(7))
    settings = Settings(unit="lyj", unit_name="阿右旗林草局", port=_free_port())
    homes.create(home, settings, randomness)
    (home / "grant.cbor").write_bytes(grant_for(home, settings, STAFF, clock, authorised=True))  # type: ignore[arg-type]
    asyncio.run(_begin(home, settings))
    return home


async def _begin(home: Path, settings: Settings) -> None:
    enrolled = homes.enrolled(home)
    grant, node = enrolled.grant, Node(settings, enrolled, SystemClock(), SimulatedRandomness(random.Random(8)))
    people = [
        Statement(kinds.PERSON_ENROL, f"person/{person.id}", message)
        for person, message in zip(STAFF, grant.people, strict=True)
    ]
    node_statement = Statement(kinds.NODE_ENROL, "node/1", grant.node_certificate)
    head = next(index for index, person in enumerate(STAFF) if "unit_head" in person.roles)
    async with node.opened(home):
        first = [node_statement, *people[:head], *people[head + 1 :]]
        await node.journal.do(lambda office: office.replica.write(first))
        admin = await node.keyring.unlock("5001", PINS["5001"])
        for vehicle in VEHICLES:
            await node.journal.do(lambda office, entry=vehicle: register(office.replica, admin, entry))  # type: ignore[misc]
        await node.journal.do(lambda office: office.replica.write(people[head : head + 1]))
        for plate, terminal in (("蒙M-0B318", "13800000318"), ("蒙M-0C021", "13800000021")):
            await node.telemetry.save(a_track(plate, terminal, SystemClock().now_ms()), [])


def a_track(plate: str, terminal: str, now_ms: int) -> list[Report]:
    """Half an hour of a vehicle's way east, a report a minute, until an hour ago."""
    found = []
    for minute in range(30):
        at_ms = now_ms - (90 - minute) * MINUTE_MS
        position = Position(device_time_ms=at_ms, lat=39.2 + minute / 2_000, lon=101.6 + minute / 200, speed_kmh=40.0)
        found.append(Report(terminal, position, at_ms + 500, "", "", vehicle=plate))
    return found


class RealNode:
    """A running node and the unit's people at its API."""

    def __init__(self, home: Path, pid: int) -> None:
        self.home, self.pid = home, pid
        self.client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(home / "node.sock")), base_url="http://node/api", timeout=20.0
        )
        self._sessions: dict[str, Json] = {}

    def session(self, person: str) -> Json:
        """A person's session; the PIN is entered once for the whole run."""
        if person not in self._sessions:
            answer = self.client.post("/session", json={"person": person, "pin": PINS[person]})
            self._sessions[person] = answer.raise_for_status().json()
        return self._sessions[person]

    def forget(self, person: str) -> None:
        """A person's session has ended: the next asks for the PIN again."""
        self._sessions.pop(person, None)

    def call(self, person: str, method: str, path: str, body: Json | None = None) -> Any:
        """What the node answers a person; anything but success is a failure of the test."""
        headers = {"Authorization": f"Bearer {self.session(person)['token']}"}
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str, person: str = "3001") -> Any:
        return self.call(person, "GET", path)

    def do(self, person: str, order: str, act: str, **fields: object) -> Json:
        """An act on an order."""
        done: Json = self.call(person, "POST", f"/orders/{order}/acts/{act}", dict(fields))
        return done

    def case(self, person: str, kind: str, act: str, case_id: str = "", **fields: object) -> Json:
        """An act on a case, or the opening of one."""
        path = f"/cases/{kind}/{case_id}/acts/{act}" if case_id else f"/cases/{kind}"
        done: Json = self.call(person, "POST", path, fields if case_id else fields | {"act": act})
        return done

    def applied(self, **changes: object) -> str:
        """The number of an order just submitted."""
        now_ms = time.time_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS
        form = {
            "rider": "王海", "department": "造林科", "phone": "13904831234", "category": "下乡调研",
            "reason": "春季造林验收", "origin": "机关大院", "destination": "额肯呼都格", "passengers": 3, "urgency": 2,
            "class": "general", "start_ms": now_ms + 2 * HOUR_MS, "end_ms": now_ms + 4 * HOUR_MS, "remark": "",
        }  # fmt: skip
        return str(self.call("1001", "POST", "/orders", form | changes)["id"])

    def approved(self, **changes: object) -> str:
        order = self.applied(**changes)
        self.do("2001", order, "approve", pin=PINS["2001"])
        return order

    def dispatched(self, plate: str, driver: str, **changes: object) -> str:
        order = self.approved(**changes)
        self.do("3001", order, "dispatch", vehicle=plate, driver=driver, why="测试")
        return order

    def cancel_all(self) -> None:
        """Nothing is left to do: what is not on the road is called off, what is on the road comes home."""
        for row in self.get("/orders?limit=200")["rows"]:
            if row["state"] in {"submitted", "sent_back", "approved", "unmet", "dispatched"}:
                self.do("3001", row["id"], "cancel", reason="测试完毕")
            elif row["state"] in {"departed", "waiting", "returning"}:
                self.do(row["driver"], row["id"], "return", odometer_km=9_999_999)
                self.do("3001", row["id"], "close", receipts="none")
            elif row["state"] == "back":
                self.do("3001", row["id"], "close", receipts="none")


@contextmanager
def running(home: Path) -> Iterator[RealNode]:
    """A node process until the block ends."""
    command = [sys.executable, "-m", "ortoo", "node", "run", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        try:
            assert child.stdout
            assert child.stdout.readline(), "the node ended before it was ready"
            node = RealNode(home, child.pid)
            with node.client:
                yield node
        finally:
            child.kill()


@asynccontextmanager
async def at_desk(
    node: RealNode,
    person: str = "3001",
    *,
    language: Language = "zh_CN",
    size: tuple[int, int] = (80, 24),
    shows: type[Screen[Any]] = BoardScreen,
) -> AsyncIterator[Pilot[None]]:
    """A console on the node's socket with a session that somebody has opened before; `shows` is what it begins with."""
    words = Words(language, "console")
    app = Watched(Api(Http(address(str(node.home))), language=words.tag), words, node=str(node.home))
    session = node.session(person)
    async with app.run_test(size=size) as pilot:
        await settled(pilot, lambda: session["person"]["id"] in app.people)
        app.api.go_on(session)  # type: ignore[arg-type]
        assert isinstance(app.screen, SignInScreen)
        app.screen.leave(session)  # type: ignore[arg-type]
        await settled(pilot, lambda: app.board is not None and isinstance(app.screen, shows))
        try:
            yield pilot
        finally:
            if not app.is_running:  # it was left by keys, which ends the session
                node.forget(person)


async def the_form(pilot: Pilot[None]) -> FormScreen[Any]:
    """The form that was opened, once it is there."""
    await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
    form = pilot.app.screen
    assert isinstance(form, FormScreen)
    await settled(pilot, lambda: form.focused is not None)
    return form


async def fill_in(pilot: Pilot[None], **typed: str) -> None:
    """Go through the form that was opened from its first line: what is named is typed, all else stands as it is; then
    send it and wait for the answer."""
    form = await the_form(pilot)
    await pilot.press(*["up"] * len(form._fields))
    while form.field.name:
        await pilot.press(*typed.get(form.field.name, ""), "enter")
    await pilot.press("enter")
    await settled(pilot, lambda: not form._busy)


async def settled(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let console and node work until `condition` holds."""
    ends = time.monotonic() + SETTLE_S
    while not condition():
        assert time.monotonic() < ends, f"never came about; the screen says:\n{shown(pilot)}"
        await asyncio.sleep(LOOK_S)
        await pilot.pause()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
