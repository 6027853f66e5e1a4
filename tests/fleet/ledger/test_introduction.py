"""How a log begins: with certificates, after a disk was lost too, and never before it is known how far it has come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.errors import Unavailable
from fleet.ledger import kinds
from tests.fleet.units import CAST, ROOT, UNIT, a_host, a_sighting, submitted, write
from tests.simulation import people
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

PEOPLE = ("applicant-1", "approver-1", "admin-1")


@pytest.fixture
def central() -> Host:
    return a_host(0)


@pytest.fixture
def node(central: Host) -> Host:
    """A node that starts with what the region's authority granted it: three people and the unit's authority."""
    host = a_host(1)
    plain = people.grant(ROOT, UNIT, host.author, host.certificate, central.certificate)
    message = people.authority(ROOT, UNIT, first=1)
    host.grant = replace(plain, people=tuple(CAST[one].certificate for one in PEOPLE), authorities=(message,))
    return started(host)


def started(host: Host, *, cold: str = "") -> Host:
    host.power_cut()
    host.cold = cold
    host.power_on()
    return host


def lost(host: Host) -> Host:
    """The node's database is gone; it starts and knows so."""
    host.disks[UNIT] = SimulatedDisk()
    return started(host, cold="lost")


def talk(node: Host, central: Host) -> None:
    ours, theirs = node.speak(UNIT, to_central=True), central.speak(UNIT)
    while said := ours.outgoing(1 << 20):
        theirs.receive(said, now_ms=7)
        ours.receive(theirs.outgoing(1 << 20), now_ms=7)


def beginning(host: Host) -> list[str]:
    return [placing.named.operation.kind for placing in host.disks[UNIT].logs[host.author]]


INTRODUCED = [kinds.NODE_ENROL, kinds.UNIT_AUTHORITY, *[kinds.PERSON_ENROL] * len(PEOPLE)]


def test_what_a_grant_brings_is_put_on_record_once(node: Host) -> None:
    assert beginning(node) == beginning(started(node)) == INTRODUCED


def test_a_certificate_with_a_longer_lease_is_put_on_record_when_the_node_starts(node: Host) -> None:
    grant, lease_ms = node.grant, node.replica.state.nodes[node.author].lease_ms
    assert grant
    key, lasting = node.key.public, people.LEASE_MS + 1
    longer = people.certify(ROOT, "node", UNIT, str(node.author.node), key, incarnation=1, lease_ms=lasting)
    node.grant = replace(grant, node_certificate=longer)

    assert beginning(started(node)) == [*INTRODUCED, kinds.NODE_ENROL]
    assert node.replica.state.nodes[node.author].lease_ms == lease_ms + 1
    node.grant = grant
    assert beginning(started(node)) == [*INTRODUCED, kinds.NODE_ENROL], "a shorter one takes nothing back"
    assert node.replica.state.nodes[node.author].lease_ms == lease_ms + 1


def test_people_who_were_lost_with_the_disk_before_anybody_knew_them_are_there_again(node: Host, central: Host) -> None:
    lost(node)
    with pytest.raises(Unavailable, match="cold_lost"):
        write(node, a_sighting())

    talk(node, central)

    assert beginning(node) == INTRODUCED
    submitted(node)


def test_a_log_that_central_holds_in_part_goes_on_from_there_and_brings_what_was_lost(
    node: Host, central: Host
) -> None:
    grant = node.grant
    assert grant
    node.disks[UNIT] = SimulatedDisk()
    node.grant = replace(grant, people=grant.people[:1])
    talk(started(node), central)
    node.grant = grant
    started(node)

    talk(lost(node), central)
    assert beginning(node) == INTRODUCED
    talk(node, central)
    assert node.replica.digest() == central.replicas[UNIT].digest()


def test_what_a_full_disk_refused_is_brought_with_the_next_thing(node: Host, central: Host) -> None:
    lost(node)
    node.disks[UNIT].full = True
    talk(node, central)
    assert node.cold == ""
    node.disks[UNIT].full = False

    write(node, a_sighting())

    assert beginning(node) == [*INTRODUCED, kinds.VEHICLE_SEEN]


def test_people_enrolled_in_a_branch_that_does_not_stand_are_enrolled_in_the_one_that_does(
    node: Host, central: Host
) -> None:
    grant = node.grant
    node.disks[UNIT], node.grant = SimulatedDisk(), None
    write(started(node), a_sighting())
    talk(node, central)
    node.disks[UNIT], node.grant = SimulatedDisk(), grant
    assert beginning(started(node)) == INTRODUCED, "it knows nothing of the log it began"

    talk(node, central)
    talk(node, central)

    assert {*PEOPLE} <= node.replica.state.people.keys()
    assert beginning(node)[:2] == [kinds.NODE_ENROL, kinds.VEHICLE_SEEN]
    assert node.replica.digest() == central.replicas[UNIT].digest()
    submitted(node)


def test_a_log_begins_with_the_certificate_of_its_node_whatever_is_written_first(central: Host) -> None:
    [sighting] = write(central, a_sighting())

    assert (beginning(central)[0], sighting.operation.seq) == (kinds.NODE_ENROL, 2)
