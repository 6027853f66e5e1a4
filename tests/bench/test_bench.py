"""`ortoo bench`: the figures are of the work they name, and of all of it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from bench import decode, intake, traffic
from bench.commands import bench
from edge.serial_terminal.jt808 import messages
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder
from edge.serial_terminal.nmea.sentences import read

pytestmark = pytest.mark.anyio


def test_the_frames_measured_are_sound_reports_of_both_editions_with_their_items() -> None:
    events = FrameDecoder().receive(b"".join(traffic.location_frames(40)))
    told = [messages.read(event.payload) for event in events if isinstance(event, Frame)]
    assert Counter(message.header.version for message in told) == {2013: 20, 2019: 20}
    assert len({message.header.phone for message in told}) == 20
    assert all(set(message.facts["extras"]) == {"0x01", "0x02", "0x30", "0x31"} for message in told)


def test_the_same_bytes_are_measured_in_every_run() -> None:
    assert traffic.location_frames(9) == traffic.location_frames(9) != traffic.location_frames(9, seed=2)
    assert traffic.nmea_sentences(2) == traffic.nmea_sentences(2)


def test_every_sentence_measured_is_read() -> None:
    spoken, count = traffic.nmea_sentences(3)
    kinds = Counter(type(read(line[1:-3])).__name__ for line in spoken.decode().splitlines())
    assert kinds == {"Rmc": 3, "Gga": 3, "Vtg": 3, "Gsa": 6, "Gsv": 12}
    assert count == 27


def test_decode_tells_its_figures_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FRAMES", "BATCHES", "EPOCHS", "ROUNDS"):
        monkeypatch.setattr(decode, name, 2)
    figures = json.loads(CliRunner().invoke(bench, ["decode", "--json"]).stdout)
    assert {
        "jt808_location_frames_per_s",
        "jt808_batch_positions_per_s",
        "nmea_sentences_per_s",
        "us_per_frame_p50",
        "rss_mb",
    } <= set(figures)
    assert all(figure > 0 for figure in figures.values())


async def test_every_report_on_the_line_ends_in_a_committed_row() -> None:
    trial = await intake._trial(100, 0.5, seed=3, terminals=20)
    assert (trial.sent, trial.stored, trial.held) == (50, 50, True)
