"""Orders as the faces list them: state in, rows out. Pure; the moment and the receipts come in with the View.

What of a confidential trip its reader may not see is not there: the rows hold empty fields and say so (`hidden`).
Queue order is the rules' own (`fleet.rules.queue`). A form that cannot be read, as edits of several nodes may leave
one, still gives a row, so that someone sees it; it only ranks last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from edge.web.shapes import Entry, OpenedOrder, OrderRow
from fleet.desk.orders import content_of, form_of
from fleet.desk.register import holders, name_of, places
from fleet.desk.vault import Vault, is_confidential, seal_of
from fleet.desk.yard import yard
from fleet.errors import FleetError
from fleet.ledger import kinds
from fleet.ledger.entries import Placed
from fleet.ledger.operation import Author
from fleet.ledger.rights import roles_now
from fleet.ledger.state import State
from fleet.ledger.store import Receipt
from fleet.pinyin import found_by
from fleet.rules import form as forms
from fleet.rules import offers as offering
from fleet.rules import queue, secrecy
from fleet.rules.form import Form
from fleet.rules.order import Order
from fleet.rules.order import State as Stand
from fleet.rules.roles import MAY, Role
from fleet.rules.settings import value_ms
from fleet.rules.timing import Timing

Json = dict[str, Any]
TODO = frozenset({Stand.SUBMITTED, Stand.APPROVED, Stand.UNMET, Stand.DISPATCHED, Stand.BACK})
"""Where the unit's office has a next step to take."""
TO_DISPATCH = frozenset({Stand.APPROVED, Stand.UNMET})
TAIL_LENGTH = 4
_TEXTS = secrecy.FREE_TEXTS | {"corrections"}
_LAST = (9, 9, 1, 0, 0)


class Reader(NamedTuple):
    """Whose eyes look."""

    person: str
    roles: frozenset[str]


NOBODY = Reader("", frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A state at one moment, as the node numbered `node` shows it to `reader`. `refused` are the records central would
    not take, `timing` tells when a fact was put on record as far as it is proved, `clashing` are the orders that hold
    what another holds too; `vault` opens what the reader may read."""

    state: State
    now_ms: int
    node: int
    receipts: Mapping[Author, Receipt]
    refused: frozenset[str]
    timing: Callable[[Placed], Timing]
    clashing: frozenset[str] = frozenset()
    reader: Reader = NOBODY
    vault: Vault | None = None

    def waits(self, placed: Placed) -> bool:
        """Whether a record of this node's own still has no receipt; other nodes' records came through central."""
        _, author, seq = placed.place
        receipt = self.receipts.get(author)
        return author.node == self.node and (receipt is None or receipt.head.seq < seq)

    def secret(self, order_id: str) -> bool:
        """Whether an order is for a confidential trip whose rider, reason and places are not for this reader."""
        order = self.state.orders.get(order_id) or Order(id=order_id)
        return is_confidential(self.state, order_id) and not secrecy.may_read(order, *self.reader)

    def fields(self, order_id: str) -> Mapping[str, str]:
        """What the form of an order says, as far as it is this reader's to know."""
        fields = self.state.document(kinds.ORDERS + order_id).fields
        if self.secret(order_id):
            return {**fields, **dict.fromkeys(forms.SECRET_FIELDS, "")}
        sealed = seal_of(self.state, order_id, fields["sealed"]) if fields.get("sealed") else None
        return {**fields, **self.vault.open(kinds.ORDERS + order_id, sealed)} if sealed and self.vault else fields

    def detail(self, target: str, detail: Mapping[str, object], texts: Collection[str], *, secret: bool) -> Json:
        """The particulars of an act, as far as they are this reader's to know; never a seal or another's signature."""
        if secret:
            shown = secrecy.hide(detail, texts)[0]
        else:
            shown = self.vault.show(target, detail) if self.vault else dict(detail)
        return {name: value for name, value in shown.items() if not isinstance(value, bytes)}


def tail(order_id: str) -> str:
    """The digits people call an order by."""
    return order_id[-TAIL_LENGTH:]


def queued(view: View) -> list[Order]:
    """Every order the office has a next step for, in the order of the rules."""
    waiting = [order for order in view.state.open_orders() if order.state in TODO]
    return sorted(waiting, key=lambda order: _queue_key(view, order))


def driven_by(view: View, word: str) -> list[str]:
    """Everyone with a word in their name, or in its first letters."""
    return [person for person in view.state.people if found_by(word, name_of(view.state, person))]


def order_row(view: View, order: Order) -> OrderRow:
    """The order in one row."""
    return OrderRow(**_row(view, order))


def order_rows(view: View, orders: list[Order]) -> list[OrderRow]:
    """The orders as rows; those to dispatch with the first vehicle on offer."""
    among = yard(view.state, view.now_ms)
    rows = []
    for order in orders:
        form = _form(view, order) if order.state in TO_DISPATCH else None
        fit = offering.offers(order.id, form, among)[0] if form else []
        rows.append(OrderRow(**_row(view, order) | {"first_offer": fit[0].vehicle.plate if fit else None}))
    return rows


def opened(view: View, order: Order, moves: list[str]) -> OpenedOrder:
    """The order with everything signed about it. `moves` are the acts its reader may try."""
    form, fields = _form(view, order), view.fields(order.id)
    known = {place.name: place.kind for place in places(view.state)}
    readable = form is not None and bool(fields.get("rider"))
    return OpenedOrder(
        **_row(view, order),
        remark=fields.get("remark", ""),
        content=content_of(form, order.content) if form else order.content,
        approved_content=order.approved or None,
        timeline=timeline(view, order.id),
        moves=moves,
        warnings=forms.warnings(forms.read(fields), known) if readable else [],
    )


def timeline(view: View, order_id: str) -> list[Entry]:
    """Every act on an order in causal order, those without effect included."""
    order = view.state.orders[order_id]
    refused = {each.fact.record: each.code for each in order.refused}
    secret = view.secret(order_id)
    return [_entry(view, order_id, placed, refused, secret) for placed in view.state.acts.get(order_id, ())]


def _row(view: View, order: Order) -> dict[str, Any]:
    state, fields = view.state, view.fields(order.id)
    texts = ("rider", "department", "phone", "category", "reason", "origin", "destination", "cls")
    numbers = ("start_ms", "end_ms", "passengers", "urgency")
    return {
        **{name: fields.get(name, "") for name in texts},
        **{name: _number(fields.get(name, "")) for name in numbers},
        "id": order.id,
        "tail": tail(order.id),
        "hidden": is_confidential(state, order.id) and not fields.get("rider"),
        "state": str(order.state),
        "supplement": bool(order.supplement),
        "since_ms": order.since_ms,
        "vehicle": order.vehicle or None,
        "driver": order.driver or None,
        "driver_name": name_of(state, order.driver) if order.driver else order.supplier_driver or None,
        "approvers": _approvers(state, order),
        "first_offer": None,
        "revision": order.revision,
        "mark": _mark(view, order),
        "refused": len(order.refused),
        "conflict": _conflict(view, order),
        "waiting_since_ms": queue.submitted_ms(order),
        "confirmed_urgency": order.urgency,
        "supplier": order.supplier or None,
        "supplier_driver": order.supplier_driver or None,
        "preempted_by": order.preempted_by or None,
    }


def _entry(view: View, order_id: str, placed: Placed, refused: Mapping[str, str], secret: bool) -> Entry:
    target = placed.told_by or kinds.ORDERS + order_id
    fact, waits = placed.fact, view.waits(placed)
    held = roles_now(view.state, fact.by)
    return Entry(
        at_ms=fact.at_ms,
        act=str(fact.act),
        by=fact.by,
        by_name=name_of(view.state, fact.by),
        role=next((str(role) for role in sorted(MAY.get(fact.act, ())) if role in held), ""),
        detail=view.detail(target, fact.detail, _TEXTS, secret=secret),
        proof="waiting" if waits else "held",
        **timed(view, placed),
        refused=refused.get(fact.record),
        record=fact.record[:16],
    )


def timed(view: View, placed: Placed) -> dict[str, Any]:
    """What an entry of a timeline says of its time."""
    known = view.timing(placed)
    grade = "doubted" if known.doubt else "claimed" if view.waits(placed) else "bounded"
    return {"grade": grade, "after_ms": known.after_ms, "before_ms": known.before_ms}


def _conflict(view: View, order: Order) -> str | None:
    if order.notes:
        return order.notes[0]
    return "clash" if order.id in view.clashing else None


def _mark(view: View, order: Order) -> str:
    acts = view.state.acts.get(order.id, ())
    if order.refused or any(placed.fact.record in view.refused for placed in acts):
        return "x"
    if _conflict(view, order):
        return "?"
    return "^" if any(view.waits(placed) for placed in acts) else ""


def _approvers(state: State, order: Order) -> list[str]:
    if order.approver:
        return [name_of(state, order.approver)]
    return [name_of(state, person) for person in holders(state, Role.APPROVER) if person != order.applicant]


def _form(view: View, order: Order) -> Form | None:
    try:
        return form_of(view.state, order.id)
    except FleetError:
        return None


def _queue_key(view: View, order: Order) -> queue.Key:
    form, lead_ms = _form(view, order), value_ms("planned_lead_h", view.state.settings)
    return queue.key(order, form, lead_ms=lead_ms) if form else (*_LAST, order.id)


def _applied_ms(order: Order) -> int:
    return order.facts[0].at_ms if order.facts else 0


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
