"""Rows for the faces to list: derived from the state, stored beside it, never read back by the ledger.

Each row can be made again from the log at any time; `verify` does, and names a row that differs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from fleet.ledger import kinds, rights
from fleet.ledger.state import MAPS, State
from fleet.ledger.store import Row
from fleet.pinyin import initials
from fleet.rules.cases import CASES
from fleet.rules.order import ENDED

TABLES = ("orders", "vehicles", "people", "cases")
NUMBER_LENGTH_MAX = 15
SOUGHT = ("rider", "department", "phone", "category", "reason", "origin", "destination")
"""Fields of a form in which a word is looked for, beside the order's number and its vehicle; or its first letters."""


def changed(staged: State) -> dict[str, dict[str, Row | None]]:
    """The rows a staged view changes, by table and key; None where there is none any more."""
    return of_changes(staged, {name: staged.changes(name) for name in MAPS})


def of_changes(state: State, changes: Mapping[str, Collection[Any]]) -> dict[str, dict[str, Row | None]]:
    """The rows that follow from the entries changed in the maps of a state, by table and key; None where there is none
    any more."""
    documents = set(changes["documents"])
    plates = set(changes["seen"]) | {plate for name in documents for plate in _plates(state, name)}
    enacted = names(changes["enacted"], "vehicle")
    taken_back = enacted - keys(state, "vehicles") if enacted else set[str]()
    changed = {"orders": set(changes["orders"]) | _orders(documents), "vehicles": (plates | enacted) - taken_back}
    people = state.people if changes["rulings"] else changes["people"]
    changed |= {"people": set(people), "cases": set(changes["cases"])}
    rows: dict[str, dict[str, Row | None]]
    rows = {table: {key: row(state, table, key) for key in changed[table]} for table in TABLES}
    rows["vehicles"] |= dict.fromkeys(taken_back)
    return rows


def whole(state: State) -> dict[str, dict[str, Row]]:
    """Every row of a state."""
    return {table: {key: row(state, table, key) for key in keys(state, table)} for table in TABLES}


def keys(state: State, table: str) -> set[str]:
    """The keys of every row of a table."""
    match table:
        case "orders":
            return _orders(state.documents) | set(state.orders)
        case "vehicles":
            plates = {plate for name in state.documents for plate in _plates(state, name)}
            return plates | set(state.seen) | names((key for key, told in state.enacted.items() if told), "vehicle")
    return set(getattr(state, table))


def row(state: State, table: str, key: str) -> Row:
    """One row."""
    return _ROWS[table](state, key)


def _orders(documents: Iterable[str]) -> set[str]:
    return {name.removeprefix(kinds.ORDERS) for name in documents if name.startswith(kinds.ORDERS)}


def vehicle_fields(state: State, plate: str) -> Mapping[str, str]:
    """What the register says of a vehicle; empty if it is not on it."""
    register = state.register
    return register.entry("vehicle", plate) if f"vehicle/{plate}/cls" in register.fields else {}


def names(fields: Iterable[str], prefix: str) -> set[str]:
    """The things of a kind that fields of a register speak of: keys are `PREFIX/NAME/FIELD`."""
    keys = (key.split("/") for key in fields)
    return {parts[1] for parts in keys if len(parts) == 3 and parts[0] == prefix}


def _order(state: State, order_id: str) -> Row:
    fields = state.document(f"{kinds.ORDERS}{order_id}").fields
    order = state.orders.get(order_id)
    texts = [order_id, order.vehicle if order else "", *(fields.get(name, "") for name in SOUGHT)]
    return {
        "id": order_id,
        "state": order.state if order else "draft",
        "open": int(order is None or order.state not in ENDED),
        "since_ms": order.since_ms if order else 0,
        "applied_ms": order.facts[0].at_ms if order and order.facts else 0,
        "start_ms": number(fields.get("start_ms", "")) or 0,
        "vehicle": order.vehicle if order else "",
        "driver": order.driver if order else "",
        "applicant": order.applicant if order else "",
        "refused": len(order.refused) if order else 0,
        "sought": _sought([text for text in texts if text]),
        "form": json.dumps(dict(sorted(fields.items())), ensure_ascii=False),
    }


def _sought(texts: Iterable[str]) -> str:
    """What a word is looked for in: the texts, then the first letters of those with Hanzi in them."""
    said = [text.casefold() for text in texts]
    letters = [initials(text) for text in said if not text.isascii()]
    return "\n".join([*said, *letters])


def _vehicle(state: State, plate: str) -> Row:
    seen = state.seen.get(plate)
    return {
        "plate": plate,
        "seen": json.dumps(dict(seen.particulars), sort_keys=True, ensure_ascii=False) if seen else "",
        "register": json.dumps(dict(vehicle_fields(state, plate)), sort_keys=True, ensure_ascii=False),
    }


def _person(state: State, person: str) -> Row:
    roles = " ".join(sorted(rights.roles_now(state, person)))
    return {"id": person, "name": rights.name_now(state, person), "roles": roles}


def _case(state: State, target: str) -> Row:
    case = state.cases[target]
    return {
        "id": target,
        "kind": case.kind,
        "state": case.state,
        "open": int(case.state not in CASES[case.kind].ended),
        "since_ms": case.since_ms,
        "deadline_ms": case.deadline_ms,
        "about_order": case.order,
        "plate": case.plate,
        "refused": len(case.refused),
        "data": json.dumps(dict(case.data), sort_keys=True, ensure_ascii=False),
    }


def number(text: str) -> int | None:
    """The number a field holds; None if it holds none, for a field may hold any text."""
    return int(text) if text.isdecimal() and len(text) <= NUMBER_LENGTH_MAX else None


def plates(fields: Mapping[str, str]) -> set[str]:
    """The vehicles that fields of a register speak of: keys are `vehicle/PLATE/FIELD`."""
    return names(fields, "vehicle")


def _plates(state: State, name: str) -> set[str]:
    return plates(state.document(name).fields) if name.startswith(kinds.REGISTRY) else set()


_ROWS: dict[str, Callable[[State, str], Row]] = {
    "orders": _order,
    "vehicles": _vehicle,
    "people": _person,
    "cases": _case,
}
