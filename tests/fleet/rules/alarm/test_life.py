"""The life of an alarm on record, read off its tables; and the right to answer it (Art. 3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules import case as case_rule
from fleet.rules import particulars
from fleet.rules.alarm.life import FIRST as FORM
from fleet.rules.alarm.life import JUDGES, KIND, STATED, Act, State
from fleet.rules.alarm.reconcile import first
from fleet.rules.alarm.verdict import TEXTS, Verdict
from fleet.rules.case import NEW, Case
from fleet.rules.roles import Role
from tests.fleet.rules.case_tables import NOON_MS, Desk

NODE, DRIVER, HEAD, DISPATCHER = "", "4001", "6001", "3001"
VERDICT: dict[str, object] = {
    "from_ms": NOON_MS, "until_ms": NOON_MS + 60_000, "grade": "serious", "order": "7-00001", "driver": "孟克",
    "facts": {"moved_m": "320"}, "limits": {"alarm_moved_m": "50 local"}, "rule": 1,
}  # fmt: skip
FIRST = VERDICT | {"code": "A01", "plate": "蒙M-0B312"}
GOOD: dict[str, tuple[str, dict[str, object]]] = {
    Act.RAISE: (NODE, FIRST),
    Act.SUSPECT: (NODE, FIRST | {"provisional": True}),
    Act.AMEND: (NODE, VERDICT),
    Act.CONFIRM: (NODE, VERDICT),
    Act.WITHDRAW: (NODE, {"because": "superseded"}),
    Act.EXPLAIN: (DRIVER, {"text": "The order was written down at the board."}),
    Act.ACCEPT: (HEAD, {}),
    Act.UPHOLD: (HEAD, {"opinion": "No order can be found."}),
    Act.EXTEND: (DISPATCHER, {"expected_ms": NOON_MS + 3_600_000, "reason": "The road is closed by snow."}),
}
desk = Desk(KIND, GOOD)
REACHED: dict[str, Case] = {
    State.PROVISIONAL: desk.through(Act.SUSPECT),
    State.OPEN: desk.through(Act.RAISE),
    State.EXPLAINED: desk.through(Act.RAISE, Act.EXPLAIN),
    State.ACCEPTED: desk.through(Act.RAISE, Act.EXPLAIN, Act.ACCEPT),
    State.UPHELD: desk.through(Act.RAISE, Act.UPHOLD),
    State.WITHDRAWN: desk.through(Act.RAISE, Act.WITHDRAW),
}


def test_every_state_is_reached_and_nothing_moves_but_by_the_tables() -> None:
    assert {state: case.state for state, case in REACHED.items()} == {state: state for state in State}
    assert desk.moves(REACHED) == KIND.moves


def test_a_verdict_stays_readable_as_it_was_first_said_and_as_it_is_now() -> None:
    case = desk.through(Act.RAISE, desk.fact(Act.AMEND, grade="critical", until_ms=NOON_MS + 120_000))

    assert (case.plate, case.order, case.text("code"), case.text("grade")) == (
        "蒙M-0B312",
        "7-00001",
        "A01",
        "critical",
    )
    assert [fact.text("grade") for fact in case.facts] == ["serious", "critical"]


def test_an_alarm_that_no_longer_goes_on_provisionally_is_confirmed() -> None:
    case = desk.through(Act.SUSPECT, Act.CONFIRM)

    assert (case.state, case.data.get("provisional")) == (State.OPEN, None)


def test_who_answered_may_not_accept_the_answer() -> None:
    answered = desk.through(Act.RAISE, desk.fact(Act.EXPLAIN, by=HEAD))

    assert desk.refusal(answered, desk.fact(Act.ACCEPT)) == "same_person"
    assert desk.refusal(answered, desk.fact(Act.ACCEPT, by="6002")) == ""


def test_nobody_judges_what_late_reports_may_still_change() -> None:
    answered = desk.through(Act.SUSPECT, Act.EXPLAIN)

    assert desk.refusal(answered, desk.fact(Act.UPHOLD)) == "alarm_provisional"
    assert desk.refusal(desk.through(Act.SUSPECT, Act.EXPLAIN, Act.CONFIRM), desk.fact(Act.UPHOLD)) == ""


@pytest.mark.parametrize("state", [State.ACCEPTED, State.UPHELD, State.EXPLAINED])
def test_later_facts_withdraw_also_what_people_have_judged_and_nothing_is_lost(state: State) -> None:
    before = REACHED[state]
    after = case_rule.move(KIND, before, desk.fact(Act.WITHDRAW))

    assert (after.state, after.text("because")) == (State.WITHDRAWN, "superseded")
    assert after.facts[:-1] == before.facts


def test_only_a_trip_that_is_overdue_is_given_more_time() -> None:
    overdue = desk.through(desk.fact(Act.RAISE, code="A14"), Act.EXTEND)

    assert overdue.whole("expected_ms") == NOON_MS + 3_600_000
    assert desk.refusal(REACHED[State.OPEN], desk.fact(Act.EXTEND)) == "alarm_not_overdue"


def test_verdicts_are_the_nodes_own_answers_everybodys_and_judgement_the_heads_or_a_supervisors() -> None:
    assert {act for act, deed in KIND.acts.items() if not deed.roles} == STATED
    assert Role.DRIVER in KIND.acts[Act.EXPLAIN].roles
    assert Role.SUPERVISOR not in KIND.acts[Act.EXPLAIN].roles
    assert KIND.acts[Act.ACCEPT].roles == KIND.acts[Act.UPHOLD].roles == JUDGES
    assert {act for state, act in KIND.moves if state == NEW} == {Act.RAISE, Act.SUSPECT}


@given(st.fixed_dictionaries({name: st.text(max_size=300) for name in TEXTS}), st.text(max_size=255))
def test_whatever_somebody_is_called_an_alarm_can_be_put_on_record(texts: dict[str, str], card: str) -> None:
    """A card reader's name, a stranger's record: what others call themselves is cut, and refused by no form."""
    given_texts: dict[str, Any] = texts
    verdict = Verdict(code="A19", from_ms=1, until_ms=2, grade="serious", facts={"card": card}, **given_texts)

    assert particulars.fault(FORM, first(verdict)) == ""
    assert {name: first(verdict).get(name, "") for name in TEXTS} == {name: getattr(verdict, name) for name in TEXTS}
