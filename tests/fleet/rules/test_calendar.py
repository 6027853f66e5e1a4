"""Working days, holidays and years that nobody has told yet (Art. 17)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleet.errors import BadInput
from fleet.rules.calendar import (
    SHIPPED,
    Day,
    day_of,
    days_of,
    holidays,
    judge,
    missing,
    month_of,
    months_span,
    read,
    start_of,
    time_of,
)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-01-01", False),
        ("2026-01-04", True),  # a Sunday, made up
        ("2026-02-14", True),
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-09-20", True),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2026-11-28", False),  # a plain Saturday
    ],
)
def test_the_days_of_2026_are_those_of_the_notice(day: str, working: bool) -> None:
    assert judge(date.fromisoformat(day), SHIPPED) == Day(working, known=True)


def test_2026_has_33_days_off_six_made_up_and_248_working_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=at) for at in range(365)]

    assert (len(SHIPPED[2026].off), len(SHIPPED[2026].workdays)) == (33, 6)
    assert sum(judge(day, SHIPPED).working for day in days) == 248


def test_the_holidays_of_a_year_are_its_runs_of_days_off() -> None:
    runs = holidays(SHIPPED[2026])

    assert [(last - first).days + 1 for first, last in runs] == [3, 9, 3, 5, 3, 3, 7]
    assert runs[1] == (date(2026, 2, 15), date(2026, 2, 23))


def test_a_year_nobody_told_goes_by_the_day_of_the_week_and_says_so() -> None:
    assert judge(date(2031, 10, 1), SHIPPED) == Day(working=True, known=False)
    assert judge(date(2031, 10, 4), SHIPPED) == Day(working=False, known=False)


@pytest.mark.parametrize(
    ("today", "wanted"),
    [("2026-11-30", []), ("2026-12-01", [2027]), ("2027-01-01", [2027]), ("2027-12-01", [2027, 2028])],
)
def test_the_next_year_is_asked_for_from_december_and_a_missing_one_all_year(today: str, wanted: list[int]) -> None:
    assert missing(date.fromisoformat(today), SHIPPED) == wanted


def test_a_year_is_read_from_days_and_runs_with_its_source() -> None:
    year = read(2027, "2027-01-01/2027-01-03 2027-05-01", "2027-01-09", "a notice")

    assert len(year.off) == 4
    assert judge(date(2027, 1, 9), {2027: year}).working


@pytest.mark.parametrize(
    ("off", "workdays", "source", "code"),
    [
        ("", "", "a notice", "field_missing"),
        ("2027-01-01", "", " ", "field_missing"),
        ("New Year", "", "a notice", "calendar_form"),
        ("2026-01-01", "", "a notice", "calendar_form"),
        ("2027-01-01", "2027-01-01", "a notice", "calendar_form"),
        ("2027-01-01/2027-12-31", "", "a notice", "calendar_form"),
        ("2027-01-01/9999-12-31", "", "a notice", "calendar_form"),
        ("9999-12-31", "", "a notice", "calendar_form"),
    ],
)
def test_a_year_that_is_none_is_refused(off: str, workdays: str, source: str, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        read(2027, off, workdays, source)


def test_days_and_months_are_local() -> None:
    late_ms = start_of(date(2026, 12, 1)) - 1

    assert (day_of(late_ms), month_of(late_ms)) == (date(2026, 11, 30), "2026-11")
    assert (day_of(late_ms + 1), time_of(late_ms + 1).isoformat()) == (date(2026, 12, 1), "00:00:00")


def test_a_leap_day_and_the_last_day_of_a_year_have_their_month_and_their_holidays() -> None:
    year = read(2028, "2028-02-28/2028-03-01 2028-12-31", "", "a notice")

    assert holidays(year) == [(date(2028, 2, 28), date(2028, 3, 1)), (date(2028, 12, 31), date(2028, 12, 31))]
    assert months_span("2028-02") == (start_of(date(2028, 2, 1)), start_of(date(2028, 3, 1)))
    assert months_span("2028-12")[1] == start_of(date(2029, 1, 1))


def test_what_ends_at_midnight_is_over_before_the_next_day() -> None:
    midnight_ms = start_of(date(2027, 1, 1))

    assert days_of(midnight_ms - 1, midnight_ms) == (date(2026, 12, 31), date(2026, 12, 31))
    assert days_of(midnight_ms - 1, midnight_ms + 1) == (date(2026, 12, 31), date(2027, 1, 1))
    assert days_of(midnight_ms, midnight_ms) == (date(2027, 1, 1), date(2027, 1, 1))
