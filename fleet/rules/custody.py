"""Who has a vehicle's key (Art. 10, 17): each handing over is a record of its own, the holder the last it went to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

HAND, HANDED = "hand", "handed"


def holder(plate: str, handings: Iterable[Case]) -> str:
    """Who has the key of a vehicle; "" if nobody ever said."""
    known = [case for case in handings if case.plate == plate and case.state == HANDED]
    return max(known, key=lambda case: (case.since_ms, case.id)).text("to") if known else ""


def _hand(case: Case, fact: Fact) -> Case:
    return replace(case, plate=fact.text("plate"), order=fact.text("order")).put(
        giver=fact.text("from"), to=fact.text("to"), witness=fact.by
    )


KIND = Kind(
    name="key",
    article="17",
    acts={
        HAND: Deed(
            roles=frozenset({Role.DRIVER, Role.DISPATCHER, Role.ADMIN}),
            takes={
                "plate": p.text(most=64),
                "from": p.text(most=64),
                "to": p.text(most=64),
                "order": p.text(required=False, most=64),
            },
        )
    },
    moves={(NEW, HAND): HANDED},
    ended=frozenset({HANDED}),
    sees=frozenset({Role.DRIVER, Role.DISPATCHER, Role.ADMIN}),
    effects={HAND: _hand},
)
