"""Three witnesses of a trip's kilometres, and what was probably meant by a reading that fits none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.odometer import Witnesses, agree, answer


@pytest.mark.parametrize(
    ("typed", "fits", "meant"),
    [
        (45_318, True, None),
        (45_323, True, None),  # 105 for 100: within five kilometres
        (45_326, True, None),  # and within eight per cent
        (45_338, False, 45_318),  # one digit
        (45_813, False, 45_313),  # one digit is nearer than two swapped
        (4_531, False, 45_318),  # one left out
        (453_318, False, 45_318),  # one doubled
        (54_318, False, 45_318),  # two swapped
        (12_345, False, None),
        (45_215, False, 45_315),  # less than at departure
    ],
)
def test_a_reading_fits_or_is_asked_about_with_what_was_probably_meant(
    typed: int, fits: bool, meant: int | None
) -> None:
    said = answer(typed, 45_218, 100.4)
    assert (said.fits, said.expected_km) == (fits, 45_318)
    assert said.meant_km == meant


@pytest.mark.parametrize(("out", "ran"), [(None, 100.0), (45_218, None)])
def test_where_nothing_else_is_known_nothing_is_asked(out: int | None, ran: float | None) -> None:
    assert answer(45_999, out, ran).fits is None


@given(st.integers(1_000, 999_999), st.floats(1, 800), st.integers(0, 5), st.integers(1, 9))
def test_whatever_is_offered_fits(out: int, ran: float, place: int, digit: int) -> None:
    text = str(out + round(ran))
    at = place % len(text)
    said = answer(int(text[:at] + str(digit) + text[at + 1 :]), out, ran)
    assert said.fits or said.meant_km is not None
    assert said.meant_km is None or agree(said.meant_km - out, ran)


@pytest.mark.parametrize(
    ("terminal", "track", "known", "ran"),
    [(98.0, 100.0, 0.95, 100.0), (98.0, 60.0, 0.6, 98.0), (None, 60.0, 0.6, None), (None, None, 0.0, None)],
)
def test_the_track_is_a_witness_where_it_covers_the_trip(
    terminal: float | None, track: float | None, known: float, ran: float | None
) -> None:
    assert Witnesses(100, terminal, track, known).ran_km == ran


def test_a_trip_nobody_typed_fits_nothing_and_contradicts_nothing() -> None:
    assert Witnesses(None, 98.0, 100.0, 1.0).fits is None
    assert Witnesses(101, None, 100.0, 1.0).fits is True
    assert Witnesses(191, None, 100.0, 1.0).fits is False
