"""What the records show by themselves."""

from __future__ import annotations

from fleet.rules.case import Case
from fleet.rules.flags import minutes_due, unauthorised_trips

NOON_MS, DAY_MS = 1_790_000_000_000, 86_400_000


def test_a_meeting_is_due_a_month_after_the_last_and_never_before_there_was_one() -> None:
    held = Case(id="1-00001", kind="minutes", state="closed", data={"held_ms": NOON_MS})

    assert minutes_due([], NOON_MS, {}) == []
    assert minutes_due([held], NOON_MS + 31 * DAY_MS - 1, {}) == []
    assert [flag.since_ms for flag in minutes_due([held], NOON_MS + 31 * DAY_MS, {})] == [NOON_MS + 31 * DAY_MS]


def test_a_refused_supplement_leaves_the_trip_unauthorised_and_a_refused_correction_leaves_no_trip() -> None:
    def refused(cause: str) -> Case:
        return Case(
            id="1-00001", kind="supplement", state="refused", since_ms=NOON_MS, plate="NM-1", data={"cause": cause}
        )

    (flag,) = unauthorised_trips([refused("no_prior_order"), refused("correction")])

    assert (flag.finding, flag.code, flag.article, flag.facts["plate"]) == ("trip_unauthorised", "A01", "12", "NM-1")
