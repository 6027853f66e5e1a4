"""The life of an order: every state with every act, and each guard with the article it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import IllegalMove, RuleBroken
from fleet.rules.facts import Fact
from fleet.rules.order import (
    ENDED,
    HOLDS_VEHICLE,
    MERGES,
    MOVES,
    ON_THE_ROAD,
    RULINGS,
    Act,
    Order,
    Ruling,
    State,
    advance,
    fold,
    move,
)
from fleet.rules.roles import MAY, PIN_EACH_TIME, Role, may

APPLICANT, APPROVER, DISPATCHER, DRIVER = "0011", "0022", "0033", "0044"
CONTENT = "c0ffee"

GOOD: dict[Act, tuple[str, dict[str, object]]] = {
    Act.SUBMIT: (APPLICANT, {"content": CONTENT}),
    Act.APPROVE: (APPROVER, {"content": CONTENT}),
    Act.SEND_BACK: (APPROVER, {"content": CONTENT, "reason": "Share the morning trip"}),
    Act.CANCEL: (APPLICANT, {"reason": "No longer needed"}),
    Act.DISPATCH: (DISPATCHER, {"vehicle": "NM-1", "driver": DRIVER}),
    Act.UNMET: (DISPATCHER, {"reason": "Both vehicles are out"}),
    Act.RECALL: (DISPATCHER, {"reason": "Breakdown"}),
    Act.DEPART: (DRIVER, {"odometer_km": 1000}),
    Act.ARRIVE: (DRIVER, {}),
    Act.HEAD_BACK: (DRIVER, {}),
    Act.RETURN: (DRIVER, {"odometer_km": 1120}),
    Act.CLOSE: (DISPATCHER, {"receipts": "none"}),
}
"""Each act as the right person would do it."""


def a_fact(act: Act, *, by: str | None = None, at_ms: int = 1, without: str = "", **changed: object) -> Fact:
    who, detail = GOOD[act]
    detail = {name: value for name, value in (detail | changed).items() if name != without}
    return Fact(act=act, by=by or who, at_ms=at_ms, record=f"{act}@{at_ms}", detail=detail)


def an_order(state: State) -> Order:
    """An order that has everything a state needs, and no history."""
    order = Order(id="1-00017", state=state, applicant=APPLICANT, content=CONTENT, approver=APPROVER)
    if state in {State.DRAFT, State.SENT_BACK}:
        order = order._replace(content="an earlier text")
    if state in HOLDS_VEHICLE | {State.BACK, State.CLOSED, State.CANCELLED}:
        order = order._replace(vehicle="NM-1", driver=DRIVER)
    if state in ON_THE_ROAD:
        order = order._replace(odometer_out_km=1000)
    return order


@pytest.mark.parametrize(("state", "act"), sorted(MOVES))
def test_a_legal_move_leads_where_the_table_says_and_stays_on_record(state: State, act: Act) -> None:
    fact = a_fact(act, at_ms=77)

    after = move(an_order(state), fact)

    assert (after.state, after.since_ms, after.facts) == (MOVES[state, act], 77, (fact,))


@pytest.mark.parametrize(("state", "act"), sorted(set(product(State, Act)) - set(MOVES)))
def test_a_move_that_is_not_in_the_table_is_refused_and_says_from_where(state: State, act: Act) -> None:
    with pytest.raises(IllegalMove) as refused:
        move(an_order(state), a_fact(act))

    assert (refused.value.code, refused.value.article) == ("illegal_move", "13")
    assert refused.value.facts == {"order": "1-00017", "state": state, "act": act}


def test_an_ended_order_takes_nothing_more() -> None:
    assert [pair for pair in MOVES if pair[0] in ENDED] == []


def test_every_state_but_the_first_is_reached_by_an_act_or_by_what_a_case_decides() -> None:
    assert {*MOVES.values(), *RULINGS.values()} == set(State) - {State.DRAFT}


def test_a_vehicle_on_the_road_can_only_go_on_or_come_home() -> None:
    on_the_way = {act for state, act in MOVES if state in ON_THE_ROAD}

    assert on_the_way == {Act.ARRIVE, Act.HEAD_BACK, Act.RETURN}


@pytest.mark.parametrize(
    ("state", "fact", "code", "article"),
    [
        (State.SENT_BACK, a_fact(Act.SUBMIT, content="an earlier text"), "unchanged_resubmission", "8"),
        (State.SENT_BACK, a_fact(Act.SUBMIT, by=DRIVER), "not_the_applicant", "5"),
        (State.DRAFT, a_fact(Act.SUBMIT, by=APPLICANT, content="an earlier text"), "unchanged_resubmission", "8"),
        (State.SUBMITTED, a_fact(Act.APPROVE, by=APPLICANT), "own_order", "8"),
        (State.SUBMITTED, a_fact(Act.SEND_BACK, by=APPLICANT), "own_order", "8"),
        (State.SUBMITTED, a_fact(Act.APPROVE, content="another text"), "content_changed", "8"),
        (State.SUBMITTED, a_fact(Act.APPROVE, without="content"), "content_changed", "8"),
        (State.SUBMITTED, a_fact(Act.APPROVE, content=7), "content_changed", "8"),
        (State.SUBMITTED, a_fact(Act.SEND_BACK, content="another text"), "content_changed", "8"),
        (State.SUBMITTED, a_fact(Act.SEND_BACK, reason="  "), "reason_missing", "8"),
        (State.APPROVED, a_fact(Act.CANCEL, without="reason"), "reason_missing", "13"),
        (State.APPROVED, a_fact(Act.UNMET, reason=""), "reason_missing", "9"),
        (State.DISPATCHED, a_fact(Act.RECALL, without="reason"), "reason_missing", "9"),
        (State.APPROVED, a_fact(Act.DISPATCH, by=APPROVER), "approver_dispatches", "8"),
        (State.APPROVED, a_fact(Act.DISPATCH, without="vehicle"), "particular_missing", "13"),
        (State.APPROVED, a_fact(Act.DISPATCH, driver=44), "particular_missing", "13"),
        (State.DISPATCHED, a_fact(Act.DEPART, by=DISPATCHER), "not_the_driver", "16"),
        (State.DISPATCHED, a_fact(Act.DEPART, without="odometer_km"), "particular_missing", "13"),
        (State.DISPATCHED, a_fact(Act.DEPART, odometer_km=True), "particular_missing", "13"),
        (State.DISPATCHED, a_fact(Act.DEPART, odometer_km=-1), "particular_missing", "13"),
        (State.DISPATCHED, a_fact(Act.DEPART, odometer_km=10_000_000), "particular_missing", "13"),
        (State.DEPARTED, a_fact(Act.ARRIVE, by=DISPATCHER), "not_the_driver", "16"),
        (State.WAITING, a_fact(Act.HEAD_BACK, by=DISPATCHER), "not_the_driver", "16"),
        (State.RETURNING, a_fact(Act.RETURN, by=DISPATCHER), "not_the_driver", "16"),
        (State.RETURNING, a_fact(Act.RETURN, odometer_km=999), "odometer_backwards", "13"),
        (State.BACK, a_fact(Act.CLOSE, receipts="lost"), "receipts_missing", "11"),
    ],
    ids=lambda value: value.act if isinstance(value, Fact) else str(value),
)
def test_a_guard_refuses_what_the_state_would_allow_and_names_its_article(
    state: State, fact: Fact, code: str, article: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        move(an_order(state), fact)

    assert (refused.value.code, refused.value.article) == (code, article)


def test_what_was_sent_back_may_come_again_unchanged_with_an_explanation() -> None:
    again = a_fact(Act.SUBMIT, content="an earlier text", explanation="The road is open again")

    after = move(an_order(State.SENT_BACK), again)

    assert (after.state, after.revision) == (State.SUBMITTED, 1)


def test_an_approval_covers_the_content_submitted_and_nothing_else() -> None:
    after = move(an_order(State.SUBMITTED), a_fact(Act.APPROVE))

    assert (after.approved, after.approver) == (CONTENT, APPROVER)


def test_a_recalled_order_gives_its_vehicle_and_driver_back() -> None:
    after = move(an_order(State.DISPATCHED), a_fact(Act.RECALL))

    assert (after.state, after.vehicle, after.driver) == (State.APPROVED, "", "")


def test_a_trip_keeps_both_odometer_readings_and_both_times() -> None:
    order = move(an_order(State.DISPATCHED), a_fact(Act.DEPART, at_ms=5))
    order = move(order, a_fact(Act.RETURN, at_ms=9))

    assert (order.odometer_out_km, order.odometer_in_km, order.departed_ms, order.back_ms) == (1000, 1120, 5, 9)


def through(*acts: Act) -> Order:
    return fold("1-00017", [a_fact(act, at_ms=at) for at, act in enumerate(acts)])


def test_a_departure_stands_although_elsewhere_the_order_was_cancelled_and_the_dispatcher_is_told() -> None:
    order = through(Act.SUBMIT, Act.APPROVE, Act.DISPATCH, Act.CANCEL, Act.DEPART)

    assert (order.state, order.notes) == (State.DEPARTED, ("cancel_after_departure",))
    assert (order.vehicle, order.driver) == ("NM-1", DRIVER)


def test_a_cancellation_that_comes_after_the_departure_changes_nothing_and_is_kept() -> None:
    order = through(Act.SUBMIT, Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.CANCEL)

    assert order.state == State.DEPARTED
    assert [(refused.fact.act, refused.code) for refused in order.refused] == [(Act.CANCEL, "illegal_move")]


def test_a_merge_keeps_the_guards_of_the_act() -> None:
    cancelled = through(Act.SUBMIT, Act.APPROVE, Act.DISPATCH, Act.CANCEL)

    order = advance(cancelled, a_fact(Act.DEPART, by=DISPATCHER, at_ms=9))

    assert order.state == State.CANCELLED
    assert [refused.code for refused in order.refused] == ["not_the_driver"]


def test_merges_only_ever_add_to_the_table_of_moves() -> None:
    assert MERGES.keys().isdisjoint(MOVES)


@pytest.mark.parametrize("first", [Act.APPROVE, Act.SEND_BACK])
def test_of_two_decisions_the_earlier_stands_and_the_other_is_kept(first: Act) -> None:
    second = Act.SEND_BACK if first == Act.APPROVE else Act.APPROVE

    order = through(Act.SUBMIT, first, second)

    assert order.state == MOVES[State.SUBMITTED, first]
    assert [refused.fact.act for refused in order.refused] == [second]


def test_of_two_dispatches_the_earlier_stands_and_the_other_vehicle_is_free() -> None:
    facts = [a_fact(act, at_ms=at) for at, act in enumerate((Act.SUBMIT, Act.APPROVE, Act.DISPATCH))]

    order = fold("1-00017", [*facts, a_fact(Act.DISPATCH, at_ms=9, vehicle="NM-2")])

    assert (order.vehicle, len(order.refused)) == ("NM-1", 1)


@pytest.mark.parametrize(("state", "ruling"), sorted(product(State, Ruling)))
def test_every_state_with_everything_a_case_may_decide(state: State, ruling: Ruling) -> None:
    detail: dict[str, object] = {"case": "supplement/1-00001", "vehicle": "NM-1", "driver": DRIVER, "content": CONTENT}
    fact = Fact(act=ruling, by=DISPATCHER, at_ms=9, record="r", detail=detail)

    after = advance(an_order(state), fact)

    if (state, ruling) in RULINGS:
        assert (after.state, after.refused) == (RULINGS[state, ruling], ())
    else:
        assert (after.state, [one.code for one in after.refused]) == (state, ["illegal_move"])


@given(
    st.lists(st.tuples(st.sampled_from(Act), st.sampled_from([APPLICANT, APPROVER, DRIVER, DISPATCHER])), max_size=12)
)
def test_any_heap_of_facts_folds_to_some_order_with_every_fact_kept_once(done: list[tuple[Act, str]]) -> None:
    facts = [a_fact(act, by=by, at_ms=at) for at, (act, by) in enumerate(done)]

    order = fold("1-00017", facts)

    kept = [*order.facts, *(refused.fact for refused in order.refused)]
    assert sorted(fact.at_ms for fact in kept) == list(range(len(facts)))


@given(st.permutations([a_fact(act, at_ms=at) for at, act in enumerate([*Act, *Act])]))
def test_folding_step_by_step_is_folding_at_once(facts: list[Fact]) -> None:
    order = Order(id="1-00017")
    for fact in facts:
        order = advance(order, fact)

    assert order == fold("1-00017", facts)


def test_every_act_belongs_to_some_role_and_decisions_to_the_approver_alone() -> None:
    assert MAY.keys() == set(Act)
    assert all(MAY.values())
    assert MAY[Act.APPROVE] == MAY[Act.SEND_BACK] == {Role.APPROVER}
    assert {Act.APPROVE, Act.SEND_BACK} == PIN_EACH_TIME


@pytest.mark.parametrize(("one", "other"), [*permutations(Role, 2)])
def test_roles_add_up_and_never_take_away(one: Role, other: Role) -> None:
    def rights(*roles: Role) -> set[Act]:
        return {act for act in Act if may(frozenset(roles), act)}

    assert rights(one, other) == rights(one) | rights(other)


def test_someone_without_a_role_may_nothing() -> None:
    unknown: Mapping[str, object] = dict.fromkeys(act for act in Act if may(frozenset({"guest"}), act))

    assert unknown == {}
