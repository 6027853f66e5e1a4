"""Whoever knows that a node was revoked hears it, and answers about its own log and nothing else."""

from __future__ import annotations

import pytest

from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author
from fleet.ledger.store import Receipt
from fleet.ledger.wire import Hello, Message, Packed
from tests.fleet.ledger.logs import met
from tests.fleet.ledger.parting import copied
from tests.fleet.ledger.talking import NOW_MS, PLENTY, ends, messages, talk
from tests.fleet.units import UNIT, a_sighting, a_unit, agree, delta, take, write
from tests.simulation.host import Host

REVOKED = Author(2, 1)


@pytest.fixture
def unit() -> Host:
    """Node 1, whose people can revoke others."""
    return a_unit()


@pytest.fixture
def revoked(unit: Host, central: Host) -> Host:
    """Node 2, which does not know that it was revoked; central does."""
    node = met(unit, number=REVOKED.node)
    unit.replica.receive(delta(node))
    last = node.replica.made
    agree(unit, "revoke_node", {"node": 2, "incarnation": 1, "after_seq": last, "reason": "Stolen"})
    talk(unit, central)
    return node


def answers(caller: Host, called: Host) -> list[Message]:
    """All that is answered in a conversation."""
    one, other = ends(caller, called)
    heard = b""
    while said := one.outgoing(PLENTY):
        other.receive(said, now_ms=NOW_MS)
        answer = other.outgoing(PLENTY)
        heard += answer
        one.receive(answer, now_ms=NOW_MS)
    return messages(heard)


def test_what_it_carries_of_others_is_taken_and_receipted_to_them_alone(revoked: Host, central: Host) -> None:
    third = met(revoked, number=3)
    write(third, a_sighting())
    revoked.replica.receive(delta(third))
    write(revoked, a_sighting())

    said = answers(revoked, central)

    assert central.replicas[UNIT].state.heads[third.author].seq == third.replica.made
    assert {one.head.author for one in said if isinstance(one, Receipt)} == {revoked.author}


def test_it_hears_neither_how_far_other_logs_are_nor_where_they_have_parted(
    unit: Host, revoked: Host, central: Host
) -> None:
    twin = copied(unit)
    write(unit, a_sighting())
    write(twin, a_sighting())
    take(central.replicas[UNIT], [delta(unit), delta(twin)])
    assert central.replicas[UNIT].branches()

    said = answers(revoked, central)

    hello = next(one for one in said if isinstance(one, Hello))
    assert {head.author for head in hello.heads} <= {revoked.author}
    assert hello.ends == ()
    assert [one for one in said if isinstance(one, Delta | Packed)] == []
