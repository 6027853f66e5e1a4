"""What the records show by themselves: late supplements (A15) and supplements as a habit (A16)."""

from __future__ import annotations

import pytest

from fleet.rules.case import Case
from fleet.rules.facts import Fact
from fleet.rules.flags import (
    frequent_supplements,
    late_decisions,
    late_supplements,
    minutes_due,
    unfinished_supplements,
)
from fleet.rules.form import Form
from fleet.rules.order import Order, State
from fleet.rules.settings import Chosen

NOON_MS, DAY_MS = 1_790_000_000_000, 86_400_000


def completed(number: int, *, at_ms: int = NOON_MS, due_ms: int = NOON_MS) -> Case:
    data: dict[str, object] = {"completed_ms": at_ms, "first_completed_ms": at_ms, "requested_ms": at_ms - 9}
    return Case(id=f"1-{number:05d}", kind="supplement", state="completed", deadline_ms=due_ms, data=data)


def orders(count: int) -> list[Order]:
    fact = Fact(act="submit", by="0011", at_ms=NOON_MS, record="", detail={})
    return [Order(id=f"1-{number:05d}", facts=(fact,)) for number in range(count)]


def test_a_supplement_in_time_is_no_flag_and_a_late_one_says_where_the_time_went() -> None:
    (flag,) = late_supplements([completed(1), completed(2, at_ms=NOON_MS + 1)])

    assert (flag.code, flag.article, flag.subject, flag.since_ms) == ("A15", "12", "supplement/1-00002", NOON_MS + 1)
    assert flag.facts["requested_ms"] == NOON_MS - 8
    assert flag.facts["deadline_ms"] == NOON_MS


def test_three_supplements_among_many_orders_are_no_habit_and_the_fourth_is() -> None:
    three = [completed(number) for number in range(3)]

    assert frequent_supplements(three, orders(40), {}) == []
    (flag,) = frequent_supplements([*three, completed(4)], orders(40), {})
    assert (flag.code, flag.facts["count"], flag.facts["setting"]) == ("A16", 4, "supplement_month_max")


def test_a_tenth_of_the_orders_is_no_habit_and_more_is() -> None:
    assert frequent_supplements([completed(1)], orders(10), {}) == []
    assert len(frequent_supplements([completed(1)], orders(9), {})) == 1


def test_every_month_counts_by_itself_and_by_the_settings_in_force() -> None:
    cases = [completed(1), completed(2), completed(3, at_ms=NOON_MS + 40 * DAY_MS)]
    changed = {"supplement_month_max": Chosen(1, "local", "1-00001")}
    changed["supplement_share_max_percent"] = Chosen(100, "local", "1-00002")

    assert [flag.facts["count"] for flag in frequent_supplements(cases, orders(3), changed)] == [2]


FORM = Form(
    rider="Bayar", department="Forestry", phone="13800138000", category="study", reason="Inspect", origin="Yard",
    destination="Lake", start_ms=NOON_MS, end_ms=NOON_MS + 1, passengers=1, urgency=2, cls="study",
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "finding", "article"),
    [
        (State.SUBMITTED, "decision_late", "8"),
        (State.APPROVED, "dispatch_late", "9"),
        (State.UNMET, "dispatch_late", "9"),
    ],
)
def test_what_is_undecided_close_to_its_start_is_flagged_and_names_the_setting(
    state: State, finding: str, article: str
) -> None:
    entries, lead_ms = [(Order(id="1-00001", state=state), FORM)], 30 * 60_000

    assert late_decisions(entries, NOON_MS - lead_ms - 1, {}) == []
    (flag,) = late_decisions(entries, NOON_MS - lead_ms, {})
    assert (flag.finding, flag.code, flag.article, flag.subject) == (finding, "A25", article, "1-00001")
    assert (flag.facts["setting"], flag.facts["limit"]) == ("decision_lead_min", 30)


def test_an_order_that_has_its_vehicle_is_not_late_whatever_the_hour() -> None:
    assert late_decisions([(Order(id="1-00001", state=State.DISPATCHED), FORM)], NOON_MS + DAY_MS, {}) == []


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

    (flag,) = unfinished_supplements([refused("no_prior_order"), refused("correction")], NOON_MS)

    assert (flag.finding, flag.code, flag.article, flag.facts["plate"]) == ("trip_unauthorised", "A01", "12", "NM-1")


@pytest.mark.parametrize("state", ["open", "requested", "endorsed"])
def test_a_supplement_that_was_not_completed_in_time_is_shown_before_anybody_completes_it(state: str) -> None:
    case = Case(id="1-00001", kind="supplement", state=state, deadline_ms=NOON_MS)

    assert unfinished_supplements([case], NOON_MS) == []
    (flag,) = unfinished_supplements([case], NOON_MS + 1)
    assert (flag.finding, flag.code, flag.since_ms) == ("supplement_overdue", "A15", NOON_MS)
