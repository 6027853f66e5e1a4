"""One conversation, whatever carries it: cut, sliced, doubled or played again, both ends come to hold the same."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import kinds, wire
from fleet.ledger.canonical import Value, encode
from fleet.ledger.columns import leb128
from fleet.ledger.delta import Delta
from fleet.ledger.exchange import Exchange
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Author, Head
from fleet.ledger.replica import Statement
from fleet.ledger.store import REFUSALS_MAX, Refusal
from fleet.ledger.wire import FRAME_SIZE_MAX, UNPACKED_SIZE_MAX, Hello, Live, Message, Packed, Unpacker, pack
from tests.fleet.units import (
    UNIT,
    a_host,
    a_node,
    act,
    an_edit,
    codes,
    delta,
    enrolment,
    entwined,
    submitted,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.host import Host
from tests.simulation.link import frames

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
PLENTY = 1 << 20
NOW_MS = 1_790_000_000_000


@pytest.fixture
def node() -> Host:
    """Node 1 with five people and one order submitted."""
    host = a_node(1, *EVERYONE)
    submitted(host)
    return host


@pytest.fixture
def central() -> Host:
    return a_host(0)


def ends(caller: Host, called: Host) -> tuple[Exchange, Exchange]:
    """Both ends of a conversation about the unit."""
    return caller.speak(UNIT, to_central=called.is_central), called.speak(UNIT)


def talk(caller: Host, called: Host, *, budget: int = PLENTY) -> int:
    """A conversation to its end. Returns how many times the caller spoke."""
    one, other = ends(caller, called)
    turns = 0
    while said := one.outgoing(budget):
        turns += 1
        other.receive(said, now_ms=NOW_MS)
        one.receive(other.outgoing(budget), now_ms=NOW_MS)
    return turns


def agree(*hosts: Host) -> bool:
    """Whether all hold the same operations and the same state."""
    return len({host.replicas[UNIT].digest() for host in hosts}) == 1


def messages(data: bytes) -> list[Message]:
    return [*Unpacker().feed(data)]


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
        write(node, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting()))

    assert talk(node, central, budget=400) > 1

    assert agree(node, central)
    assert node.replica.receipted == node.replica.made


def sighting() -> Value:
    return {"time_ms": 1, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": ""}


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


# -- who may speak --------------------------------------------------------------------------------------------------


def greeted(host: Host) -> Hello:
    (hello,) = messages(host.speak(UNIT).outgoing(0))
    assert isinstance(hello, Hello)
    return hello


def test_nothing_is_heard_before_a_greeting(node: Host, central: Host) -> None:
    for message in (delta(node), give_receipt(node.key, delta_head(node), 1), Refusal(delta_head(node), "seal", 1)):
        with pytest.raises(NotTrusted, match="no_hello"):
            central.speak(UNIT).receive(pack(message), now_ms=NOW_MS)

    assert central.replicas[UNIT].held == 0


def delta_head(host: Host) -> Head:
    return host.replica.state.heads[host.author]


def test_a_greeting_is_believed_only_whole_and_of_this_unit(node: Host, central: Host) -> None:
    hello = greeted(node)
    stranger = a_node(2)
    forged: dict[str, Hello] = {
        "signature": hello._replace(heads=()),
        "wrong_certificate": hello._replace(certificate=stranger.certificate),
        "not_cose": hello._replace(certificate=b"\xd2\x00"),
        "proof_form": hello._replace(certificate=b"\x00"),
    }
    for code, bad in forged.items():
        with pytest.raises(NotTrusted, match=code):
            central.speak(UNIT).receive(pack(bad), now_ms=NOW_MS)
    other_unit = a_host(5, unit="u2")
    with pytest.raises(NotTrusted, match="other_unit"):
        central.speak(UNIT).receive(other_unit.speak("u2").outgoing(0), now_ms=NOW_MS)
    person = people.cast(people.key("root"), UNIT)["admin-1"]
    with pytest.raises(NotTrusted, match="wrong_certificate"):
        central.speak(UNIT).receive(pack(hello._replace(certificate=person.certificate)), now_ms=NOW_MS)


def test_who_speaks_does_not_change_in_the_middle_of_a_conversation(node: Host, central: Host) -> None:
    end = central.speak(UNIT)
    end.receive(pack(greeted(node)), now_ms=NOW_MS)

    with pytest.raises(NotTrusted, match="wrong_certificate"):
        end.receive(pack(greeted(a_node(2))), now_ms=NOW_MS)


def test_only_central_gives_receipts_that_a_node_believes(node: Host, central: Host) -> None:
    end = node.speak(UNIT)
    end.receive(pack(greeted(central)), now_ms=NOW_MS)

    with pytest.raises(NotTrusted, match="receipt_signature"):
        end.receive(pack(give_receipt(a_node(2).key, delta_head(node), 1)), now_ms=NOW_MS)

    assert node.replica.receipted == 0


# -- refusals -------------------------------------------------------------------------------------------------------


def bad_seal(host: Host) -> Delta:
    return delta(host)._replace(seal=bytes(64))


def test_one_bad_delta_is_refused_with_its_reason_and_the_conversation_goes_on(node: Host, central: Host) -> None:
    one, other = ends(node, central)
    other.receive(pack(greeted(node)) + pack(bad_seal(node)) + pack(delta(node)), now_ms=NOW_MS)

    one.receive(other.outgoing(PLENTY), now_ms=NOW_MS)

    assert [refusal.code for refusal in one.outcome.refused] == ["seal"]
    assert codes(node.replica) == ["seal"]
    assert (agree(node, central), node.replica.receipted) == (True, node.replica.made)


def test_a_refusal_that_was_lost_comes_again_until_its_author_knows_it_and_then_no_more(
    node: Host, central: Host
) -> None:
    lost = central.speak(UNIT)
    lost.receive(pack(greeted(node)) + pack(bad_seal(node)), now_ms=NOW_MS)
    talk(node, central)
    assert codes(node.replica) == ["seal"]

    end = central.speak(UNIT)
    end.receive(pack(greeted(node)), now_ms=NOW_MS)

    assert [message for message in messages(end.outgoing(PLENTY)) if isinstance(message, Refusal)] == []


def test_what_is_refused_of_a_log_is_told_to_its_author_and_to_nobody_else(node: Host, central: Host) -> None:
    other = a_node(2)
    talk(node, other)
    other.speak(UNIT).receive(pack(greeted(central)) + pack(bad_seal(node)), now_ms=NOW_MS)

    talk(other, central)
    assert central.replicas[UNIT].refusals == []
    talk(node, other)
    assert codes(node.replica) == ["seal"]


def test_a_refusal_of_anothers_records_is_hearsay(node: Host, central: Host) -> None:
    end = central.speak(UNIT)

    end.receive(pack(greeted(node)) + pack(Refusal(Head(Author(2, 1), 1, b"h"), "seal", 1)), now_ms=NOW_MS)

    assert central.replicas[UNIT].refusals == end.outcome.refused == []


def test_a_heap_of_refusals_does_not_grow_with_every_conversation(node: Host, central: Host) -> None:
    for seq in range(3 * REFUSALS_MAX):
        central.replicas[UNIT].note_refusal(Refusal(Head(Author(seq % 3 + 1, 1), seq, b""), "seal", seq))
    sizes = []
    for _ in range(4):
        talk(node, central)
        sizes.append(len(node.replica.refusals))

    assert sizes[-1] == sizes[-2] <= 3 * REFUSALS_MAX


# -- hostile bytes --------------------------------------------------------------------------------------------------


def frame(value: object) -> bytes:
    return wire.frame(encode(value))


def a_bomb(size: int) -> bytes:
    return frame(["delta", 1, 1, zlib.compress(bytes(size), 9), b""])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (leb128(FRAME_SIZE_MAX + 1), "frame_size"),
        (b"\xff\xff\xff\xff", "frame_size"),
        (bytes(1), "not_cbor"),
        (frame("hello"), "frame_form"),
        (frame(["goodbye"]), "frame_form"),
        (frame(["delta", 1, 1, b"not deflate", b""]), "frame_form"),
        (frame(["delta", 1, 1, zlib.compress(encode("x")), b""]), "frame_form"),
        (frame(["delta", 1, 1, zlib.compress(encode([1])), b""]), "frame_form"),
        (frame(["delta", 1, 1, zlib.compress(encode([])) + b"!", b""]), "frame_form"),
        (frame(["delta", 1, 1, zlib.compress(encode([]))[:-1], b""]), "too_large"),
        (frame(["delta", -1, 1, zlib.compress(encode([])), b""]), "operation_form"),
        (frame(["delta", 1, 0, zlib.compress(encode([])), b""]), "operation_form"),
        (frame(["delta", 1 << 63, 1, zlib.compress(encode([])), b""]), "operation_form"),
        (frame(["delta", True, 1, zlib.compress(encode([])), b""]), "operation_form"),
        (frame(["receipt", [1, 1, 1 << 63, b"h"], 1, b""]), "frame_form"),
        (frame(["receipt", [1, 1, 1, b"h" * 33], 1, b""]), "frame_form"),
        (frame(["receipt", [1, 1, 1, b"h"], 1 << 63, b""]), "frame_form"),
        (frame(["refusal", [1, 1, 1, b"h"], "seal", -1]), "frame_form"),
        (frame(["refusal", [1, 1, 1, b"h"], "s" * 65, 1]), "frame_form"),
        (a_bomb(UNPACKED_SIZE_MAX + 1), "too_large"),
        (a_bomb(400 << 20), "too_large"),
        (b"\x00\x00\x00\x06" + bytes.fromhex("d81c81d81d00"), "not_cbor"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_a_frame_that_is_none_ends_the_conversation_and_nothing_else(
    node: Host, central: Host, data: bytes, code: str
) -> None:
    end = central.speak(UNIT)
    end.receive(pack(greeted(node)), now_ms=NOW_MS)

    with pytest.raises(NotTrusted, match=code):
        end.receive(data, now_ms=NOW_MS)

    talk(node, central)
    assert agree(node, central)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_silence_or_one_known_error(data: bytes) -> None:
    end = a_host(0).speak(UNIT)
    try:
        end.receive(data, now_ms=NOW_MS)
    except NotTrusted as refused:
        event(refused.code)

    assert end.outcome.stored == 0


@settings(max_examples=60)
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_turned_on_the_way_never_gets_in_and_the_next_conversation_brings_the_truth(at: float, bit: int) -> None:
    node, central = a_node(1, *EVERYONE), a_host(0)
    said = bytearray(node.speak(UNIT, to_central=True).outgoing(PLENTY))
    said[int(at * len(said))] ^= 1 << bit
    try:
        central.speak(UNIT).receive(bytes(said), now_ms=NOW_MS)
    except NotTrusted as refused:
        event(refused.code)

    talk(node, central)

    assert agree(node, central)


@settings(max_examples=100)
@given(st.binary(min_size=1, max_size=60))
def test_a_message_reads_back_from_its_frame_and_any_change_is_another_message_or_none(noise: bytes) -> None:
    refusal = Refusal(Head(Author(1, 1), 5, b"h" * 32), "seal", 7)
    data = pack(refusal)
    assert messages(data) == [refusal]
    try:
        changed = messages(data[:1] + noise + data[1 + len(noise) :])
    except NotTrusted:
        return
    assert all(isinstance(message, Live) or messages(pack(message)) == [message] for message in changed)


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
