"""Handing a shift over (Art. 9: the dispatcher keeps the vehicles in hand at all times): what is out, overdue, due and
unseen, and who has the keys; written by who leaves, taken by who comes, signed by both.

    write -> take            write again corrects it while nobody has taken it

The lists are what the node knew at that moment; the note is in the words of who leaves. Nobody takes over from himself.
A temperature read off the thermometer in the yard speaks for the day to come: in hard cold whoever is overdue is looked
for sooner (A14).
"""

from __future__ import annotations

from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

LISTS = ("out", "overdue", "deadlines", "alarms", "keys")
"""What is listed beside the note, a line each."""
NOTE_LENGTH_MAX = 2_000
CELSIUS_LEAST, CELSIUS_MOST = -60, 60


class State(StrEnum):
    """Where a handover stands."""

    WRITTEN = "written"
    TAKEN = "taken"


class Act(StrEnum):
    """What is done to it."""

    WRITE = "write"
    TAKE = "take"


def _write(case: Case, fact: Fact) -> Case:
    if case.state and fact.by != case.text("written_by"):
        raise RuleBroken("not_the_proposer", article="9", case_kind=case.kind, case=case.id)
    lists = {name: fact.detail.get(name) for name in LISTS}
    read = {"celsius": fact.whole("celsius")}
    return case.put(
        note=fact.text("note"), written_by=fact.by, written_ms=fact.at_ms, record=fact.record, **lists, **read
    )


def _take(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.WRITE, article="9")
    if fact.text("record") != case.text("record"):
        raise RuleBroken("request_changed", article="9", case=case.id)
    return case.put(taken_by=fact.by, taken_ms=fact.at_ms, remark=fact.text("remark") or None)


KIND = Kind(
    name="handover",
    article="9",
    acts={
        Act.WRITE: Deed(
            frozenset({Role.DISPATCHER}),
            {
                "note": p.text(most=NOTE_LENGTH_MAX),
                "celsius": p.whole(required=False, least=CELSIUS_LEAST, most=CELSIUS_MOST),
            }
            | {name: p.texts(required=False) for name in LISTS},
        ),
        Act.TAKE: Deed(
            frozenset({Role.DISPATCHER}),
            {"record": p.record(), "remark": p.text(required=False)},
            pin=True,
            covers="record",
        ),
    },
    moves={
        (NEW, Act.WRITE): State.WRITTEN,
        (State.WRITTEN, Act.WRITE): State.WRITTEN,
        (State.WRITTEN, Act.TAKE): State.TAKEN,
    },
    ended=frozenset({State.TAKEN}),
    sees=frozenset({Role.DISPATCHER, Role.APPROVER, Role.ADMIN, Role.UNIT_HEAD}),
    effects={Act.WRITE: _write, Act.TAKE: _take},
)
