"""A supplement's life: every state with every act, each guard, and what it says to the order (Art. 7, 12, 13)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import RuleBroken
from fleet.rules import order as orders
from fleet.rules.case import NEW, Case, advance, fold, move, told
from fleet.rules.facts import Fact
from fleet.rules.order import Order, Ruling
from fleet.rules.settings import Chosen
from fleet.rules.supplement import CORRECTION, KIND, MOVES, NO_PRIOR_ORDER, Act, State, completion, late
from fleet.rules.timing import Proof, Timing

DISPATCHER, OTHER_DISPATCHER, APPROVER = "3001", "3002", "2001"
NOON_MS, HOUR_MS = 1_790_000_000_000, 3_600_000
REQUEST, SCAN = "a" * 64, "5" * 64
TRIP: dict[str, object] = {
    "order": "1-00031",
    "content": "c" * 64,
    "vehicle": "NM-1",
    "driver": "4001",
    "departed_ms": NOON_MS - 6 * HOUR_MS,
    "back_ms": NOON_MS - 2 * HOUR_MS,
    "odometer_out_km": 1000,
    "odometer_in_km": 1180,
}
PROOF: dict[str, object] = {
    "scan": SCAN,
    "scan_type": "application/pdf",
    "scan_size": 300_000,
    "seal_visible": True,
    "endorser": "Li Zhiqiang",
    "endorsed_on": "2026-09-21",
}
GOOD: dict[str, tuple[str, dict[str, object]]] = {
    Act.NOTICE: (
        DISPATCHER,
        {"what": "Forest fire", "rider": "Bayar", "plate": "NM-1", "driver": "4001", "started_ms": NOON_MS},
    ),
    Act.REQUEST: (
        DISPATCHER,
        {
            "cause": NO_PRIOR_ORDER,
            "why": "Nobody could apply",
            "facts": "A fire at the border forest",
            "plate": "NM-1",
            "driver": "4001",
            "ended_ms": NOON_MS - 2 * HOUR_MS,
            "ended_by": "back",
        },
    ),
    Act.ENDORSE: (APPROVER, {"request": REQUEST}),
    Act.REFUSE: (APPROVER, {"request": REQUEST, "reason": "Nobody knew of it"}),
    Act.COMPLETE: (DISPATCHER, PROOF | TRIP),
    Act.REJECT: (OTHER_DISPATCHER, {"reason": "The seal cannot be read"}),
    Act.WITHDRAW: (DISPATCHER, {"reason": "The vehicle never left"}),
}
"""Each act as the right person would do it."""


def a_fact(act: str, *, by: str = "", at_ms: int = NOON_MS, without: str = "", **changed: object) -> Fact:
    who, detail = GOOD[act]
    detail = {name: value for name, value in (detail | changed).items() if name != without}
    record = REQUEST if act == Act.REQUEST else f"{act}@{at_ms}"
    return Fact(act=act, by=by or who, at_ms=at_ms, record=record, detail=detail)


def through(*acts: str) -> Case:
    return fold(KIND, "1-00001", [a_fact(act, at_ms=NOON_MS + at) for at, act in enumerate(acts)])


REACHED: dict[str, Case] = {
    NEW: Case(id="1-00001", kind="supplement"),
    State.OPEN: through(Act.NOTICE),
    State.REQUESTED: through(Act.REQUEST),
    State.ENDORSED: through(Act.REQUEST, Act.ENDORSE),
    State.REFUSED: through(Act.REQUEST, Act.REFUSE),
    State.COMPLETED: through(Act.REQUEST, Act.ENDORSE, Act.COMPLETE),
    State.WITHDRAWN: through(Act.NOTICE, Act.WITHDRAW),
}


def refusal(case: Case, fact: Fact) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused:
        move(KIND, case, fact)
    return refused.value


@pytest.mark.parametrize(("state", "act"), sorted(MOVES))
def test_a_legal_step_leads_where_the_table_says_and_stays_on_record(state: str, act: str) -> None:
    fact = a_fact(act, at_ms=NOON_MS + 9)

    after = move(KIND, REACHED[state], fact)

    assert (after.state, after.facts[-1], after.refused) == (MOVES[state, act], fact, ())


@pytest.mark.parametrize(("state", "act"), sorted(set(product(REACHED, Act)) - set(MOVES)))
def test_a_step_that_is_not_in_the_table_is_refused_and_kept_beside_the_case(state: str, act: str) -> None:
    case, fact = REACHED[state], a_fact(act)

    assert refusal(case, fact).code == "case_move"
    assert advance(KIND, case, fact) == replace(case, refused=advance(KIND, case, fact).refused)
    assert [(one.fact, one.code, one.article) for one in advance(KIND, case, fact).refused] == [
        (fact, "case_move", "12")
    ]


@pytest.mark.parametrize(
    ("state", "fact", "code"),
    [
        (NEW, a_fact(Act.REQUEST, without="why"), "case_particular"),
        (NEW, a_fact(Act.REQUEST, cause=CORRECTION), "case_particular"),
        (NEW, a_fact(Act.REQUEST, order="1-00007"), "case_particular"),
        (NEW, a_fact(Act.REQUEST, without="plate"), "case_particular"),
        (NEW, a_fact(Act.REQUEST, without="ended_by"), "case_particular"),
        (NEW, a_fact(Act.REQUEST, hurry="yes"), "case_particular"),
        (State.REQUESTED, a_fact(Act.ENDORSE, by=DISPATCHER), "same_person"),
        (State.REQUESTED, a_fact(Act.REFUSE, by=DISPATCHER), "same_person"),
        (State.REQUESTED, a_fact(Act.ENDORSE, request="b" * 64), "request_changed"),
        (State.REQUESTED, a_fact(Act.REFUSE, without="reason"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, by=APPROVER), "same_person"),
        (State.ENDORSED, a_fact(Act.COMPLETE, without="scan"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, without="seal_visible"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, without="driver"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, without="departed_ms"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, without="odometer_in_km"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, scan_size=11 << 20), "scan_too_large"),
        (State.ENDORSED, a_fact(Act.COMPLETE, scan_type="image/gif"), "case_particular"),
        (State.ENDORSED, a_fact(Act.COMPLETE, back_ms=NOON_MS + HOUR_MS), "supplement_times"),
        (State.ENDORSED, a_fact(Act.COMPLETE, back_ms=NOON_MS - 7 * HOUR_MS), "supplement_times"),
        (State.ENDORSED, a_fact(Act.COMPLETE, odometer_in_km=999), "odometer_backwards"),
        (State.COMPLETED, a_fact(Act.REJECT, by=DISPATCHER), "same_person"),
        (State.COMPLETED, a_fact(Act.REJECT, without="reason"), "case_particular"),
    ],
    ids=lambda value: value.act if isinstance(value, Fact) else str(value),
)
def test_each_guard_refuses_and_says_by_which_rule(state: str, fact: Fact, code: str) -> None:
    assert refusal(REACHED[state], fact).code == code


def test_a_limit_that_refuses_says_which_setting_its_value_and_where_it_comes_from() -> None:
    facts = refusal(REACHED[State.ENDORSED], a_fact(Act.COMPLETE, scan_size=11 << 20)).facts

    assert (facts["setting"], facts["limit"], facts["source"]) == ("supplement_scan_max_mb", 10, "local")


def test_an_act_is_judged_by_the_setting_its_author_knew() -> None:
    fact = replace(
        a_fact(Act.COMPLETE, scan_size=11 << 20), settings={"supplement_scan_max_mb": Chosen(20, "local", "1-00001")}
    )

    assert move(KIND, REACHED[State.ENDORSED], fact).state == State.COMPLETED


def test_a_rejected_scan_goes_back_to_the_endorsed_step_and_a_better_one_needs_no_trip_again() -> None:
    rejected = move(KIND, REACHED[State.COMPLETED], a_fact(Act.REJECT))
    again = Fact(act=Act.COMPLETE, by=DISPATCHER, at_ms=NOON_MS + HOUR_MS, record="again", detail=PROOF)

    completed = move(KIND, rejected, again)

    assert (rejected.state, rejected.data["scan_rejected"]) == (State.ENDORSED, "The seal cannot be read")
    assert (completed.state, completed.data["first_completed_ms"]) == (State.COMPLETED, NOON_MS + 2)
    assert told(KIND, completed) == told(KIND, REACHED[State.COMPLETED])


def test_the_completed_supplement_makes_a_closed_order_with_the_trip_as_it_was() -> None:
    (one,) = told(KIND, REACHED[State.COMPLETED])

    order = orders.move(Order(id=one.order), one.fact)

    assert (one.order, order.state, order.supplement) == ("1-00031", orders.State.CLOSED, "supplement/1-00001")
    assert (order.vehicle, order.driver, order.approver) == ("NM-1", "4001", APPROVER)
    assert (order.departed_ms, order.back_ms) == (TRIP["departed_ms"], TRIP["back_ms"])
    assert (order.odometer_out_km, order.odometer_in_km) == (1000, 1180)


def test_a_trip_that_is_still_on_the_road_enters_as_departed_and_its_driver_returns_as_from_any_other() -> None:
    fact = a_fact(Act.COMPLETE, without="back_ms")
    (one,) = told(KIND, move(KIND, REACHED[State.ENDORSED], fact))

    order = orders.move(Order(id=one.order), one.fact)
    back = Fact(act=orders.Act.RETURN, by="4001", at_ms=NOON_MS, record="", detail={"odometer_km": 1180})

    assert (one.fact.act, order.state) == (Ruling.SUPPLEMENT_RUNNING, orders.State.DEPARTED)
    assert orders.move(order, back).state == orders.State.BACK


def test_before_it_is_complete_a_supplement_says_nothing_to_any_order() -> None:
    assert [told(KIND, case) for state, case in REACHED.items() if state != State.COMPLETED] == [()] * 6


def test_late_is_a_completion_after_the_deadline_and_the_deadline_itself_is_in_time() -> None:
    due_ms = NOON_MS + 22 * HOUR_MS
    endorsed = REACHED[State.ENDORSED]

    assert endorsed.deadline_ms == due_ms
    assert late(move(KIND, endorsed, a_fact(Act.COMPLETE, at_ms=due_ms))) is False
    assert late(move(KIND, endorsed, a_fact(Act.COMPLETE, at_ms=due_ms + 1))) is True
    assert late(endorsed) is None


@given(
    st.lists(st.tuples(st.sampled_from(Act), st.sampled_from([DISPATCHER, OTHER_DISPATCHER, APPROVER])), max_size=10)
)
def test_no_heap_of_facts_completes_a_supplement_that_nobody_else_endorsed(done: list[tuple[str, str]]) -> None:
    case = fold(KIND, "1-00001", [a_fact(act, by=by, at_ms=NOON_MS + at) for at, (act, by) in enumerate(done)])

    kept = [*case.facts, *(refused.fact for refused in case.refused)]
    assert sorted(fact.at_ms for fact in kept) == [NOON_MS + at for at in range(len(done))]
    if case.last(Act.COMPLETE):
        steps = [fact for fact in case.facts if fact.act in {Act.REQUEST, Act.ENDORSE, Act.COMPLETE}]
        assert [fact.act for fact in steps[:3]] == [Act.REQUEST, Act.ENDORSE, Act.COMPLETE]
        assert steps[1].by not in {steps[0].by, steps[2].by}


DUE_MS = NOON_MS + 22 * HOUR_MS


@pytest.mark.parametrize(
    ("completed_ms", "held_ms", "seen_ms", "known"),
    [
        (DUE_MS - 9, DUE_MS - 1, None, Proof.IN_TIME),
        (DUE_MS + 9, DUE_MS, None, Proof.IN_TIME),
        (DUE_MS - 9, None, None, Proof.CLAIMED_IN_TIME),
        (DUE_MS - 9, DUE_MS + 86_400_000, None, Proof.CLAIMED_IN_TIME),
        (DUE_MS + 9, DUE_MS + 86_400_000, None, Proof.CLAIMED_LATE),
        (DUE_MS - 9, DUE_MS + 99, DUE_MS + 1, Proof.LATE),
    ],
    ids=["held before", "a clock that ran ahead", "no link", "held a day later", "late by its own word", "back-dated"],
)
def test_being_offline_makes_nobody_late_and_a_clock_set_back_proves_nothing(
    completed_ms: int, held_ms: int | None, seen_ms: int | None, known: Proof
) -> None:
    done = move(KIND, REACHED[State.ENDORSED], a_fact(Act.COMPLETE, at_ms=completed_ms))

    completed = completion(done)
    assert completed
    assert done.deadline_ms
    assert Timing(completed.at_ms, seen_ms, held_ms).proof(done.deadline_ms) == known


def test_of_what_is_not_complete_nothing_is_known() -> None:
    assert completion(REACHED[State.ENDORSED]) is None
