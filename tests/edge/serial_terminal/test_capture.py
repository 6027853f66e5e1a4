"""Captures are written as a line is heard, and told in every protocol under one name for one fact."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.serial_terminal.capture import Read, line, reads
from edge.serial_terminal.commands import terminal
from edge.serial_terminal.gbt19056.block import Block
from edge.serial_terminal.gbt19056.block import encode as block
from edge.serial_terminal.nmea.frame import encode as sentence
from edge.serial_terminal.simulator.pseudo import PseudoPort
from tests.edge.serial_terminal.doubles import NOON_MS, frame, report
from tests.edge.serial_terminal.gbt19056.test_block import PLACE, TIME
from tests.edge.serial_terminal.meshtastic.radios import position

pytestmark = pytest.mark.anyio
CAPTURE = [sys.executable, "-m", "ortoo", "terminal", "capture"]
RMC = "GNRMC,040000.00,A,3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A"
DWR = "BDDWR,1,0242286,040000.00,3912.9900,N,10139.9960,E,1500,M"

STREAMS = {
    "jt808": frame(0x0200, report()),
    "nmea": sentence(RMC),
    "meshtastic": position(),
    "gbt19056": block(Block(0x09, TIME + (PLACE + b"\x24") * 60)),
    "rdss": sentence(DWR),
}


def told(*arguments: str, line: str = "") -> list[dict[str, Any]]:
    done = CliRunner().invoke(terminal, ["decode", *arguments], input=line)
    assert done.exit_code == 0, done.output
    return [json.loads(one) for one in done.output.splitlines()]


def place(one: dict[str, Any]) -> tuple[object, object, object]:
    """The same three facts wherever a protocol puts them."""
    inner = one.get("body", {}).get("items", [{}])[0].get("minutes", [one])[0]
    return inner["lat"], inner["lon"], inner.get("alt")


@pytest.mark.parametrize("protocol", STREAMS)
def test_one_name_for_one_fact_in_every_protocol(protocol: str) -> None:
    (one,) = told("--protocol", protocol, line=STREAMS[protocol].hex())
    assert place(one)[:2] == (39.2165, 101.6666)
    assert place(one)[2] in (1500, None)


@pytest.mark.parametrize("protocol", STREAMS)
@pytest.mark.parametrize("timed", [True, False])
def test_a_raw_capture_is_told_frame_by_frame_and_says_what_was_cut(tmp_path: Path, protocol: str, timed: bool) -> None:
    stream = STREAMS[protocol] * 2 + STREAMS[protocol][:11]
    capture = tmp_path / "capture"
    if timed:
        capture.write_text(line(NOON_MS, stream[:20]) + line(NOON_MS + 10, stream[20:]) + '{"at_ms": 17')
    else:
        capture.write_bytes(stream)
    sound = [one for one in told("--protocol", protocol, "--raw", str(capture)) if one.get("sentence") != "epoch"]
    assert [place(one)[0] for one in sound[:2]] == [39.2165] * 2
    assert "error" in sound[2]
    assert len(sound) == 3


def test_a_line_that_is_none_says_so_in_its_place() -> None:
    for protocol in STREAMS:
        bad, empty = told("--protocol", protocol, line="no hex\n\n00ff\n")
        assert (bad["error"], bad["line"]) == ("not hex", 1)
        assert (bool(empty["error"]), empty["line"]) == (True, 3)


def test_text_lines_need_no_hex_where_the_protocol_is_text() -> None:
    assert told("--protocol", "nmea", line=sentence(RMC).decode())[0]["time"] == "2026-09-24T04:00:00Z"
    assert told("--protocol", "rdss", line=sentence(DWR).decode())[0]["alt"] == 1500


def test_a_capture_that_is_not_there_is_a_wrong_call() -> None:
    assert CliRunner().invoke(terminal, ["decode", "--raw", "/no/such/file"]).exit_code == 2


def test_raw_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    capture = tmp_path / "raw"
    capture.write_bytes(b"\x7e{")
    assert list(reads(capture)) == [Read(None, b"\x7e{")]
    capture.write_bytes(b"")
    assert list(reads(capture)) == []


async def test_what_a_line_says_is_written_down_with_its_time_and_can_be_told(tmp_path: Path) -> None:
    cable, out = PseudoPort(), tmp_path / "capture.jsonl"
    child = await asyncio.create_subprocess_exec(
        *CAPTURE,
        cable.name,
        "--out",
        str(out),
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"LANG": "en_US.UTF-8"},
    )
    assert child.stderr
    await child.stderr.readline()  # it says that it listens before it opens the line
    while not out.exists() or not out.stat().st_size:
        cable.write(STREAMS["jt808"])
        await asyncio.sleep(0.02)
    child.send_signal(signal.SIGINT)
    assert await child.wait() == 0
    cable.close()
    heard = list(reads(out))
    assert all(read.at_ms for read in heard)
    assert b"".join(read.data for read in heard).startswith(STREAMS["jt808"])
    assert told("--raw", str(out))[0]["msg_id"] == "0x0200"


def test_a_port_that_cannot_be_captured_is_refused_without_a_trace(tmp_path: Path) -> None:
    done = CliRunner().invoke(terminal, ["capture", "/dev/null", "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)


def test_a_silent_line_says_what_to_look_at(tmp_path: Path) -> None:
    cable = PseudoPort()
    done = CliRunner().invoke(terminal, ["capture", cable.name, "--out", str(tmp_path / "out"), "--seconds", "0.2"])
    cable.close()
    assert done.exit_code == 0
    assert "RX" in done.stderr or "收发" in done.stderr
