"""A log that was continued twice is found out at the first meeting; whatever came in which order, all agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from tests.fleet.ledger.logs import EVERYONE, met
from tests.fleet.ledger.parting import PLACE, copied, parted, talk
from tests.fleet.ledger.talking import agree
from tests.fleet.units import (
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_reader,
    act,
    an_edit,
    delta,
    enrolment,
    steps,
    submitted,
    take,
    write,
)
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.host import Host


def equally_long(node: Host, twin: Host) -> None:
    """Both branches are one operation long already."""


def longer(node: Host, twin: Host) -> None:
    write(node, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))


def shorter(node: Host, twin: Host) -> None:
    for number in range(20):
        write(twin, an_edit(twin, "order/1-00001", "applicant-1", remark=f"{number}"))


@pytest.mark.parametrize("lengths", [equally_long, longer, shorter])
def test_two_machines_that_go_by_one_name_find_out_when_they_first_meet(
    node: Host, lengths: Callable[[Host, Host], None]
) -> None:
    twin = parted(node)
    lengths(node, twin)

    talk(node, twin)

    assert agree(node, twin)
    for host in (node, twin):
        assert [(proof.author, proof.seq) for proof in host.replica.forks] == [(Author(1, 1), PLACE)]


@pytest.mark.parametrize("lengths", [equally_long, longer, shorter])
def test_two_who_each_met_another_branch_find_out_when_they_first_meet(
    node: Host, lengths: Callable[[Host, Host], None]
) -> None:
    twin = parted(node)
    lengths(node, twin)
    one, other = met(node, number=2), met(twin, number=3)

    talk(one, other)

    assert agree(one, other)
    assert len(one.replica.forks) == len(other.replica.forks) == 1
    assert talk(one, other) <= 2  # nothing is sent twice


# -- whatever the arrival -------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_replicas_that_hold_the_same_operations_come_to_the_same_state(seed: int) -> None:
    """Two branches; others who saw one of them, or both, and wrote after it; people enrolled after the parting."""
    chance = random.Random(seed)
    node = a_node(1, *EVERYONE)
    submitted(node)
    twin = copied(node)
    write(node, an_edit(node, "order/1-00001", "applicant-1", remark="One bag"), enrolment("approver-2"))
    write(node, act("approve", "approver-1", content="aa"))
    write(twin, an_edit(twin, "order/1-00001", "applicant-1", remark="Two bags", rider="Ana"))
    write(twin, act("send_back", "approver-1", content="aa", reason="Full"), enrolment("approver-2"))
    hosts = [node, twin, met(node, number=2), met(twin, number=3), met(node, twin, number=4)]
    if chance.random() < 0.5:
        hosts.append(a_host(0))
        take(hosts[-1].replica, map(delta, chance.sample([node, twin], 2)))
    for host in chance.choices(hosts[:5], k=6):
        do_something(host, chance)
        if chance.random() < 0.5:
            chance.choice(hosts[2:5]).replica.receive(delta(host))
    pieces = [piece for host in hosts for piece in steps(host)]
    one, other = a_reader(), a_reader()

    for reader in (one, other):
        for _ in range(12):
            take(reader, chance.sample(pieces, len(pieces)))
    again = Replica(deepcopy(one._log._store), SimulatedClock(SimulatedTime()), ROOT.public, unit=UNIT, identity=None)

    assert one.state.heads == other.state.heads
    assert one.state.aside.keys() == other.state.aside.keys() != set()
    assert one.digest() == other.digest() == again.digest()


def do_something(host: Host, chance: random.Random) -> None:
    """An act or an edit, if it has effect there."""
    statements = [
        act("cancel", "applicant-1", reason="Rain"),
        act("send_back", "approver-2", content="aa", reason="Full"),
        act("approve", "approver-2", content="aa"),
        enrolment(chance.choice(["dispatcher-2", "approver-2"])),
    ]
    try:
        statements.append(an_edit(host, "order/1-00001", "applicant-1", remark=f"{host.name} {chance.random()}"))
        write(host, chance.choice(statements))
    except NotTrusted:
        return


def test_a_delta_is_a_delta_whoever_sends_it(node: Host) -> None:
    """What a branch travels as is believed no more than any other delta."""
    twin, reader = parted(node), a_reader()
    take(reader, [delta(node), delta(twin)])
    piece = reader.branches()[0].pieces[0]

    fresh = a_reader()
    fresh.receive(delta(node, upto=PLACE - 1))
    with pytest.raises(NotTrusted, match="seal"):
        fresh.receive(Delta(piece.author, piece.operations, bytes(64)))
    assert fresh.receive(piece).stored == 1
