"""Dishonest hands, for the simulation only: a link that rewrites deltas, and a node whose program forgot to judge.

The link has no keys. It holds real operations and a real seal and puts together what it can: an operation changed, one
added with the seal of the one before, a log cut short, a bit turned. The careless node has its own node key and
whatever person keys lie about, and writes what the rules forbid.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from fleet.errors import NotTrusted
from fleet.ledger import judge, kinds, projection
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.marks import seal
from fleet.ledger.operation import Named, name, read, sign_meaning
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.state import State
from fleet.ledger.store import Batch, Placing
from fleet.ledger.wire import Packed, Unpacker, pack
from tests.simulation.host import Host
from tests.simulation.people import Person


def tamper(frame: bytes, chance: random.Random) -> bytes | None:
    """A forgery of a frame, or None if it is not a delta: those are what a forger would want to write."""
    try:
        (message,) = Unpacker().feed(frame)
    except (NotTrusted, ValueError):
        return None
    if isinstance(message, Packed):
        return pack(_in_the_columns(message, chance))
    if not isinstance(message, Delta):
        return None
    return pack(chance.choice(_TRICKS)(message, chance))


def _in_the_columns(packed: Packed, chance: random.Random) -> Packed:
    """A bit turned in what is packed, or one operation less than there are."""
    if packed.length > 1 and chance.random() < 0.2:
        return packed._replace(length=packed.length - 1)
    data = bytearray(packed.data)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return packed._replace(data=bytes(data))


def _changed(delta: Delta, chance: random.Random) -> Delta:
    at = chance.randrange(len(delta.operations))
    operation = read(delta.operations[at]).operation
    body: Value = {"forged": chance.randrange(1 << 30)}
    operations = [*delta.operations]
    operations[at] = name(replace(operation, body=body)).data
    return delta._replace(operations=tuple(operations))


def _added(delta: Delta, chance: random.Random) -> Delta:
    last = read(delta.operations[-1])
    particulars: Value = {"time_ms": 1 << 40, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": ""}
    added = replace(
        last.operation,
        seq=last.operation.seq + 1,
        prev=last.hash,
        deps=(),
        hlc=last.operation.hlc + 1,
        kind=kinds.VEHICLE_SEEN,
        target=f"vehicle/FORGED-{chance.randrange(100)}",
        body=particulars,
        person=None,
        person_sig=None,
    )
    return delta._replace(operations=(*delta.operations, name(added).data))


def _cut_short(delta: Delta, _chance: random.Random) -> Delta:
    return delta._replace(operations=delta.operations[:-1]) if len(delta.operations) > 1 else _turned(delta, _chance)


def _turned(delta: Delta, chance: random.Random) -> Delta:
    at, bit = chance.randrange(len(delta.operations)), 1 << chance.randrange(8)
    data = bytearray(delta.operations[at])
    data[chance.randrange(len(data))] ^= bit
    return delta._replace(operations=(*delta.operations[:at], bytes(data), *delta.operations[at + 1 :]))


_TRICKS: tuple[Callable[[Delta, random.Random], Delta], ...] = (_changed, _added, _cut_short, _turned)


def careless(host: Host, people: dict[str, Person], chance: random.Random, malformed: set[bytes]) -> None:
    """Let a node seal and store a statement that nobody judged, by one who may do such a thing or by anyone.

    Updates of documents that are none are put down in `malformed`: an oracle that knows no documents cannot tell.
    """
    role, kind, target, body = chance.choice(_CARELESS)
    everyone = [people[name] for name in sorted(people)]
    able = [person for person in everyone if role in person.roles and person.id in host.replica.state.people]
    person = chance.choice(able if able and chance.random() < 0.8 else everyone)
    orders = sorted(host.replica.state.orders) or ["1-00001"]
    target = target.format(order=chance.choice(orders), unit=host.unit, person=person.id)
    if kind == kinds.PERSON_ENROL:
        body = person.certificate[:-1] + b"\x00"
    statement = Statement(kind, target, body, person.signer if role else None)
    hopeless = kinds.KINDS.get(kind, kinds.Kind("")).edits or (isinstance(body, dict) and kinds.FORM in body)
    unjudged(host.replica, statement, spoil=chance.random() < 0.5, malformed=malformed if hopeless else set())


_CARELESS: tuple[tuple[str, str, str, Value], ...] = (
    ("approver", "order.approve", "order/{order}", {"content": "00"}),
    ("dispatcher", "order.dispatch", "order/{order}", {"vehicle": "NM-1", "driver": "driver-1"}),
    ("dispatcher", "order.cancel", "order/{order}", {"reason": "Rain"}),
    ("dispatcher", "order.bless", "order/{order}", {}),
    ("dispatcher", "order.close", "vehicle/NM-1", {"receipts": "none"}),
    ("applicant", "order.submit", "order/{order}", {"content": "00", kinds.FORM: b"\x01\x01\x00\x00"}),
    ("applicant", kinds.ORDER_EDIT, "order/{order}", b"\x01\x01\x00\x00"),
    ("admin", kinds.REGISTRY_EDIT, "registry/{unit}", b"\x02" * 8),
    ("", kinds.PERSON_ENROL, "person/{person}", None),
    ("", kinds.VEHICLE_SEEN, "vehicle/NM-1", {"time_ms": "now"}),
)
"""Who could do such a thing ("" for the node itself), kind, target and body."""


def unjudged(replica: Replica, statement: Statement, *, spoil: bool, malformed: set[bytes]) -> None:
    """Write without asking the judge; `spoil` leaves a person's signature that is not theirs."""
    log, writer = replica._log, replica._writer
    assert writer is not None
    me, staged = writer.me, log.state.stage()
    named = writer.make(staged, statement)
    if spoil and statement.signer:
        stranger = me.suite.key(bytes(32))
        forged = replace(named.operation, person_sig=sign_meaning(stranger, named.operation))
        named = name(forged)
    malformed.add(named.hash)
    keep(replica, staged, named)


def keep(replica: Replica, staged: State, named: Named) -> None:
    """Seal and store an operation at a node whatever its own judge says of it."""
    log, writer = replica._log, replica._writer
    assert writer is not None
    verdict = judge.verdict(staged, named, log.root_public)
    placing = Placing(named, seal(writer.me, named.head), verdict)
    # No refusal is put on record here: it has to come back from whoever judges this log.
    log._store.commit(
        Batch(
            operations=(placing,),
            documents={doc: document.snapshot for doc, document in staged.changes("documents").items()},
            rows=projection.changed(staged),
        )
    )
    log._fold.follow(staged, [placing])
