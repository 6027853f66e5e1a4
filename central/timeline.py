"""One order with everything that was signed about it: who did what when, under which record, and since when it is held.

A record central held is proved to be no later than the first receipt that covers it. Refused acts stay in the line,
with the rule that stopped them. Of a confidential trip only what `SEEN` and `FORM_SEEN` name is let out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from central.lines import CONFIDENTIAL
from central.store import UnitStore
from fleet.errors import NotFound
from fleet.ledger import kinds, rights
from fleet.ledger.entries import Placed
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Author, read
from fleet.ledger.state import State
from fleet.ledger.store import Held
from fleet.ledger.timing import timing
from fleet.rules.facts import Fact
from fleet.rules.order import Order
from fleet.rules.roles import MAY

SEEN = frozenset({"vehicle", "driver", "odometer_km", "fuel_quarters", "receipts", "content"})
FORM_SEEN = frozenset({"cls", "start_ms", "end_ms", "urgency", "passengers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One signed act. `refused` is the code of what stopped it ("" if it counts). It was made after `seen_ms` and
    before `received_ms`, by receipts (None: there is none); `doubt` is how its signed time cannot be right, if so."""

    at_ms: int
    act: str
    person: str
    roles: tuple[str, ...]
    particulars: Mapping[str, object]
    record: str
    author: Author
    seq: int
    seen_ms: int | None
    received_ms: int | None
    doubt: str
    refused: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """An order and its steps, in causal order. `form` holds what may be seen of it; `names` the people by number."""

    unit: str
    order: Order
    form: Mapping[str, str]
    hidden: bool
    names: Mapping[str, str]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the region's memory knows of an order; immutable, so it may leave the owner's thread."""

    order: Order
    acts: tuple[Placed, ...]
    form: Mapping[str, str]
    names: Mapping[str, str]
    roles: Mapping[str, tuple[str, ...]]


def recorded(state: State, order_id: str) -> Recorded:
    """Take an order out of a unit's state; NotFound `no_order` if nobody ever wrote about it."""
    fields = state.document(kinds.ORDERS + order_id).fields
    if order_id not in state.orders and not fields:
        raise NotFound("no_order", order=order_id)
    return Recorded(
        state.orders.get(order_id, Order(id=order_id)),
        state.acts.get(order_id, ()),
        dict(fields),
        {person: rights.name_now(state, person) for person in state.people},
        {person: tuple(sorted(rights.roles_now(state, person))) for person in state.people},
    )


def order_page(connection: Connection, unit: str, known: Recorded) -> OrderPage:
    """The page of an order: what memory knows, with the receipts and the acts without effect that only the disk has."""
    hidden = known.form.get("cls") == CONFIDENTIAL
    idle = UnitStore(connection, unit).without_effect(kinds.ORDERS + known.order.id)
    placed = [(one, "") for one in known.acts] + [one for held in idle if (one := _without_effect(held))]
    steps = tuple(_step(connection, unit, known, *one) for one in sorted(placed, key=lambda one: one[0].place))
    form = {name: text for name, text in known.form.items() if not hidden or name in FORM_SEEN}
    return OrderPage(
        unit=unit,
        order=known.order,
        form=form,
        hidden=hidden,
        names=known.names,
        steps=tuple(map(_censored, steps)) if hidden else steps,
    )


def _without_effect(held: Held) -> tuple[Placed, str] | None:
    named = read(held.data)
    operation = named.operation
    kind = kinds.KINDS.get(operation.kind)
    if kind is None or not kind.act:
        return None
    body = operation.body if isinstance(operation.body, dict) else {}
    detail = {name: value for name, value in body.items() if name != kinds.FORM}
    at_ms, record = wall_ms(operation.hlc), named.hash.hex()
    fact = Fact(act=kind.act, by=operation.person or "", at_ms=at_ms, record=record, detail=detail)
    return Placed(named.order, fact, receipt=operation.receipt), held.verdict


def _step(connection: Connection, unit: str, known: Recorded, placed: Placed, verdict: str) -> Step:
    fact, (_, author, seq) = placed.fact, placed.place
    known_time = timing(UnitStore(connection, unit), placed)
    refusal = next((refused for refused in known.order.refused if refused.fact.record == fact.record), None)
    return Step(
        at_ms=fact.at_ms,
        act=fact.act,
        person=known.names.get(fact.by, fact.by),
        roles=tuple(role for role in known.roles.get(fact.by, ()) if role in MAY.get(fact.act, ())),
        particulars=fact.detail,
        record=fact.record,
        author=author,
        seq=seq,
        seen_ms=known_time.after_ms,
        received_ms=known_time.before_ms,
        doubt=known_time.doubt or "",
        refused=verdict or (refusal.code if refusal else ""),
        article=refusal.article if refusal else "",
    )


def _censored(step: Step) -> Step:
    return replace(step, particulars={name: step.particulars[name] for name in step.particulars.keys() & SEEN})
