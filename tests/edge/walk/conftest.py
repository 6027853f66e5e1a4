"""A real node process with a whole unit on it, and people who call its API as any program would.

Each refusal a person meets is asked for in both languages and held to what a refusal must be: words for what, and for
what to do next, every fact in its place, and the language that was asked for.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge import home as homes
from edge.settings import Settings
from edge.store.journal import open_office
from fleet.ledger import enrolment, escrow, kinds
from fleet.ledger.authority import PEOPLE_MIN
from fleet.ledger.blobs import TYPES
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.enrolment import Request
from fleet.ledger.granting import unproved
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.suite import SHIPPED
from machine.system import SystemClock
from tests.edge.process import NodeProcess, node_process
from tests.edge.web.conftest import CAST, HOUR_MS, PINS, grant_for
from tests.simulation.clock import SimulatedClock, SimulatedRandomness, SimulatedTime
from tests.simulation.disk import SimulatedDisk

ROOT, CENTRAL_KEY = SHIPPED.key(b"r" * 32), SHIPPED.key(b"c" * 32)
UNIT = "lyj"
HAN = re.compile(r"[\u4e00-\u9fff]")
LANGUAGES = ("zh-CN", "en")
Json = dict[str, Any]
ALARM_TRIES = 300


def a_home(folder: Path, port: int) -> Path:
    """A node's directory: everyone enrolled, the unit's authority and the custodians known, nothing on the register."""
    clock, home = SimulatedClock(SimulatedTime(SystemClock().now_ms())), folder / "node"
    settings = Settings(unit=UNIT, unit_name="阿右旗林草局", port=port)
    homes.create(home, settings, SimulatedRandomness(random.Random(7)))
    (home / "grant.cbor").write_bytes(grant_for(home, settings, CAST, clock))
    enrolled = homes.enrolled(home)
    office = open_office(home, clock, enrolled.grant.root_public, enrolled.identity)
    people = tuple(
        enrolment.Person(id=one.id, name=one.name, roles=one.roles, public=_public(message))
        for one, message in zip(CAST, enrolled.grant.people, strict=True)
    )
    asked = Request(
        suite=SHIPPED.id, unit=UNIT, unit_name="阿右旗林草局", public=enrolled.identity.key.public, people=people
    )
    authority = enrolment.authorise(ROOT, asked, Author(1, 1), now_ms=clock.now_ms())
    assert authority, PEOPLE_MIN
    office.replica.write([Statement(kinds.NODE_ENROL, "node/1", enrolled.grant.node_certificate)])
    office.replica.write(
        [
            Statement(kinds.PERSON_ENROL, f"person/{one.id}", message)
            for one, message in zip(CAST, enrolled.grant.people, strict=True)
        ]
        + [Statement(kinds.UNIT_AUTHORITY, kinds.UNITS + UNIT, authority[0])]
    )
    office.replica.receive(_named(clock, enrolled.grant.central_certificate))
    office.close()
    return home


def _public(message: bytes) -> bytes:
    return unproved(message).public


def _named(clock: SimulatedClock, certificate: bytes) -> Any:
    """Central's log, in which the root names the custodians."""
    author = Author(CENTRAL, 1)
    central = Replica(SimulatedDisk(), clock, ROOT.public, unit=UNIT, identity=Identity(UNIT, author, CENTRAL_KEY))
    named = {"inner": SHIPPED.key(b"i" * 32).public, "outer": SHIPPED.key(b"o" * 32).public, "issued_ms": 1}
    content = {**named, "inner_name": "纪检监察", "outer_name": "主管部门"}
    central.write(
        [
            Statement(kinds.NODE_ENROL, "node/0", certificate),
            Statement(kinds.REGION_ESCROW, kinds.REGION + UNIT, escrow.appoint(ROOT, UNIT, content)),
        ]
    )
    delta = central.run(author, 0, 1 << 20)
    assert delta
    return delta


@dataclass
class Office:
    """The people of the unit at the node's API. `now_ms` is when the walk began; `heard` are the refusals met."""

    node: NodeProcess
    home: Path
    now_ms: int
    tokens: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    made: int = 0

    async def call(
        self, person: str, method: str, path: str, given: object = None, *, language: str = "zh-CN", **query: str
    ) -> httpx.Response:
        if person not in self.tokens:
            opened = await self.node.api.post("/session", json={"person": person, "pin": PINS[person]})
            self.tokens[person] = opened.raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {self.tokens[person]}", "Accept-Language": language}
        body: Json = (
            {"content": given} if isinstance(given, bytes) else {"json": given or {}} if method == "POST" else {}
        )
        if isinstance(given, bytes):
            kinds_of_file = (media_type for mark, media_type in TYPES.items() if given.startswith(mark))
            headers["Content-Type"] = next(kinds_of_file, "application/octet-stream")
        return await self.node.api.request(method, path, headers=headers, params=query, **body)

    async def get(self, person: str, path: str, **query: str) -> Any:
        """What someone is shown."""
        answer = await self.call(person, "GET", path, **query)
        assert answer.is_success, answer.text
        return answer.json()

    async def alarm(self, person: str, code: str, *, order: str | None = None, **facts: object) -> Json:
        """An alarm of the unit as someone is shown it; waited for, because the node judges after it has committed."""
        for _ in range(ALARM_TRIES):
            for told in await self.get(person, "/alarms"):
                wanted = {"code": code, "order": order or told["order"], "facts": told["facts"] | facts}
                if {**told, **wanted} == told:
                    found: Json = told
                    return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{code} is not among {await self.get(person, '/alarms')}")

    async def do(self, person: str, path: str, /, **given: Any) -> Json:
        """What someone does, and it is done."""
        answer = await self.call(person, "POST", path, given)
        assert answer.status_code in {200, 201}, (path, given, answer.text)
        told: Json = answer.json()
        return told

    async def refused(self, person: str, path: str, code: str, /, **given: Any) -> None:
        """What someone tries, and is refused with this code, in words of both languages."""
        for language in LANGUAGES:
            answer = await self.call(person, "POST", path, given, language=language)
            assert answer.status_code >= 400, (path, given, answer.text)
            told = answer.json()
            assert told["code"] == code, told
            said = told["what"] + told["why"] + told["next"]
            assert told["what"] != code, told
            assert told["next"], f"{code} does not say what to do next"
            assert "{" not in said, told
            assert bool(HAN.search(told["what"])) == (language == "zh-CN") or _quotes(told), told
            self.heard.append((code, language, told["what"], told["why"], told["next"]))

    async def act(self, person: str, case: Json, act: str, /, **given: Any) -> Json:
        """An act on a case."""
        return await self.do(person, f"/cases/{case['kind']}/{case['id']}/acts/{act}", **given)

    async def open(self, person: str, kind: str, /, **given: Any) -> Json:
        """A case opened."""
        return await self.do(person, f"/cases/{kind}", **given)

    async def step(self, person: str, order: str, act: str, /, **given: Any) -> Json:
        """An act on an order."""
        return await self.do(person, f"/orders/{order}/acts/{act}", **given)

    async def entry(self, entry: str, **sets: str) -> Json:
        """An entry of the register, changed by two people."""
        case = await self.open("5001", "change", entry=entry, sets=sets, reason="登记")
        return await self.act("6001", case, "approve", pin=PINS["6001"])

    async def vehicle(self, plate: str, **sets: str) -> str:
        """A vehicle in service."""
        self.made += 1
        whole = {"cls": "general", "seats": "5", "terminal": f"1390000{self.made:04d}", "home": "机关大院"}
        await self.entry(f"vehicle/{plate}", **whole | sets)
        return plate

    def form(self, day: int = 1, **changes: Any) -> Json:
        """An application for a trip so many days ahead."""
        start_ms = self.now_ms // 60_000 * 60_000 + day * 24 * HOUR_MS
        return {
            "rider": "王海", "department": "造林科", "phone": "13904831234", "category": "下乡调研",
            "reason": "春季造林验收", "origin": "机关大院", "destination": "额肯呼都格", "start_ms": start_ms,
            "end_ms": start_ms + 2 * HOUR_MS, "passengers": 3, "urgency": 2, "class": "general",
        } | changes  # fmt: skip

    async def applied(self, day: int, **changes: Any) -> str:
        return str((await self.do("1001", "/orders", **self.form(day, **changes)))["id"])

    async def approved(self, day: int, **changes: Any) -> str:
        order = await self.applied(day, **changes)
        await self.step("2001", order, "approve", pin=PINS["2001"])
        return order

    async def dispatched(self, day: int, plate: str, driver: str = "4001", **changes: Any) -> str:
        order = await self.approved(day, **changes)
        await self.step("3001", order, "dispatch", vehicle=plate, driver=driver, why="指定")
        return order

    async def finished(self, day: int, plate: str, driver: str = "4001", km: int = 100, **changes: Any) -> str:
        """A trip there and back."""
        order = await self.dispatched(day, plate, driver, **changes)
        await self.step(driver, order, "depart", odometer_km=1000, checks="done")
        await self.step(driver, order, "return", odometer_km=1000 + km, key_to="钥匙柜")
        return order

    async def scan(self, content: bytes = b"%PDF-1.7 the endorsement, stamped") -> str:
        """A scan on the node."""
        return str((await self.call("3001", "POST", "/blobs", content)).raise_for_status().json()["name"])


PEOPLE_NAMED = frozenset({"driver", "person"})


def _quotes(told: Json) -> bool:
    """Whether Chinese in an English refusal is what someone has typed, or somebody's name."""
    return bool(PEOPLE_NAMED & told["facts"].keys()) or any(HAN.search(str(value)) for value in told["facts"].values())


@pytest.fixture(scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One node process for every walk; each walk has vehicles and days of its own."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        home = a_home(tmp_path_factory.mktemp("walk"), door.getsockname()[1])
    async with node_process(home) as node:
        yield Office(node, home, SystemClock().now_ms())
