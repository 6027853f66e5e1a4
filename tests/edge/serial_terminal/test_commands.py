"""`ortoo terminal` from the outside: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.serial_terminal.commands import terminal
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.line import Line
from edge.serial_terminal.listen import Listener
from edge.serial_terminal.port import PortName
from edge.serial_terminal.simulator.pseudo import PseudoPort
from tests.edge.serial_terminal.doubles import KNOWN, NOON_MS, FixedList, HandClock, frame, report

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


def test_ports_are_listed_under_their_stable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [PortName("/dev/serial/by-id/usb-FTDI", "/dev/ttyUSB3", "USB adapter")]
    monkeypatch.setattr("edge.serial_terminal.commands.present", lambda: found)
    done = CliRunner().invoke(terminal, ["ports"])
    assert done.output == "/dev/serial/by-id/usb-FTDI  (/dev/ttyUSB3)  USB adapter\n"


def test_no_ports_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.serial_terminal.commands.present", list)
    done = CliRunner().invoke(terminal, ["ports"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "dmesg" in done.stderr


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
