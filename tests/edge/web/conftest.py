"""A real node in a temporary directory: real files, keys and PINs, a clock the test moves; no serial line, no link.

`api` speaks to its application in the same loop; `address` is a real server for browsers and event streams.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from litestar import Litestar

from edge import home as homes
from edge.keyring import Person, wrap
from edge.node import Node
from edge.settings import Settings, load
from edge.store.local import LocalStore
from edge.web.app import create_app
from fleet.desk.register import register
from fleet.ledger import enrolment, kinds
from fleet.ledger.certificate import Certificate, issue
from fleet.ledger.enrolment import LEASE_MS, Grant, Request
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from tests.simulation.clock import SimulatedClock, SimulatedRandomness, SimulatedTime

PINS = {"1001": "1001", "1002": "1002", "2001": "200100", "2002": "200200", "3001": "300100"} | {
    "3002": "300200",
    "4001": "400100",
    "4002": "400200",
    "5001": "500100",
    "6001": "600100",
    "7001": "700100",
}
CAST = (
    Person("1001", "办公室", ("applicant",)),
    Person("1002", "造林科", ("applicant",)),
    Person("2001", "李志强", ("approver",)),
    Person("2002", "苏日娜", ("approver", "applicant")),
    Person("3001", "巴图", ("dispatcher",)),
    Person("4001", "孟克", ("driver",)),
    Person("4002", "道尔吉", ("driver",)),
    Person("5001", "萨仁", ("admin",)),
    Person("7001", "乌云", ("finance",)),
    Person("6001", "布和", ("unit_head",)),
)
VEHICLES: tuple[dict[str, object], ...] = (
    {"plate": "蒙M-0B312", "cls": "general", "seats": 5, "terminal": "13800000312", "usual_driver": "4001"},
    {"plate": "蒙M-0B318", "cls": "general", "seats": 7, "terminal": "13800000318", "usual_driver": "4002"},
)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def grant_for(
    home: Path, settings: Settings, people: tuple[Person, ...], clock: SimulatedClock, *, authorised: bool = False
) -> bytes:
    """What the region's authority would give this node, signed by a root of the test's own; `authorised` with the
    authority of the unit, by which two of its people grant."""
    root, central, key = SHIPPED.key(b"r" * 32), SHIPPED.key(b"c" * 32), homes.node_key(home)
    local = LocalStore(home)
    for person in people:
        local.add_key(wrap(person, PINS[person.id], homes.device_secret(home), SimulatedRandomness(random.Random(1))))
    wrapped = local.keys()
    asked = Request(
        suite=SHIPPED.id,
        unit=settings.unit,
        unit_name=settings.unit_name,
        public=key.public,
        people=tuple(
            enrolment.Person(id=one.person, name=one.name, roles=one.roles, public=one.public) for one in wrapped
        ),
    )
    node_certificate, certificates = enrolment.certify(root, asked, Author(1, 1), now_ms=clock.now_ms() - HOUR_MS)
    central_certificate = issue(
        root,
        Certificate(
            suite=SHIPPED.id, kind="node", unit="central", unit_name="", subject="0", incarnation=1,
            name="central", roles=(), public=central.public, issued_ms=0, lease_ms=clock.now_ms() + LEASE_MS,
        ),
    )  # fmt: skip
    grant = Grant(
        suite=SHIPPED.id, unit=settings.unit, unit_name=settings.unit_name, author=Author(1, 1),
        root_public=root.public,
        node_certificate=node_certificate, people=certificates, central_certificate=central_certificate,
        central_public=central.public, ca_pem="", url="",
        authorities=enrolment.authorise(root, asked, Author(1, 1), now_ms=clock.now_ms()) if authorised else (),
    )  # fmt: skip
    return enrolment.sign_grant(root, grant)


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime()


@pytest.fixture(scope="session")
async def enrolled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's directory as an admin leaves it: enrolled, with its people and vehicles on record. Tests use copies."""
    clock, randomness = SimulatedClock(SimulatedTime()), SimulatedRandomness(random.Random(7))
    home, settings = tmp_path_factory.mktemp("made") / "node", Settings(unit="lyj", unit_name="阿右旗林草局")
    homes.create(home, settings, randomness)
    (home / "grant.cbor").write_bytes(grant_for(home, settings, CAST, clock))
    node = Node(settings, homes.enrolled(home), clock, randomness)
    async with node.running(home):
        await node.journal.do(lambda office: office.replica.write(introductions(homes.enrolled(home).grant)[:-1]))
        admin = await node.keyring.unlock("5001", PINS["5001"])
        for vehicle in VEHICLES:
            await node.journal.do(lambda office, entry=vehicle: register(office.replica, admin, entry))  # type: ignore[misc]
        await node.journal.do(lambda office: office.replica.write(introductions(homes.enrolled(home).grant)[-1:]))
    return home


def introductions(grant: Grant) -> list[Statement]:
    """The log's beginning. The unit head comes last, when the vehicles are on the register: one person sets a unit up,
    two change it."""
    people = zip(CAST, grant.people, strict=True)
    return [
        Statement(kinds.NODE_ENROL, "node/1", grant.node_certificate),
        *(Statement(kinds.PERSON_ENROL, f"person/{person.id}", message) for person, message in people),
    ]


@pytest.fixture
async def node(enrolled_home: Path, tmp_path: Path, time: SimulatedTime) -> AsyncIterator[Node]:
    """The node, running on files of its own."""
    home = shutil.copytree(enrolled_home, tmp_path / "node")
    node = Node(load(home), homes.enrolled(home), SimulatedClock(time), SimulatedRandomness(random.Random(8)))
    async with node.running(home):
        yield node


@pytest.fixture
def app(node: Node) -> Litestar:
    return create_app(node)


@dataclass
class Caller:
    """Someone at the API: signs in once, then asks."""

    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(f"/api{path}", params=query, headers=self.headers)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.client.post(f"/api{path}", json=body or {}, headers=self.headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.delete(f"/api{path}", headers=self.headers)


@dataclass
class Api:
    """The node's API, and people signed in to it."""

    client: httpx.AsyncClient
    now_ms: int
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def nobody(self) -> Caller:
        return Caller(self.client)

    async def signed_in(self, person: str, *, language: str = "zh-CN") -> Caller:
        """Someone signed in; a PIN is asked for once a test, which is what makes the tests quick."""
        if person not in self.tokens:
            answer = await self.client.post("/api/session", json={"person": person, "pin": PINS[person]})
            answer.raise_for_status()
            self.tokens[person] = answer.json()["token"]
        return Caller(self.client, {"Authorization": f"Bearer {self.tokens[person]}", "Accept-Language": language})

    def form(self, **changes: Any) -> dict[str, Any]:
        return {
            "rider": "王海",
            "department": "造林科",
            "phone": "13904831234",
            "category": "下乡调研",
            "reason": "春季造林验收",
            "origin": "机关大院",
            "destination": "额肯呼都格",
            "start_ms": self.now_ms // MINUTE_MS * MINUTE_MS + 2 * HOUR_MS,
            "end_ms": self.now_ms // MINUTE_MS * MINUTE_MS + 8 * HOUR_MS,
            "passengers": 3,
            "urgency": 2,
            "class": "general",
            "remark": "",
        } | changes

    async def applied(self, **changes: Any) -> str:
        """The number of an order just submitted by the office's custodian."""
        answer = await (await self.signed_in("1001")).post("/orders", self.form(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def approved(self, **changes: Any) -> str:
        order = await self.applied(**changes)
        await self.must("2001", order, "approve", opinion="同意", pin=PINS["2001"])
        return order

    async def dispatched(self, *, plate: str = "蒙M-0B312", driver: str = "4001", **changes: Any) -> str:
        order = await self.approved(**changes)
        await self.must("3001", order, "dispatch", vehicle=plate, driver=driver)
        return order

    async def must(self, person: str, order: str, act: str, **fields: Any) -> dict[str, Any]:
        answer = await (await self.signed_in(person)).post(f"/orders/{order}/acts/{act}", fields)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@dataclass
class Visitor:
    """A browser without scripts: keeps cookies, sends a form with the token its page gave it."""

    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Submit a form; what comes back is the answer itself, not where it leads."""
        token = self.client.cookies.get("ortoo_csrf", default="", path="/")
        return await self.client.post(path, data={"_csrf": token, **fields})

    async def sign_in(self, door: str, person: str) -> None:
        path = f"/kiosk/pin/{person}" if door == "kiosk" else f"/{door}/sign-in"
        await self.get(path)
        answer = await self.send(path, person=person, pin=PINS[person])
        assert answer.status_code == 303, answer.text


@pytest.fixture
async def visitor(app: Litestar) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://node.test") as client:  # type: ignore[arg-type]
        yield Visitor(client)


@pytest.fixture
async def api(app: Litestar, time: SimulatedTime) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://node") as client:  # type: ignore[arg-type]
        yield Api(client, time.now_ms)


@pytest.fixture
async def address(app: Litestar) -> AsyncIterator[str]:
    """Where a real server answers for as long as the test runs."""
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([door]))
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
