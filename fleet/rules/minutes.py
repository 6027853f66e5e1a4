"""Minutes of safety meetings and training (Art. 9 (4)): who was there has signed, who was not makes up for it.

record -> sign (each attendee, with the PIN), make_up (of who was absent) -> close
"""

from __future__ import annotations

from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import UNIT_ROLES, Role


class State(StrEnum):
    """Where minutes stand."""

    OPEN = "open"
    CLOSED = "closed"


class Act(StrEnum):
    """What is done to them."""

    RECORD = "record"
    SIGN = "sign"
    MAKE_UP = "make_up"
    CLOSE = "close"


def _record(case: Case, fact: Fact) -> Case:
    names = ("type", "held_ms", "host", "topics", "attendees", "absent", "attachments")
    if (fact.whole("held_ms") or 0) > fact.at_ms:
        raise RuleBroken("case_particular", article="9", case_kind=case.kind, case=case.id, field="held_ms")
    return case.put(**{name: fact.detail.get(name) for name in names}, signed=[])


def _sign(case: Case, fact: Fact) -> Case:
    if fact.by not in (*_list(case, "attendees"), *_list(case, "made_up")):
        raise RuleBroken("not_an_attendee", article="9", case=case.id, person=fact.by)
    if fact.by in _list(case, "signed"):
        raise RuleBroken("signed_already", article="9", case=case.id, person=fact.by)
    return case.put(signed=[*_list(case, "signed"), fact.by])


def _make_up(case: Case, fact: Fact) -> Case:
    person = fact.text("person")
    if person not in _list(case, "absent") or person in _list(case, "made_up"):
        raise RuleBroken("case_particular", article="9", case_kind=case.kind, case=case.id, field="person")
    return case.put(made_up=[*_list(case, "made_up"), person])


def _list(case: Case, name: str) -> list[str]:
    found = case.data.get(name, [])
    return found if isinstance(found, list) else []


def unsigned(case: Case) -> list[str]:
    """Attendees and those who made up for it who have not signed yet."""
    wanted, signed = (*_list(case, "attendees"), *_list(case, "made_up")), _list(case, "signed")
    return [person for person in wanted if person not in signed]


KIND = Kind(
    name="minutes",
    article="9",
    acts={
        Act.RECORD: Deed(
            frozenset({Role.DISPATCHER}),
            {
                "type": p.choice("safety_meeting", "training"),
                "held_ms": p.time(),
                "host": p.text(most=64),
                "topics": p.text(),
                "attendees": p.texts(),
                "absent": p.texts(required=False),
                "attachments": p.files(required=False),
            },
        ),
        Act.SIGN: Deed(UNIT_ROLES, pin=True),
        Act.MAKE_UP: Deed(frozenset({Role.DISPATCHER}), {"person": p.text(most=64), "made_up_ms": p.time()}),
        Act.CLOSE: Deed(frozenset({Role.DISPATCHER})),
    },
    moves={
        (NEW, Act.RECORD): State.OPEN,
        (State.OPEN, Act.SIGN): State.OPEN,
        (State.OPEN, Act.MAKE_UP): State.OPEN,
        (State.OPEN, Act.CLOSE): State.CLOSED,
    },
    ended=frozenset({State.CLOSED}),
    sees=UNIT_ROLES,
    effects={Act.RECORD: _record, Act.SIGN: _sign, Act.MAKE_UP: _make_up},
    rests=False,  # how long ago the last meeting was is asked for as long as it takes
)
