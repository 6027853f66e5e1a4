"""A unit for tests: nodes and central on simulated disks, people with real keys, certificates of one authority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from fleet.desk.grants import GrantDesk
from fleet.ledger import escrow, forks, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.delta import Delta
from fleet.ledger.marks import Identity, seal
from fleet.ledger.operation import Author, Named, Operation, name
from fleet.ledger.replica import Replica, Signer, Statement
from fleet.ledger.store import Proof
from tests.simulation import people
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

UNIT = "u1"
ROOT = people.key("root")
EVERYTHING = 1 << 40
CAST = people.cast(ROOT, UNIT)


def signer(person: str) -> Signer:
    """Someone of the unit with their key at hand, by staff number: `applicant-1`, `approver-1` and so on."""
    return CAST[person].signer


def a_host(number: int, *, unit: str = UNIT, incarnation: int = 1, time: SimulatedTime | None = None) -> Host:
    """A machine that has power and an empty ledger; number 0 is central."""
    key = people.key(f"node {number}.{incarnation}")
    home = "central" if number == CENTRAL else unit
    certificate = people.certify(ROOT, "node", home, str(number), key.public, incarnation=incarnation)
    host = Host(
        name=f"node {number}",
        author=Author(number, incarnation),
        key=key,
        certificate=certificate,
        clock=SimulatedClock(time or SimulatedTime()),
        root_public=ROOT.public,
        central_public=people.key("node 0.1").public,
    )
    host.power_on([unit])
    return host


def a_node(number: int, *persons: str, incarnation: int = 1, time: SimulatedTime | None = None) -> Host:
    """A node that has begun its log, with these people enrolled in it."""
    host = a_host(number, incarnation=incarnation, time=time)
    host.replica.write([Statement(kinds.NODE_ENROL, f"node/{number}", host.certificate)])
    host.replica.write([enrolment(person) for person in persons])
    return host


def enrolment(person: str) -> Statement:
    """The statement that brings a person's certificate."""
    return Statement(kinds.PERSON_ENROL, f"person/{person}", CAST[person].certificate)


def a_reader() -> Replica:
    """A replica that only takes."""
    return Replica(SimulatedDisk(), SimulatedClock(SimulatedTime()), ROOT.public, unit=UNIT, identity=None)


def delta(host: Host, after_seq: int = 0, *, upto: int | None = None) -> Delta:
    """A host's own operations after `after_seq`, to the end or to `upto`, which must be sealed."""
    whole = host.replica.run(host.author, after_seq, EVERYTHING)
    assert whole is not None
    if upto is None:
        return whole
    placing = host.disks[UNIT].logs[host.author][upto - 1]
    assert placing.seal is not None
    return Delta(host.author, whole.operations[: upto - after_seq], placing.seal)


def steps(host: Host) -> list[Delta]:
    """A host's own log as it wrote it: one delta for each seal."""
    cuts = [0] + [at for at, placing in enumerate(host.disks[UNIT].logs[host.author], 1) if placing.seal]
    return [delta(host, after, upto=upto) for after, upto in pairwise(cuts)]


def write(host: Host, *statements: Statement) -> list[Named]:
    """Write at a node."""
    return host.replica.write(statements)


def an_edit(host: Host, target: str, person: str, **fields: str) -> Statement:
    """The statement by which someone sets fields of a document."""
    statement = host.replica.edit(target, fields, signer(person))
    assert statement is not None
    return statement


def submitted(host: Host, order_id: str = "1-00001", content: str = "aa") -> list[Named]:
    """An order with a form, submitted by the applicant."""
    target = kinds.ORDERS + order_id
    return write(
        host,
        an_edit(host, target, "applicant-1", rider="Bayar", start_ms="1", end_ms="2"),
        Statement("order.submit", target, {"content": content}, signer("applicant-1")),
    )


def act(name: str, person: str, order_id: str = "1-00001", **body: str | int) -> Statement:
    """An act on an order."""
    return Statement(f"order.{name}", kinds.ORDERS + order_id, dict(body), signer(person))


def codes(replica: Replica) -> list[str]:
    """The reasons on record at a replica, in order."""
    return [refusal.code for refusal in replica.refusals]


def take(replica: Replica, deltas: Iterable[Delta]) -> None:
    """Receive deltas in turn."""
    for one in deltas:
        replica.receive(one)


def an_authority(host: Host, **changes: int) -> Statement:
    """The statement that brings the unit's authority, with the block of numbers that begins at this host's."""
    message = people.authority(ROOT, UNIT, first=host.author.node, **changes)
    return Statement(kinds.UNIT_AUTHORITY, kinds.UNITS + UNIT, message)


def a_unit(time: SimulatedTime | None = None, *persons: str) -> Host:
    """A node whose people can enrol others by themselves."""
    host = a_node(1, "admin-1", "head-1", "admin-2", *persons, time=time)
    write(host, an_authority(host))
    return host


def grants(host: Host) -> GrantDesk:
    """The grants desk of a node."""
    return GrantDesk(host.replica, host.clock, host.author)


def agree(host: Host, what: str, given: Mapping[str, object], *, first: str = "admin-1", then: str = "head-1") -> str:
    """Two people put something into force; the id of the grant."""
    desk = grants(host)
    grant_id = desk.propose(signer(first), what, given)
    desk.approve(signer(then), grant_id)
    return grant_id


def a_person(name: str, roles: str) -> dict[str, object]:
    """What is proposed of a new person, whose key is that of the name."""
    return {"person": name, "name": name.capitalize(), "roles": roles, "public": people.key(f"{UNIT}/{name}").public}


def entwined() -> tuple[Host, Host]:
    """Two nodes that took turns: each of their logs, under one seal at its end, needs the other's middle."""
    one, other = a_node(1), a_node(2)
    take(other.replica, [delta(one)])
    for _ in range(3):
        for speaker, hearer in ((one, other), (other, one)):
            known = (
                hearer.replica.state.heads[speaker.author].seq if speaker.author in hearer.replica.state.heads else 0
            )
            write(speaker, a_sighting())
            take(hearer.replica, [delta(speaker, known)])
    return one, other


CUSTODIANS = {name: people.key(f"custodian {name}") for name in ("inner", "outer")}
"""Whose two keys open what is sealed, in tests."""


def appoint_custodians(host: Host) -> Host:
    """Central, which has named the custodians to a node; the node has heard."""
    central = a_host(0, time=host.clock.time)
    named = {name: key.public for name, key in CUSTODIANS.items()}
    content = {**named, "inner_name": "Discipline", "outer_name": "Authority", "issued_ms": 1}
    write(
        central,
        Statement(kinds.NODE_ENROL, "node/0", central.certificate),
        Statement(kinds.REGION_ESCROW, kinds.REGION + UNIT, escrow.appoint(ROOT, UNIT, content)),
    )
    take(host.replica, [delta(central)])
    return central


def a_sighting() -> Statement:
    body: dict[str, Value] = dict.fromkeys(("time_ms", "lat_e6", "lon_e6", "speed_kmh_e1", "course"), 7)
    return Statement(kinds.VEHICLE_SEEN, "vehicle/蒙M-0B312", body | {"order": ""})


def a_proof(me: Identity, seq: int) -> Proof:
    """What proves that a log was continued twice, made by the hand that could do so."""
    branches = []
    for target in ("vehicle/NM-1", "vehicle/NM-2"):
        made = name(
            Operation(
                suite=1, unit=me.unit, author=me.author, seq=seq, prev=bytes(32), deps=(), hlc=1, receipt=0,
                kind=kinds.VEHICLE_SEEN, target=target, body=None,
            )
        )  # fmt: skip
        branches.append(Delta(me.author, (made.data,), seal(me, made.head)))
    return Proof(me.author, seq, forks.prove(me.certificate, *branches))
