"""Lines that carry one voice at a time, give back what is said, or say nothing that can be understood."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.air import POLL_SHARE, Air, Polling
from edge.serial_terminal.echo import Echo
from edge.serial_terminal.hearing import (
    GARBAGE_MIN,
    JUDGE_MS,
    KEEP_MS,
    LISTEN_MS,
    SILENT_MS,
    SPEEDS,
    Hearing,
    next_speed,
)
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.quota import BURST, RATE_PER_S, Quota
from edge.serial_terminal.sniffing import Sniffer
from tests.edge.serial_terminal.doubles import KNOWN, NOON_MS, STRANGER, FixedList, frame, report

BAUD = 9600
OURS = [frame(0x8001, {"ack_serial": n, "ack_id": "0x0200", "result": 0}, serial=n) for n in range(4)]
THEIRS = [frame(0x0200, report(), serial=n) for n in range(4)]


def frames(stream: bytes) -> list[bytes]:
    return [event.payload for event in FrameDecoder().receive(stream) if isinstance(event, Frame)]


@given(st.data())
def test_an_echo_is_taken_out_byte_by_byte_however_it_is_sliced_and_nothing_else_is(data: st.DataObject) -> None:
    echo, line = Echo(BAUD), b""
    for ours in data.draw(st.lists(st.sampled_from(OURS), max_size=4)):
        echo.wrote(ours, 0)
        line += ours + data.draw(st.sampled_from([*THEIRS, b"", b"\x7e\x80", b"noise"]))
    left, at = b"", 0
    while at < len(line):
        size = data.draw(st.integers(1, 40))
        left += echo.strip(line[at : at + size], 1)
        at += size
    said = frames(line)
    assert frames(left) == [payload for payload in said if payload[0] < 0x80]
    assert len(line) - len(left) <= echo.dropped + len(OURS) + 2  # what was dropped, but for shared and waiting 7E


def test_a_copy_that_comes_too_late_or_was_never_written_is_no_echo() -> None:
    echo = Echo(BAUD)
    assert echo.strip(OURS[0], 0) == OURS[0]
    echo.wrote(OURS[0], 0)
    assert frames(echo.strip(OURS[0], 10_000)) == frames(OURS[0])
    assert echo.dropped == 0


def test_what_a_terminal_says_never_waits_for_an_echo() -> None:
    echo = Echo(BAUD)
    echo.wrote(OURS[0], 0)
    assert frames(echo.strip(THEIRS[0], 1)) == frames(THEIRS[0])


def test_half_an_echo_comes_out_when_its_time_is_over() -> None:
    echo = Echo(BAUD)
    echo.wrote(OURS[0], 0)
    assert echo.strip(OURS[0][:9], 1) == b"\x7e"
    assert echo.strip(b"", 10_000) == OURS[0][1:9]


def test_nobody_is_talked_over_and_a_radio_is_given_the_time_its_bits_take() -> None:
    air = Air(2400, turn_ms=50)
    assert air.free_in_ms(0, None) == 0
    assert air.free_in_ms(1000, 990) == 40  # 50 ms of quiet after what was heard
    air.wrote(24, 1000)  # 100 ms on the air at 2400 bit/s
    assert air.free_in_ms(1000, None) == 150
    assert air.free_in_ms(1150, None) == 0


def test_polling_takes_turns_and_at_most_half_of_the_air() -> None:
    air = Air(2400, turn_ms=50)
    polling = Polling(1000, air)
    phones = ["3", "1", "2"]
    asked = [(at, phone) for at in range(0, 20_000, 10) if (phone := polling.next(phones, at))]
    assert [phone for _, phone in asked[:6]] == ["1", "2", "3", "1", "2", "3"]
    gap_ms = asked[1][0] - asked[0][0]
    assert gap_ms * POLL_SHARE >= air.exchange_ms() - 10
    assert Polling(60_000, Air(115_200)).gap_ms(3) == 20_000  # a fast line is asked as often as is wished
    assert polling.next([], 10**9) is None


def test_bytes_without_a_good_frame_are_called_wrong_speed_after_five_seconds_and_not_before() -> None:
    hearing = Hearing(0)
    for at in range(0, JUDGE_MS, 500):
        hearing.took(20, 0, at)
        assert hearing.verdict(at) == "waiting"
    assert hearing.verdict(JUDGE_MS) == "speed"
    hearing.took(80, 1, JUDGE_MS)
    assert hearing.verdict(JUDGE_MS) == "good"
    assert hearing.verdict(JUDGE_MS + SILENT_MS) == "silent"


def test_a_line_that_never_said_anything_is_silent_not_wrong() -> None:
    hearing = Hearing(0)
    assert (hearing.verdict(SILENT_MS - 1), hearing.verdict(SILENT_MS)) == ("waiting", "silent")
    assert not hearing.should_leave(10**7)


def test_hunting_leaves_a_speed_only_after_listening_and_never_one_that_was_right_just_now() -> None:
    hearing = Hearing(0)
    hearing.took(GARBAGE_MIN, 0, 100)
    assert not hearing.should_leave(LISTEN_MS - 1)
    assert hearing.should_leave(LISTEN_MS)
    hearing.restart(LISTEN_MS)
    assert not hearing.should_leave(2 * LISTEN_MS)
    hearing.took(80, 1, 3 * LISTEN_MS)
    hearing.took(500, 0, 3 * LISTEN_MS + 1)
    assert not hearing.should_leave(3 * LISTEN_MS + KEEP_MS - 1)
    assert hearing.should_leave(3 * LISTEN_MS + KEEP_MS)


def test_hunting_goes_round_all_speeds() -> None:
    speeds = [1200]
    while len(speeds) < len(SPEEDS) + 2:
        speeds.append(next_speed(speeds[-1]))
    assert speeds[1:-1] == list(SPEEDS)
    assert speeds[-1] == SPEEDS[0]


def heard(count: int, phone: str = KNOWN, **changes: Any) -> Any:
    station = Station(FixedList(KNOWN, STRANGER))
    return [
        message
        for serial in range(count)
        for message in station.receive(frame(0x0200, report(**changes), serial=serial, phone=phone), NOON_MS)
    ]


def test_a_flooding_terminal_is_held_to_its_quota_and_the_others_do_not_pay_for_it() -> None:
    quota = Quota()
    assert len(quota.admit(heard(BURST + 100), 0)) == BURST
    assert len(quota.admit(heard(5, STRANGER), 0)) == 5
    assert len(quota.admit(heard(2 * RATE_PER_S), 1000)) == RATE_PER_S
    assert quota.over == 100 + RATE_PER_S


def test_alarms_go_first_and_past_a_quota_that_is_used_up() -> None:
    quota = Quota()
    quota.admit(heard(BURST), 0)
    admitted = quota.admit([*heard(3), *heard(1, alarm=1 << 8), *heard(1, STRANGER)], 0)
    assert [(message.phone, message.positions[0].alarm_bits) for message in admitted] == [(KNOWN, 256), (STRANGER, 0)]


def test_a_line_is_known_by_what_has_a_right_check_code() -> None:
    def verdict(*reads: bytes) -> str:
        sniffer = Sniffer()
        for each in reads:
            sniffer.took(each)
        return sniffer.verdict

    assert verdict() == "silent"
    assert verdict(b"\x00\xff\x80" * 40) == "speed"
    assert verdict(THEIRS[0][:20], THEIRS[0][20:]) == "jt808"
    assert verdict(b"$BDRMC,,V,,,,,,,,,,N*", b"46\r\n$GNRMC,,V,,,,,,,,,,N*4D\r\n") == "nmea"
    assert verdict(b"$GNRMC,,V,,,,,,,,,,N*00\r\n") == "speed"
    assert verdict(b"\x94\xc3\x00\x0a\x1a" * 3) == "meshtastic"
