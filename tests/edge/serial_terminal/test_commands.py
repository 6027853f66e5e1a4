"""`ortoo terminal` from the outside: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result

from cable.line import Line
from cable.port import PortName
from edge.serial_terminal.commands import terminal
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Listener
from edge.serial_terminal.send_command import facts
from edge.serial_terminal.simulator.pseudo import PseudoPort
from fleet.errors import BadInput, FleetError, NotFound, RuleBroken, Unavailable
from tests.edge.serial_terminal.doubles import KNOWN, NOON_MS, FixedList, HandClock, frame, report
from tests.edge.serial_terminal.test_conversation import CLOCK, a_terminal

pytestmark = pytest.mark.anyio
SIMULATE = [sys.executable, "-m", "ortoo", "terminal", "simulate"]


def test_decode_answers_each_line_and_goes_on_after_a_bad_one() -> None:
    lines = [frame(0x0200, report()).hex(), "no frame", "", frame(0x0002).hex(" ")]
    done = CliRunner().invoke(terminal, ["decode"], input="\n".join(lines))
    told = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 0
    assert [one.get("msg_id") for one in told] == ["0x0200", None, "0x0002"]
    assert told[1] == {"error": "not hex", "line": 2}


def test_decode_reads_a_file_and_keeps_chinese_readable(tmp_path: Path) -> None:
    capture = tmp_path / "capture.hex"
    capture.write_text(frame(0x8300, {"flag": 1, "text": "请回电"}).hex())
    done = CliRunner().invoke(terminal, ["decode", str(capture), "--protocol", "jt808"])
    assert "请回电" in done.output


def test_a_file_that_is_not_there_is_a_wrong_call() -> None:
    assert CliRunner().invoke(terminal, ["decode", "/no/such/file"]).exit_code == 2


def test_ports_are_listed_under_their_stable_names_with_what_is_wrong_with_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [PortName("/dev/serial/by-id/usb-FTDI", "/dev/ttyUSB3", "USB adapter"), PortName("/dev/null", "", "")]
    monkeypatch.setattr("edge.serial_terminal.ports_command.present", lambda: found)
    done = CliRunner().invoke(terminal, ["ports"])
    first, why, second, *_ = done.stdout.splitlines()
    assert first == "/dev/serial/by-id/usb-FTDI  (/dev/ttyUSB3)  USB adapter"
    assert "没有串口 /dev/serial/by-id/usb-FTDI" in why
    assert second.startswith("/dev/null")
    assert "--listen" in done.stderr


def test_no_ports_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.serial_terminal.ports_command.present", list)
    done = CliRunner().invoke(terminal, ["ports"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "dmesg" in done.stderr


def test_a_port_in_use_is_told_with_who_uses_it() -> None:
    cable = PseudoPort()
    try:
        done = CliRunner().invoke(terminal, ["ports", cable.name])
    finally:
        cable.close()
    assert "另一个程序" in done.stdout
    assert str(os.getpid()) in done.stdout


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "一个字节也没有"),
        (b"\x00\xff\x55" * 30, "A、B 接反"),
        (frame(0x0200, report()), "13800138000"),
        (b"$GNRMC,,V,,,,,,,,,,N*4D\r\n", "NMEA 0183"),
    ],
)
def test_listening_on_a_port_tells_what_is_heard_or_what_to_check(said: bytes, told: str) -> None:
    cable = PseudoPort()
    stop = Event()

    def speak() -> None:
        while not stop.wait(0.02):
            cable.write(said)

    speaking = Thread(target=speak)
    speaking.start()
    try:
        done = CliRunner().invoke(terminal, ["ports", "--listen", "0.4", cable.name])
    finally:
        stop.set()
        speaking.join()
        cable.close()
    assert told in done.stdout.splitlines()[-1]


def test_listening_on_a_port_that_is_not_there_says_so() -> None:
    done = CliRunner().invoke(terminal, ["ports", "--listen", "0.2", "/dev/no-such-port"])
    assert "没有串口 /dev/no-such-port" in done.stdout


class TestSendingOnAPortOfOnesOwn:
    @pytest.fixture
    def vehicle(self) -> Iterator[str]:
        """A simulated vehicle on a cable, driven by a thread; the cable's name."""
        cable, stop = PseudoPort(), Event()
        driver = a_terminal(interval_ms=100)

        def drive() -> None:
            while not stop.wait(0.01):
                driver.receive(cable.read(), CLOCK.now_ms())
                for each in driver.due(CLOCK.now_ms()):
                    cable.write(each)

        driving = Thread(target=drive)
        driving.start()
        yield cable.name
        stop.set()
        driving.join()
        cable.close()

    def send(self, port: str, *arguments: str) -> Result:
        return CliRunner().invoke(terminal, ["send", "--port", port, "--wait-s", "8", *arguments])

    def test_the_answer_is_one_json_object(self, vehicle: str) -> None:
        done = self.send(vehicle, "13800138000", "parameters", "names=interval_s")
        told = json.loads(done.stdout)
        assert told["verdict"] == "done"
        assert told["answer"]["params"] == [{"id": "0x0029", "name": "interval_s", "value": 10}]

    @pytest.mark.parametrize(
        ("arguments", "error", "code"),
        [
            (("13800138000", "photo"), RuleBroken, "terminal_cannot"),
            (("13800138000", "0x8105", "command=5", "args="), RuleBroken, "terminal_forbidden"),
            (("13800138000", "track"), BadInput, "terminal_fact_missing"),
            (("13800138000", "sing"), NotFound, "terminal_no_message"),
            (("13800138000", "text", "text"), BadInput, "terminal_fact_missing"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_reason(
        self, vehicle: str, arguments: tuple[str, ...], error: type[FleetError], code: str
    ) -> None:
        done = self.send(vehicle, *arguments)
        assert isinstance(done.exception, error)
        assert done.exception.code == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["send", "/tmp/no-node", "1", "text", "text=x"], "--person"),
        (["send", "/tmp/no-node", "1"], "ortoo terminal send"),
        (["send", "--port", "/dev/no-such-port", "1"], "ortoo terminal send"),
    ],
)
def test_a_call_without_what_it_needs_says_how_it_is_written(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(terminal, arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_sending_through_a_node_that_does_not_run_says_so(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"82461357")
    os.close(writer)
    arguments = ["send", str(tmp_path), "1", "position", "--person", "3001", "--pin-fd", str(reader)]
    done = CliRunner().invoke(terminal, arguments)
    assert isinstance(done.exception, Unavailable)
    assert done.exception.code == "node_silent"


def test_facts_are_numbers_lists_or_text_as_they_were_typed() -> None:
    typed = ["id=7", "lat=39.5", "text=0x10 楼", "ids=[1,2]", "phone=0138", "args="]
    assert facts(typed) == {"id": 7, "lat": 39.5, "text": "0x10 楼", "ids": [1, 2], "phone": "0138", "args": ""}


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        ([], 2),
        (["--pty", "1", "--hole-s", "9:3"], 2),
        (["--pty", "1", "--noise", "2"], 2),
        (["--pty", "1", "--frames", "/no/such/file"], 2),
        (["--port", "/dev/no-such-port", "--seconds", "5"], 1),
        (["--port", "/dev/null", "--seconds", "5"], 1),
    ],
)
def test_a_simulation_that_cannot_be_is_refused_without_a_trace(arguments: list[str], exit_code: int) -> None:
    done = CliRunner().invoke(terminal, ["simulate", *arguments])
    assert done.exit_code == exit_code
    assert isinstance(done.exception, SystemExit)
    assert done.stderr


@pytest.mark.parametrize("content", ["not hex\n", '{"no": "hex"}\n'])
def test_a_capture_that_is_none_names_its_line(tmp_path: Path, content: str) -> None:
    capture = tmp_path / "capture"
    capture.write_text(frame(0x0002).hex() + "\n" + content)
    done = CliRunner().invoke(terminal, ["simulate", "--pty", "1", "--frames", str(capture)])
    assert done.exit_code == 2
    assert "2" in done.stderr


async def test_simulated_vehicles_are_heard_by_a_station_on_their_pseudo_terminal() -> None:
    options = ["--pty", "1", "--plates", "P1,P2", "--interval-s", "0.2", "--json", "--control"]
    child = await asyncio.create_subprocess_exec(
        *SIMULATE, *options, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin
    assert child.stdout
    (port,) = json.loads(await child.stdout.readline())["ports"]
    phones, stored, enough = ("013800138001", "00000000013800138002"), list[Heard](), asyncio.Event()

    async def commit(heard: object) -> None:
        assert isinstance(heard, list)
        stored.extend(heard)
        if {message.phone for message in stored if message.kind == "position"} == set(phones):
            enough.set()

    clock = HandClock()
    listener = asyncio.create_task(Listener(Line(port, clock), Station(FixedList(*phones)), commit, clock).run())
    child.stdin.write(b"go P1\ngo P9\n")
    assert await child.stdout.readline() == b"ok go P1\n"
    assert await child.stdout.readline() == b"error no_such_plate P9\n"
    await enough.wait()
    child.send_signal(signal.SIGTERM)
    result = json.loads(await child.stdout.read())
    assert (await child.wait(), result["terminals"]) == (0, 2)
    assert 0 < result["positions_acknowledged"] <= sum(len(message.positions) for message in stored)
    listener.cancel()
    await asyncio.wait([listener])


def test_captured_frames_are_played_into_the_line_and_that_is_all(tmp_path: Path) -> None:
    capture = tmp_path / "capture.jsonl"
    sent = [frame(0x0200, report(NOON_MS), serial=1), frame(0x0002, serial=2)]
    capture.write_text(f'{{"hex": "{sent[0].hex()}"}}\n{sent[1].hex()}\n')
    cable = PseudoPort()
    done = CliRunner().invoke(terminal, ["simulate", "--port", cable.name, "--frames", str(capture), "--json"])
    assert json.loads(done.stdout.splitlines()[-1])["frames_played"] == 2
    heard = Station(FixedList(KNOWN)).receive(cable.read(), NOON_MS)
    cable.close()
    assert [message.serial for message in heard] == [1, 2]
