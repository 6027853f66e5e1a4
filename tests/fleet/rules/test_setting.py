"""Settings and how they are changed: two people, within bounds, in force for whoever knew (Art. 14)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import fleet
from fleet.errors import RuleBroken
from fleet.rules import settings
from fleet.rules.case import NEW, Case, advance, fold, move
from fleet.rules.facts import Fact
from fleet.rules.four_eyes import MOVES, Act, State
from fleet.rules.setting import KIND, chosen
from fleet.rules.settings import SETTINGS, Chosen
from fleet.words import LANGUAGES, Words

ADMIN, OTHER_ADMIN, HEAD = "5001", "5002", "6001"
PROPOSAL = "a" * 64
GOOD: dict[str, tuple[str, dict[str, object]]] = {
    Act.PROPOSE: (
        ADMIN,
        {"name": "planned_lead_h", "value": 24, "source": "local", "reason": "Roads are long here"},
    ),
    Act.APPROVE: (HEAD, {"proposal": PROPOSAL}),
    Act.REFUSE: (HEAD, {"proposal": PROPOSAL, "reason": "Twelve hours are enough"}),
    Act.WITHDRAW: (ADMIN, {}),
}


def a_fact(act: str, *, by: str = "", at_ms: int = 1, **changed: object) -> Fact:
    who, detail = GOOD[act]
    record = PROPOSAL if act == Act.PROPOSE else f"{act}@{at_ms}"
    return Fact(act=act, by=by or who, at_ms=at_ms, record=record, detail=detail | changed)


def through(*acts: str) -> Case:
    return fold(KIND, "1-00001", [a_fact(act, at_ms=at) for at, act in enumerate(acts)])


REACHED = {
    NEW: Case(id="1-00001", kind="setting"),
    State.PROPOSED: through(Act.PROPOSE),
    State.APPROVED: through(Act.PROPOSE, Act.APPROVE),
    State.REFUSED: through(Act.PROPOSE, Act.REFUSE),
    State.WITHDRAWN: through(Act.PROPOSE, Act.WITHDRAW),
}


@pytest.mark.parametrize(("state", "act"), sorted(product(REACHED, Act)))
def test_every_state_with_every_act(state: str, act: str) -> None:
    case, fact = REACHED[state], a_fact(act)

    after = advance(KIND, case, fact)

    if (state, act) in MOVES:
        assert (after.state, after.facts[-1]) == (MOVES[state, act], fact)
    else:
        assert (after.state, after.refused[-1].code) == (state, "case_move")


@pytest.mark.parametrize(
    ("state", "fact", "code"),
    [
        (NEW, a_fact(Act.PROPOSE, name="a_number_nobody_uses"), "case_particular"),
        (NEW, a_fact(Act.PROPOSE, value=241), "setting_out_of_bounds"),
        (NEW, a_fact(Act.PROPOSE, name="supplement_deadline_h", value=25), "setting_out_of_bounds"),
        (NEW, a_fact(Act.PROPOSE, source="ruling"), "case_particular"),
        (State.PROPOSED, a_fact(Act.APPROVE, by=ADMIN), "same_person"),
        (State.PROPOSED, a_fact(Act.REFUSE, by=ADMIN), "same_person"),
        (State.PROPOSED, a_fact(Act.APPROVE, proposal="b" * 64), "request_changed"),
        (State.PROPOSED, a_fact(Act.WITHDRAW, by=OTHER_ADMIN), "not_the_proposer"),
    ],
    ids=lambda value: value.act if isinstance(value, Fact) else str(value),
)
def test_each_guard_refuses_and_says_by_which_rule(state: str, fact: Fact, code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        move(KIND, REACHED[state], fact)

    assert refused.value.code == code


def test_only_what_was_approved_is_in_force_and_the_later_change_wins() -> None:
    first = through(Act.PROPOSE, Act.APPROVE)
    second = fold(KIND, "1-00002", [a_fact(Act.PROPOSE, value=36), a_fact(Act.APPROVE)])

    assert chosen([REACHED[State.PROPOSED], REACHED[State.REFUSED], REACHED[State.WITHDRAWN]]) == {}
    assert chosen([first, second]) == {"planned_lead_h": Chosen(36, "local", "1-00002")}
    assert chosen([second, first]) == {"planned_lead_h": Chosen(24, "local", "1-00001")}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_lies_within_its_bounds_has_words_and_is_asked_for_somewhere(name: str) -> None:
    setting = SETTINGS[name]
    asked = re.compile(rf'"{name}"' if not name.startswith("offer_") else "_POINTS")
    rooms = [Path(fleet.__file__).parent, Path(fleet.__file__).parent.parent / "edge"]

    assert setting.least <= setting.default <= setting.most
    assert all(f"setting.{name}" in Words(language) for language in LANGUAGES)
    assert all(f"measure.{setting.unit}" in Words(language) for language in LANGUAGES)
    assert [
        path
        for room in rooms
        for path in room.rglob("*.py")
        if path.name != "settings.py" and asked.search(path.read_text(encoding="utf-8"))
    ]


def test_a_span_of_time_is_counted_in_its_unit_and_a_change_counts_before_the_default() -> None:
    assert settings.value_ms("start_grace_min", {}) == 10 * 60_000
    assert settings.value_ms("planned_lead_h", {"planned_lead_h": Chosen(1, "local", "c")}) == 3_600_000


def test_what_a_refusal_says_of_a_setting_names_its_source() -> None:
    assert settings.shown("supplement_deadline_h", {})["source"] == "text"
    assert settings.shown("planned_lead_h", {"planned_lead_h": Chosen(6, "ruling", "c")}) == {
        "setting": "planned_lead_h",
        "limit": 6,
        "measure": "h",
        "source": "ruling",
    }
