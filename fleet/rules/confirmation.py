"""Confirmations: someone whose business it is has seen what two places did to one order, and says what holds.

Nothing is changed by one: what stands, stands by the order's own rules. It takes the matter off the list of work, under
a name, with the reason.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import Role
from fleet.rules.work import ABOUT_LENGTH_MAX


class State(StrEnum):
    """Where it stands."""

    CONFIRMED = "confirmed"


class Act(StrEnum):
    """What is done."""

    CONFIRM = "confirm"


def _confirm(case: Case, fact: Fact) -> Case:
    return replace(case, order=fact.text("order")).put(about=fact.text("about"), reason=fact.text("reason"))


KIND = Kind(
    name="confirmation",
    article="14",
    acts={
        Act.CONFIRM: Deed(
            frozenset({Role.APPROVER, Role.DISPATCHER, Role.DRIVER, Role.ADMIN}),
            {"order": p.text(required=False, most=64), "about": p.text(most=ABOUT_LENGTH_MAX), "reason": p.text()},
        )
    },
    moves={(NEW, Act.CONFIRM): State.CONFIRMED},
    ended=frozenset({State.CONFIRMED}),
    sees=frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN}),
    effects={Act.CONFIRM: _confirm},
    rests=False,
)
