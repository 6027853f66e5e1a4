"""What goes first: each kind of record has its place, and within a budget the urgent overtakes the bulky."""

from __future__ import annotations

import pytest

from fleet.ledger import kinds
from fleet.ledger.exchange import Exchange
from fleet.ledger.kinds import KINDS
from fleet.ledger.operation import Author
from fleet.ledger.priority import Priority, most_urgent, priority_of
from fleet.ledger.replica import Statement
from fleet.ledger.wire import Packed, Unpacker
from tests.fleet.units import UNIT, a_host, a_node, act, an_edit, delta, signer, submitted, write
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
PLENTY, NOW_MS = 1 << 20, 1_790_000_000_000
EXPECTED = {
    "order.edit": Priority.EDIT,
    "registry.edit": Priority.REGISTRY,
    "node.enrol": Priority.REGISTRY,
    "person.enrol": Priority.REGISTRY,
    "vehicle.seen": Priority.SIGHTING,
    "track.pack": Priority.SIGHTING,
    "supplement.notice": Priority.URGENT,
    "accident.report": Priority.URGENT,
    "alarm.raise": Priority.URGENT,
    "region.revoke": Priority.URGENT,
    "region.escrow": Priority.URGENT,
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_its_place_and_what_is_not_named_is_an_act(kind: str) -> None:
    node = a_node(1, *EVERYONE)
    operation = submitted(node)[-1].operation
    other = type(operation)(**{name: getattr(operation, name) for name in operation.__slots__} | {"kind": kind})

    assert priority_of(other, node.replica.state) == EXPECTED.get(kind, Priority.ACT)


def a_sudden_order(node: Host, order: str) -> None:
    target = kinds.ORDERS + order
    write(
        node,
        an_edit(node, target, "applicant-1", rider="Bayar", start_ms="1", end_ms="2", urgency="0"),
        Statement("order.submit", target, {"content": "aa"}, signer("applicant-1")),
    )


def test_everything_about_an_order_for_a_sudden_event_is_urgent() -> None:
    node = a_node(1, *EVERYONE)
    a_sudden_order(node, "1-00001")
    submitted(node, "1-00002")
    sudden, routine = (delta(node, after_seq=len(EVERYONE) + 1 + skipped) for skipped in (0, 2))

    assert most_urgent(sudden, node.replica.state) == Priority.URGENT
    assert most_urgent(routine, node.replica.state) == Priority.ACT
    assert most_urgent(None, node.replica.state) == Priority.SIGHTING


def heard_of(author_order: Exchange, budget: int) -> list[Author]:
    """The authors whose records come, in the order they come."""
    authors: list[Author] = []
    while said := author_order.outgoing(budget):
        authors += [message.author for message in Unpacker().feed(said) if isinstance(message, Packed)]
    return list(dict.fromkeys(authors))


def a_carrier_of(*nodes: Host) -> tuple[Exchange, Exchange]:
    """Central, which holds the logs of all these, and a node that has none of them, both greeted."""
    central = a_host(0)
    for node in nodes:
        for one in (delta(node),):
            central.replicas[UNIT].receive(one)
    reader = a_node(9)
    caller, called = reader.speak(UNIT, to_central=True), central.speak(UNIT)
    called.receive(caller.outgoing(PLENTY), now_ms=NOW_MS)
    return caller, called


def test_the_urgent_overtakes_the_bulky_and_the_small_what_is_as_urgent() -> None:
    bulky, small, urgent = (a_node(number, *EVERYONE) for number in (1, 2, 3))
    for order in range(40):
        submitted(bulky, f"1-{order:05}")
    submitted(small, "2-00001")
    for order in range(10):
        submitted(urgent, f"3-{order:05}")
    a_sudden_order(urgent, "3-00099")

    _, called = a_carrier_of(bulky, small, urgent)

    assert heard_of(called, 2_000) == [urgent.author, small.author, bulky.author]


def test_a_log_keeps_its_own_order_and_everything_comes_in_the_end() -> None:
    bulky, other = a_node(1, *EVERYONE), a_node(2, *EVERYONE)
    for order in range(20):
        submitted(bulky, f"1-{order:05}")
    write(bulky, act("approve", "approver-1", "1-00003", content="aa"))
    a_sudden_order(other, "2-00001")
    caller, called = a_carrier_of(bulky, other)

    while said := called.outgoing(500):
        caller.receive(said, now_ms=NOW_MS)

    assert caller._replica.state.heads == called._replica.state.heads
    assert caller._replica.digest() == called._replica.digest()
