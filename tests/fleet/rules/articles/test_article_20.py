"""Article 20: the regulation applies from 25 June 2018 on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleet.rules import position, supplement
from tests.fleet.rules.articles.unit import Unit


def test_the_day_is_the_twenty_fifth_of_june_2018_local_time() -> None:
    began = datetime.fromtimestamp(supplement.IN_FORCE_MS / 1000, UTC) + timedelta(hours=8)

    assert began.replace(tzinfo=None) == datetime(2018, 6, 25)  # noqa: DTZ001 - local time of the region, on purpose


def test_a_trip_that_ended_before_that_day_needs_no_supplement_and_gets_none(unit: Unit) -> None:
    before = unit.a_request(ended_ms=supplement.IN_FORCE_MS - 1)

    assert unit.refused(unit.open, "dispatcher-1", "supplement", **before) == ("before_the_rules", "20")


def test_no_terminal_is_older_than_the_rules() -> None:
    fix = position.Position(device_time_ms=supplement.IN_FORCE_MS - 1, lat=39.0, lon=101.0)

    assert position.judge(fix, supplement.IN_FORCE_MS + 1) == "before_installation"
