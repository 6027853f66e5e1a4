"""A terminal's conduct: a clock that is off, and a number that two terminals share, told apart from weather."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fleet.rules.conduct import TURNS, Conduct, follow

NOON_MS = 1_790_222_400_000
SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000
YEAR_MS = 365 * 24 * HOUR_MS


def after(reports: Iterable[tuple[int, int, bool]]) -> Conduct:
    """What is known after reports of (heard after, late by, astray)."""
    conduct = None
    for heard_ms, late_ms, astray in reports:
        conduct = follow(conduct, NOON_MS + heard_ms - late_ms, NOON_MS + heard_ms, astray=astray)
    assert conduct
    return conduct


@pytest.mark.parametrize("late_ms", [
    8 * HOUR_MS,  # universal time in place of China time
    -8 * HOUR_MS,  # China time added twice
    26 * YEAR_MS,  # the year 2000: never set
    -44 * YEAR_MS,  # 1970 in two digits
    1024 * 7 * 24 * HOUR_MS,  # a receiver whose weeks began again
    6 * MINUTE_MS,
])  # fmt: skip
@pytest.mark.parametrize("every_s", [10, 60, 120])
def test_a_clock_that_is_off_by_the_same_for_long_is_wrong(late_ms: int, every_s: int) -> None:
    conduct = after((at, late_ms + at % 3, False) for at in range(0, 10 * MINUTE_MS + 1, every_s * SECOND_MS))
    assert (conduct.is_clock_off, conduct.late_ms) == (True, late_ms)


@pytest.mark.parametrize(("why", "reports"), [
    ("right", [(minute * MINUTE_MS, 2_000, False) for minute in range(60)]),
    ("a slow radio", [(minute * MINUTE_MS, 4 * MINUTE_MS, False) for minute in range(60)]),
    ("a store that empties one by one", [(n * SECOND_MS, 8 * HOUR_MS - n * 10_000, False) for n in range(1_000)]),
    ("not long enough", [(second * SECOND_MS, 8 * HOUR_MS, False) for second in range(0, 590, 10)]),
    ("two of them are no rule", [(0, HOUR_MS, False), (11 * MINUTE_MS, HOUR_MS, False)]),
])  # fmt: skip
def test_what_is_late_without_being_late_alike_proves_nothing(why: str, reports: list[tuple[int, int, bool]]) -> None:
    assert not after(reports).is_clock_off, why


def test_a_clock_that_is_right_again_is_believed_at_once() -> None:
    wrong = [(minute * MINUTE_MS, 8 * HOUR_MS, False) for minute in range(30)]
    assert after(wrong).is_clock_off
    assert not after([*wrong, (30 * MINUTE_MS, 1_000, False)]).is_clock_off


def test_good_and_unreachable_places_that_take_turns_are_two_terminals() -> None:
    turns = [(n * 10 * SECOND_MS, 0, bool(n % 2)) for n in range(TURNS + 1)]
    assert not after(turns[:-1]).is_double
    assert after(turns).is_double


@pytest.mark.parametrize(("why", "reports"), [
    ("one jump and back", [(n * 10_000, 0, 3 <= n < 7) for n in range(100)]),
    ("carried off for good", [(n * 10_000, 0, n >= 3) for n in range(100)]),
    ("a jump now and then", [(n * 5 * MINUTE_MS, 0, n % 3 == 0) for n in range(100)]),
    ("long ago", [*((n * 10_000, 0, bool(n % 2)) for n in range(9)), (HOUR_MS, 0, False)]),
])  # fmt: skip
def test_jumps_of_one_receiver_are_not_two_terminals(why: str, reports: list[tuple[int, int, bool]]) -> None:
    assert not after(reports).is_double, why
