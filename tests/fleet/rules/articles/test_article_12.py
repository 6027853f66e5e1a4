"""Article 12: every trip goes through the platform; what could not is supplemented within 24 hours, in three steps."""

from __future__ import annotations

import pytest

from fleet.desk.report import report
from fleet.rules import supplement
from fleet.rules.calendar import month_of, months_span
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import HOUR_MS, Unit


def test_no_vehicle_leaves_without_an_order_that_was_approved_and_dispatched(unit: Unit) -> None:
    order = unit.apply()

    assert unit.refused(unit.act, "driver-1", order, Act.DEPART, odometer_km=1000) == ("illegal_move", "13")


def test_the_dispatcher_asks_the_approver_endorses_the_dispatcher_completes_with_the_sealed_scan(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse", opinion="It was so")

    done = unit.do("dispatcher-1", case, "complete", **unit.a_completion())

    order = unit.state.orders[done.order]
    assert (done.state, order.state, order.supplement) == ("completed", State.CLOSED, f"supplement/{case.id}")


@pytest.mark.parametrize("act", ["complete", "reject"])
def test_no_step_is_skipped(unit: Unit, act: str) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())

    assert unit.refused(unit.do, "dispatcher-1", case, act) == ("case_move", "12")


def test_no_two_steps_are_one_persons(unit: Unit) -> None:
    case = unit.open("dispatcher-2", "supplement", **unit.a_request())  # who is approver as well

    assert unit.refused(unit.do, "dispatcher-2", case, "endorse") == ("same_person", "12")


@pytest.mark.parametrize(
    "without", [{"scan": ""}, {"seal_visible": False}, {"endorser": ""}, {"endorsed_on": ""}, {"scan_size": 0}]
)
def test_without_the_sealed_scan_there_is_no_supplement(unit: Unit, without: dict[str, object]) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse")

    code, article = unit.refused(unit.do, "dispatcher-1", case, "complete", **unit.a_completion(**without))

    assert (code, article) in {("field_missing", "12"), ("field_out_of_range", "")}


def test_a_scan_a_second_person_cannot_read_is_brought_again(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse")
    unit.do("dispatcher-1", case, "complete", **unit.a_completion())

    rejected = unit.do("approver-1", case, "reject", reason="The seal cannot be read")
    proof = {name: unit.a_completion()[name] for name in ("scan_type", "scan_size", "endorser", "endorsed_on")}
    again = unit.do("dispatcher-1", case, "complete", scan="6" * 64, seal_visible=True, **proof)

    assert (rejected.state, again.state, again.data["scan"]) == ("endorsed", "completed", "6" * 64)
    assert unit.state.orders[again.order].state == State.CLOSED


def test_twenty_four_hours_run_from_the_end_of_the_trip(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())

    assert case.deadline_ms == unit.now_ms + 22 * HOUR_MS


def test_late_is_taken_all_the_same_and_shown_and_nothing_is_dated_back(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse")
    completion = unit.a_completion()
    unit.time.pass_ms(23 * HOUR_MS)

    done = unit.do("dispatcher-1", case, "complete", **completion)

    assert supplement.late(done) is True
    assert done.facts[-1].at_ms == unit.now_ms
    assert [verdict.facts["what"] for verdict in unit.alarms("A15")] == ["supplement_late"]


def test_the_trips_times_are_those_it_had_and_never_lie_ahead(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse")
    ahead = unit.a_completion(back_ms=unit.now_ms + HOUR_MS)

    assert unit.refused(unit.do, "dispatcher-1", case, "complete", **ahead) == ("supplement_times", "12")


def test_refused_it_stays_on_record_and_no_order_comes_of_it(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())

    refused = unit.do("approver-1", case, "refuse", reason="Nobody knew of it")

    assert (refused.state, refused.data["reason"], unit.state.orders) == ("refused", "Nobody knew of it", {})


def test_an_emergency_is_noted_at_once_and_is_no_order(unit: Unit) -> None:
    noted = unit.open(
        "driver-1", "supplement", act="notice", what="Fire", rider="Bayar", plate="NM-1", driver="driver-1",
        started_ms=unit.now_ms, planned_end_ms=unit.now_ms + HOUR_MS,
    )  # fmt: skip

    assert (noted.state, unit.state.orders) == ("open", {})
    assert noted.deadline_ms == unit.now_ms + HOUR_MS + HOUR_MS + 24 * HOUR_MS, "planned end, grace, and the day"


def test_a_trip_before_the_rules_came_into_force_is_none_of_theirs(unit: Unit) -> None:
    before = unit.a_request(ended_ms=supplement.IN_FORCE_MS - 1)

    assert unit.refused(unit.open, "dispatcher-1", "supplement", **before) == ("before_the_rules", "20")


def test_a_trip_that_is_supplemented_in_the_next_month_stands_in_the_month_it_left_in(unit: Unit) -> None:
    unit.time.pass_ms(months_span(month_of(unit.now_ms))[1] + HOUR_MS - unit.now_ms)
    this_month, month_before = month_of(unit.now_ms), month_of(unit.now_ms - 8 * HOUR_MS)
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())
    unit.do("approver-1", case, "endorse")
    unit.do("dispatcher-1", case, "complete", **unit.a_completion())

    left, entered = (report(unit.state, (), "u1", month, unit.now_ms).total for month in (month_before, this_month))

    assert month_before < this_month
    assert (left.trips, left.km, left.supplements) == (1, 180, 0)
    assert (entered.trips, entered.km, entered.supplements) == (0, 0, 1)
