"""A log that was continued twice: both branches are kept, one stands, the same everywhere, nobody is held up."""

from __future__ import annotations

from copy import deepcopy

import pytest

from fleet.errors import Unavailable
from fleet.ledger import memory, state
from fleet.ledger.overlay import Overlay
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.store import FORK
from tests.fleet.ledger.logs import EVERYONE, met, reborn
from tests.fleet.ledger.parting import PLACE, copied, parted, talk
from tests.fleet.ledger.talking import agree
from tests.fleet.ledger.test_verify import as_stored, proved
from tests.fleet.units import (
    EVERYTHING,
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_reader,
    a_sighting,
    act,
    an_edit,
    codes,
    delta,
    signer,
    steps,
    submitted,
    take,
    write,
)
from tests.simulation.host import Host


def test_both_branches_are_held_and_the_one_with_the_lower_hash_stands_whichever_came_first(node: Host) -> None:
    twin = parted(node)
    place = node.replica.made
    lower = min((host.replica.state.heads[node.author] for host in (node, twin)), key=lambda head: head.hash)
    one, other = a_reader(), a_reader()

    take(one, [delta(node), delta(twin)])
    take(other, [delta(twin), delta(node)])

    assert one.digest() == other.digest()
    assert one.state.heads[node.author] == other.state.heads[node.author] == lower
    assert {aside.parts_at for aside in one.state.aside.values()} == {place}
    assert (codes(one), codes(other)) == ([FORK], [FORK])


def test_a_fork_that_is_met_again_and_again_is_one_fork(node: Host) -> None:
    twin, reader = parted(node), a_reader()
    for _ in range(3):
        take(reader, [delta(node), delta(twin), *steps(node), *steps(twin)])

    assert (len(reader.forks), len(reader.branches()), codes(reader)) == (1, 1, [FORK])


def test_more_of_either_branch_is_taken_as_it_comes(node: Host) -> None:
    twin, one, other = parted(node), a_reader(), a_reader()
    for host, plate in ((node, "NM-1"), (twin, "NM-2")):
        write(host, an_edit(host, f"registry/{UNIT}", "admin-1", **{f"vehicle/{plate}/cls": "general"}))
        write(host, an_edit(host, f"registry/{UNIT}", "admin-1", **{f"vehicle/{plate}/seats": "5"}))

    take(one, [*steps(node), *steps(twin)])
    take(other, [delta(twin), *steps(node)])

    assert one.digest() == other.digest()
    assert len(one.branches()[0].pieces[0].operations) == 3


def test_what_stands_changes_nothing_of_what_others_wrote(node: Host) -> None:
    other = met(node, number=2)
    write(other, an_edit(other, "order/1-00001", "applicant-1", remark="Two bags"))
    reader = a_reader()

    take(reader, [delta(node), delta(other)])
    twin = parted(node)
    take(reader, [delta(twin), delta(node)])

    assert reader.state.document("order/1-00001").fields["remark"] == "Two bags"
    assert reader.state.heads[other.author].seq == other.replica.made


def test_an_edit_on_top_of_a_branch_that_does_not_stand_has_no_effect_until_its_author_knows_what_stands() -> None:
    node = a_node(1, *EVERYONE)
    submitted(node)
    twin = copied(node)
    write(node, an_edit(node, "order/1-00001", "applicant-1", remark="One bag"))
    write(twin, an_edit(twin, "order/1-00001", "applicant-1", remark="Two bags"))
    lost, stands = sorted((node, twin), key=lambda host: host.replica.state.heads[node.author].hash, reverse=True)
    other = met(lost, number=2)
    write(other, an_edit(other, "order/1-00001", "applicant-1", remark="Three bags"))
    one, another = a_reader(), a_reader()

    take(one, [delta(lost), delta(other), delta(stands)])
    take(another, [delta(stands), delta(lost), delta(other)])

    assert one.digest() == another.digest()
    assert codes(one).count("update_origin") == codes(another).count("update_origin") == 1
    assert one.state.document("order/1-00001").fields["remark"] in {"One bag", "Two bags"}
    talk(other, stands)
    before = other.replica.made
    write(other, an_edit(other, "order/1-00001", "applicant-1", remark="Four bags"))
    one.receive(delta(other, before))
    assert one.state.document("order/1-00001").fields["remark"] == "Four bags"


def test_what_rests_of_orders_is_the_same_on_replicas_whose_logs_were_folded_anew(
    node: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "RECENT_MS", 0)
    write(node, act("cancel", "applicant-1", reason="Rain"))
    submitted(node, "1-00002")
    twin = copied(node)
    write(node, act("cancel", "applicant-1", "1-00002", reason="Rain"))
    write(twin, act("approve", "approver-1", "1-00002", content="aa"))
    one, other = met(node, number=2), met(twin, number=3)
    for host in (one, other):
        host.clock.time.pass_ms(60_000)
        host.replica.checkpoint()
    take(one.replica, [delta(other), delta(twin)])
    take(other.replica, [delta(one), delta(node)])

    for host in (one, other):
        host.clock.time.pass_ms(60_000)
        host.replica.checkpoint()
        assert proved(as_stored(host.disks[UNIT])).faults == []
    assert "order/1-00001" in one.replica.state.archive
    assert agree(one, other)
    assert {reborn(host).digest() for host in (one, other)} == {one.replica.digest()}


def test_a_restart_finds_what_stands_and_what_does_not_as_it_was(node: Host) -> None:
    twin = parted(node)
    node.replica.receive(delta(twin))
    before = (node.replica.digest(), node.replica.branches(), node.replica.forks, node.replica.quarantined)

    after = reborn(node)

    assert (after.digest(), after.branches(), after.forks, after.quarantined) == before


def test_a_full_disk_while_a_branch_is_stored_costs_nothing(node: Host) -> None:
    twin, disk = parted(node), node.disks[UNIT]
    before = (node.replica.digest(), len(disk.log))
    disk.full = True

    with pytest.raises(Unavailable):
        node.replica.receive(delta(twin))

    assert (node.replica.digest(), len(disk.log), node.replica.forks) == (*before, [])
    disk.full = False
    node.replica.receive(delta(twin))
    assert node.replica.digest() == reborn(node).digest()


def test_a_branch_nobody_here_can_follow_is_not_kept_and_is_asked_for_from_earlier(node: Host) -> None:
    twin, reader = parted(node), a_reader()
    write(twin, Statement("order.submit", "order/1-00001", {"content": "bb"}, signer("applicant-1")))
    write(node, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))
    reader.receive(delta(node))

    taken = reader.receive(delta(twin, twin.replica.made - 1))

    assert (taken.head, taken.stored, taken.begin_after) == (None, 0, (twin.replica.made - 1) // 2)
    assert reader.refusals == []


def test_a_look_at_what_would_become_of_a_branch_changes_nothing_beneath(node: Host) -> None:
    twin, other = parted(node), met(node, number=2)
    disk, beneath = deepcopy(other.disks[UNIT]), len(other.disks[UNIT].log)
    look = Replica(Overlay(disk), other.clock, ROOT.public, unit=UNIT, identity=None)

    take(look, [delta(node), delta(twin)])
    take(other.replica, [delta(twin)])

    assert len(disk.log) == beneath
    assert look.digest() == other.replica.digest()
    assert look.run(node.author, 0, EVERYTHING) == other.replica.run(node.author, 0, EVERYTHING)


@pytest.mark.parametrize("turn", range(3))
def test_both_branches_and_what_was_written_between_them_are_taken_together_though_each_waits_for_the_next(
    node: Host, turn: int
) -> None:
    stands, aside = sorted((node, parted(node)), key=lambda host: host.replica.state.heads[host.author].hash)
    other = met(aside, number=2)
    write(other, a_sighting())
    take(stands.replica, [delta(aside), delta(other)])
    write(stands, a_sighting())
    reader, deltas = a_reader(), [delta(stands), delta(other), delta(aside, PLACE - 1)]

    take(reader, (deltas[turn:] + deltas[:turn]) * 2)  # the middle of a log nobody has met is not kept: it comes again

    assert reader.waiting == 0
    assert reader.digest() == stands.replica.digest()


def test_an_older_program_that_stands_on_the_other_branch_gets_the_one_that_stands_plain_from_the_parting_on(
    node: Host,
) -> None:
    twin, central = parted(node), a_host(0)
    old = met(twin, number=2)
    old.dictionary_known = memory.PLAIN
    for _ in range(3):
        write(node, a_sighting())
    for host in (node, twin, node):
        talk(host, central)
    write(node, a_sighting())  # in sight of central's ruling, which so stands in the middle of the node's log
    talk(node, central)

    for _ in range(2):
        talk(old, central)

    assert agree(old, central)
