"""What the desk adds to a supplement's three steps (Art. 12): which request is endorsed, when a corrected order's clock
runs out, and the order that a completed supplement makes."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.cases import Asked, Prepare
from fleet.desk.numbering import next_number
from fleet.desk.orders import content_of, form_of, order_of
from fleet.desk.register import Ledger, name_of, vehicle
from fleet.desk.vault import Vault
from fleet.errors import BadInput, RuleBroken
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.operation import Author
from fleet.rules import form as forms
from fleet.rules import supplement
from fleet.rules.order import Act
from fleet.rules.supplement import CLOSED, CORRECTION

Prepared = tuple[dict[str, object], dict[str, Value]]


def prepares(author: Author, vault: Vault | None = None) -> Mapping[str, Prepare]:
    """The supplement's lines of the case desk's table, for the desk of one node."""

    def complete(ledger: Ledger, asked: Asked) -> Prepared:
        return _complete(ledger, asked, author, vault)

    return {
        "supplement.request": _request,
        "supplement.endorse": _decide,
        "supplement.refuse": _decide,
        "supplement.complete": complete,
    }


def _request(ledger: Ledger, asked: Asked) -> Prepared:
    given = dict(asked.given)
    if given.get("cause") != CORRECTION:
        if plate := str(given.get("plate") or ""):
            vehicle(ledger.state, plate)
        return given, {}
    order = order_of(ledger.state, str(given.get("order") or ""))
    closed_ms = next((fact.at_ms for fact in reversed(order.facts) if fact.act == Act.CLOSE), None)
    ends = {} if closed_ms is None else {"ended_ms": closed_ms, "ended_by": CLOSED}
    return given | {"plate": order.vehicle, "driver": order.driver} | ends, {}


def _decide(ledger: Ledger, asked: Asked) -> Prepared:
    deciding = (asked.signer.person, asked.lender)
    if asked.said.get("rider", asked.case.text("rider")) in {
        name_of(ledger.state, person) for person in deciding if person
    }:
        raise RuleBroken("own_order", article="8", order=asked.case.id)
    return dict(asked.given), {}


def _complete(ledger: Ledger, asked: Asked, author: Author, vault: Vault | None) -> Prepared:
    given = dict(asked.given)
    form_given = given.pop("form", None)
    if asked.case.text("cause") == CORRECTION:
        _readable(given.get("corrections"), ledger, asked.case.order, vault)
        return given, {}
    if asked.case.whole("first_completed_ms") is not None:
        return given, {}
    if not isinstance(form_given, Mapping):
        raise BadInput("field_missing", article="7", field="form")
    form = forms.read(form_given)
    plate = str(given.get("vehicle") or asked.case.plate)
    secret = vehicle(ledger.state, plate).cls == forms.CONFIDENTIAL
    if secret != (form.cls == forms.CONFIDENTIAL):  # Art. 2: such a vehicle serves such trips, and no other does
        raise RuleBroken("supplement_class", article="10", plate=plate)
    order_id = next_number(author, ledger.state.orders.__contains__)
    beside: dict[str, Value] = {}
    if secret:
        if vault is None:
            raise RuleBroken("escrow_unknown", article="10")
        form, beside[kinds.SEALED] = vault.close_form(order_id, form, {})
    update = ledger.update(kinds.ORDERS + order_id, form.as_fields())
    filled: dict[str, object] = {"order": order_id, "content": content_of(form), "vehicle": asked.case.plate}
    return filled | {"driver": asked.case.text("driver")} | given, {**beside, kinds.FORM: update}


def _readable(corrections: object, ledger: Ledger, order_id: str, vault: Vault | None) -> None:
    """What a correction says must fit the order: the form with it is one that could have been handed in, and the other
    fields are those of the record."""
    if not isinstance(corrections, Mapping):
        raise BadInput("field_missing", article="7", field="corrections")
    if unknown := sorted(set(corrections) - set(forms.FIELDS) - supplement.CORRECTABLE):
        raise BadInput("field_unknown", field=unknown[0])
    before = (vault.form(order_id) if vault else form_of(ledger.state, order_id)).texts()
    forms.read({**before, **{name: text for name, text in corrections.items() if name in forms.FIELDS}})
