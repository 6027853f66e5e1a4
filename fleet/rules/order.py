"""What may happen to a vehicle order (Art. 12, 13). Pure: no clock, no storage, no signature.

What may follow what stands in `order_moves`, what each act asks for and changes in `order_effects`. The state of an
order is never stored as a field of its own: it is the fold of the signed facts about it, in causal order. A fact the
rules refuse changes nothing and stays on the record with the reason, so that its author and an inspector can both see
it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fleet.errors import IllegalMove, RuleBroken
from fleet.rules.facts import Fact, Refused
from fleet.rules.order_effects import EFFECTS
from fleet.rules.order_moves import (
    ENDED,
    HOLDS_VEHICLE,
    MERGES,
    MOVES,
    NEXT,
    ON_THE_ROAD,
    RULINGS,
    SEEN,
    WITNESSED,
    Act,
    Looked,
    Ruling,
    Seen,
    State,
)

__all__ = [
    "ENDED",
    "HOLDS_VEHICLE",
    "MERGES",
    "MOVES",
    "ON_THE_ROAD",
    "RULINGS",
    "SEEN",
    "WITNESSED",
    "Act",
    "Looked",
    "Order",
    "Ruling",
    "Seen",
    "State",
    "advance",
    "fold",
    "move",
]


class Order(NamedTuple):
    """An order as its facts make it. `content` is the hash (hex) of the form submitted, `approved` of that approved.

    `approved_for` is the approver in whose place `approver` decided, `urgency` what was confirmed (None: as claimed, or
    not decided yet), `supplier` whose vehicle it is when it is rented, `supplier_driver` who drives it for them (then
    nobody of the unit does, and a dispatcher witnesses the trip), `preempted_by` the urgent order that took the vehicle
    last assigned, until another is. `supplement` names the case that stands in for application and approval,
    `corrections` those that say what of the record is wrong; what was recorded stays as it was. `inferred` are the
    marks a track made, `movement_ms` when the vehicle was seen moving although nobody had said that it left.
    """

    id: str
    state: State = State.DRAFT
    since_ms: int = 0
    revision: int = 0
    applicant: str = ""
    content: str = ""
    approved: str = ""
    approver: str = ""
    approved_for: str = ""
    urgency: int | None = None
    vehicle: str = ""
    driver: str = ""
    supplier: str = ""
    supplier_driver: str = ""
    preempted_by: str = ""
    odometer_out_km: int | None = None
    odometer_in_km: int | None = None
    departed_ms: int | None = None
    back_ms: int | None = None
    inferred: tuple[str, ...] = ()
    movement_ms: int | None = None
    supplement: str = ""
    corrections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    refused: tuple[Refused, ...] = ()


def move(order: Order, fact: Fact) -> Order:
    """Return the order after `fact`.

    Raises:
        IllegalMove: MOVES has no line for this state and act (Art. 13).
        RuleBroken: the state allows the act, but a guard of it does not; `code` says which.
    """
    target = NEXT.get((order.state, fact.act))
    if target is None:
        raise IllegalMove(order.id, order.state, fact.act)
    return _taken(order, fact, target)


def fold(order_id: str, facts: Iterable[Fact]) -> Order:
    """Replay facts, given in causal order, into the order they make. Never raises: refused facts are kept aside."""
    order = Order(id=order_id)
    for fact in facts:
        order = advance(order, fact)
    return order


def advance(order: Order, fact: Fact) -> Order:
    """One step of `fold`: as `move`, but a merge of two places is settled by MERGES and a refusal goes on record."""
    merged = MERGES.get((order.state, fact.act))
    try:
        if merged is None:
            return move(order, fact)
        state, note = merged
        return _taken(order, fact, state)._replace(notes=(*order.notes, note))
    except RuleBroken as broken:
        return order._replace(refused=(*order.refused, Refused(fact, broken.code, broken.article)))


def _taken(order: Order, fact: Fact, target: State) -> Order:
    changes = EFFECTS[fact.act](order, fact) if fact.act in EFFECTS else {}
    since_ms = fact.at_ms if target != order.state else order.since_ms
    return order._replace(state=target, since_ms=since_ms, facts=(*order.facts, fact), **changes)  # type: ignore[arg-type]
