"""NMEA framing: what the line does to one sentence costs that sentence, and cutting the stream changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.nmea.frame import (
    SENTENCE_SIZE_MAX,
    BadSentence,
    Sentence,
    SentenceDecoder,
    encode,
)

RMC = "GNRMC,040000.00,A,3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A"
ZDA = "BDZDA,040000.00,24,09,2026,,"
ON_THE_LINE = encode(RMC)

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$*"), max_size=90)
noise = st.lists(st.sampled_from(list(b"$*\r\nA0,1!\x00\xff")), max_size=40).map(bytes)
streams = st.lists(
    st.one_of(texts.map(encode), noise, st.binary(max_size=40), st.just(b"$" + b"x" * (SENTENCE_SIZE_MAX + 1))),
    max_size=6,
).map(b"".join)


def test_the_check_digits_are_the_xor_between_dollar_and_star() -> None:
    assert encode("CCICA,0,00") == b"$CCICA,0,00*7B\r\n"


@pytest.mark.parametrize(
    ("line", "sound", "bad"),
    [
        (ON_THE_LINE, [RMC], []),
        (ON_THE_LINE[:-5] + ON_THE_LINE[-5:].lower(), [RMC], []),  # check digits in lower case
        (ON_THE_LINE[:-2] + encode(ZDA), [RMC, ZDA], []),  # a line end lost costs nothing
        (b"$" + ON_THE_LINE + b"$$" + encode(ZDA), [RMC, ZDA], []),  # of several dollars the last counts
        (b"boot ok\r\n# note\n" + ON_THE_LINE + b"!AIVDM,1,1,,A,x*00\r\n", [RMC], []),
        (ON_THE_LINE[:20] + encode(ZDA), [ZDA], ["cut"]),
        (ON_THE_LINE.replace(b"101", b"111") + encode(ZDA), [ZDA], ["checksum"]),
        (b"$GNRMC,040000.00\r\n" + encode(ZDA), [ZDA], ["no_check"]),
        (b"$GNRMC*\r\n" + encode(ZDA), [ZDA], ["no_check"]),
        (b"$GNRMC*G1\r\n" + encode(ZDA), [ZDA], ["checksum"]),
        (encode("GNTXT,\x07"), [], ["garbage"]),
        (b"$" + b"x" * 3000 + encode(ZDA), [ZDA], ["overlong"]),
    ],
)
def test_what_begins_with_a_dollar_is_a_sentence_or_says_why_not(line: bytes, sound: list[str], bad: list[str]) -> None:
    events = SentenceDecoder().receive(line)
    assert [event.text for event in events if isinstance(event, Sentence)] == sound
    assert [event.reason for event in events if isinstance(event, BadSentence)] == bad


def test_a_sentence_is_there_with_its_second_check_digit() -> None:
    decoder = SentenceDecoder()
    assert decoder.receive(ON_THE_LINE[:-3]) == []
    assert decoder.receive(ON_THE_LINE[-3:-2]) == [Sentence(RMC)]
    assert decoder.receive(b"\r\n") == []


@given(st.lists(texts, max_size=5))
def test_what_is_sent_is_what_is_received(sent: list[str]) -> None:
    assert SentenceDecoder().receive(b"".join(map(encode, sent))) == [Sentence(text) for text in sent]


@given(streams, st.lists(st.integers(0, 3000), max_size=8))
def test_how_the_stream_is_sliced_never_changes_what_is_decoded(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, sliced, single = SentenceDecoder(), SentenceDecoder(), SentenceDecoder()
    expected = whole.receive(stream)
    assert [event for a, b in pairwise(edges) for event in sliced.receive(stream[a:b])] == expected
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == expected


@given(texts, streams, texts)
def test_garbage_between_two_sentences_costs_neither(first: str, garbage: bytes, last: str) -> None:
    events = SentenceDecoder().receive(encode(first) + garbage + encode(last))
    assert events[0] == Sentence(first)
    assert events[-1] == Sentence(last)
