"""A log that was continued twice: both branches are kept, one stands, the same everywhere, nobody is held up."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import forks, kinds, memory, state
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.delta import Delta
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Author, Head, read
from fleet.ledger.overlay import Overlay
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.store import FORK
from fleet.rules.order import State
from tests.fleet.ledger.logs import CENTRAL_KEY, EVERYONE
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
    enrolment,
    signer,
    steps,
    submitted,
    take,
    write,
)
from tests.simulation.clock import SimulatedClock, SimulatedTime
from tests.simulation.host import Host

PLACE = 9
"""Where the log parts: after the node's certificate, five people's, a form and its submission."""


def copied(host: Host) -> Host:
    """A second machine with the same disk and the same keys."""
    twin = a_host(host.author.node, incarnation=host.author.incarnation)
    twin.disks = deepcopy(host.disks)
    twin.power_cut()
    twin.power_on()
    twin.clock.time.pass_ms(1_000)
    return twin


def parted(node: Host) -> Host:
    """A copy of the node; since then the node has approved the order and the copy has sent it back."""
    twin = copied(node)
    write(node, act("approve", "approver-1", content="aa"))
    write(twin, act("send_back", "approver-1", content="aa", reason="Share a vehicle"))
    return twin


def met(*others: Host, number: int) -> Host:
    """Another node that has seen everything these have."""
    host = a_node(number)
    for other in others:
        host.replica.receive(delta(other))
    return host


def talk(first: Host, second: Host, *, turns_max: int = 40) -> int:
    """A conversation to its end; how many turns it took."""
    ends = first.speak(UNIT, to_central=second.is_central), second.speak(UNIT)
    for turn in range(turns_max):
        speaker, listener = ends if turn % 2 == 0 else ends[::-1]
        said = speaker.outgoing(1 << 22)
        if not said and turn:
            return turn
        listener.receive(said, now_ms=7)
    raise AssertionError("a conversation without end")


def agree(*hosts: Host) -> bool:
    return len({host.replicas[UNIT].digest() for host in hosts}) == 1


def restarted(host: Host) -> Replica:
    host.power_cut()
    host.power_on()
    return host.replicas[UNIT]


# -- which branch stands --------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("switched", [False, True])
def test_verify_proves_a_log_that_was_continued_twice_and_names_what_was_tampered_with(switched: bool) -> None:
    node = a_node(1, *EVERYONE)
    submitted(node)
    twin = parted(node)
    one, other = (node, twin) if switched else (twin, node)
    keeper = met(one, number=2)
    write(keeper, an_edit(keeper, "order/1-00001", "applicant-1", remark="Two bags"))
    take(keeper.replica, [delta(other)])
    stored = as_stored(keeper.disks[UNIT])

    report = proved(stored)

    assert (report.faults, [(proof.author, proof.seq) for proof in report.forks]) == ([], [(node.author, PLACE)])
    assert report.state_hash == keeper.replica.digest()
    at, aside = next((at, one) for at, one in enumerate(stored.entries) if one.held.verdict == FORK)
    stored.entries[at] = aside._replace(held=aside.held._replace(verdict=""))
    proof = stored.proved[0].data
    stored.proved[0] = stored.proved[0]._replace(data=proof[:-1] + bytes([proof[-1] ^ 1]))
    assert {fault.code for fault in proved(stored).faults} == {"verdict", "fork_proof"}


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
    assert {restarted(host).digest() for host in (one, other)} == {one.replica.digest()}


def test_a_restart_finds_what_stands_and_what_does_not_as_it_was(node: Host) -> None:
    twin = parted(node)
    node.replica.receive(delta(twin))
    before = (node.replica.digest(), node.replica.branches(), node.replica.forks, node.replica.quarantined)

    after = restarted(node)

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
    assert node.replica.digest() == restarted(node).digest()


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


# -- central's word -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["node", "twin"])
def test_the_branch_that_central_held_first_stands_everywhere_once_its_word_is_heard(node: Host, first: str) -> None:
    twin, central, other = parted(node), a_host(0), met(node, number=2)
    winner, loser = (node, twin) if first == "node" else (twin, node)
    other.replica.receive(delta(loser))

    for host in (winner, loser, other, winner, loser):
        talk(host, central)

    assert agree(node, twin, other, central)
    expected = State.APPROVED if winner is node else State.SENT_BACK
    assert central.replicas[UNIT].state.orders["1-00001"].state == expected
    assert node.replica.receipts[node.author].head.seq == node.replica.made if winner is node else True
    assert [FORK in codes(host.replicas[UNIT]) for host in (node, twin, central)] == [True] * 3


def test_a_receipt_for_a_branch_that_does_not_stand_proves_nothing_of_the_one_that_does(node: Host) -> None:
    twin, common = parted(node), node.replica.made - 1
    lower, higher = sorted((node, twin), key=lambda host: host.replica.state.heads[host.author].hash)
    for number in range(3):
        write(higher, an_edit(higher, "order/1-00001", "applicant-1", remark=f"{number}"))
    for seq in (common, higher.replica.made):
        head = Head(node.author, seq, higher.replica.hash_at(node.author, seq) or b"")
        higher.replica.note_receipt(give_receipt(CENTRAL_KEY, head, 1_000 + seq), CENTRAL_KEY.public)
    assert higher.replica.receipted == higher.replica.made

    higher.replica.receive(delta(lower))

    assert higher.replica.receipted == common
    for number in range(6):
        [made] = write(higher, an_edit(higher, "order/1-00001", "applicant-1", remark=f"Again {number}"))
        assert made.operation.receipt == common
    submission, decision = higher.replica.state.acts["1-00001"]
    assert higher.replica.timing(submission).before_ms == 1_000 + common
    assert higher.replica.timing(decision).before_ms is None


def test_only_central_rules(node: Host) -> None:
    twin, reader = parted(node), a_reader()
    head = twin.replica.state.heads[node.author]
    body: Value = {"incarnation": 1, "seq": head.seq, "stands": head.hash}

    with pytest.raises(NotTrusted, match="not_central"):
        write(node, Statement(kinds.FORK_RULED, "node/1", body))

    take(reader, [delta(node), delta(twin)])
    assert reader.state.ruled == {}


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("node/1", b""),
        ("node/1", {"incarnation": 1, "seq": 1}),
        ("node/1", {"incarnation": 0, "seq": 1, "stands": b"h"}),
        ("node/one", {"incarnation": 1, "seq": 1, "stands": b"h"}),
    ],
)
def test_a_ruling_has_to_name_a_place(target: str, body: Value) -> None:
    central = a_host(0)
    write(central, Statement(kinds.NODE_ENROL, "node/0", central.certificate))

    with pytest.raises(NotTrusted, match=r"body_form|operation_form"):
        write(central, Statement(kinds.FORK_RULED, target, body))


# -- at first meeting -----------------------------------------------------------------------------------------------


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


# -- proof ----------------------------------------------------------------------------------------------------------


def a_proof(node: Host) -> bytes:
    twin, reader = parted(node), a_reader()
    take(reader, [delta(node), delta(twin)])
    return reader.forks[0].data


def test_a_proof_convinces_whoever_has_the_roots_key(node: Host) -> None:
    certificate, one, other = forks.check(ROOT.public, a_proof(node))

    assert (certificate.subject, certificate.incarnation) == ("1", 1)
    assert (one.operation.seq, other.operation.seq) == (PLACE, PLACE)
    assert {one.operation.kind, other.operation.kind} == {"order.approve", "order.send_back"}


def test_a_proof_that_was_tampered_with_convinces_nobody(node: Host) -> None:
    proof = a_proof(node)
    for at in range(0, len(proof), 7):
        with pytest.raises(NotTrusted):
            forks.check(ROOT.public, proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :])


def test_one_branch_twice_or_two_branches_of_different_places_prove_nothing(node: Host) -> None:
    parts: Any = decode(a_proof(node))
    message, one, other = parts
    earlier = [[read(delta(node).operations[PLACE - 2]).data, *one[0]], one[1]]

    for pair in ([one, one], [earlier, other]):
        with pytest.raises(NotTrusted, match="fork_proof"):
            forks.check(ROOT.public, encode([message, *pair]))


def test_the_proofs_kept_of_one_log_are_bounded_and_its_branches_are_kept_all_the_same(node: Host) -> None:
    reader = a_host(0).replica
    reader.receive(delta(node))
    for number in range(forks.PROOFS_MAX + 1):
        twin = copied(node)
        write(node, an_edit(node, "order/1-00001", "applicant-1", remark=f"{number}"))
        write(twin, an_edit(twin, "order/1-00001", "applicant-1", remark=f"{number} too"))
        reader.receive(delta(node))
        reader.receive(delta(twin, twin.replica.made - 1))

    assert len(reader.forks) == forks.PROOFS_MAX
    assert len(reader.branches()) == forks.PROOFS_MAX + 1


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
