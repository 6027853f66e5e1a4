"""Renewal and disposal of vehicles (Art. 19a: what the platform recorded is the ground for it).

    compile (the dossier: what the records say) -> approve | refuse (unit head) -> execute (what became of the vehicle)

The figures are those of the records at the time, put together by the desk and signed with the proposal, so the decision
rests on what was read. Which figure speaks for disposal is a setting, not code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role
from fleet.rules.settings import Changed, value


class State(StrEnum):
    """Where a dossier stands."""

    COMPILED = "compiled"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"


class Act(StrEnum):
    """What is done with it."""

    COMPILE = "compile"
    APPROVE = "approve"
    REFUSE = "refuse"
    EXECUTE = "execute"


FIGURES = ("age_months", "odometer_km", "km_a_year", "cost_fen", "fen_a_km", "accidents", "defects", "trips")
"""What the records say of a vehicle; one that they do not tell is left out, never guessed."""
CRITERIA: Mapping[str, str] = {
    "age_months": "disposal_age_months",
    "odometer_km": "disposal_odometer_km",
    "fen_a_km": "disposal_fen_a_km",
}
"""Figure -> the setting from which on it speaks for disposal."""


def speaks_for(figures: Mapping[str, int], changed: Changed) -> list[str]:
    """The figures that speak for disposal, by the settings."""
    return [name for name, setting in CRITERIA.items() if figures.get(name, -1) >= value(setting, changed)]


def _compile(case: Case, fact: Fact) -> Case:
    figures = {name: fact.whole(name) for name in FIGURES}
    known = {name: number for name, number in figures.items() if number is not None}
    return replace(case, plate=fact.text("plate")).put(
        **known, book_value_fen=fact.whole("book_value_fen"), way=fact.text("way"), reason=fact.text("reason"),
        proposal=fact.record, speaks_for=speaks_for(known, fact.settings),
    )  # fmt: skip


def _decide(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.COMPILE, article="19a")
    if fact.text("proposal") != case.text("proposal"):
        raise RuleBroken("request_changed", article="19a", case=case.id)
    return case.put(decided_by=fact.by, decided_ms=fact.at_ms)


def _execute(case: Case, fact: Fact) -> Case:
    return case.put(document=fact.text("document"), proceeds_fen=fact.whole("proceeds_fen"))


KIND = Kind(
    name="disposal",
    article="19a",
    acts={
        Act.COMPILE: Deed(
            frozenset({Role.ADMIN}),
            {
                "plate": p.text(most=64),
                "way": p.choice("renewal", "auction", "scrap", "transfer", "buy_back"),
                "reason": p.text(),
                "book_value_fen": p.whole(required=False),
                **{name: p.whole(required=False) for name in FIGURES},
            },
        ),
        Act.APPROVE: Deed(frozenset({Role.UNIT_HEAD}), {"proposal": p.record()}, True, "proposal"),
        Act.REFUSE: Deed(frozenset({Role.UNIT_HEAD}), {"proposal": p.record(), "reason": p.text()}, True, "proposal"),
        Act.EXECUTE: Deed(frozenset({Role.ADMIN}), {"document": p.text(), "proceeds_fen": p.whole(required=False)}),
    },
    moves={
        (NEW, Act.COMPILE): State.COMPILED,
        (State.COMPILED, Act.APPROVE): State.APPROVED,
        (State.COMPILED, Act.REFUSE): State.REFUSED,
        (State.APPROVED, Act.EXECUTE): State.DONE,
    },
    ended=frozenset({State.REFUSED, State.DONE}),
    sees=frozenset({Role.ADMIN, Role.UNIT_HEAD, Role.FINANCE, Role.DISPATCHER, Role.APPROVER}),
    effects={Act.COMPILE: _compile, Act.APPROVE: _decide, Act.REFUSE: _decide, Act.EXECUTE: _execute},
)
