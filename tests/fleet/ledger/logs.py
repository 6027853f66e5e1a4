"""What tests of logs share: whatever a host's key seals, what would come next in its log, a restart, a receipt."""

from __future__ import annotations

from dataclasses import replace

from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.marks import Identity, give_receipt, seal
from fleet.ledger.operation import Head, Named, Operation, name, sign_meaning
from fleet.ledger.replica import Replica
from fleet.ledger.store import Receipt
from fleet.ledger.suite import SHIPPED
from tests.fleet.units import CAST, ROOT, UNIT, a_node, delta
from tests.simulation import people
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
CENTRAL_KEY = people.key("node 0.1")


def sealed(host: Host, *made: Named) -> Delta:
    """A delta that the host's own key seals, whatever is in it."""
    return Delta(
        host.author, tuple(one.data for one in made), seal(Identity(UNIT, host.author, host.key), made[-1].head)
    )


def next_after(host: Host, **changed: object) -> Named:
    """What would come next in a host's log, with anything in it changed."""
    head = host.replica.state.heads[host.author]
    plain = Operation(
        suite=SHIPPED.id,
        unit=UNIT,
        author=host.author,
        seq=head.seq + 1,
        prev=head.hash,
        deps=(),
        hlc=(host.clock.now_ms() << 16) + 1_000,
        receipt=0,
        kind="order.approve",
        target="order/1-00001",
        body={"content": "aa"},
        person="approver-1",
        person_sig=b"",
    )
    operation = replace(plain, **changed)  # type: ignore[arg-type]
    if operation.person and not operation.person_sig:
        key = CAST[operation.person].signer.key if operation.person in CAST else ROOT
        operation = replace(operation, person_sig=sign_meaning(key, operation))
    return name(operation)


def reborn(host: Host) -> Replica:
    """The same ledger as it is after a restart."""
    host.power_cut()
    host.power_on()
    return host.replica


def met(*others: Host, number: int = 2) -> Host:
    """Another node that has seen everything these have."""
    host = a_node(number)
    for other in others:
        host.replica.receive(delta(other))
    return host


def sighting(time_ms: int) -> Value:
    return {"time_ms": time_ms, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": ""}


def receipt_for(head: Head, time_ms: int = 7) -> Receipt:
    return give_receipt(CENTRAL_KEY, head, time_ms)
