"""A download comes to its end, whatever the recorder and the line do on the way, and says what it did not get."""

from __future__ import annotations

import pytest

from edge.serial_terminal.gbt19056.block import Block, BlockDecoder, encode
from edge.serial_terminal.gbt19056.download import PATIENCE_MS, TRIES, Download
from edge.serial_terminal.gbt19056.records import RANGES, ms, read, record_size
from edge.serial_terminal.jt808.location import bcd_time
from tests.edge.serial_terminal.doubles import NOON_MS

HOUR_MS = 3_600_000
LONG_MS = 60_000  # longer than any answer takes


class Recorder:
    """A recorder as it answers: newest first, no more than asked for. `hours` are the start times it holds."""

    def __init__(self, hours: list[int]) -> None:
        self.hours, self.asked = sorted(hours, reverse=True), 0

    def answer(self, question: bytes) -> bytes:
        (block,) = BlockDecoder().receive(question)
        assert isinstance(block, Block)
        assert block.question
        self.asked += 1
        span = read(block.command, block.data, question=True).facts
        start_ms, end_ms = ms(span["start"]), ms(span["end"])
        assert start_ms is not None
        assert end_ms is not None
        wanted = [hour for hour in self.hours if start_ms <= hour <= end_ms][: span["blocks"]]
        rest = bytes(record_size(block.command) - 6)
        return encode(Block(block.command, b"".join(bcd_time(hour) + rest for hour in wanted)))


def run(download: Download, recorder: Recorder, at_ms: int = 0) -> int:
    """Let the two talk until the download wants no more; answer how many records came."""
    came = 0
    while question := download.due(at_ms):
        came += len(download.receive(recorder.answer(question), at_ms + 5))
        at_ms += 10
    return came


def hours(count: int) -> list[int]:
    return [NOON_MS + HOUR_MS * hour for hour in range(count)]


def test_a_range_of_many_answers_comes_whole_and_once() -> None:
    recorder = Recorder(hours(30))
    download = Download(0x09, NOON_MS, NOON_MS + 30 * HOUR_MS)
    assert run(download, recorder) == 30
    assert (download.state, download.why, download.gaps()) == ("done", "", [])
    assert recorder.asked == 5


def test_what_a_parked_vehicle_did_not_record_is_stated_as_a_gap() -> None:
    recorder = Recorder([NOON_MS, NOON_MS + HOUR_MS, NOON_MS + 5 * HOUR_MS])
    download = Download(0x09, NOON_MS, NOON_MS + 8 * HOUR_MS)
    assert run(download, recorder) == 3
    assert download.gaps() == [
        (NOON_MS + 2 * HOUR_MS, NOON_MS + 5 * HOUR_MS),
        (NOON_MS + 6 * HOUR_MS, NOON_MS + 8 * HOUR_MS),
    ]
    assert Download(0x13, 0, 1).gaps() == []  # such records come when something happens


def test_an_empty_range_is_done_at_once() -> None:
    recorder = Recorder([])
    download = Download(0x11, NOON_MS, NOON_MS + HOUR_MS)
    assert run(download, recorder) == 0
    assert (download.state, recorder.asked) == ("done", 1)


def test_a_question_is_repeated_until_patience_ends_and_resumed_from_the_oldest_record() -> None:
    recorder = Recorder(hours(12))
    download = Download(0x09, NOON_MS, NOON_MS + 12 * HOUR_MS)
    question = download.due(0)
    assert question is not None
    assert len(download.receive(recorder.answer(question), 100)) == 6
    at_ms = LONG_MS
    for _ in range(TRIES):
        assert download.due(at_ms) is not None
        assert download.due(at_ms + PATIENCE_MS) is None  # an answer needs its time on the wire as well
        assert download.receive(b"\x00\xff" * 50, at_ms) == []
        at_ms += LONG_MS
    assert download.due(at_ms) is None
    assert (download.state, download.why) == ("stopped", "no_answer")
    download.resume()
    assert run(download, recorder, at_ms) == 6
    assert (download.state, recorder.asked) == ("done", 2)


def test_a_damaged_answer_is_asked_for_again() -> None:
    recorder = Recorder(hours(3))
    download = Download(0x09, NOON_MS, NOON_MS + 3 * HOUR_MS)
    question = download.due(0)
    assert question is not None
    answer = recorder.answer(question)
    assert download.receive(answer[:100] + b"\xff" + answer[101:], 10) == []
    assert download.due(LONG_MS) == question
    assert len(download.receive(answer, LONG_MS)) == 3


def test_a_recorder_that_cannot_collect_is_asked_again_and_then_believed() -> None:
    download = Download(0x08, NOON_MS, NOON_MS + HOUR_MS)
    for _ in range(TRIES):
        assert download.due(0) is not None
        download.receive(encode(Block(0xFA, b"")), 1)
    assert (download.state, download.why, download.due(1)) == ("stopped", "refused", None)


def test_a_recorder_that_tells_the_same_again_and_again_ends_it() -> None:
    download = Download(0x13, NOON_MS - HOUR_MS, NOON_MS)
    same = encode(Block(0x13, bcd_time(NOON_MS) + b"\x02"))
    download.due(0)
    assert len(download.receive(same, 1)) == 1
    download.due(2)
    assert download.receive(same, 3) == []
    assert (download.state, download.why) == ("stopped", "no_progress")


def test_records_without_a_date_are_counted_and_answers_to_nobody_are_not_taken() -> None:
    download = Download(0x13, NOON_MS - HOUR_MS, NOON_MS)
    undated = encode(Block(0x13, bytes(6) + b"\x02" + bcd_time(NOON_MS) + b"\x01"))
    assert download.receive(undated, 0) == []
    download.due(0)
    assert len(download.receive(undated, 1)) == 1
    assert download.undated == 1


@pytest.mark.parametrize(("command", "start_ms", "end_ms"), [(0x02, 0, 1), (0xC2, 0, 1), (0x08, 2, 1)])
def test_what_has_no_range_cannot_be_downloaded(command: int, start_ms: int, end_ms: int) -> None:
    with pytest.raises(ValueError, match="0x"):
        Download(command, start_ms, end_ms)


def test_every_kind_of_record_can_be_asked_for() -> None:
    for command in RANGES:
        assert run(Download(command, NOON_MS, NOON_MS + HOUR_MS), Recorder([])) == 0
