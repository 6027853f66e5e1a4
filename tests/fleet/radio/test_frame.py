"""Frames: every whole one is found, whatever stands before, between or behind them, however the stream is sliced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.radio.frame import CONTENT_MAX, FRAME_MAX, OVERHEAD, Bad, Decoder, encode

contents = st.binary(min_size=1, max_size=CONTENT_MAX)


def whole(stream: bytes) -> list[bytes]:
    return [got for got in Decoder().receive(stream) if not isinstance(got, Bad)]


@given(contents)
def test_a_frame_costs_always_the_same_and_holds_no_zero_inside(content: bytes) -> None:
    frame = encode(content)

    assert len(frame) == len(content) + OVERHEAD <= FRAME_MAX
    assert frame[0] == frame[-1] == 0
    assert 0 not in frame[1:-1]
    assert whole(frame) == [content]


@given(st.lists(st.one_of(contents.map(encode), st.binary(max_size=40)), max_size=6))
def test_how_the_stream_is_sliced_never_changes_what_is_heard(parts: list[bytes]) -> None:
    stream, slow = b"".join(parts), Decoder()

    assert [got for byte in stream for got in slow.receive(bytes([byte]))] == [*Decoder().receive(stream)]


@given(contents, contents, st.data())
def test_a_frame_behind_one_that_was_cut_short_is_heard(cut: bytes, good: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(encode(cut)) - 1))

    assert whole(encode(cut)[:at] + encode(good))[-1:] == [good]


@given(contents, st.data())
def test_one_flipped_bit_is_never_taken_for_what_was_sent_or_for_anything_else(
    content: bytes, data: st.DataObject
) -> None:
    frame = bytearray(encode(content))
    bit = data.draw(st.integers(8, 8 * len(frame) - 9))
    frame[bit // 8] ^= 1 << bit % 8

    assert whole(bytes(frame)) == []


@pytest.mark.parametrize("noise", [b"\x01" * 100_000, b"\x7e", b"\x05ab", b"\xff" * FRAME_MAX, bytes(1000)])
def test_noise_of_any_length_costs_nothing_behind_it(noise: bytes) -> None:
    assert whole(noise + encode(b"good")) == [b"good"]


def test_what_is_kept_of_an_endless_stretch_is_bounded_and_counted_once() -> None:
    decoder = Decoder()
    for _ in range(1000):
        assert [*decoder.receive(b"\x55" * 997)] == []

    assert len(decoder._pending) <= FRAME_MAX
    assert [*decoder.receive(b"\0")] == [Bad("noise", 997_000)]


def test_damage_is_told_from_noise() -> None:
    frame = bytearray(encode(b"some content"))
    frame[-2] ^= 0x40

    assert [*Decoder().receive(bytes(frame))] == [Bad("crc", len(frame) - 2)]
