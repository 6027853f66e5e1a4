"""Accidents (Art. 9 (4): the dispatcher helps to deal with them; Art. 17: who bears what).

    report -> add (what becomes known) -> review (unit head) -> close (unit head: liability, costs, lessons)

What was reported stays; what becomes known is added beside it. The track of the time is named by its hash, so that the
slice looked at is the one that was kept.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import Role


class State(StrEnum):
    """Where an accident stands."""

    REPORTED = "reported"
    UNDER_REVIEW = "under_review"
    CLOSED = "closed"


class Act(StrEnum):
    """What is done about it."""

    REPORT = "report"
    ADD = "add"
    REVIEW = "review"
    CLOSE = "close"


MORE = {
    "parties": p.text(required=False),
    "police_no": p.text(required=False, most=64),
    "insurer": p.text(required=False, most=64),
    "claim_no": p.text(required=False, most=64),
    "costs_fen": p.whole(required=False),
    "track": p.record(required=False),
    "photos": p.files(required=False),
    "note": p.text(required=False),
}
"""What may become known later."""


def _report(case: Case, fact: Fact) -> Case:
    after = replace(case, plate=fact.text("plate"), order=fact.text("order"))
    return after.put(**{name: value for name, value in fact.detail.items() if name not in {"plate", "order"}})


def _add(case: Case, fact: Fact) -> Case:
    return case.put(**fact.detail)


KIND = Kind(
    name="accident",
    article="9",
    acts={
        Act.REPORT: Deed(
            frozenset({Role.DRIVER, Role.DISPATCHER}),
            {
                "plate": p.text(most=64),
                "driver": p.text(most=64),
                "order": p.text(required=False, most=64),
                "happened_ms": p.time(),
                "place": p.text(),
                "description": p.text(),
                "injuries": p.choice("none", "light", "severe", "fatal"),
                **MORE,
            },
        ),
        Act.ADD: Deed(frozenset({Role.DRIVER, Role.DISPATCHER, Role.FINANCE}), MORE),
        Act.REVIEW: Deed(frozenset({Role.UNIT_HEAD}), {"note": p.text(required=False)}),
        Act.CLOSE: Deed(
            frozenset({Role.UNIT_HEAD}),
            {
                "liability": p.choice("own", "shared", "other", "undecided"),
                "lessons": p.text(),
                "costs_fen": p.whole(required=False),
            },
            pin=True,
        ),
    },
    moves={
        (NEW, Act.REPORT): State.REPORTED,
        (State.REPORTED, Act.ADD): State.REPORTED,
        (State.REPORTED, Act.REVIEW): State.UNDER_REVIEW,
        (State.UNDER_REVIEW, Act.ADD): State.UNDER_REVIEW,
        (State.UNDER_REVIEW, Act.CLOSE): State.CLOSED,
    },
    ended=frozenset({State.CLOSED}),
    sees=frozenset({Role.DISPATCHER, Role.APPROVER, Role.ADMIN, Role.UNIT_HEAD, Role.FINANCE}),
    effects={Act.REPORT: _report, Act.ADD: _add, Act.REVIEW: _add, Act.CLOSE: _add},
)
