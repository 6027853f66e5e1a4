"""A recorder's blocks: sound ones come out of any stream, and what they say has the names of every protocol."""

from __future__ import annotations

import json
import struct
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.serial_terminal.facts import from_hex, one_line
from edge.serial_terminal.gbt19056 import records
from edge.serial_terminal.gbt19056.block import DATA_SIZE_MAX, BadBlock, Block, BlockDecoder, encode
from edge.serial_terminal.gbt19056.describe import Telling
from edge.serial_terminal.jt808.location import bcd_time
from tests.edge.serial_terminal.doubles import NOON_MS

PUBLISHED = "55 7A 08 00 0E 00 20 03 22 10 10 10 20 03 23 10 10 10 00 01 29"
TIME = bcd_time(NOON_MS)
PLACE = struct.pack(">iih", 60_999_960, 23_529_900, 1500)  # 101.6666 east, 39.2165 north, in 0.0001 minute

blocks = st.builds(Block, st.integers(0, 0xF9), st.binary(max_size=60), st.booleans())
noise = st.lists(st.sampled_from([0x55, 0x7A, 0xAA, 0x75, 0x00, 0x08, 0xFF]), max_size=30).map(bytes)
streams = st.lists(st.one_of(blocks.map(encode), noise, st.binary(max_size=30)), max_size=5).map(b"".join)


def test_a_question_is_laid_out_as_published() -> None:
    data = bytes.fromhex("200322101010 200323101010 0001")
    assert encode(Block(0x08, data)).hex(" ").upper() == PUBLISHED


@pytest.mark.parametrize("block", [Block(0xFA, b""), Block(0x02, TIME), Block(0x02, b"", question=True)])
def test_a_block_and_a_refusal_are_read_back(block: Block) -> None:
    assert BlockDecoder().receive(encode(block)) == [block]


def test_a_block_with_a_flipped_bit_costs_itself() -> None:
    good = encode(Block(0x13, TIME + b"\x02"))
    events = BlockDecoder().receive(good[:9] + bytes([good[9] ^ 4]) + good[10:] + b"\x00\x55" + good)
    assert [event for event in events if isinstance(event, Block)] == [Block(0x13, TIME + b"\x02")]
    assert [event.reason for event in events if isinstance(event, BadBlock)] == ["checksum"]


def test_a_length_no_block_has_is_hunted_past() -> None:
    events = BlockDecoder().receive(b"\x55\x7a\x08\xff\xff\x00" + bytes(DATA_SIZE_MAX) + encode(Block(2, TIME)))
    assert [event.reason for event in events if isinstance(event, BadBlock)] == ["length"]
    assert events[-1] == Block(2, TIME)


@given(st.lists(blocks, max_size=5))
def test_what_is_sent_is_what_is_received(sent: list[Block]) -> None:
    assert BlockDecoder().receive(b"".join(map(encode, sent))) == sent


@given(streams, st.lists(st.integers(0, 400), max_size=8))
def test_how_the_stream_is_sliced_never_changes_what_is_decoded(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, sliced, single = BlockDecoder(), BlockDecoder(), BlockDecoder()
    expected = whole.receive(stream)
    assert [event for a, b in pairwise(edges) for event in sliced.receive(stream[a:b])] == expected
    assert [event for byte in stream for event in single.receive(bytes([byte]))] == expected
    assert whole.weather == sliced.weather == single.weather


def test_positions_a_minute_are_told_and_those_without_a_place_are_null() -> None:
    hour = TIME + PLACE + b"\x24" + bytes.fromhex("7fffffff 7fffffff 0000 ff") + (PLACE + b"\x00") * 58
    told = records.read(0x09, hour).facts["items"][0]
    assert told["time"] == "2026-09-24T04:00:00Z"
    assert told["minutes"][0] == {"lat": 39.2165, "lon": 101.6666, "alt": 1500, "speed_kmh": 36}
    assert told["minutes"][1] == {"lat": None, "lon": None, "alt": 0, "speed_kmh": None}
    found = records.positions(0x09, hour)
    assert len(found) == 59
    assert (found[0].device_time_ms, found[1].device_time_ms) == (NOON_MS, NOON_MS + 120_000)
    assert (found[0].speed_kmh, found[0].alt_m, found[0].fix) == (36.0, 1500, True)


@pytest.mark.parametrize(
    ("command", "data", "facts"),
    [
        (0x00, "12 00", {"standard_year": "12", "amendment": 0}),
        (0x02, TIME.hex(), {"time": "2026-09-24T04:00:00Z"}),
        (
            0x03,
            TIME.hex() * 2 + "00000123 00048210",
            {
                "time": "2026-09-24T04:00:00Z",
                "installed": "2026-09-24T04:00:00Z",
                "first_km": 12.3,
                "mileage_km": 4821.0,
            },
        ),
        (0x13, TIME.hex() + "02", {"items": [{"time": "2026-09-24T04:00:00Z", "power": 2}]}),
        (
            0x12,
            TIME.hex() + b"150102199001011234".hex() + "01",
            {"items": [{"time": "2026-09-24T04:00:00Z", "licence": "150102199001011234", "event": 1}]},
        ),
        (0x09, "", {"items": []}),
        (0x77, "0102", {"undecoded_body": "0102"}),
    ],
)
def test_an_answer_is_read_by_its_table(command: int, data: str, facts: dict[str, object]) -> None:
    assert records.read(command, bytes.fromhex(data)).facts == facts


sizes = {0x00: 2, 0x02: 6, 0x03: 20, 0x04: 8, 0x07: 35} | {
    command: records.record_size(command) for command in records.RANGES
}


@example((0x07, [bytes.fromhex("01 00 80") + bytes(32)]))  # half a character after a zero: neither is text
@given(
    st.sampled_from(sorted(sizes)).flatmap(
        lambda command: st.tuples(
            st.just(command),
            st.lists(st.binary(min_size=sizes[command], max_size=sizes[command]), min_size=1, max_size=1),
        )
    )
)
def test_what_a_table_states_it_can_write_and_reads_back_the_same(drawn: tuple[int, list[bytes]]) -> None:
    command, (data,) = drawn
    told = records.read(command, data)
    assert not told.partial
    assert records.read(command, records.write(command, told.facts)).facts == told.facts


@given(st.integers(0, 255), st.binary(max_size=300), st.booleans())
def test_any_block_is_told_as_json(command: int, data: bytes, question: bool) -> None:
    for told in Telling().receive(encode(Block(command, data, question)), 0):
        assert json.loads(json.dumps(told, allow_nan=False))
    if command in records.RANGES:
        assert isinstance(records.positions(command, data), list)


def test_lines_are_told_with_what_was_asked_and_what_was_refused() -> None:
    asked = one_line(Telling(), from_hex(PUBLISHED), 0)
    assert (asked["command"], asked["direction"], asked["body"]["blocks"]) == ("0x08", "question", 1)
    assert one_line(Telling(), encode(Block(0xFA, b"")), 0)["error"] == "collect failed"
    assert one_line(Telling(), encode(Block(0x02, TIME))[:-1], 0) == {"error": "truncated"}
    assert one_line(Telling(), encode(Block(0x02, TIME[:-1])), 0)["partial"]
    power = encode(Block(0x13, (TIME + b"\x01") * 2))
    assert one_line(Telling(), power, 0)["direction"] == "answer"
