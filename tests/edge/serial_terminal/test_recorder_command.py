"""`ortoo terminal recorder` over a real pseudo-terminal: all a recorder holds comes out, or it is said what did not."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from edge.serial_terminal.commands import terminal
from edge.serial_terminal.facts import Facts, one_line
from edge.serial_terminal.gbt19056 import download
from edge.serial_terminal.gbt19056.block import COLLECT_FAILED, Block, BlockDecoder, encode
from edge.serial_terminal.gbt19056.describe import Telling
from edge.serial_terminal.gbt19056.records import ms, read, record_size
from edge.serial_terminal.jt808.location import bcd_time
from edge.serial_terminal.simulator.pseudo import PseudoPort
from tests.edge.serial_terminal.doubles import NOON_MS
from tests.edge.serial_terminal.far_end import device, wait_for_question

HOUR_MS = 3_600_000
POSITION, OVERTIME, DRIVERS = 0x09, 0x11, 0x12
DAY = ("--from", "2026-09-24T12:00", "--to", "2026-09-25")  # Beijing time; begins at NOON_MS
FAST = "1000000"  # a speed at which an answer needs no time on the wire


class Recorder:
    """Holds one record at each of `hours`; keeps no record of the kinds in `without`."""

    def __init__(self, hours: int, without: tuple[int, ...] = ()) -> None:
        self.times = [NOON_MS + HOUR_MS * hour for hour in reversed(range(hours))]
        self.without, self.asked = without, list[int]()
        self.answers_left = 1000
        self._heard = BlockDecoder()

    def answer(self, said: bytes) -> bytes:
        return b"".join(self._one(block) for block in self._heard.receive(said) if isinstance(block, Block))

    def _one(self, block: Block) -> bytes:
        self.asked.append(block.command)
        self.answers_left -= 1
        if self.answers_left < 0:
            return b""
        if block.command in self.without:
            return encode(Block(COLLECT_FAILED, b""))
        return encode(Block(block.command, b"".join(self.held(block))))

    def held(self, question: Block) -> list[bytes]:
        span = read(question.command, question.data, question=True).facts
        start_ms, end_ms = ms(span["start"]), ms(span["end"])
        assert start_ms is not None
        assert end_ms is not None
        rest = bytes(record_size(question.command) - 6)
        times = [time for time in self.times if start_ms <= time <= end_ms]
        return [bcd_time(time) + rest for time in times[: span["blocks"]]]


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE_MS", 150)


def run(port: str, *arguments: str) -> Result:
    return CliRunner().invoke(terminal, ["recorder", port, "--baud", FAST, *DAY, *arguments])


def lines(done: Result) -> list[Facts]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_record_comes_once_newest_first_and_told_as_decode_tells_it() -> None:
    recorder = Recorder(10)
    with device(recorder.answer) as port:
        done = run(port, "--records", "position,drivers")
    told = lines(done)
    assert done.exit_code == 0
    assert [line["command"] for line in told] == ["0x09"] * 10 + ["0x12"] * 10
    times = [line["body"]["items"][0]["time"] for line in told]
    assert times[:10] == times[10:] == sorted(times[:10], reverse=True)
    block = encode(Block(POSITION, bcd_time(recorder.times[0]) + bytes(660)))
    assert told[0] == one_line(Telling(), block, 0)
    assert recorder.asked == [POSITION] * 2 + [DRIVERS]
    assert "position：10 条记录" in done.stderr
    assert "2.0 小时没有记录" in done.stderr


def test_a_file_is_added_to_and_standard_output_stays_empty(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    out.write_text('{"before": 1}\n')
    with device(Recorder(2).answer) as port:
        done = run(port, "--records", "drivers", "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, "")
    assert len(out.read_text().splitlines()) == 3


def test_a_recorder_that_pauses_is_asked_again_from_the_oldest_record_held() -> None:
    recorder = Recorder(10)
    heard = recorder.answer
    lost = iter([False, *[True] * download.TRIES])  # the first answer comes, then none to a whole round of questions

    def pausing(said: bytes) -> bytes:
        return b"" if next(lost, False) else heard(said)

    with device(pausing) as port:
        done = run(port, "--records", "position")
    assert (done.exit_code, len(lines(done))) == (0, 10)
    assert "从已读到的地方再问" in done.stderr
    assert recorder.asked == [POSITION] * 2


def test_a_recorder_that_stops_for_good_is_told_with_how_to_go_on() -> None:
    recorder = Recorder(10)
    recorder.answers_left = 1
    with device(recorder.answer) as port:
        done = run(port, "--records", "position")
    assert (done.exit_code, len(lines(done))) == (1, 6)
    assert "--records position --to 2026-09-24T15:59:59" in done.stderr
    assert "没有读全：position" in done.stderr


def test_a_line_that_breaks_off_is_waited_for_and_reading_goes_on(tmp_path: Path) -> None:
    recorder, cable, port = Recorder(10), PseudoPort(), tmp_path / "adapter"
    recorder.answers_left = 1
    port.symlink_to(cable.name)

    def unplug_and_plug_in_again() -> None:
        cable.write(recorder.answer(wait_for_question(cable)))
        wait_for_question(cable)
        recorder.answers_left = 1000
        port.unlink()
        port.symlink_to(second)
        cable.close()

    unplugging = Thread(target=unplug_and_plug_in_again)
    with device(recorder.answer) as second:
        unplugging.start()
        done = run(str(port), "--records", "position")
    unplugging.join()
    assert (done.exit_code, len(lines(done))) == (0, 10)
    assert "断开了" in done.stderr


def test_a_silent_recorder_is_told_with_what_to_check() -> None:
    with device(lambda said: b"") as port:
        done = run(port)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "没有任何回应" in done.stderr
    assert FAST in done.stderr


def test_noise_instead_of_answers_points_at_the_speed() -> None:
    with device(lambda said: b"\x00\xff" * 8) as port:
        done = run(port, "--records", "drivers")
    assert done.exit_code == 1
    assert "波特率不对" in done.stderr


def test_a_kind_the_recorder_refuses_is_named_and_the_others_are_read() -> None:
    with device(Recorder(3, without=(OVERTIME,)).answer) as port:
        done = run(port, "--records", "overtime,drivers")
    assert done.exit_code == 1
    assert [line["command"] for line in lines(done)] == ["0x12"] * 3
    assert "overtime：记录仪回答“采集失败”" in done.stderr
    assert "没有读全：overtime。" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (["/dev/no-such-port"], 1, "没有串口 /dev/no-such-port"),
        (["/dev/null"], 1, "不是串口"),
        (["/dev/null", "--records", "songs"], 2, "speed, position"),
        (["/dev/null", "--from", "2026-09-25", "--to", "2026-09-24"], 2, "2026-09-25T00:00:00"),
        (["/dev/null", "--from", "1999-01-01"], 2, "2000"),
        (["/dev/null", "--from", "yesterday"], 2, "yesterday"),
        (["/dev/null", "--out", "/no/such/directory/file"], 2, "/no/such/directory/file"),
        ([], 2, "PORT"),
    ],
)
def test_what_cannot_be_is_refused_without_a_trace(arguments: list[str], exit_code: int, told: str) -> None:
    done = CliRunner().invoke(terminal, ["recorder", *arguments])
    assert done.exit_code == exit_code
    assert isinstance(done.exception, SystemExit)
    assert told in done.stderr
