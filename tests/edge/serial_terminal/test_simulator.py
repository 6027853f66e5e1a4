"""Simulated terminals against the station itself, on a cable made of two lists: what they owe to the standard."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.frame import FrameDecoder
from edge.serial_terminal.jt808.heard import Heard
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.simulator.chance import SeededRandomness
from edge.serial_terminal.simulator.noise import Noise
from edge.serial_terminal.simulator.outbox import RESENDS_MAX, Outbox
from edge.serial_terminal.simulator.route import ROUTES, YARD, Route, course, slot
from edge.serial_terminal.simulator.scene import Cast, compose
from edge.serial_terminal.simulator.terminal import Terminal
from edge.serial_terminal.simulator.vehicle import ACCELERATION_KMH_S, SPEED_MAX_KMH, Task, Vehicle
from fleet.rules.position import distance_m, judge
from tests.edge.serial_terminal.doubles import NOON_MS, FixedList, frame, read, report

PLATE, PHONE = "蒙M10001", "13800138000"


def a_terminal(version: int = 2013, interval_ms: int = 10_000) -> Terminal:
    return Terminal(PHONE, Vehicle(PLATE, ROUTES[0], slot(0)), version, interval_ms=interval_ms)


class Cable:
    """A terminal and a station joined; `passes` decides which frames go up."""

    def __init__(self, terminal: Terminal, passes: Callable[[bytes], bytes] = lambda frame: frame) -> None:
        self.terminal, self.passes, self.heard = terminal, passes, list[Heard]()
        self.station, self.at_ms = Station(FixedList(terminal.phone)), NOON_MS

    def run(self, seconds: int) -> list[Heard]:
        """So many seconds; return what the station heard in them."""
        start = len(self.heard)
        for _ in range(seconds):
            self.at_ms += 1000
            for sent in self.terminal.due(self.at_ms):
                for message in self.station.receive(self.passes(sent), self.at_ms):
                    self.heard.append(message)
                    self.terminal.receive(message.answer or b"", self.at_ms)
        return self.heard[start:]


@pytest.mark.parametrize("version", [2013, 2019])
def test_a_terminal_registers_authenticates_and_only_then_reports(version: int) -> None:
    cable = Cable(a_terminal(version))
    kinds = [message.kind for message in cable.run(35)]
    assert kinds == ["registered", "authenticated", "heartbeat", "position", "position", "position", "position"]
    assert cable.heard[0].body["plate"] == PLATE
    assert all(message.version == version for message in cable.heard)


def test_reports_made_in_a_radio_hole_come_afterwards_in_batches_and_none_is_lost() -> None:
    cable = Cable(a_terminal())
    cable.run(15)
    cable.terminal.hole = True
    assert cable.run(400) == []
    cable.terminal.hole = False
    after = cable.run(30)
    batches = [message for message in after if message.kind == "batch"]
    assert [(len(message.positions), message.body["type"]) for message in batches] == [(20, 1), (20, 1), (1, 1)][
        : len(batches)
    ]
    times = sorted({p.device_time_ms for message in cable.heard for p in message.positions if p.device_time_ms})
    assert times == list(range(times[0], times[-1] + 1, 10_000))
    assert cable.terminal.tally.positions_acknowledged == len(times)


def test_a_message_without_an_answer_is_sent_again_with_growing_patience() -> None:
    outbox = Outbox(10_000)
    outbox.sent(0x0200, 7, b"frame", 0)
    sent_s, given_up_s = [], []
    for second in range(400):
        again, given_up = outbox.due(second * 1000)
        sent_s += [second for _ in again]
        given_up_s += [second for _ in given_up]
    assert sent_s == [10, 30, 90]  # T, then twice, then three times the last wait
    assert (len(sent_s), given_up_s) == (RESENDS_MAX, [330])


def test_a_report_that_was_damaged_on_the_way_arrives_by_being_sent_again() -> None:
    damaged: list[bytes] = []

    def first_report_dies(sent: bytes) -> bytes:
        if read(sent)[0].header.msg_id == 0x0200 and not damaged:
            damaged.append(sent)
            return sent[:20] + bytes((sent[20] ^ 1,)) + sent[21:]
        return sent

    cable = Cable(a_terminal(interval_ms=600_000), first_report_dies)
    heard = cable.run(20)
    assert [message.serial for message in heard if message.kind == "position"] == [read(damaged[0])[0].header.serial]
    assert cable.terminal.tally.resent == 1


def test_a_terminal_whose_platform_falls_silent_stores_and_starts_over() -> None:
    silent = False
    cable = Cable(a_terminal(interval_ms=60_000), lambda sent: b"" if silent else sent)
    cable.run(10)
    silent = True
    assert cable.run(1200) == []
    silent = False
    kinds = {message.kind for message in cable.run(400)}
    assert {"authenticated", "batch"} <= kinds
    assert cable.terminal.settled or len(cable.terminal.stored) <= 1


def test_a_terminal_that_is_refused_asks_again_later_and_reports_nothing() -> None:
    cable = Cable(a_terminal())
    cable.station = Station(FixedList("another"))
    kinds = [message.kind for message in cable.run(65)]
    assert kinds == ["refused", "refused", "refused"]


@pytest.mark.parametrize("version", [2013, 2019])
def test_text_reaches_the_screen_and_a_position_query_is_answered(version: int) -> None:
    cable = Cable(a_terminal(version, interval_ms=600_000))
    cable.run(5)
    phone = cable.terminal.phone
    for msg_id, facts in ((0x8300, {"flag": 4, "text_type": 1, "text": "新任务"}), (0x8201, {})):
        cable.terminal.receive(cable.station.send(phone, msg_id, facts), cable.at_ms)
    answers = cable.run(1)
    assert cable.terminal.texts == ["新任务"]
    assert [(message.kind, message.body.get("result")) for message in answers] == [("answer", 0), ("position", None)]


def test_what_is_meant_for_another_phone_is_passed_over() -> None:
    terminal = a_terminal()
    terminal.receive(frame(0x8300, {"flag": 4, "text": "x"}, phone="013900139000"), NOON_MS)
    assert terminal.texts == []


def test_a_vehicle_drives_out_and_home_at_a_believable_speed_and_every_position_passes_the_gate() -> None:
    vehicle = Vehicle(PLATE, Route("short", (YARD, (39.23, 101.68), (39.25, 101.68))), slot(3), task=Task.GO)
    cable = Cable(Terminal(PHONE, vehicle, 2013, interval_ms=5000))
    cable.run(400)
    assert vehicle.task is Task.PARK
    assert vehicle.travelled_m == pytest.approx(vehicle.route.length_m)
    vehicle.task = Task.HOME
    cable.run(400)
    assert not vehicle.left
    assert vehicle.report().lat == pytest.approx(slot(3)[0], abs=1e-6)
    driven_km = (vehicle.odometer_m - 48_210_000) / 1000
    assert driven_km == pytest.approx(2 * vehicle.route.length_m / 1000, rel=1e-6)
    positions = [position for message in cable.heard for position in message.positions]
    verdicts = {judge(now, cable.at_ms, before) for before, now in pairwise(positions)}
    assert verdicts == {None}
    assert any(position.acc for position in positions)


@given(st.floats(1, 1000), st.lists(st.integers(1, 5000), min_size=1, max_size=30))
def test_no_order_makes_a_vehicle_faster_than_the_gate_allows_or_jump(cruise_kmh: float, steps: list[int]) -> None:
    vehicle = Vehicle(PLATE, ROUTES[0], slot(0), task=Task.GO, cruise_kmh=cruise_kmh)
    vehicle.advance(NOON_MS)
    at_ms, before = NOON_MS, vehicle.speed_kmh
    for step in steps:
        at_ms += step
        vehicle.advance(at_ms)
        assert vehicle.speed_kmh <= min(SPEED_MAX_KMH, before + ACCELERATION_KMH_S * step / 1000 + 1e-6)
        before = vehicle.speed_kmh


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_starts_in_the_yard_and_its_legs_add_up(route: Route) -> None:
    assert route.at(0)[:2] == YARD
    assert route.at(route.length_m * 2)[:2] == pytest.approx(route.points[-1])
    lat, lon, _ = route.at(route.ends_m[0] / 2)
    assert distance_m(*YARD, lat, lon) == pytest.approx(route.ends_m[0] / 2, rel=1e-3)


def test_courses_count_from_north_clockwise() -> None:
    assert [course((39, 101), to) for to in ((40, 101), (39, 102), (38, 101), (39, 100))] == [0, 90, 180, 270]


@given(st.integers(0, 1000), st.floats(0, 1))
def test_noise_damages_what_it_counts_and_nothing_else(seed: int, level: float) -> None:
    sent = [frame(0x0200, report(), serial=serial) for serial in range(60)]
    noise = Noise(level, SeededRandomness(seed))
    line = b"".join(map(noise.spoil, sent)) + b"\x7e"
    expected = {event for one in sent for event in FrameDecoder().receive(one)}
    sound = [event for event in FrameDecoder().receive(line) if event in expected]
    # a damaged delimiter takes its neighbour along: each damage costs one frame or two, and nothing else costs any
    assert len(sent) - 2 * noise.done.damaged <= len(sound) <= len(sent) - noise.done.damaged


def test_the_same_seed_spoils_in_the_same_way() -> None:
    sent = [frame(0x0002, serial=serial) for serial in range(200)]
    lines = [b"".join(map(Noise(0.5, SeededRandomness(7)).spoil, sent)) for _ in range(2)]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (f"go {PLATE}", f"ok go {PLATE}"),
        (f"home {PLATE}", f"ok home {PLATE}"),
        (f"park {PLATE}", f"ok park {PLATE}"),
        (f"hole {PLATE} on", f"ok hole {PLATE} on"),
        (f"hole {PLATE} maybe", f"error not_a_command hole {PLATE} maybe"),
        ("go", "error not_a_command go"),
        ("go 蒙M99999", "error no_such_plate 蒙M99999"),
        ("", "error not_a_command "),
    ],
)
def test_a_control_line_is_obeyed_or_refused_in_one_line(command: str, answer: str) -> None:
    scene = compose(Cast(names=[(PLATE, PHONE)]).terminals(), 0, [SeededRandomness(1)], [])
    assert scene.obey(command) == answer


def test_vehicles_are_dealt_out_to_the_lines_and_editions_in_turn() -> None:
    cast = Cast(names=[(f"P{number}", str(number)) for number in range(5)], protocol="mixed")
    scene = compose(cast.terminals(), 0, [SeededRandomness(1), SeededRandomness(2)], [])
    dealt = [[(one.vehicle.plate, one.version) for one in wire.terminals] for wire in scene.wires]
    assert dealt == [[("P0", 2013), ("P2", 2013), ("P4", 2013)], [("P1", 2019), ("P3", 2019)]]
