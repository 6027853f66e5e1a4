"""What a terminal's own word is enough for: the bits of its last report, and its silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.alarm.live import BITS, OWN, Condition, grade_of, of_report, silent

PLATE, AT_MS = "蒙M-0B312", 1_790_000_000_000
RANK = ["critical", "serious", "notice", "info"]


@pytest.mark.parametrize(
    ("bit", "what", "code", "grade"),
    [
        (0, "emergency button", "A23", "critical"),
        (1, "overspeed", "A06", "notice"),
        (2, "fatigue", "A22", "serious"),
        (4, "positioning module fault", "A11", "serious"),
        (5, "antenna cut", "A11", "serious"),
        (6, "antenna short", "A11", "serious"),
        (7, "main power low", "A10", "serious"),
        (8, "main power cut", "A10", "serious"),
        (18, "driving time of the day exceeded", "A22", "serious"),
        (26, "stolen", "A24", "serious"),
        (27, "illegal ignition", "A24", "serious"),
        (28, "illegal displacement", "A24", "serious"),
        (29, "collision", "A23", "critical"),
        (30, "rollover", "A23", "critical"),
    ],
)
def test_each_alarm_bit_of_the_standard_is_one_condition_of_its_grade(
    bit: int, what: str, code: str, grade: str
) -> None:
    (condition,) = of_report(PLATE, 1 << bit, AT_MS)

    assert condition == Condition(code, PLATE, AT_MS, PLATE), what
    assert condition.grade == grade


@pytest.mark.parametrize("bit", sorted(set(range(32)) - BITS.keys()))
def test_a_bit_that_needs_more_than_the_terminals_word_is_no_condition_here(bit: int) -> None:
    assert of_report(PLATE, 1 << bit, AT_MS) == []


def test_a_report_without_an_alarm_has_no_condition() -> None:
    assert of_report(PLATE, 0, AT_MS) == []


def test_several_bits_of_one_condition_are_one_alarm() -> None:
    antenna = 1 << 4 | 1 << 5 | 1 << 6

    assert [condition.code for condition in of_report(PLATE, antenna, AT_MS)] == ["A11"]


@given(alarm_bits=st.integers(0, 2**32 - 1))
def test_conditions_come_once_each_the_gravest_first_and_cover_every_bit_that_is_known(alarm_bits: int) -> None:
    conditions = of_report(PLATE, alarm_bits, AT_MS)

    codes = [condition.code for condition in conditions]
    assert len(set(codes)) == len(codes)
    assert set(codes) == {code for bit, code in BITS.items() if alarm_bits & (1 << bit)}
    grades = [RANK.index(condition.grade) for condition in conditions]
    assert grades == sorted(grades)


def test_every_code_has_a_grade_and_every_bit_a_code() -> None:
    assert {grade_of(code) for code in (*BITS.values(), *OWN)} <= set(RANK)


@pytest.mark.parametrize(
    ("heard_ms", "expected"),
    [
        (AT_MS, False),
        (AT_MS - 600_000, False),
        (AT_MS - 600_001, True),
        (None, True),
        (AT_MS + 5_000, False),  # this clock was set back meanwhile
    ],
)
def test_a_terminal_is_silent_when_it_was_not_heard_for_longer_than_it_may(
    heard_ms: int | None, expected: bool
) -> None:
    assert silent(heard_ms, AT_MS, 600) is expected
