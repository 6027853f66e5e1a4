"""A unit in a test: its node's ledger on a simulated disk, its people with their keys, enrolled at a real central."""

from __future__ import annotations

from pathlib import Path

from central import granting, keys, settings
from central.database import open_writer
from central.region import Region
from central.tallied import changing
from fleet.desk import orders, register
from fleet.desk.casework import case_desk
from fleet.desk.vault import Vault
from fleet.ledger import kinds
from fleet.ledger.blobs import BlobStore
from fleet.ledger.bound import called
from fleet.ledger.enrolment import Grant, Person, Request, read_grant, read_request, sign_grant, sign_request
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Named
from fleet.ledger.replica import Replica, Signer, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act
from machine.system import SystemRandomness
from tests.simulation.disk import SimulatedDisk

PEOPLE = {
    "u1": ("王春梅", "applicant"),
    "u2": ("李国强", "approver"),
    "u3": ("巴图", "dispatcher"),
    "u4": ("孟克", "driver"),
    "u5": ("赵静", "admin"),
}
PLATE = "蒙M-0B312"
ALONE = called(b"")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class StillClock:
    """Time that passes only when a test says so, and a little with each reading, as it does for people."""

    def __init__(self, now_ms: int = 1_795_000_000_000) -> None:
        self.time_ms = now_ms

    def now_ms(self) -> int:
        self.time_ms += 1
        return self.time_ms

    def monotonic_s(self) -> float:
        return self.time_ms / 1000


def seed(text: str) -> bytes:
    return text.encode().ljust(32, b".")[:32]


class Unit:
    """One node of a unit, enrolled by the central server of `directory`."""

    def __init__(
        self, directory: Path, clock: StillClock, code: str = "lyj", name: str = "阿右旗林草局", *, box: str = "a"
    ) -> None:
        self.directory, self.code, self.clock, self.disk = directory, code, clock, SimulatedDisk()
        self.key = SHIPPED.key(seed(f"node {code} {box}"))
        self.blobs: BlobStore | None = None
        self.signers = {person: Signer(person, SHIPPED.key(seed(f"{code} {person}"))) for person in PEOPLE}
        people = tuple(
            Person(id=person, name=given, roles=(role,), public=self.signers[person].key.public)
            for person, (given, role) in PEOPLE.items()
        )
        asked = Request(suite=SHIPPED.id, unit=code, unit_name=name, public=self.key.public, people=people)
        self.grant = enrol(directory, sign_request(self.key, asked), clock)
        self.identity = Identity(code, self.grant.author, self.key, self.grant.node_certificate)
        self.replica = Replica(self.disk, clock, self.grant.root_public, unit=code, identity=self.identity)
        self.vault = Vault(self.replica, self.identity, SystemRandomness())
        self.desk = orders.OrderDesk(self.replica, clock, self.grant.author, self.vault)
        node = f"node/{self.grant.author.node}"
        self.replica.write([Statement(kinds.NODE_ENROL, node, self.grant.node_certificate)])
        enrolled = zip(PEOPLE, self.grant.people, strict=True)
        self.replica.write([Statement(kinds.PERSON_ENROL, f"person/{who}", message) for who, message in enrolled])

    def exchange(self, *, standing: bool = False, bound: bytes = ALONE) -> Exchange:
        """This end of a conversation with central: standing, as a node's links hold it, or each turn one of its own."""
        return Exchange(
            self.replica,
            Speaker(self.identity, self.grant.node_certificate),
            root_public=self.grant.root_public,
            central_public=self.grant.central_public,
            believed=[receipt.head for receipt in self.replica.receipts.values()],
            turns_stand_alone=not standing,
            standing=standing,
            blobs=self.blobs,
            bound=bound,
        )

    def register_vehicle(self, plate: str = PLATE, cls: str = "general") -> None:
        given = {"plate": plate, "cls": cls, "seats": "5", "terminal": "13900000001", "usual_driver": "u4"}
        register.register(self.replica, self.signers["u5"], given)

    def form(self, **changes: str) -> dict[str, str]:
        start_ms = self.clock.time_ms + 2 * HOUR_MS
        return {
            "rider": "张海",
            "department": "造林科",
            "phone": "13904830001",
            "category": "field",
            "reason": "防火巡护",
            "origin": "旗政府",
            "destination": "额肯呼都格",
            "start_ms": str(start_ms),
            "end_ms": str(start_ms + 4 * HOUR_MS),
            "passengers": "3",
            "urgency": "2",
            "cls": "general",
        } | changes

    def submit(self, **changes: str) -> str:
        return self.desk.submit(self.signers["u1"], self.form(**changes))

    def act(self, person: str, order: str, act: Act, **given: object) -> None:
        self.desk.act(self.signers[person], order, act, given)

    def sent(self, order: str) -> None:
        """Approve, dispatch and send an order on its way."""
        self.act("u2", order, Act.APPROVE, opinion="同意")
        self.act("u3", order, Act.DISPATCH, vehicle=PLATE, driver="u4", why="熟悉路线")
        self.act("u4", order, Act.DEPART, odometer_km=45_218, checks="done")

    def closed(self, order: str) -> None:
        """The whole life of an order."""
        self.sent(order)
        self.act("u4", order, Act.RETURN, odometer_km=45_402, fuel_quarters=2)
        self.act("u3", order, Act.CLOSE, receipts="none")

    def notice(self, plate: str = PLATE) -> None:
        """Someone had to leave before anybody could apply."""
        given = {"what": "边境林场火情", "rider": "张海", "plate": plate, "driver": "u4"}
        desk = case_desk(self.replica, self.clock, self.grant.author)
        desk.open(self.signers["u3"], "supplement", given | {"started_ms": self.clock.time_ms}, act="notice")

    def seen(self, plate: str = PLATE, *, order: str = "", minutes_ago: int = 0) -> list[Named]:
        body = {"time_ms": self.clock.time_ms - minutes_ago * MINUTE_MS, "lat_e6": 39_216_700, "lon_e6": 101_683_300}
        body |= {"speed_kmh_e1": 620, "course": 90}
        return self.replica.write([Statement(kinds.VEHICLE_SEEN, f"vehicle/{plate}", {**body, "order": order})])

    def confidential(self) -> str:
        """A confidential order, written past the desk, as a unit that may hold some would send it."""
        order, signer = "9-00001", self.signers["u1"]
        edit = self.replica.edit(f"order/{order}", self.form(cls="confidential", rider="机要员甲"), signer)
        assert edit is not None
        submit = Statement("order.submit", f"order/{order}", {"content": "ab" * 32}, signer)
        cancel = Statement("order.cancel", f"order/{order}", {"reason": "去往秘密地点"}, signer)
        self.replica.write([edit, submit, cancel])
        return order


def talk(region: Region, unit: Unit) -> None:
    """One conversation, as one request over HTTPS carries it."""
    exchange = unit.exchange()
    exchange.receive(region.converse(unit.code, exchange.outgoing(1 << 20), link="https"), now_ms=unit.clock.now_ms())


def enrol(directory: Path, request: bytes, clock: StillClock) -> Grant:
    """What `ortoo enrol grant` does between its two files."""
    own, own_keys = settings.load(directory), keys.load(directory)
    connection = open_writer(settings.database_url(directory, own))
    read = read_request(request)
    try:
        with changing(connection, read.unit) as change:
            granted = granting.grant(
                change, own_keys, read, url=own.url(), first_node=own.first_node, now_ms=clock.now_ms()
            )
    finally:
        connection.close()
    return read_grant(sign_grant(own_keys.root, granted))
