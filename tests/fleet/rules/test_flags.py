"""What the records show by themselves."""

from __future__ import annotations

from fleet.rules.case import Case
from fleet.rules.flags import minutes_due

NOON_MS, DAY_MS = 1_790_000_000_000, 86_400_000


def test_a_meeting_is_due_a_month_after_the_last_and_never_before_there_was_one() -> None:
    held = Case(id="1-00001", kind="minutes", state="closed", data={"held_ms": NOON_MS})

    assert minutes_due([], NOON_MS, {}) == []
    assert minutes_due([held], NOON_MS + 31 * DAY_MS - 1, {}) == []
    assert [flag.since_ms for flag in minutes_due([held], NOON_MS + 31 * DAY_MS, {})] == [NOON_MS + 31 * DAY_MS]
