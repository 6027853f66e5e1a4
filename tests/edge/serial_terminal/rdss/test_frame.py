"""RDSS on the line, both protocols: by length or by check digits, whatever else is there."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.facts import from_hex, one_line
from edge.serial_terminal.jt808 import layout
from edge.serial_terminal.rdss import binary, sentences
from edge.serial_terminal.rdss.describe import Telling, position
from edge.serial_terminal.rdss.frame import (
    FROM_MODULE,
    TO_MODULE,
    BadFrame,
    Binary,
    FrameDecoder,
    Sentence,
    encode_binary,
    encode_sentence,
)
from edge.serial_terminal.rdss.text import read, written
from tests.edge.serial_terminal.doubles import NOON_MS

CARD = "$BDICI,0242286,00242286,0000011,6,60,3,N,0*38\r\n"  # as published

names = st.sampled_from(sorted(TO_MODULE | FROM_MODULE))
frames = st.builds(Binary, names, st.integers(0, 0xFFFFFF), st.binary(max_size=60))
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$*"), min_size=5, max_size=60)
noise = st.lists(st.sampled_from(list(b"$*\r\nTXSQ\x00\x0b\xff")), max_size=40).map(bytes)
streams = st.lists(
    st.one_of(frames.map(encode_binary), texts.map(encode_sentence), noise, st.binary(max_size=30)), max_size=6
).map(b"".join)


def test_sentences_have_the_check_digits_published_for_them() -> None:
    assert encode_sentence(sentences.READ_CARD) == b"$CCICA,0,00*7B\r\n"
    assert encode_sentence(sentences.BEAMS_ONCE) == b"$CCRMO,BSI,2,0*26\r\n"
    assert FrameDecoder().receive(CARD.encode()) == [Sentence(CARD[1:-5].encode())]


def test_a_frame_is_cut_by_its_length_whatever_its_content_holds() -> None:
    tricky = Binary("TXXX", 242_286, b"$*\r\n$BDICI,1*00")
    sentence = encode_sentence("BDFKI,TXA,Y")
    decoder = FrameDecoder()
    assert decoder.receive(b"ok\r\n" + encode_binary(tricky) + sentence) == [tricky, Sentence(sentence[1:-5])]
    assert decoder.weather == len("ok\r\n" + "\r\n")


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (encode_binary(Binary("TXXX", 1, b"abcd"))[:-1] + b"\x00", "checksum"),
        (b"$TXXX\x00\x05\x00\x00\x01", "length"),
        (b"$BDICI,1*00\r\n", "checksum"),
        (b"$BDICI,1\r\n", "no_check"),
        (b"$BDICI,1", "no_check"),  # the next one begins
        (b"$" + b"x" * 2000, "overlong"),
    ],
)
def test_what_is_damaged_costs_itself(damaged: bytes, reason: str) -> None:
    events = FrameDecoder().receive(damaged + CARD.encode())
    assert [event.reason for event in events if isinstance(event, BadFrame)] == [reason]
    assert events[-1] == Sentence(CARD[1:-5].encode())


@given(st.lists(st.one_of(frames, texts), max_size=5))
def test_what_is_sent_is_what_is_received(sent: list[Binary | str]) -> None:
    stream = b"".join(encode_sentence(one) if isinstance(one, str) else encode_binary(one) for one in sent)
    expected = [Sentence(one.encode()) if isinstance(one, str) else one for one in sent]
    assert FrameDecoder().receive(stream) == expected


@given(streams, st.lists(st.integers(0, 600), max_size=8))
def test_how_the_stream_is_sliced_never_changes_what_is_decoded(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, sliced, single = FrameDecoder(), FrameDecoder(), FrameDecoder()
    expected = whole.receive(stream)
    assert [event for a, b in pairwise(edges) for event in sliced.receive(stream[a:b])] == expected
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == expected
    assert whole.weather == sliced.weather == single.weather


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (CARD[1:-5], {"card": 242_286, "card_ready": True, "period_s": 60, "level": 3, "encrypted": False}),
        ("BDICI,0000000,00000000,0000000,0,0,0,N,0", {"card": 0, "card_ready": False}),
        ("BDBSI,02,03,0,0,3,0,2,0,4,0,0,1", {"beams": [0, 0, 3, 0, 2, 0, 4, 0, 0, 1]}),
        ("BDTXR,1,0242286,2,,A4C4E3BAC3", {"from": 242_286, "text": "你好"}),
        ("BDTXR,1,0242286,1,12:30,0A0B", {"code": "0a0b", "time_of_day": "12:30"}),
        ("BDTXR,1,0242286,0,,请回电,急", {"text": "请回电,急"}),
        ("BDTXR,1,0242286,2,,A4C", {"fields": ["1", "0242286", "2", "", "A4C"]}),
        ("BDFKI,TXA,Y,0,60", {"fields": ["TXA", "Y", "0", "60"], "result": "accepted"}),
        ("BDFKI,RMO,N", {"fields": ["RMO", "N"], "result": None}),
        (
            "BDDWR,1,0242286,040000.50,3912.9900,N,10139.9960,E,1500,M,-30,M,1,V,V,L",
            {"lat": 39.2165, "lon": 101.6666, "alt": 1500.0, "time_of_day": "04:00:00.50"},
        ),
    ],
)
def test_a_sentence_is_told_under_the_names_of_every_protocol(line: str, facts: dict[str, object]) -> None:
    told = one_line(Telling(), encode_sentence(line), 0)
    assert told["sentence"] == line[:5]
    assert {name: told.get(name) for name in facts} == facts


def test_a_position_has_the_day_that_brings_it_nearest() -> None:
    told = one_line(Telling(), encode_sentence("BDDWR,1,0242286,235959.00,3912.9900,N,10139.9960,E,1500,M"), 0)
    midnight_ms = NOON_MS - 4 * 3_600_000
    found = position(told, midnight_ms + 2_000)
    assert found is not None
    assert (found.device_time_ms, found.lat, found.alt_m) == (midnight_ms - 1_000, 39.2165, 1500)
    assert position({"sentence": "BDICI"}, NOON_MS) is None


def test_a_position_of_4_0_is_told_in_degrees() -> None:
    content = bytes.fromhex("00 03b26e 04000032 65273b06 270c3b04 05dc ffe2")  # 101°39′59.6″, 39°12′59.4″
    told = one_line(Telling(), encode_binary(Binary("DWXX", 242_286, content)), 0)
    assert (told["lat"], told["lon"], told["alt"], told["anomaly_m"]) == (39.2165, 101.6665556, 1500, -30)
    assert told["time_of_day"] == "04:00:00.50"


def test_a_position_of_4_0_cut_before_its_height_is_a_position_all_the_same() -> None:
    told = one_line(
        Telling(), encode_binary(Binary("DWXX", 1, bytes.fromhex("00 03b26e 04000032 65273b06 270c3b04"))), 0
    )
    assert told["partial"]
    found = position(told, NOON_MS)
    assert found is not None
    assert (found.lat, found.alt_m) == (39.2165, 0)


def test_a_message_of_4_0_is_told_as_text() -> None:
    raw = written("请回电", 78)
    content = b"\x02\x03\xb2\x6e\x0c\x1e" + (len(raw) * 8).to_bytes(2, "big") + raw + b"\x00"
    told = one_line(Telling(), from_hex(encode_binary(Binary("TXXX", 242_286, content)).hex()), 0)
    assert (told["text"], told["from"], told["hour"], told["minute"]) == ("请回电", 242_286, 12, 30)
    assert one_line(Telling(), encode_binary(Binary("FKXX", 1, b"\x04\0\0\0\x3c")), 0)["result"] == "too_soon"


def test_a_message_is_sent_in_4_0_as_published() -> None:
    raw = b"\xa4" + b"12345678"
    sent = encode_binary(binary.send(242_286, 242_287, raw))
    assert len(sent) == len(b"12345678") + 19
    assert sent[:5] == b"$TXSQ"
    assert sent[10] == binary.ORDINARY
    assert sent[14:17] == (len(raw) * 8).to_bytes(2, "big") + b"\x00"


@given(st.text(max_size=30))
def test_a_text_survives_or_is_refused(text: str) -> None:
    try:
        raw = written(text, 40)
    except (ValueError, UnicodeEncodeError):
        return
    assert len(raw) <= 40
    assert read(raw) == {"text": text}


@given(st.sampled_from(sorted(binary.TABLES)), st.binary(max_size=40))
def test_any_frame_is_told_and_what_is_whole_can_be_written_back(name: str, content: bytes) -> None:
    told = binary.read(Binary(name, 1, content))
    assert json.loads(json.dumps(told, allow_nan=False))
    facts, partial = layout.read(binary.TABLES[name], 0, content)
    if not partial and name != "DWXX":
        again = layout.write(binary.TABLES[name], 0, facts)
        assert layout.read(binary.TABLES[name], 0, again).facts == facts


@given(st.binary(max_size=60))
def test_any_sentence_is_told(raw: bytes) -> None:
    for start in (b"", b"BDTXR,", b"BDDWR,1,1,", b"BDICI,"):
        told = sentences.read(start + raw)
        assert json.loads(json.dumps(told, allow_nan=False))
        assert position(told, NOON_MS) is None or "lat" in told
