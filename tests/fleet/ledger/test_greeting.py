"""Who may speak in a conversation, who is told what is refused, and what bytes of nobody can do: nothing."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import greeting, wire
from fleet.ledger.canonical import encode
from fleet.ledger.columns import leb128
from fleet.ledger.delta import Delta
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Author, Head
from fleet.ledger.store import REFUSALS_MAX, Refusal
from fleet.ledger.wire import FRAME_SIZE_MAX, UNPACKED_SIZE_MAX, Hello, Live, pack
from tests.fleet.ledger.logs import EVERYONE
from tests.fleet.ledger.talking import NOW_MS, PLENTY, agree, ends, greeted, messages, talk
from tests.fleet.units import ROOT, UNIT, a_host, a_node, codes, delta
from tests.simulation import people
from tests.simulation.host import Host

# -- who may speak --------------------------------------------------------------------------------------------------


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


def test_a_greeting_is_one_of_the_conversation_it_was_signed_for_and_of_no_other(node: Host) -> None:
    said = greeting.signed(greeted(node), node.identity(UNIT), b"one talk")

    assert greeting.speaker_of(said, UNIT, ROOT.public, b"one talk").subject == str(node.author.node)
    for other in (b"", b"another talk"):
        with pytest.raises(NotTrusted, match="signature"):
            greeting.speaker_of(said, UNIT, ROOT.public, other)


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
    end = other.speak(UNIT)
    end.receive(pack(greeted(central)) + pack(bad_seal(node)), now_ms=NOW_MS)
    assert [message for message in messages(end.outgoing(PLENTY)) if isinstance(message, Refusal)] == []

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
