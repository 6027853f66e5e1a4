"""The sentences of receivers: what each field means, whoever talks, and what is not stated stays unknown."""

from __future__ import annotations

import math
from typing import Any

import pynmea2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.nmea.frame import encode
from edge.serial_terminal.nmea.said import Gga, Gll, Gsa, Gsv, Other, Rmc, Satellite, Txt, Vtg, Zda
from edge.serial_terminal.nmea.sentences import read

RMC = "RMC,040000.50,A,3912.9900,N,10139.9960,E,19.708,90.0,240926,,,A"


@pytest.mark.parametrize("talker", ["GN", "GP", "BD", "GB", "GA", "PQ"])
def test_the_last_three_letters_say_what_it_is_whoever_talks(talker: str) -> None:
    said = read(talker + RMC)
    assert isinstance(said, Rmc)
    assert (said.talker, said.valid, said.time_ms, said.date) == (talker, True, 14_400_500, (26, 9, 24))
    assert said.lat == pytest.approx(39.2165)
    assert said.lon == pytest.approx(101.6666)
    assert (said.speed_kmh, said.course, said.mode) == (36.499, 90.0, "A")


def test_a_proprietary_sentence_is_not_taken_for_the_one_it_ends_like() -> None:
    assert read("PGRMC,A,1,2,3,4,5,6,7,8,9") == Other("P", "GRMC", ("A", "1", "2", "3", "4", "5", "6", "7", "8", "9"))


def test_what_is_not_stated_is_unknown_and_not_zero() -> None:
    said = read("GNRMC,074150.799,V,,,,,,,250215,,,N")
    assert isinstance(said, Rmc)
    assert (said.valid, said.lat, said.lon, said.speed_kmh, said.course) == (False, None, None, None, None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("GNGGA,,,,,,0,00,,,M,0.0,M,,0000", Gga("GN", None, None, None, 0, 0, None, None)),
        ("GPGLL,3600.0,S,01030.0,W,010203,A", Gll("GP", -36.0, -10.5, 3_723_000, True)),
        ("BDGSA,A,3,03,05,30,,,,,,,,,,1.07,0.57,0.91,4", Gsa("BD", 3, (3, 5, 30), 1.07, 0.57, 0.91, 4)),
        ("BDGSA,A,1,,,,,,,,,,,,,,,,0.9", Gsa("BD", 1, (), None, None, None, None)),  # a fraction for the system
        (
            "GBGSV,1,1,02,401,27,090,,13,19,016,41,1",  # signal number last, one not tracked
            Gsv("GB", 1, 1, 2, (Satellite(401, 27, 90, None), Satellite(13, 19, 16, 41))),
        ),
        ("GPGSV,1,1,00", Gsv("GP", 1, 1, 0, ())),
        ("GNVTG,90.0,T,,M,19.708,N,36.5,K,A", Vtg("GN", 90.0, 36.5)),
        ("GNVTG,,T,,M,10,N", Vtg("GN", None, 18.52)),
        ("GNZDA,040000,24,09,2026,,", Zda("GN", 14_400_000, (2026, 9, 24))),
        ("GNTXT,01,01,01,ANTENNA OPEN", Txt("GN", "ANTENNA OPEN", "open")),
        ("GNTXT,01,01,02,ANTSTATUS=SHORT", Txt("GN", "ANTSTATUS=SHORT", "short")),
        ("GNTXT,01,01,02,u-blox AG, OK", Txt("GN", "u-blox AG, OK", "")),
    ],
)
def test_a_sentence_is_read_field_by_field(text: str, meant: object) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "GNRMC,250000,A,3912.99,N,10139.99,E,1,90,240926,,,A",
        "GNRMC,040000,A,39x2.99,N,10139.99,E,1,90,240926,,,A",
        "GNRMC,040000,A,3912.99,N,10139.99,E,nan,90,240926,,,A",
        "GNRMC,040000,A,inf,N,10139.99,E,1,90,240926,,,A",
        "GNRMC,040000",
        "GPGSV,3,x,12",
        "GNXYZ,1",
        "X",
        "",
    ],
)
def test_fields_that_cannot_be_are_kept_as_they_came(text: str) -> None:
    said = read(text)
    assert isinstance(said, Other)
    assert said.talker + said.type + "".join(f",{field}" for field in said.fields) == text


@given(st.text(max_size=120))
def test_any_text_is_read_as_something(text: str) -> None:
    assert read(text) is not None
    assert read(f"GN{text}") is not None


degrees = st.integers(0, 89)
minutes = st.integers(0, 599_999).map(lambda n: f"{n // 10_000:02d}.{n % 10_000:04d}")


@st.composite
def sentences(draw: st.DrawFn) -> str:
    time = f"{draw(st.integers(0, 23)):02d}{draw(st.integers(0, 59)):02d}{draw(st.integers(0, 59)):02d}.00"
    where = f"{draw(degrees):02d}{draw(minutes)},{draw(st.sampled_from('NS'))}"
    where += f",{draw(st.integers(0, 179)):03d}{draw(minutes)},{draw(st.sampled_from('EW'))}"
    tenths = st.integers(0, 3599).map(lambda n: f"{n / 10:.1f}")
    talker = draw(st.sampled_from(["GN", "GP", "GL", "GA"]))
    if draw(st.booleans()):
        date = f"{draw(st.integers(1, 28)):02d}{draw(st.integers(1, 12)):02d}{draw(st.integers(0, 60)):02d}"
        return f"{talker}RMC,{time},A,{where},{draw(tenths)},{draw(tenths)},{date},,,A"
    return (
        f"{talker}GGA,{time},{where},{draw(st.integers(0, 6))},{draw(st.integers(0, 40)):02d},1.0,{draw(tenths)},M,,M,,"
    )


@given(sentences())
def test_another_decoder_reads_the_same(text: str) -> None:
    told: Any = pynmea2.parse(encode(text).decode("latin-1"), check=True)
    said = read(text)
    assert isinstance(said, Rmc | Gga)
    assert said.lat is not None
    assert said.lon is not None
    assert math.isclose(said.lat, told.latitude, abs_tol=1e-9)
    assert math.isclose(said.lon, told.longitude, abs_tol=1e-9)
    at = told.timestamp
    assert said.time_ms == ((at.hour * 60 + at.minute) * 60 + at.second) * 1000
    if isinstance(said, Rmc):
        assert said.date == (told.datestamp.year % 100, told.datestamp.month, told.datestamp.day)
        assert math.isclose(said.speed_kmh or 0, told.spd_over_grnd * 1.852, abs_tol=1e-3)
    else:
        assert (said.quality, said.satellites, said.alt_m) == (told.gps_qual, int(told.num_sats), told.altitude)
