"""Framing: whatever the line does, the frames around the damage come out, and cutting the stream changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.frame import (
    BadFrame,
    Frame,
    FrameDecoder,
    encode,
)

HEARTBEAT = bytes.fromhex("000200000138001380000001")  # phone 013800138000, serial 1
ON_THE_LINE = bytes.fromhex("7e000200000138001380000001a97e")
OTHER = bytes.fromhex("000200000139001390000002")

payloads = st.binary(min_size=12, max_size=1040)
# Streams made of what lines really carry: sound frames, and bytes rich in delimiters and escapes.
noise = st.lists(st.sampled_from([0x7E, 0x7D, 0x01, 0x02, 0x00, 0xFF, 0x30]), max_size=60).map(bytes)
streams = st.lists(st.one_of(payloads.map(encode), noise, st.binary(max_size=60)), max_size=6).map(b"".join)


def test_the_check_code_is_the_xor_of_all_bytes_and_closes_the_frame() -> None:
    assert encode(HEARTBEAT) == ON_THE_LINE


def test_7e_and_7d_inside_a_frame_are_escaped_as_in_the_standards_example() -> None:
    assert bytes.fromhex("307d02087d0155") in encode(bytes.fromhex("307e087d55") + HEARTBEAT)


@pytest.mark.parametrize(
    ("line", "frames", "bad"),
    [
        (ON_THE_LINE, [HEARTBEAT], []),
        (ON_THE_LINE + ON_THE_LINE, [HEARTBEAT, HEARTBEAT], []),
        (ON_THE_LINE + ON_THE_LINE[1:], [HEARTBEAT, HEARTBEAT], []),  # one 7E ends one frame and starts the next
        (b"\x7e\x7e\x7e" + ON_THE_LINE, [HEARTBEAT], []),  # empty frames are no error
        (b"$$" + ON_THE_LINE, [HEARTBEAT], ["short"]),
        (ON_THE_LINE + b"\x55" * 31 + ON_THE_LINE, [HEARTBEAT, HEARTBEAT], ["checksum"]),
        (ON_THE_LINE[:9] + encode(OTHER), [OTHER], ["short"]),  # cut off, then a good one
        (ON_THE_LINE.replace(b"\xa9", b"\xa8") + encode(OTHER), [OTHER], ["checksum"]),
        (b"\x7e\x7d\x03" + HEARTBEAT + b"\xa9" + encode(OTHER), [OTHER], ["escape"]),
        (b"\x7e" + HEARTBEAT + b"\x7d" + encode(OTHER), [OTHER], ["escape"]),
        (ON_THE_LINE[:-2] + encode(OTHER)[1:] + ON_THE_LINE, [HEARTBEAT], ["checksum"]),  # a 7E lost: two frames merge
    ],
)
def test_what_stands_between_two_delimiters_is_a_frame_or_says_why_not(
    line: bytes, frames: list[bytes], bad: list[str]
) -> None:
    events = FrameDecoder().receive(line)
    assert [event.payload for event in events if isinstance(event, Frame)] == frames
    assert [event.reason for event in events if isinstance(event, BadFrame)] == bad


def test_a_frame_waits_for_its_closing_delimiter() -> None:
    decoder = FrameDecoder()
    assert decoder.receive(ON_THE_LINE[:-1]) == []
    assert decoder.receive(b"\x7e") == [Frame(HEARTBEAT)]


def test_a_run_without_end_is_reported_once_and_takes_no_frame_after_it_along() -> None:
    decoder = FrameDecoder()
    flood = [event for _ in range(50) for event in decoder.receive(b"\x55" * 1000)]
    assert [event.reason for event in flood if isinstance(event, BadFrame)] == ["overlong"]
    assert decoder.receive(ON_THE_LINE) == [Frame(HEARTBEAT)]


@given(st.lists(payloads, max_size=5))
def test_what_is_sent_is_what_is_received(sent: list[bytes]) -> None:
    assert FrameDecoder().receive(b"".join(map(encode, sent))) == [Frame(payload) for payload in sent]


@given(streams, st.lists(st.integers(0, 3000), max_size=8))
def test_how_the_stream_is_sliced_never_changes_what_is_decoded(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, sliced, single = FrameDecoder(), FrameDecoder(), FrameDecoder()
    expected = whole.receive(stream)
    assert [e for start, end in pairwise(edges) for e in sliced.receive(stream[start:end])] == expected
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == expected


@given(st.integers(1, 3).flatmap(lambda times: st.binary(min_size=4000 * times, max_size=4100 * times)))
def test_slicing_does_not_matter_at_the_bound_either(stream: bytes) -> None:
    single = FrameDecoder()
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == FrameDecoder().receive(stream)


@given(payloads, streams, payloads)
def test_garbage_between_two_frames_costs_neither(first: bytes, garbage: bytes, last: bytes) -> None:
    events = FrameDecoder().receive(encode(first) + garbage + encode(last))
    assert events[0] == Frame(first)
    assert events[-1] == Frame(last)
