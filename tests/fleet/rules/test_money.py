"""Expenses, matching and the books of a month (Art. 11, 18, 19a)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules import expense, matching, papers, settlement
from fleet.rules.calendar import month_of
from fleet.rules.case import Case
from fleet.rules.driver import Driver
from fleet.rules.expense import Act, State
from fleet.rules.matching import NEAR_MS, Stop, Verdict
from fleet.rules.place import Place
from fleet.rules.settlement import Difference, add, differences
from fleet.rules.vehicle import Stage, Vehicle
from tests.fleet.rules.case_tables import HOUR_MS, NOON_MS, Desk

MONTH = month_of(NOON_MS)
ENTRY: dict[str, object] = {"invoice": "044-17", "amount_fen": 38_000, "invoiced_on": "2026-09-22"}
DESK = Desk(
    expense.KIND,
    {
        Act.REQUEST: (
            "3001", {"plate": "NM-1", "type": "fuel", "estimate_fen": 40_000, "supplier": "Station 2", "why": "Empty"},
        ),
        Act.PAY: ("4001", {"plate": "NM-1", "type": "toll", "actual_fen": 2_500, "done_ms": NOON_MS}),
        Act.APPROVE: ("7001", {"request": "a" * 64}),
        Act.SEND_BACK: ("7001", {"request": "a" * 64, "reason": "Use the depot"}),
        Act.DONE: ("4001", {"actual_fen": 38_000, "done_ms": NOON_MS, "ml": 50_000}),
        Act.ENTER: ("6001", ENTRY),
        Act.MATCH: ("6001", {"evidence": "stop", "found": "Station 2"}),
        Act.WITHDRAW: ("3001", {"reason": "Not needed"}),
    },
)  # fmt: skip
PAID = (Act.REQUEST, Act.APPROVE, Act.DONE)
BOOKS = Desk(
    settlement.KIND,
    {
        "settle": (
            "6001", {"month": MONTH, "hash": "1" * 64, "count": 2, "sum_fen": 40_500, "entered_by": ["6001"]},
        ),
        "reconcile": ("6001", {"hash": "1" * 64, "ledger_hash": "2" * 64}),
        "confirm": ("7001", {}),
        "dispute": ("7001", {}),
        "reopen": ("7001", {"reason": "An invoice came late"}),
    },
)  # fmt: skip
DIFFERS = BOOKS.fact("reconcile", differences=["NM-1|fuel|38000|37999"], difference_count=1)


# -- one expense ----------------------------------------------------------------------------------------------------


def test_every_act_in_every_state_leads_where_the_table_says() -> None:
    reached = {
        State.REQUESTED: DESK.through(Act.REQUEST),
        State.SENT_BACK: DESK.through(Act.REQUEST, Act.SEND_BACK),
        State.APPROVED: DESK.through(Act.REQUEST, Act.APPROVE),
        State.DONE: DESK.through(*PAID),
        State.ENTERED: DESK.through(*PAID, Act.ENTER),
        State.MATCHED: DESK.through(*PAID, Act.ENTER, Act.MATCH),
        State.WITHDRAWN: DESK.through(Act.REQUEST, Act.WITHDRAW),
    }

    assert all(case.state == state for state, case in reached.items())
    assert DESK.moves({str(state): case for state, case in reached.items()}) == dict(expense.KIND.moves)


def test_nothing_is_paid_before_the_unit_head_approved_it_but_tolls_and_parking() -> None:
    openings = {act for (state, act), _ in expense.KIND.moves.items() if state == ""}

    assert openings == {Act.REQUEST, Act.PAY}
    assert DESK.refusal(DESK.through(), DESK.fact(Act.PAY, type="fuel")) == "case_particular"
    assert DESK.refusal(DESK.through(), DESK.fact(Act.REQUEST, type="toll")) == "case_particular"
    assert DESK.through(Act.PAY).state == State.DONE


@pytest.mark.parametrize(
    ("done", "act", "changed", "code"),
    [
        ((Act.REQUEST,), Act.APPROVE, {"by": "3001"}, "same_person"),
        ((Act.REQUEST,), Act.APPROVE, {"request": "b" * 64}, "request_changed"),
        (PAID, Act.ENTER, {"by": "7001"}, "same_person"),
        (PAID, Act.ENTER, {"invoiced_on": "in September"}, "case_particular"),
        ((Act.REQUEST, Act.APPROVE), Act.DONE, {"ml": 0}, "case_particular"),
        ((Act.REQUEST, Act.APPROVE), Act.DONE, {"done_ms": NOON_MS + HOUR_MS}, "case_particular"),
        ((*PAID, Act.ENTER), Act.MATCH, {"evidence": "none"}, "unmatched_reason"),
        ((), Act.REQUEST, {"done_ms": NOON_MS + 1}, "case_particular"),
        ((), Act.REQUEST, {"done_ms": NOON_MS, "type": "repair"}, "case_particular"),
        ((), Act.REQUEST, {"estimate_fen": 399.5}, "case_particular"),
    ],
)
def test_each_guard_says_what_it_keeps(done: tuple[str, ...], act: str, changed: dict[str, str], code: str) -> None:
    assert DESK.refusal(DESK.through(*done), DESK.fact(act, **changed)) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(("hours", "late"), [(24, False), (25, True)])
def test_fuel_in_need_may_be_asked_for_afterwards_and_late_is_flagged(hours: int, late: bool) -> None:
    case = DESK.through(DESK.fact(Act.REQUEST, done_ms=NOON_MS - hours * HOUR_MS))

    assert bool(case.data.get("late")) is late


def test_an_entry_is_corrected_by_another_beside_it_and_must_be_matched_anew() -> None:
    case = DESK.through(*PAID, Act.ENTER, Act.MATCH, DESK.fact(Act.ENTER, amount_fen=38_100))

    assert (case.state, case.whole("amount_fen")) == (State.ENTERED, 38_100)
    assert [fact.whole("amount_fen") for fact in case.facts if fact.act == Act.ENTER] == [38_000, 38_100]


# -- matching -------------------------------------------------------------------------------------------------------

STATION = Place(name="Station 2", kind="filling_station", lat_e6=39_200_000, lon_e6=101_700_000, radius_m=50)
GATE = Place(name="Gate 1", kind="gate", lat_e6=39_200_000, lon_e6=101_700_000, radius_m=50)
WORKSHOP = Place(name="Workshop", kind="repairer", lat_e6=39_200_000, lon_e6=101_700_000, radius_m=50)
STOP = Stop(NOON_MS, NOON_MS + HOUR_MS, 39.2, 101.7)
FAR = Stop(NOON_MS, NOON_MS + HOUR_MS, 39.21, 101.7)


@pytest.mark.parametrize(
    ("at_ms", "stop", "expected"),
    [
        (NOON_MS - NEAR_MS, STOP, Verdict("stop", "Station 2", at_ms=NOON_MS)),
        (NOON_MS - NEAR_MS - 1, STOP, Verdict("none", reason="no_station")),
        (NOON_MS + HOUR_MS + NEAR_MS, STOP, Verdict("stop", "Station 2", at_ms=NOON_MS)),
        (NOON_MS, FAR, Verdict("none", reason="no_station")),
    ],
)
def test_fuel_is_matched_with_a_stop_at_a_station_near_that_time(at_ms: int, stop: Stop, expected: Verdict) -> None:
    assert matching.fuel(at_ms, 50_000, [stop], [GATE, STATION], tank_ml=None) == expected


@pytest.mark.parametrize(("ml", "rest_ml", "fits"), [(73_500, 0, True), (73_501, 0, False), (52_501, 20_000, False)])
def test_no_more_fuel_is_believed_than_the_tank_takes(ml: int, rest_ml: int, fits: bool) -> None:
    verdict = matching.fuel(NOON_MS, ml, [STOP], [STATION], tank_ml=70_000, rest_ml=rest_ml)

    assert verdict == (
        Verdict("stop", "Station 2", at_ms=NOON_MS) if fits else Verdict("none", reason="more_than_tank")
    )


def test_a_toll_is_matched_with_the_gate_passed_and_a_repair_with_the_workshop_or_the_time_in_repair() -> None:
    assert matching.toll(NOON_MS, [(NOON_MS + NEAR_MS, 39.2, 101.7)], [GATE]) == Verdict("gate", "Gate 1")
    assert matching.toll(NOON_MS, [(NOON_MS + NEAR_MS + 1, 39.2, 101.7)], [GATE]) == Verdict("none", reason="no_gate")
    assert matching.repair(NOON_MS, [STOP], [WORKSHOP], []) == Verdict("stop", "Workshop", at_ms=NOON_MS)
    assert matching.repair(NOON_MS, [], [], [(NOON_MS, NOON_MS)]) == Verdict("repair_state")
    assert matching.repair(NOON_MS, [FAR], [WORKSHOP], []) == Verdict("none", reason="no_repair")


def test_a_parking_fee_is_matched_with_a_gate_or_with_standing_anywhere() -> None:
    passed = [(NOON_MS, 39.2, 101.7)]
    assert matching.parking(NOON_MS, passed, [FAR], [GATE]) == Verdict("gate", "Gate 1")
    assert matching.parking(NOON_MS, [], [FAR], [GATE]) == Verdict("stop", at_ms=NOON_MS)
    assert matching.parking(NOON_MS - 2 * HOUR_MS, passed, [FAR], [GATE]) == Verdict("none", reason="not_parked")


# -- a month --------------------------------------------------------------------------------------------------------


def an_entry(number: int, plate: str, kind: str, fen: int) -> Case:
    data: dict[str, object] = {"type": kind, "amount_fen": fen, "done_ms": NOON_MS, "invoice": f"{number}"}
    return Case(id=f"1-{number:05d}", kind="expense", state=State.MATCHED, plate=plate, data=data)


entries = st.lists(
    st.builds(
        an_entry,
        st.integers(1, 99_999),
        st.sampled_from(["NM-1", "NM-2"]),
        st.sampled_from(expense.TYPES),
        st.integers(1, expense.FEN_MAX),
    ),
    max_size=12,
    unique_by=lambda case: case.id,
)


@given(entries, st.data())
def test_sums_and_hash_survive_any_order_of_import(booked: list[Case], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(booked))

    assert expense.sums(shuffled, MONTH) == expense.sums(booked, MONTH)
    assert settlement.digest(shuffled) == settlement.digest(booked)
    assert settlement.books(shuffled, MONTH) == settlement.books(booked, MONTH)
    rows = [(case.plate, case.text("type"), case.whole("amount_fen") or 0) for case in shuffled]
    assert differences(expense.sums(booked, MONTH), add(rows)) == []
    assert sum(add(rows).values()) == sum(fen for _, _, fen in rows)


@given(entries.filter(bool), st.integers(1, 5))
def test_a_fen_of_difference_is_found_and_another_hash(booked: list[Case], fen: int) -> None:
    changed = [an_entry(99_999 if case is booked[0] else 1, case.plate, case.text("type"), 0) for case in booked[:1]]
    rows = [(case.plate, case.text("type"), case.whole("amount_fen") or 0) for case in booked]
    rows[0] = (rows[0][0], rows[0][1], rows[0][2] + fen)

    [found] = differences(expense.sums(booked, MONTH), add(rows))

    assert found.ledger_fen - found.platform_fen == fen
    assert settlement.digest([*booked, *changed]) != settlement.digest(booked)


def test_an_expense_belongs_to_the_local_month_it_was_done_in_and_counts_once_entered() -> None:
    paid, entered = DESK.through(*PAID), DESK.through(*PAID, Act.ENTER)

    assert expense.sums([paid], MONTH) == {}
    assert expense.sums([entered], MONTH) == {("NM-1", "fuel"): 38_000}
    assert expense.sums([entered], "2020-01") == {}


def test_every_act_on_a_month_in_every_state_leads_where_the_table_says() -> None:
    reached = {
        "settled": BOOKS.through("settle"),
        "compared": BOOKS.through("settle", "reconcile"),
        "reconciled": BOOKS.through("settle", "reconcile", "confirm"),
        "difference": BOOKS.through("settle", DIFFERS, "dispute"),
        "reopened": BOOKS.through("settle", "reopen"),
    }

    assert BOOKS.moves(reached) == dict(settlement.KIND.moves)


def test_a_month_that_was_reopened_shows_every_hash_it_had() -> None:
    case = BOOKS.through("settle", "reopen", BOOKS.fact("settle", hash="3" * 64))

    assert (case.state, case.data["hashes"], case.text("reason")) == (
        "settled", ["1" * 64, "3" * 64], "An invoice came late",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("compared", "act", "by", "code"),
    [
        ("reconcile", "confirm", "6001", "same_person"),
        (DIFFERS, "confirm", "7001", "month_differs"),
        ("reconcile", "dispute", "7001", "month_agrees"),
        (DIFFERS, "dispute", "6001", "same_person"),
    ],
)
def test_the_last_word_is_another_persons_and_follows_the_figures(compared: str, act: str, by: str, code: str) -> None:
    assert BOOKS.refusal(BOOKS.through("settle", compared), BOOKS.fact(act, by=by)) == code


def test_who_entered_does_not_confirm_even_if_another_compared() -> None:
    case = BOOKS.through("settle", BOOKS.fact("reconcile", by="6002"))

    assert BOOKS.refusal(case, BOOKS.fact("confirm", by="6001")) == "same_person"


def test_books_that_changed_since_they_were_settled_are_not_compared() -> None:
    assert BOOKS.refusal(BOOKS.through("settle"), BOOKS.fact("reconcile", hash="9" * 64)) == "month_changed"


def test_differences_are_read_back_from_the_record() -> None:
    assert settlement.read_differences(BOOKS.through("settle", DIFFERS)) == [Difference("NM-1", "fuel", 38_000, 37_999)]


# -- papers ---------------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("until", "step"),
    [
        ("2026-12-26", None),
        ("2026-12-25", 30),
        ("2026-12-03", 30),
        ("2026-12-02", 7),
        ("2026-11-25", 0),
        ("2026-01-01", 0),
    ],
)
def test_a_paper_is_told_thirty_days_and_seven_days_before_and_once_it_is_over(until: str, step: int | None) -> None:
    car = Vehicle(plate="NM-1", cls="general", seats=5, terminal="138", insured_until=until)

    assert [due.step for due in papers.due(TODAY, [car], [])] == ([] if step is None else [step])


def test_papers_of_drivers_and_exemptions_count_and_those_of_vehicles_disposed_of_do_not() -> None:
    gone = Vehicle(
        plate="NM-1", cls="general", seats=5, terminal="", stage=Stage.DISPOSED, inspected_until="2026-11-25"
    )
    exempt = Vehicle(
        plate="NM-2", cls="general", seats=5, terminal="", stage=Stage.EXEMPT, exempt_review_on="2026-11-30"
    )
    driver = Driver("4001", "Bayar", licence_until="2026-11-26")

    found = papers.due(TODAY, [gone, exempt], [driver])

    assert [(due.subject, due.paper) for due in found] == [("4001", "licence"), ("NM-2", "exemption")]
