"""What the desk adds to changes of master data and to voiding (Art. 14): the entry must be whole afterwards, a vehicle
moves only by the steps of its life, and what is voided must be there."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.cases import Asked, Prepare
from fleet.desk.orders import order_of
from fleet.desk.register import Ledger, vehicle
from fleet.errors import BadInput, NotFound, RuleBroken
from fleet.ledger.canonical import Value
from fleet.ledger.state import State
from fleet.rules import calendar, driver, place
from fleet.rules import vehicle as vehicles_rule
from fleet.rules.order import RULINGS, Ruling

Prepared = tuple[dict[str, object], dict[str, Value]]


def _propose(ledger: Ledger, asked: Asked) -> Prepared:
    given = dict(asked.given)
    thing, _, name = str(given.get("entry") or "").partition("/")
    sets, clears = given.get("sets") or {}, given.get("clears") or []
    if not isinstance(sets, Mapping) or not isinstance(clears, list):
        raise BadInput("field_missing", article="6", field="sets")
    before = ledger.state.register.entry(thing, name)
    after = {**before, **{str(field): "" for field in clears}, **sets}
    if all(before.get(field, "") == text for field, text in after.items()):
        raise RuleBroken("nothing_changes", article="14", entry=given.get("entry"))
    if thing in _WHOLE:
        _WHOLE[thing](ledger.state, name, after)
    was = {field: before[field] for field in after if before.get(field) and before[field] != after[field]}
    return given | {"was": was}, {}


def _vehicle(state: State, plate: str, after: Mapping[str, object]) -> None:
    entry = vehicles_rule.read({**after, "plate": plate})
    try:
        vehicles_rule.step(vehicle(state, plate), entry)
    except NotFound:
        vehicles_rule.step(None, entry)


def _place(_state: State, name: str, after: Mapping[str, object]) -> None:
    place.read({**after, "name": name})


def _person(_state: State, _name: str, after: Mapping[str, object]) -> None:
    driver.read_card(after)


def _calendar(_state: State, name: str, after: Mapping[str, object]) -> None:
    if not name.isdecimal():
        raise BadInput("field_not_a_number", article="17", field="entry")
    calendar.read(int(name), *(str(after.get(field) or "") for field in ("off", "workdays", "source")))


_WHOLE = {"vehicle": _vehicle, "place": _place, "person": _person, "calendar": _calendar}


def _void(ledger: Ledger, asked: Asked) -> Prepared:
    order = order_of(ledger.state, str(asked.given.get("order") or ""))
    if (order.state, Ruling.VOID) not in RULINGS:
        raise RuleBroken("not_voidable", article="14", order=order.id, state=order.state)
    return dict(asked.given), {}


PREPARES: Mapping[str, Prepare] = {"change.propose": _propose, "void.propose": _void}
