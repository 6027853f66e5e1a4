"""Moments on the unit's pages: short, and never to be taken for another day's or another year's."""

from __future__ import annotations

import pytest

from edge.web import times

NOW_MS = times.from_field("2026-11-23T17:20", field="start_ms")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-11-23T08:05", "08:05"),
        ("2026-11-24T08:05", "11-24 08:05"),
        ("2036-11-23T17:20", "2036-11-23 17:20"),
        ("2025-12-31T23:59", "2025-12-31 23:59"),
    ],
)
def test_a_moment_names_the_day_and_the_year_that_are_not_todays(at: str, shown: str) -> None:
    assert times.moment(times.from_field(at, field="start_ms"), NOW_MS) == shown
