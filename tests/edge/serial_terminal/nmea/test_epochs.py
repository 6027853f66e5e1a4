"""The sentences of one moment make one fix: with the right day, and only where the receiver vouches for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.nmea.describe import Telling, describe
from edge.serial_terminal.nmea.epochs import ANTENNA_OPEN, DAY_MS, SILENCE_MS, WEEK_MS, Fix, day_ms
from edge.serial_terminal.nmea.frame import encode
from edge.serial_terminal.nmea.receiver import Receiver
from tests.edge.serial_terminal.doubles import NOON_MS

WHERE = "3912.9900,N,10139.9960,E"


def rmc(time: str = "040000.00", status: str = "A", date: str = "240926", talker: str = "GN") -> str:
    return f"{talker}RMC,{time},{status},{WHERE},19.708,90.0,{date},,,A"


def gga(time: str = "040000.00", quality: int = 1, satellites: int = 13, talker: str = "GN") -> str:
    return f"{talker}GGA,{time},{WHERE},{quality},{satellites},0.8,1500.4,M,,M,,"


def fixes(*texts: str, receiver: Receiver | None = None, at_ms: int = NOON_MS) -> list[Fix]:
    """The epochs of some sentences, the last closed by silence."""
    receiver = receiver or Receiver()
    heard = receiver.receive(b"".join(map(encode, texts)), at_ms)
    last = receiver.due(at_ms + SILENCE_MS)
    return heard + ([last] if last else [])


def test_the_sentences_of_one_moment_make_one_position() -> None:
    (fix,) = fixes(rmc(), gga(), "GNGSA,A,3,03,05,30,,,,,,,,,,1.0,0.8,0.9,1")
    position = fix.position
    assert position is not None
    assert (position.lat, position.lon, position.alt_m) == (39.2165, 101.6666, 1500)
    assert (position.speed_kmh, position.course, position.satellites, position.fix) == (36.499, 90, 13, True)
    assert position.device_time_ms == NOON_MS


def test_an_epoch_closes_when_the_time_changes_or_nothing_more_is_said() -> None:
    receiver = Receiver()
    assert receiver.receive(encode(rmc()) + encode(gga()), NOON_MS) == []
    assert receiver.due(NOON_MS + SILENCE_MS - 1) is None
    (first,) = receiver.receive(encode(rmc("040001.00")), NOON_MS + SILENCE_MS - 1)
    second = receiver.due(NOON_MS + 2 * SILENCE_MS)
    assert second is not None
    assert (first.time_ms, second.time_ms) == (NOON_MS, NOON_MS + 1000)
    assert receiver.due(NOON_MS + 9 * SILENCE_MS) is None


def test_of_several_talkers_the_combined_one_counts_else_the_first() -> None:
    (fix,) = fixes(gga(satellites=7, talker="GP"), gga(satellites=5, talker="GA"), rmc())
    assert fix.satellites == 7
    (fix,) = fixes(gga(satellites=7, talker="GP"), gga(satellites=12, talker="GN"), rmc())
    assert fix.satellites == 12


def test_a_fix_needs_every_witness_that_speaks() -> None:
    none = "GNGSA,A,1,,,,,,,,,,,,,,,"
    assert [fix.fix for fix in fixes(rmc())] == [True]
    assert [fix.fix for fix in fixes(rmc(status="V"), gga())] == [False]
    assert [fix.fix for fix in fixes(rmc(), gga(quality=0), none)] == [False]
    assert [fix.fix for fix in fixes(rmc(), gga(quality=0), "GNGSA,A,2,03,,,,,,,,,,,,1,1,1")] == [True]
    assert [fix.fix for fix in fixes(gga())] == [True]


def test_an_epoch_without_coordinates_has_no_position() -> None:
    (fix,) = fixes("GNRMC,040000.00,V,,,,,,,240926,,,N")
    assert (fix.fix, fix.position, fix.time_ms) == (False, None, NOON_MS)


def test_the_antenna_stays_open_until_the_receiver_says_otherwise() -> None:
    receiver = Receiver()
    fixes("GNTXT,01,01,01,ANTENNA OPEN", receiver=receiver)
    opened = [fix.position for fix in fixes(rmc(), rmc("040001.00"), receiver=receiver)]
    assert [position and position.alarm_bits for position in opened] == [ANTENNA_OPEN, ANTENNA_OPEN]
    (closed,) = fixes("GNTXT,01,01,01,ANTENNA OK", rmc("040002.00"), receiver=receiver)
    assert closed.position is not None
    assert closed.position.alarm_bits == 0


def test_without_a_date_the_day_runs_on_over_midnight_and_before_the_first_it_is_unknown() -> None:
    receiver = Receiver()
    assert [fix.time_ms for fix in fixes(gga("235958.00"), receiver=receiver)] == [None]
    before, at_midnight = fixes(rmc("235959.00", date="230926"), gga("000000.00"), receiver=receiver)
    assert before.time_ms is not None
    assert at_midnight.time_ms == before.time_ms + 1000


def test_a_receiver_whose_weeks_rolled_over_is_brought_back_and_says_so() -> None:
    (fix,) = fixes(rmc(date="080207"))  # 1024 weeks before 2026-09-24
    assert (fix.time_ms, fix.rolled_weeks) == (NOON_MS, 1024)


def test_an_old_date_that_is_no_roll_over_is_left_as_it_is() -> None:
    (fix,) = fixes(rmc(date="250215"))
    assert (fix.time_ms, fix.rolled_weeks) == (1_424_836_800_000, 0)


def test_the_century_is_the_nearest_one() -> None:
    new_year_2099 = 4_070_908_800_000
    assert day_ms((1, 1, 2), new_year_2099) == (new_year_2099 + 2 * 365 * DAY_MS + DAY_MS, 0)
    assert day_ms((99, 12, 31), NOON_MS) == (946_598_400_000, 0)
    assert day_ms((26, 2, 30), NOON_MS) is None


@given(st.integers(1, 2), st.integers(0, 20 * 365))
def test_a_roll_over_of_any_number_of_weeks_is_undone_near_the_clock(times: int, days: int) -> None:
    today_ms = NOON_MS // DAY_MS * DAY_MS + days * DAY_MS
    told = datetime.fromtimestamp((today_ms - times * 1024 * WEEK_MS) / 1000, UTC)
    assert day_ms((told.year, told.month, told.day), today_ms + DAY_MS // 2) == (today_ms, times * 1024)


@pytest.mark.parametrize("year", ["1969", "9999", "2" + "4" * 90])
def test_a_year_that_cannot_be_is_no_date(year: str) -> None:
    assert [fix.time_ms for fix in fixes(gga(), f"GNZDA,040000.00,24,09,{year},,")] == [None]
    assert "time" not in describe(encode(f"GNZDA,040000.00,24,09,{year},,").decode(), NOON_MS)


def test_a_broken_line_forgets_half_an_epoch_and_keeps_count() -> None:
    receiver = Receiver()
    receiver.receive(encode(rmc()) + b"$GNGGA,04", NOON_MS)
    receiver.reset()
    assert receiver.receive(b"0000.00*00\r\n", NOON_MS) == []
    assert receiver.due(NOON_MS + SILENCE_MS) is None
    receiver.receive(b"$GNGGA*00\r\n$PSRFEPE,1*" + encode("PSRFEPE,1")[-4:], NOON_MS)
    assert (receiver.counters.good, receiver.counters.bad.total()) == (2, 1)
    assert dict(receiver.counters.by_type) == {"RMC": 1, "SRFEPE": 1}


def test_a_sentence_is_told_under_the_names_of_every_protocol() -> None:
    assert describe(encode(rmc()).decode(), NOON_MS) == {
        "talker": "GN",
        "sentence": "RMC",
        "checksum_ok": True,
        "fix": True,
        "lat": 39.2165,
        "lon": 101.6666,
        "speed_kmh": 36.499,
        "course": 90.0,
        "mode": "A",
        "time": "2026-09-24T04:00:00Z",
    }
    assert describe(encode(gga()).hex(" "), NOON_MS)["time_of_day"] == "04:00:00"
    assert describe("$GNRMC,1*00", NOON_MS)["error"] == "checksum"
    assert describe("hello", NOON_MS) == {"error": "not hex"}
    assert describe("00ff", NOON_MS) == {"error": "no frame"}


def test_a_capture_is_told_with_the_fix_of_each_epoch() -> None:
    telling = Telling()
    told = telling.receive(encode(rmc()) + encode(gga()) + encode(rmc("040001.00")), NOON_MS) + telling.finish(NOON_MS)
    assert [one["sentence"] for one in told] == ["RMC", "GGA", "epoch", "RMC", "epoch"]
    assert told[2] == {
        "sentence": "epoch",
        "lat": 39.2165,
        "lon": 101.6666,
        "alt": 1500.4,
        "speed_kmh": 36.499,
        "course": 90.0,
        "fix": True,
        "satellites": 13,
        "hdop": 0.8,
        "time": "2026-09-24T04:00:00Z",
    }
