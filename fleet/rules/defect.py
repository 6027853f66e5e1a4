"""A defect of a vehicle (Art. 9 (2), 10 (2)): found, repaired, cleared by a named person, known to who drives next.

    report -> [repair] -> clear            acknowledge: a driver has seen it, open or newly cleared

A blocking defect stops dispatch and departure until it is cleared; items of `checks.BLOCKING` block by default and are
never reported as less. The next driver acknowledges every open and every newly cleared defect before leaving.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.checks import BLOCKING, EVERY_ITEM
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

SEVERITIES = ("blocking", "minor")
OTHER = "other"


class State(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    IN_REPAIR = "in_repair"
    CLEARED = "cleared"


class Act(StrEnum):
    """What is done to it."""

    REPORT = "report"
    REPAIR = "repair"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"


def blocks(case: Case) -> bool:
    """Whether a ticket stops its vehicle."""
    return case.state in {State.OPEN, State.IN_REPAIR} and case.text("severity") == "blocking"


def unseen_by(driver: str, tickets: Iterable[Case], since_ms: int) -> list[Case]:
    """The tickets a driver must acknowledge before leaving: open ones, and those cleared since it last left."""
    return [
        ticket
        for ticket in tickets
        if (ticket.state != State.CLEARED or ticket.since_ms >= since_ms) and driver not in seen(ticket)
    ]


def seen(case: Case) -> tuple[str, ...]:
    """Who has acknowledged the ticket as it stands."""
    found = case.data.get("seen")
    return tuple(found) if isinstance(found, list) else ()


def _report(case: Case, fact: Fact) -> Case:
    item, severity = fact.text("item"), fact.text("severity")
    if item in BLOCKING and severity != "blocking":
        raise RuleBroken("blocking_item", article="10", item=item)
    return replace(case, plate=fact.text("plate"), order=fact.text("order")).put(
        item=item, severity=severity, text=fact.text("text"), photo=fact.text("photo") or None, reported_by=fact.by
    )


def _repair(case: Case, fact: Fact) -> Case:
    return case.put(repairer=fact.text("supplier"), repair_ms=fact.at_ms)


def _clear(case: Case, fact: Fact) -> Case:
    return case.put(cleared_by=fact.by, cleared_ms=fact.at_ms, how=fact.text("how"), seen=None)


def _acknowledge(case: Case, fact: Fact) -> Case:
    return case.put(seen=sorted({*seen(case), fact.by}))


MOVES: dict[tuple[str, str], str] = {
    (NEW, Act.REPORT): State.OPEN,
    (State.OPEN, Act.REPAIR): State.IN_REPAIR,
    (State.OPEN, Act.CLEAR): State.CLEARED,
    (State.IN_REPAIR, Act.CLEAR): State.CLEARED,
    **{(state, Act.ACKNOWLEDGE): state for state in State},
}

KIND = Kind(
    name="defect",
    article="10",
    acts={
        Act.REPORT: Deed(
            roles=frozenset({Role.DRIVER, Role.DISPATCHER, Role.ADMIN}),
            takes={
                "plate": p.text(most=64),
                "item": p.choice(*EVERY_ITEM, OTHER),
                "severity": p.choice(*SEVERITIES),
                "text": p.text(),
                "photo": p.blob(required=False),
                "order": p.text(required=False, most=64),
            },
        ),
        Act.REPAIR: Deed(roles=frozenset({Role.DISPATCHER, Role.ADMIN}), takes={"supplier": p.text(most=64)}),
        Act.CLEAR: Deed(roles=frozenset({Role.DISPATCHER, Role.ADMIN}), takes={"how": p.text()}),
        Act.ACKNOWLEDGE: Deed(roles=frozenset({Role.DRIVER})),
    },
    moves=MOVES,
    ended=frozenset({State.CLEARED}),
    sees=frozenset({Role.DRIVER, Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.UNIT_HEAD}),
    effects={Act.REPORT: _report, Act.REPAIR: _repair, Act.CLEAR: _clear, Act.ACKNOWLEDGE: _acknowledge},
)
