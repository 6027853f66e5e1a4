"""Every kind of case, by its tables alone: nothing in them points nowhere, and everything has words."""

from __future__ import annotations

import pytest

from fleet.errors import NotFound
from fleet.rules.case import NEW, Kind
from fleet.rules.cases import CASES, kind_of
from fleet.rules.order import Act
from fleet.words import LANGUAGES, Words

KINDS = [pytest.param(kind, id=kind.name) for kind in CASES.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_the_tables_is_about_an_act_the_kind_has(kind: Kind) -> None:
    moved = {act for _, act in kind.moves}

    assert moved == set(kind.acts)
    assert set(kind.effects) <= set(kind.acts)
    assert {act for _, act in kind.merges} <= set(kind.acts)
    assert kind.moves.keys().isdisjoint(kind.merges)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_begins_somewhere_and_can_reach_every_state_and_an_end(kind: Kind) -> None:
    reached, news = {NEW}, {NEW}
    while news:
        news = {target for (state, _), target in kind.moves.items() if state in news} - reached
        reached |= news

    assert kind.openings
    assert reached == kind.states | {NEW}
    assert set(kind.ended) <= kind.states


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_kind_states_acts_and_particulars_have_words(kind: Kind, language: str) -> None:
    words = Words(language)  # type: ignore[arg-type]
    wanted = {f"case.{kind.name}"} | {f"case_state.{kind.name}.{state}" for state in {*kind.states, "new"}}
    wanted |= {f"act.{kind.name}.{act}" for act in kind.acts}
    wanted |= {f"field.{name}" for deed in kind.acts.values() for name in deed.takes}

    assert {key for key in wanted if key not in words} == set()


def test_no_kind_is_named_as_what_orders_registers_or_people_are_filed_under() -> None:
    assert set(CASES).isdisjoint({"order", "registry", "person", "node", "vehicle", *Act})


def test_a_kind_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(NotFound) as refused:
        kind_of("wish")

    assert (refused.value.code, refused.value.facts) == ("no_case_kind", {"case_kind": "wish"})
