"""Who may drive what, and when (Art. 9, 10): every filter with a case it trips on and one it just does not."""

from __future__ import annotations

from datetime import date

import pytest

from fleet.errors import BadInput
from fleet.rules.calendar import start_of
from fleet.rules.driver import HOUR_MS, LICENCES, Driver, Rest, Spell, Task, cautions, licences_for, read_card, unfit

DAY = date(2026, 11, 25)
EIGHT_MS = start_of(DAY) + 8 * HOUR_MS
TASK = Task(start_ms=EIGHT_MS, end_ms=EIGHT_MS + 4 * HOUR_MS, seats=5, confidential=False)
LONG = Spell(EIGHT_MS - 17 * HOUR_MS, EIGHT_MS - 7 * HOUR_MS)


def reason(driver: Driver, task: Task = TASK, *spells: Spell) -> str:
    found = unfit(driver, task, spells, Rest())
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        (Driver("1", "Bayar"), ""),
        (Driver("1", "Bayar", licence="C1", licence_until="2026-11-25"), ""),
        (Driver("1", "Bayar", licence="C1", licence_until="2026-11-24"), "licence_over"),
        (Driver("1", "Bayar", days_off="2026-11-24 2026-11-25"), "day_off"),
        (Driver("1", "Bayar", days_off="2026-11-24"), ""),
        (Driver("1", "Bayar", shift="08:00-17:00"), ""),
        (Driver("1", "Bayar", shift="08:01-17:00"), "off_shift"),
        (Driver("1", "Bayar", shift="00:00-08:00"), "off_shift"),
        (Driver("1", "Bayar", shift="20:00-08:30"), ""),
        (Driver("1", "Bayar", shift="20:00-08:00"), "off_shift"),
    ],
)
def test_what_the_register_says_decides(driver: Driver, expected: str) -> None:
    assert reason(driver) == expected


MIDNIGHT_MS = start_of(date(2026, 11, 26))


@pytest.mark.parametrize(("end_ms", "over"), [(MIDNIGHT_MS, ""), (MIDNIGHT_MS + 1, "licence_over")])
def test_a_trip_that_ends_at_midnight_is_over_before_the_day_a_licence_no_longer_holds(end_ms: int, over: str) -> None:
    task = Task(start_ms=EIGHT_MS, end_ms=end_ms, seats=5, confidential=False)

    assert reason(Driver("1", "Bayar", licence="C1", licence_until="2026-11-25"), task) == over


@pytest.mark.parametrize(
    ("days_off", "expected"), [("2026-11-27", "day_off"), ("2026-11-24 2026-11-28", ""), ("2026-11-25", "day_off")]
)
def test_no_day_off_lies_within_a_trip_of_several_days(days_off: str, expected: str) -> None:
    task = Task(start_ms=EIGHT_MS, end_ms=MIDNIGHT_MS + 48 * HOUR_MS, seats=5, confidential=False)

    assert reason(Driver("1", "Bayar", days_off=days_off), task) == expected


@pytest.mark.parametrize(
    ("seats", "licences"),
    [(9, set(LICENCES)), (10, {"A1", "A2", "B1"}), (19, {"A1", "A2", "B1"}), (20, {"A1"})],
)
def test_the_class_of_licence_follows_the_seats(seats: int, licences: set[str]) -> None:
    assert licences_for(seats) == licences
    assert {each for each in LICENCES if not reason(Driver("1", "B", licence=each), replace_seats(seats))} == licences


def replace_seats(seats: int) -> Task:
    return Task(start_ms=TASK.start_ms, end_ms=TASK.end_ms, seats=seats, confidential=False)


def test_confidential_papers_are_driven_by_who_is_cleared() -> None:
    task = Task(start_ms=TASK.start_ms, end_ms=TASK.end_ms, seats=5, confidential=True)

    assert reason(Driver("1", "Bayar"), task) == "clearance"
    assert reason(Driver("1", "Bayar", cleared=True), task) == ""


def test_a_long_trip_is_followed_by_rest_and_a_long_one_does_not_come_just_before_another() -> None:
    rested = Spell(LONG.start_ms - HOUR_MS, LONG.end_ms - HOUR_MS)
    short = Spell(EIGHT_MS - 7 * HOUR_MS, EIGHT_MS - HOUR_MS)
    long_task = Task(start_ms=EIGHT_MS, end_ms=EIGHT_MS + 8 * HOUR_MS, seats=5, confidential=False)
    next_one = Spell(long_task.end_ms + 8 * HOUR_MS - 1, long_task.end_ms + 9 * HOUR_MS)

    assert reason(Driver("1", "Bayar"), TASK, LONG) == "rest"
    assert reason(Driver("1", "Bayar"), TASK, rested, short) == ""
    assert reason(Driver("1", "Bayar"), long_task, next_one) == "rest"


def test_what_is_not_recorded_of_a_licence_is_a_caution() -> None:
    assert cautions(Driver("1", "Bayar", licence="C1")) == ("licence_unrecorded",)
    assert cautions(Driver("1", "Bayar", licence="C1", licence_until="2030-01-01")) == ()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("licence", "Z9", "field_not_listed"),
        ("licence_until", "soon", "field_not_a_date"),
        ("shift", "mornings", "shift_form"),
        ("cleared", "no", "field_not_listed"),
    ],
)
def test_a_card_says_which_field_is_wrong(field: str, value: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_card({field: value})

    assert (refused.value.code, refused.value.facts["field"]) == (code, field)
