"""One conversation, whatever carries it: cut, sliced, doubled or played again, both ends come to hold the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import Unavailable
from fleet.ledger import kinds
from fleet.ledger.delta import Delta
from fleet.ledger.replica import Statement
from fleet.ledger.wire import Hello, Packed
from tests.fleet.ledger.logs import EVERYONE, sighting
from tests.fleet.ledger.talking import NOW_MS, PLENTY, agree, ends, messages, talk
from tests.fleet.units import UNIT, a_host, a_node, act, an_edit, delta, enrolment, entwined, submitted, take, write
from tests.simulation.host import Host
from tests.simulation.link import frames

# -- one round trip -------------------------------------------------------------------------------------------------


def test_one_round_trip_brings_everything_up_and_the_receipt_home(node: Host, central: Host) -> None:
    assert talk(node, central) == 1

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


def test_one_round_trip_brings_down_what_others_wrote(node: Host, central: Host) -> None:
    other = a_node(2)
    talk(node, central)

    assert talk(other, central) == 1

    assert {author.node for author in other.replica.state.heads} == {1, 2}
    assert agree(other, central)


def test_what_has_a_receipt_is_not_sent_again(node: Host, central: Host) -> None:
    talk(node, central)
    one, _ = ends(node, central)

    assert [type(message) for message in messages(one.outgoing(PLENTY))] == [Hello]


def test_before_the_other_end_has_spoken_only_the_own_log_is_offered(node: Host, central: Host) -> None:
    other = a_node(2)
    talk(node, central)
    talk(other, central)
    one, _ = ends(other, central)

    assert [message.author for message in messages(one.outgoing(PLENTY)) if isinstance(message, Delta | Packed)] == []


def test_a_receipt_that_was_lost_comes_with_the_next_conversation(node: Host, central: Host) -> None:
    one, other = ends(node, central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    assert node.replica.receipted == 0

    assert talk(node, central) == 1

    assert node.replica.receipted == node.replica.made


def test_within_a_small_budget_the_same_takes_more_turns(node: Host, central: Host) -> None:
    for _ in range(10):
        write(node, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1)))

    assert talk(node, central, budget=400) > 1

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


# -- slices, cuts, repetitions --------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.data())
def test_how_the_stream_is_sliced_never_matters(data: st.DataObject) -> None:
    node, central = a_node(1, *EVERYONE), a_host(0)
    submitted(node)
    one, other = ends(node, central)
    for here, there in ((one, other), (other, one)):
        said = here.outgoing(PLENTY)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=8)))
        for start, end in zip([0, *cuts], [*cuts, len(said)], strict=True):
            there.receive(said[start:end], now_ms=NOW_MS)

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


def test_a_stream_byte_by_byte_is_the_same_stream(node: Host, central: Host) -> None:
    one, other = ends(node, central)

    for byte in one.outgoing(PLENTY):
        other.receive(bytes([byte]), now_ms=NOW_MS)

    assert agree(node, central)


@settings(max_examples=40)
@given(up=st.floats(0, 1), down=st.floats(0, 1))
def test_cut_after_any_byte_either_way_nothing_is_lost_and_the_next_conversation_finishes(
    up: float, down: float
) -> None:
    node, central = a_node(1, *EVERYONE), a_host(0)
    submitted(node)
    write(node, act("approve", "approver-1", content="aa"))
    one, other = ends(node, central)
    said = one.outgoing(300) + one.outgoing(PLENTY)
    other.receive(said[: round(up * len(said))], now_ms=NOW_MS)
    answer = other.outgoing(PLENTY)
    one.receive(answer[: round(down * len(answer))], now_ms=NOW_MS)
    promised = node.replica.receipted

    assert promised <= central.replicas[UNIT].held
    talk(node, central)
    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


@settings(max_examples=30)
@given(st.data())
def test_frames_lost_doubled_or_overtaken_leave_nothing_that_the_next_conversation_does_not_mend(
    data: st.DataObject,
) -> None:
    node, other, central = a_node(1, *EVERYONE), a_node(2), a_host(0)
    submitted(node)
    talk(node, central)
    talk(other, central)
    write(other, act("approve", "approver-1", content="aa"))
    talk(other, central)
    write(node, act("cancel", "applicant-1", content="aa", reason="Rain"))
    fresh = a_node(3)
    one, two = ends(fresh, central)
    two.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    greeting, *rest = frames(two.outgoing(PLENTY))
    picked = data.draw(st.lists(st.sampled_from(rest), max_size=6))
    one.receive(greeting + b"".join(picked), now_ms=NOW_MS)

    assert fresh.replica.refusals == []
    talk(fresh, central)
    talk(fresh, central)
    assert agree(fresh, central)


def test_the_same_conversation_played_again_changes_nothing(node: Host, central: Host) -> None:
    one, other = ends(node, central)
    said = one.outgoing(PLENTY)
    other.receive(said, now_ms=NOW_MS)
    before = (central.replicas[UNIT].digest(), central.disks[UNIT].commits)

    for _ in range(3):
        again = central.speak(UNIT)
        again.receive(said, now_ms=NOW_MS + 1)
        again.receive(said, now_ms=NOW_MS + 2)

    assert (central.replicas[UNIT].digest(), central.disks[UNIT].commits) == before


def test_two_nodes_of_a_unit_talk_without_central_and_what_waits_for_nobody_is_taken_once(node: Host) -> None:
    other = a_node(2)

    talk(node, other)
    talk(other, node)

    assert agree(node, other)
    assert node.replica.receipts == {}


def test_logs_that_depend_on_each_other_at_every_step_reach_one_who_has_neither() -> None:
    """Long runs, each waiting for a part of the other, would wait for each other for ever."""
    node, other = a_node(1, *EVERYONE), a_node(2)
    for number in range(6):
        talk(node, other)
        submitted(node if number % 2 else other, f"1-{number:05d}")
        talk(other, node)
    newcomer = a_host(0)

    talk(node, newcomer)

    assert newcomer.replicas[UNIT].waiting == 0
    assert agree(node, newcomer)


def test_a_restored_node_gets_its_own_later_log_back_before_it_is_bothered_with_the_receipt(
    node: Host, central: Host
) -> None:
    talk(node, central)
    write(node, act("approve", "approver-1", content="aa"))
    talk(node, central)
    restored = a_host(1)
    restored.replica.receive(delta(node, upto=6))

    talk(restored, central)
    talk(restored, central)

    assert agree(restored, node, central)


# -- disks ----------------------------------------------------------------------------------------------------------


def test_a_full_disk_ends_the_conversation_without_a_receipt_and_the_next_one_goes_through(
    node: Host, central: Host
) -> None:
    central.disks[UNIT].full = True

    with pytest.raises(Unavailable):
        talk(node, central)

    assert (node.replica.receipted, central.replicas[UNIT].held) == (0, 0)
    central.disks[UNIT].full = False
    talk(node, central)
    assert node.replica.receipted == node.replica.made


def test_a_crash_between_storing_and_answering_costs_only_the_answer(node: Host, central: Host) -> None:
    one, other = ends(node, central)
    other.receive(one.outgoing(PLENTY), now_ms=NOW_MS)
    central.power_cut()
    central.power_on()

    talk(node, central)

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


def test_what_three_wrote_apart_comes_together_over_central(central: Host) -> None:
    nodes = [a_node(1, *EVERYONE), a_node(2), a_node(3)]
    for _ in range(2):
        for node in nodes:
            talk(node, central)
    submitted(nodes[0])
    write(nodes[1], enrolment("driver-2"))
    write(nodes[2], an_edit(nodes[2], f"registry/{UNIT}", "admin-1", **{"vehicle/NM-1/home": "Lake"}))

    for _ in range(2):
        for node in nodes:
            talk(node, central)

    assert agree(central, *nodes)
    assert all(node.replica.receipted == node.replica.made for node in nodes)


def test_a_newcomer_gets_from_central_two_logs_whose_runs_wait_for_each_other(central: Host) -> None:
    one, other = entwined()
    take(central.replica, [delta(one), delta(other)])  # as after standing conversations: one late seal over each
    newcomer = a_host(3)

    talk(newcomer, central)

    assert agree(newcomer, central, one, other)


def test_a_neighbour_passes_on_what_central_gave_for_a_log_that_has_no_other_way(node: Host, central: Host) -> None:
    second = a_node(2, "driver-1")
    talk(second, node)
    talk(node, central)
    assert second.replica.receipted == 0
    talk(second, node)

    assert second.replica.receipted == second.replica.made
    assert agree(node, second, central)
