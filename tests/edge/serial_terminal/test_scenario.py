"""Scenarios, bit errors and what a simulated terminal suffers: told in a file, the same each time, seen in reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.simulator import scenario
from edge.serial_terminal.simulator.chance import SeededRandomness
from edge.serial_terminal.simulator.errors import BitErrors
from edge.serial_terminal.simulator.scene import Scene, compose, enact
from edge.serial_terminal.simulator.vehicle import ANTENNA_CUT, OVERSPEED, POWER_CUT
from fleet.errors import BadInput
from fleet.rules.position import judge
from tests.edge.serial_terminal.doubles import NOON_MS, FixedList

SHIPPED = Path(scenario.__file__).with_name("alxa.toml")
ONE = '[[vehicles]]\nplate = "A1"\nphone = "13800138001"\n'


class Replay:
    """A scenario in hand-made time: no port, no clock, every message heard."""

    def __init__(self, written: scenario.Scenario) -> None:
        self.scene: Scene = compose(enact(written), 0, [SeededRandomness(1)], [])
        self.terminals = self.scene.wires[0].terminals
        self.station = Station(FixedList(*(terminal.phone for terminal in self.terminals)))
        self.events = sorted((event.at_s, event.do) for event in written.events)
        self.answers: list[str] = []
        self.heard: list[Heard] = []

    def run(self, seconds: int) -> None:
        for second in range(seconds):
            while self.events and self.events[0][0] <= second:
                self.answers.append(self.scene.obey(self.events.pop(0)[1]))
            at_ms = NOON_MS + second * 1000
            for terminal in self.terminals:
                for message in self.station.receive(b"".join(terminal.due(at_ms)), at_ms):
                    self.heard.append(message)
                    for other in self.terminals:
                        other.receive(message.answer or b"", at_ms)

    def alarms(self, plate: str) -> int:
        phone = next(terminal.phone for terminal in self.terminals if terminal.vehicle.plate == plate)
        bits = 0
        for message in self.heard:
            for position in message.positions if message.phone == phone else ():
                bits |= position.alarm_bits
        return bits


def test_the_scenario_that_comes_along_shows_everything_a_terminal_can_suffer() -> None:
    replay = Replay(scenario.load(SHIPPED))
    replay.run(360)
    assert [answer for answer in replay.answers if not answer.startswith("ok ")] == []
    assert replay.alarms("蒙M10002") & POWER_CUT
    assert replay.alarms("蒙M10003") & OVERSPEED
    assert replay.alarms("蒙M10004") & ANTENNA_CUT
    cards = [message.body["name"] for message in replay.heard if message.kind == "driver"]
    assert cards == ["孟克", "巴图"]
    batches = [message for message in replay.heard if message.kind == "batch"]
    assert sum(len(message.positions) for message in batches) >= 20, "what was reported in the radio hole came after it"
    verdicts = {judge(position, message.at_ms) for message in replay.heard for position in message.positions}
    assert verdicts == {None, "clock_ahead", "no_fix"}
    assert {message.version for message in replay.heard} == {2013, 2019}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vehicles = []",
        ONE + 'colour = "red"',
        ONE + 'route = "nowhere"',
        ONE + '[[events]]\nat_s = "soon"\ndo = "go A1"',
        '[[routes]]\nname = "point"\npoints = [[39.0, 101.0]]\n' + ONE,
        "\x00",
    ],
)
def test_what_is_wrong_in_a_scenario_is_said_before_anything_starts(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match="scenario_wrong"):
        scenario.load(path)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("power A1 cut", "ok power A1 cut"),
        ("power * back", "ok power * back"),
        ("antenna A1 gone", "error not_a_command antenna A1 gone"),
        ("speed A1 fast", "error not_a_command speed A1 fast"),
        ("clock A1 -7200", "ok clock A1 -7200"),
        ("card A1 out", "ok card A1 out"),
        ("card A1 in", "error not_a_command card A1 in"),
        ("card A1 孟克 1529", "ok card A1 孟克 1529"),
        ("texts A1", "ok []"),
        ("go B2", "error no_such_plate B2"),
    ],
)
def test_what_befalls_a_terminal_is_told_in_one_line(command: str, answer: str, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(ONE)
    assert Replay(scenario.load(path)).scene.obey(command) == answer


@given(st.integers(0, 100), st.lists(st.integers(0, 50), max_size=20))
def test_bit_errors_fall_on_the_same_bits_however_the_stream_is_cut(seed: int, cuts: list[int]) -> None:
    data = bytes(sum(cuts))
    whole = BitErrors(0.01, SeededRandomness(seed)).spoil(data)
    sliced, at, spoiler = b"", 0, BitErrors(0.01, SeededRandomness(seed))
    for size in cuts:
        sliced += spoiler.spoil(data[at : at + size])
        at += size
    assert sliced == whole
    assert spoiler.done.bits == int.from_bytes(whole, "big").bit_count()


@pytest.mark.parametrize("rate", [1e-4, 1e-3, 1e-2])
def test_as_many_bits_are_flipped_as_the_rate_says(rate: float) -> None:
    spoiler = BitErrors(rate, SeededRandomness(1))
    spoiler.spoil(bytes(500_000))
    assert spoiler.done.bits == pytest.approx(4_000_000 * rate, rel=0.15)


def test_no_errors_means_none() -> None:
    assert BitErrors(0, SeededRandomness(1)).spoil(b"\x00" * 1000) == b"\x00" * 1000
