"""A unit for the tests of the node's core: a real directory with real keys and PINs, and central as a ledger in memory.

What takes time to make (people's keys behind Argon2id, a day on record) is made once and copied.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge import home as homes
from edge.keyring import Person, unwrap, wrap
from edge.settings import Line, Settings
from edge.store.journal import Office, open_office
from edge.store.local import LocalStore
from fleet.desk.register import register
from fleet.errors import FleetError, NotTrusted
from fleet.ledger import enrolment, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import CENTRAL_UNIT, Certificate, issue
from fleet.ledger.delta import Delta
from fleet.ledger.enrolment import LEASE_MS, Grant, Request
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica, Signer, Statement
from fleet.ledger.store import Batch
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ports import Clock
from fleet.rules.facts import RECENT_MS
from fleet.rules.order import Act
from tests.fleet.units import a_proof
from tests.simulation.clock import START_MS, SimulatedClock, SimulatedRandomness, SimulatedTime
from tests.simulation.disk import SimulatedDisk

ROOT, CENTRAL = SHIPPED.key(b"r" * 32), SHIPPED.key(b"c" * 32)
UNIT, UNIT_NAME = "lyj", "阿右旗林草局"
ME, THEM = Author(1, 1), Author(0, 1)
APPLICANT, APPROVER, DISPATCHER, DRIVER, ADMIN = "1001", "2001", "3001", "4001", "5001"
PEOPLE = (
    Person(APPLICANT, "办公室", ("applicant",)),
    Person(APPROVER, "李志强", ("approver",)),
    Person(DISPATCHER, "巴图", ("dispatcher",)),
    Person(DRIVER, "孟克", ("driver",)),
    Person(ADMIN, "萨仁", ("admin",)),
)
PIN = "82461357"
PLATE, PHONE = "蒙M-0B312", "13800138000"
OTHER_PLATE, OTHER_PHONE = "蒙M-0B318", "13800138001"
HOUR_MS = 3_600_000


def a_clock(now_ms: int = START_MS) -> SimulatedClock:
    """A clock that stands still until the test moves its `time`."""
    return SimulatedClock(SimulatedTime(now_ms))


def chance(seed: int = 1) -> SimulatedRandomness:
    """Randomness that is the same in every run."""
    return SimulatedRandomness(random.Random(seed))


def make_home(home: Path, *, port: int = 8088, lines: tuple[Line, ...] = ()) -> Path:
    """`ortoo node init` and `ortoo enrol person` for everyone of PEOPLE, all with the same PIN."""
    homes.create(home, Settings(unit=UNIT, unit_name=UNIT_NAME, port=port, lines=lines), chance())
    store = LocalStore(home)
    for number, person in enumerate(PEOPLE):
        store.add_key(wrap(person, PIN, homes.device_secret(home), chance(100 + number)))
    store.close()
    return home


def request_of(home: Path) -> Request:
    """What `ortoo enrol request` would ask for."""
    store = LocalStore(home)
    people = tuple(
        enrolment.Person(id=one.person, name=one.name, roles=one.roles, public=one.public)
        for one in store.keys()  # noqa: SIM118 - a table of keys, not a mapping
    )
    store.close()
    public = homes.node_key(home).public
    return Request(suite=SHIPPED.id, unit=UNIT, unit_name=UNIT_NAME, public=public, people=people)


def grant_for(
    asked: Request,
    *,
    root: SigningKey = ROOT,
    author: Author = ME,
    now_ms: int = START_MS - HOUR_MS,
    url: str = "",
    ca_pem: str = "",
) -> bytes:
    """What the region's authority would give for a request."""
    node, people = enrolment.certify(root, asked, author, now_ms=now_ms)
    grant = Grant(
        suite=SHIPPED.id, unit=asked.unit, unit_name=asked.unit_name, author=author, root_public=root.public,
        node_certificate=node, people=people, central_certificate=central_certificate(root),
        central_public=CENTRAL.public, ca_pem=ca_pem, url=url,
    )  # fmt: skip
    return enrolment.sign_grant(root, grant)


def central_certificate(root: SigningKey = ROOT) -> bytes:
    """Who central is."""
    certificate = Certificate(
        suite=SHIPPED.id, kind="node", unit=CENTRAL_UNIT, unit_name="", subject="0", incarnation=1,
        name="central", roles=(), public=CENTRAL.public, issued_ms=0, lease_ms=START_MS + LEASE_MS,
    )  # fmt: skip
    return issue(root, certificate)


def enrol(home: Path, clock: Clock, *, url: str = "", ca_pem: str = "") -> None:
    """`ortoo enrol accept`, without the command."""
    grant = grant_for(request_of(home), now_ms=clock.now_ms() - HOUR_MS, url=url, ca_pem=ca_pem)
    (home / "grant.cbor").write_bytes(grant)
    office = office_of(home, clock)
    given = homes.enrolled(home).grant
    people = [
        Statement(kinds.PERSON_ENROL, f"person/{person.id}", message)
        for person, message in zip(PEOPLE, given.people, strict=True)
    ]
    office.replica.write([Statement(kinds.NODE_ENROL, "node/1", given.node_certificate), *people])
    office.close()


def office_of(home: Path, clock: Clock) -> Office:
    """core.db, opened here."""
    enrolled = homes.enrolled(home)
    return open_office(home, clock, enrolled.grant.root_public, enrolled.identity)


def signer(home: Path, person: str) -> Signer:
    """A person's unlocked key."""
    store = LocalStore(home)
    wrapped = next(key for key in store.keys() if key.person == person)  # noqa: SIM118 - a table, not a mapping
    store.close()
    seed = unwrap(wrapped, PIN, homes.device_secret(home))
    assert seed is not None
    return Signer(person, SHIPPED.key(seed))


@dataclass
class Central:
    """The other end: a ledger that gives receipts, in memory."""

    clock: Clock
    disk: SimulatedDisk = field(default_factory=SimulatedDisk)
    replica: Replica = field(init=False)

    def __post_init__(self) -> None:
        self.identity = Identity(UNIT, THEM, CENTRAL, central_certificate())
        self.replica = Replica(self.disk, self.clock, ROOT.public, unit=UNIT, identity=self.identity)

    def exchange(self) -> Exchange:
        """Its end of a conversation."""
        speaker = Speaker(self.identity, central_certificate(), gives_receipts=True)
        return Exchange(self.replica, speaker, root_public=ROOT.public)

    def answer(self, outgoing: bytes, exchange: Exchange | None = None) -> bytes:
        """One turn: of a conversation, or over a link that forgets everything between two."""
        exchange = exchange or self.exchange()
        exchange.receive(outgoing, now_ms=self.clock.now_ms())
        return exchange.outgoing(1 << 20)


def conversation(home: Path, replica: Replica, *, turns_stand_alone: bool = True, standing: bool = False) -> Exchange:
    """The node's side of a conversation with central."""
    return Exchange(
        replica,
        homes.enrolled(home).speaker,
        root_public=ROOT.public,
        central_public=CENTRAL.public,
        believed=[receipt.head for receipt in replica.receipts.values()],
        turns_stand_alone=turns_stand_alone,
        standing=standing,
    )


def a_form(**changes: object) -> dict[str, object]:
    """An application that can be granted."""
    return {
        "rider": "王芳",
        "department": "造林科",
        "phone": "13904831234",
        "category": "study",
        "reason": "到苏木检查造林",
        "origin": "局院",
        "destination": "曼德拉苏木",
        "start_ms": START_MS + HOUR_MS,
        "end_ms": START_MS + 9 * HOUR_MS,
        "passengers": 3,
        "urgency": 2,
        "cls": "study",
    } | changes


def a_vehicle(plate: str = PLATE, terminal: str = PHONE) -> dict[str, object]:
    """A vehicle as an admin enters it."""
    return {"plate": plate, "cls": "study", "seats": 5, "terminal": terminal, "usual_driver": DRIVER, "home": "局院"}


def departed_order(home: Path, office: Office) -> str:
    """An order whose vehicle is out; what the desk refuses to take in (a confidential class) is not its business."""
    desk = office.desk
    order = desk.submit(signer(home, APPLICANT), a_form())
    desk.act(signer(home, APPROVER), order, Act.APPROVE, {"opinion": "同意"})
    desk.act(signer(home, DISPATCHER), order, Act.DISPATCH, {"vehicle": PLATE, "driver": DRIVER})
    desk.act(signer(home, DRIVER), order, Act.DEPART, {"odometer_km": 45_218, "checks": "done"})
    return order


def a_notice(**changes: object) -> dict[str, object]:
    """Someone had to leave before anybody could apply."""
    return {
        "what": "边境林场火情",
        "rider": "王芳",
        "plate": OTHER_PLATE,
        "driver": DRIVER,
        "started_ms": START_MS,
    } | changes


def keep_a_day(home: Path, clock: SimulatedClock) -> None:
    """A day on record with more than one row in every table: two vehicles, an order under way, one sent back, two
    called off, two emergencies, sightings by this node and by a second one of the unit, what central receipted and
    what was refused here, two forks of that node, and a last record that central does not have yet."""
    office = office_of(home, clock)
    replica = office.replica
    for entry in (a_vehicle(), a_vehicle(OTHER_PLATE, OTHER_PHONE)):
        register(replica, signer(home, ADMIN), entry)
    order = departed_order(home, office)
    sent_back = office.desk.submit(signer(home, APPLICANT), a_form(reason="到苏木送材料"))
    office.desk.act(signer(home, APPROVER), sent_back, Act.SEND_BACK, {"reason": "可与他人合乘"})
    for reason in ("会议取消", "改乘班车"):
        called_off = office.desk.submit(signer(home, APPLICANT), a_form(reason=reason))
        office.desk.act(signer(home, APPLICANT), called_off, Act.CANCEL, {"reason": reason})
    for plate in (PLATE, OTHER_PLATE):
        office.cases.open(signer(home, DISPATCHER), "supplement", a_notice(plate=plate), act="notice")
    replica.write([sighting(PLATE, order)])
    replica.receive(of_a_second_node(clock))
    central = Central(clock)
    exchange = conversation(home, replica, turns_stand_alone=True)
    while outgoing := exchange.outgoing(1 << 20):
        exchange.receive(central.answer(outgoing), now_ms=clock.now_ms())
    refuse_some(replica)
    office.store.commit(Batch(proofs=tuple(a_proof(second_node(clock), seq) for seq in (1_000, 5_500))))
    office.desk.act(signer(home, DRIVER), order, Act.ARRIVE, {})
    clock.time.now_ms += RECENT_MS + HOUR_MS  # what was called off may rest by now
    office.close()
    clock.time.now_ms -= RECENT_MS + HOUR_MS


def sighting(plate: str, order: str = "", time_ms: int = START_MS) -> Statement:
    """A node's word on where a vehicle is."""
    at: dict[str, Value] = {"time_ms": time_ms, "lat_e6": 39_216_500, "lon_e6": 101_666_600}
    return Statement(kinds.VEHICLE_SEEN, f"vehicle/{plate}", at | {"speed_kmh_e1": 365, "course": 90, "order": order})


def second_node(clock: Clock) -> Identity:
    """Who that is."""
    author, key = Author(2, 1), SHIPPED.key(b"2" * 32)
    asked = Request(suite=SHIPPED.id, unit=UNIT, unit_name=UNIT_NAME, public=key.public, people=())
    certificate, _ = enrolment.certify(ROOT, asked, author, now_ms=clock.now_ms() - HOUR_MS)
    return Identity(UNIT, author, key, certificate)


def of_a_second_node(clock: Clock) -> Delta:
    """What another node of the unit, say at a second gate, has written."""
    them = second_node(clock)
    other = Replica(SimulatedDisk(), clock, ROOT.public, unit=UNIT, identity=them)
    other.write([Statement(kinds.NODE_ENROL, "node/2", them.certificate), sighting(OTHER_PLATE)])
    delta = other.run(them.author, 0, 1 << 20)
    assert delta is not None
    return delta


def refuse_some(replica: Replica) -> None:
    """Three deltas that are not believed, each for its own reason."""
    good = replica.run(ME, 0, 1 << 20)
    assert good is not None
    for broken in (
        good._replace(seal=b"no"),
        good._replace(operations=()),
        good._replace(operations=(good.operations[1], good.operations[0])),
    ):
        with suppress(NotTrusted):
            replica.receive(broken)


def code_of_refusal(act: Callable[[], object]) -> str:
    """The code `act` is refused with."""
    try:
        act()
    except FleetError as error:
        return error.code
    return ""
