"""Meshtastic framing without a check code: what is damaged costs itself, and cutting the stream changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.meshtastic import protobuf
from edge.serial_terminal.meshtastic.messages import sound
from edge.serial_terminal.meshtastic.stream import BadFrame, Frame, FrameDecoder, encode
from tests.edge.serial_terminal.meshtastic.radios import position

payloads = st.lists(
    st.one_of(  # numbers beyond those that mean something
        st.builds(protobuf.varint, st.integers(20, 100), st.integers(-(1 << 63), (1 << 64) - 1)),
        st.builds(protobuf.fixed32, st.integers(20, 100), st.integers(0, 0xFFFFFFFF)),
        st.builds(protobuf.nested, st.integers(20, 100), st.binary(max_size=40)),
    ),
    min_size=1,
    max_size=6,
).map(b"".join)
noise = st.lists(st.sampled_from([0x94, 0xC3, 0x00, 0x01, 0x02, 0x41, 0xFF]), max_size=30).map(bytes)
streams = st.lists(st.one_of(payloads.map(encode), noise, st.binary(max_size=40)), max_size=6).map(b"".join)


@given(st.lists(payloads, max_size=5))
def test_what_is_sent_is_what_is_received(sent: list[bytes]) -> None:
    assert FrameDecoder(sound).receive(b"".join(map(encode, sent))) == [Frame(payload) for payload in sent]


@given(streams, st.lists(st.integers(0, 800), max_size=8))
def test_how_the_stream_is_sliced_never_changes_what_is_decoded(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, sliced, single = FrameDecoder(sound), FrameDecoder(sound), FrameDecoder(sound)
    expected = whole.receive(stream)
    assert [event for a, b in pairwise(edges) for event in sliced.receive(stream[a:b])] == expected
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == expected
    assert whole.text == sliced.text == single.text


def test_the_radios_own_log_between_frames_is_counted_and_nothing_else() -> None:
    decoder = FrameDecoder(sound)
    assert len(decoder.receive(b"INFO | boot\r\n" + position() + b"DEBUG\r\n\x94" + position())) == 2
    assert decoder.text == len(b"INFO | boot\r\nDEBUG\r\n\x94")


def test_a_length_no_frame_can_have_is_hunted_past() -> None:
    events = FrameDecoder(sound).receive(b"\x94\xc3\x02\x01" + position())
    assert [type(event) for event in events] == [BadFrame, Frame]


@pytest.mark.parametrize("missing", [1, 5, 20])
def test_a_frame_cut_short_does_not_swallow_the_ones_after_it(missing: int) -> None:
    decoder = FrameDecoder(sound)
    events = decoder.receive(position()[:-missing] + position() * 3)
    assert [event for event in events if isinstance(event, Frame)][-3:] == [Frame(position()[4:])] * 3


def test_a_message_too_long_for_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="512"):
        encode(bytes(513))


@given(st.binary(max_size=64))
def test_any_bytes_are_a_message_or_not_and_nothing_else(data: bytes) -> None:
    try:
        assert all(0 < number < 1 << 29 for number, _ in protobuf.read(data))
    except protobuf.NotAMessageError:
        assert not sound(data)


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_negative_numbers_survive(value: int) -> None:
    ((_, varint), (_, fixed)) = protobuf.read(protobuf.varint(1, value) + protobuf.fixed32(2, value))
    assert isinstance(varint, int)
    assert isinstance(fixed, int)
    assert protobuf.signed(varint, 32) == protobuf.signed(fixed, 32) == value
