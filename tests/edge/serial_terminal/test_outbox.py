"""Asking a terminal: the right answer ends it, silence is asked again with growing patience, nothing is for ever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.header import BODY_SIZE_MAX
from edge.serial_terminal.jt808.outbox import JITTER_PERCENT, PATIENT, QUEUED_MAX, SPECIAL, Outbox, Outcome, Patience
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.simulator.chance import SeededRandomness
from fleet.errors import RuleBroken, Unavailable
from tests.edge.serial_terminal.doubles import KNOWN, NOON_MS, FixedList, frame, packet, read, report

TEXT = {"flag": 12, "text": "请回电调度室"}
SECOND_MS = 1000


def a_station(version: int = 2013, patience: Patience = PATIENT) -> Station:
    """A station that has heard its terminal, and whose own serials start at 1."""
    station = Station(FixedList(), None, patience)
    station.receive(frame(0x0002, version=version), NOON_MS)
    return station


def general(serial: int, msg_id: int, result: int = 0) -> bytes:
    return frame(0x0001, {"ack_serial": serial, "ack_id": f"0x{msg_id:04x}", "result": result})


def sent(frames: list[bytes]) -> list[tuple[int, int]]:
    """Message ids and serials."""
    return [(message.header.msg_id, message.header.serial) for each in frames for message in read(each)]


def ended(station: Station) -> list[tuple[int, str, int]]:
    outcomes, station.outcomes = station.outcomes, []
    return [(outcome.ticket, outcome.verdict, outcome.sends) for outcome in outcomes]


@pytest.mark.parametrize(
    ("result", "verdict"), [(0, "done"), (1, "failed"), (2, "misread"), (3, "unsupported"), (4, "done"), (9, "failed")]
)
def test_a_general_answer_ends_a_question_with_what_it_says(result: int, verdict: str) -> None:
    station = a_station()
    ticket = station.ask(KNOWN, 0x8300, TEXT)
    assert sent(station.due(NOON_MS)) == [(0x8300, 1)]
    station.receive(general(1, 0x8300, result), NOON_MS)
    assert ended(station) == [(ticket, verdict, 1)]
    assert station.is_idle


@pytest.mark.parametrize("wrong", [general(2, 0x8300), general(1, 0x8201), frame(0x0702, b"\x02" + bytes(6))])
def test_an_answer_to_something_else_ends_nothing(wrong: bytes) -> None:
    station = a_station()
    station.ask(KNOWN, 0x8300, TEXT)
    station.due(NOON_MS)
    station.receive(wrong, NOON_MS)
    assert ended(station) == []


ANSWERS: dict[int, dict[str, Any] | bytes] = {
    0x0104: {"ack_serial": 1, "count": 0, "params": []},
    0x0201: b"\x00\x01" + report(),
    0x0500: b"\x00\x01" + report(),
    0x0700: {"ack_serial": 1, "command": 8, "data": "01"},
    0x0702: {"status": 2, "time": None},
    0x0802: {"ack_serial": 1, "items": []},
    0x0805: {"ack_serial": 1, "result": 0, "ids": []},
    0x0608: {"type": 5, "ids": [1]},
    0x0107: b"\x00\x01" + bytes(5 + 20 + 7 + 10) + b"\x01H\x01F" + b"\x03\x20",
}
QUESTIONS: dict[int, dict[str, Any]] = {
    0x8106: {"ids": ["0x0029"]},
    0x8500: {"flag": 1},
    0x8608: {"type": 1, "ids": []},
    0x8700: {"command": 8, "data": ""},
    0x8801: dict.fromkeys(
        ("channel", "command", "interval_s", "save", "resolution", "quality", "brightness", "contrast", "saturation"), 1
    )
    | {"chroma": 1},
    0x8802: {"type": 0, "channel": 1, "event": 0, "start": None, "end": None},
}


@pytest.mark.parametrize(("msg_id", "answer_id"), SPECIAL.items(), ids=lambda number: f"{number:04x}")
def test_a_question_with_an_answer_of_its_own_waits_for_that_one(msg_id: int, answer_id: int) -> None:
    station = a_station()
    station.ask(KNOWN, msg_id, QUESTIONS.get(msg_id, {}))
    assert sent(station.due(NOON_MS)) == [(msg_id, 1)]
    station.receive(general(1, msg_id), NOON_MS)
    assert ended(station) == []
    assert station.due(NOON_MS + 9_999) == []
    station.receive(frame(answer_id, ANSWERS[answer_id]), NOON_MS)
    assert [verdict for _, verdict, _ in ended(station)] == ["done"]


def test_silence_is_asked_again_with_the_same_serial_after_t_2t_and_6t_and_then_given_up() -> None:
    station = a_station(patience=Patience(10_000, 3))
    ticket = station.ask(KNOWN, 0x8300, TEXT)
    times = {second: sent(station.due(NOON_MS + second * SECOND_MS)) for second in range(400)}
    assert [second for second, frames in times.items() if frames] == [0, 10, 30, 90]
    assert {serial for frames in times.values() for _, serial in frames} == {1}
    assert ended(station) == [(ticket, "no_answer", 4)]


@given(st.integers(0, 1000))
def test_jitter_only_lengthens_a_wait_and_by_little(seed: int) -> None:
    outbox = Outbox(SeededRandomness(seed))
    waits = {outbox._jittered(10_000) for _ in range(20)}
    assert min(waits) >= 10_000
    assert max(waits) < 10_000 * (100 + JITTER_PERCENT) // 100
    assert len(waits) > 1


def test_one_question_at_a_time_goes_to_a_terminal_and_another_terminal_does_not_wait_for_it() -> None:
    other = "013900139000"
    station = Station(FixedList(KNOWN, other))
    station.receive(frame(0x0002) + frame(0x0002, phone=other), NOON_MS)
    for _ in range(2):
        station.ask(KNOWN, 0x8201, {})
    station.ask(other, 0x8201, {})
    assert sent(station.due(NOON_MS)) == [(0x8201, 1), (0x8201, 1)]  # one to each
    station.receive(frame(0x0201, b"\x00\x01" + report()), NOON_MS)
    assert sent(station.due(NOON_MS)) == [(0x8201, 3)]  # 2 acknowledged the report
    assert ended(station)[0][1] == "done"


def test_more_questions_than_a_terminal_can_be_asked_are_refused_where_they_are_asked() -> None:
    station = a_station()
    for _ in range(QUEUED_MAX):
        station.ask(KNOWN, 0x8201, {})
    with pytest.raises(Unavailable, match="terminal_busy"):
        station.ask(KNOWN, 0x8201, {})


def test_a_terminal_that_was_never_heard_cannot_be_asked_unless_it_is_expected() -> None:
    station = Station(FixedList())
    with pytest.raises(KeyError):
        station.ask(KNOWN, 0x8201, {})
    station.expect("13800138000")
    station.ask(KNOWN, 0x8201, {})
    assert sent(station.due(NOON_MS)) == [(0x8201, 0)]


@pytest.mark.parametrize("version", [2013, 2019])
def test_a_body_too_long_for_one_packet_goes_in_several_and_the_answer_may_name_any_of_them(version: int) -> None:
    phone = KNOWN.zfill(20) if version == 2019 else KNOWN
    points = [{"lat": 39.0, "lon": 101.0} for _ in range(300)]
    fence = {"id": 1, "attr": 0, "points": points, "name": ""}
    for named in (0, 1, 2):
        station = a_station(version)
        station.ask(phone, 0x8604, fence)
        packets = [message for each in station.due(NOON_MS) for message in read(each)]
        assert [(m.header.packet_index, m.header.packet_total) for m in packets] == [(1, 3), (2, 3), (3, 3)]
        assert max(len(message.raw) for message in packets) <= BODY_SIZE_MAX
        serial = packets[named].header.serial
        answer = {"ack_serial": serial, "ack_id": "0x8604", "result": 0}
        station.receive(frame(0x0001, answer, version=version), NOON_MS)
        assert [verdict for _, verdict, _ in ended(station)] == ["done"]


def test_packets_a_terminal_misses_are_repeated_as_they_were() -> None:
    station = a_station(2019)
    phone = KNOWN.zfill(20)
    points = [{"lat": 39.0, "lon": 101.0} for _ in range(300)]
    station.ask(phone, 0x8604, {"id": 1, "attr": 0, "points": points, "name": ""})
    first = station.due(NOON_MS)
    serial = read(first[0])[0].header.serial
    station.receive(frame(0x0005, {"serial": serial, "ids": [3, 1, 3, 99]}, version=2019), NOON_MS)
    assert station.due(NOON_MS) == [first[2], first[0]]


@pytest.mark.parametrize(
    ("msg_id", "facts"),
    [
        *((0x8105, {"command": command, "args": ""}) for command in (3, 5, 6, 7, 0x64, 0x65, 0x90, 0xF0, 0xF1)),
        (0x8500, {"flag": 2}),
        (0x8500, {"count_or_type": 1, "items_hex": "000501"}),
        *((0x8701, {"command": command, "data": ""}) for command in (0xE0, 0xE4)),
    ],
)
def test_there_is_no_way_to_stop_an_engine_or_silence_a_terminal(msg_id: int, facts: dict[str, Any]) -> None:
    station = a_station()
    for send in (station.ask, station.send):
        with pytest.raises(RuleBroken, match="terminal_forbidden"):
            send(KNOWN, msg_id, facts)
    assert station.due(NOON_MS) == []


def test_a_padlocks_frame_is_kept_whole_and_raw_and_nothing_is_answered() -> None:
    lock = bytes.fromhex("5501002e013800138000" + "27" + "06100804532232288011355560")
    station = Station(FixedList())
    from edge.serial_terminal.jt808.frame import encode

    (heard,) = station.receive(encode(lock), NOON_MS)
    assert (heard.kind, heard.raw, heard.answer, heard.phone) == ("unknown", lock, None, KNOWN)
    assert station.counters.bad.total() == 0


def test_a_pictures_packets_are_each_acknowledged_and_missing_ones_asked_for_by_its_own_answer() -> None:
    station = a_station()
    first = packet(0x0801, (77).to_bytes(4, "big") + bytes(10), 3, 1, serial=5)
    last = packet(0x0801, bytes(10), 3, 3, serial=9)
    heard = station.receive(first + last, NOON_MS)
    assert [facts["ack_serial"] for each in heard for facts in [read(each.answer)[0].facts]] == [5, 9]
    (again,) = station.due(NOON_MS + 5_000)
    (message,) = read(again)
    assert (message.header.msg_id, message.facts) == (0x8800, {"media_id": 77, "ids": [2]})


def test_a_damaged_frame_that_still_shows_a_phone_is_counted_against_its_terminal() -> None:
    station = a_station()
    spoilt = bytearray(frame(0x0200, report()))
    spoilt[40] ^= 1
    station.receive(bytes(spoilt), NOON_MS)
    session = station.sessions[KNOWN]
    assert (session.frames, session.bad) == (1, 1)


def test_outcomes_say_what_was_asked() -> None:
    station = a_station()
    station.ask(KNOWN, 0x8300, TEXT)
    station.due(NOON_MS)
    station.receive(general(1, 0x8300), NOON_MS)
    (outcome,) = station.outcomes
    assert isinstance(outcome, Outcome)
    assert (outcome.phone, outcome.msg_id, outcome.facts["result"]) == (KNOWN, 0x8300, 0)
