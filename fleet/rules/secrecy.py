"""What of a confidential trip is whose to read (Art. 10 (4)). The platform is no classified system: secrets do not
belong into it at all, and what remains is read by those who need it.

    exists, vehicle, times, kilometres, cost     everyone who may see the order
    who travels, why, where                      the applicant, approvers, dispatchers, and the driver of that trip
                                                 supervision only by two keys, with a reason, on the record

What is written in the course of such a trip may tell as much as its form: the free texts of acts are sealed with it. In
their place stands HIDDEN, so that the rules see that something was said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fleet.rules.form import CONFIDENTIAL, SECRET_FIELDS
from fleet.rules.order import Order
from fleet.rules.roles import Role

HIDDEN = "*"
"""What stands for a text that is sealed."""
READERS: frozenset[str] = frozenset({Role.APPROVER, Role.DISPATCHER})
"""Those of the unit's office whose duty needs them; the register's keeper and finance do without."""
FREE_TEXTS = frozenset({"reason", "opinion", "why", "note", "place", "place_reason", "explanation", "witnessed"})
"""Particulars of acts on orders that may tell who, why or where."""
CASE_TEXTS: Mapping[str, frozenset[str]] = {
    "supplement": frozenset({"why", "facts", "what", "rider", "reason", "opinion", "corrections"}),
    "accident": frozenset({"place", "description", "parties", "note", "lessons"}),
    "expense": frozenset({"why", "place", "found", "reason", "opinion"}),
    "void": frozenset({"reason", "opinion"}),
    "confirmation": frozenset({"reason"}),
}
"""The same of cases, by kind. Of a vehicle (its defects, faults, keys) nothing is secret."""


def may_read(order: Order, person: str, roles: frozenset[str]) -> bool:
    """Whether someone may read who travels, why and where."""
    return not roles.isdisjoint(READERS) or person in {order.applicant, order.driver}


def is_confidential(fields: Mapping[str, str]) -> bool:
    """Whether a form's fields are of such a trip."""
    return fields.get("cls") == CONFIDENTIAL


def hide(detail: Mapping[str, object], names: Collection[str]) -> tuple[dict[str, object], dict[str, str]]:
    """Particulars without their secret texts, and those texts by name. Of texts by name (the corrections of a form)
    only the secret fields are taken out, as `particular.field`."""
    clear, secret = dict(detail), dict[str, str]()
    for name in sorted(set(names) & set(detail)):
        value = detail[name]
        if isinstance(value, str) and value and value != HIDDEN:
            clear[name], secret[name] = HIDDEN, value
        elif isinstance(value, Mapping):
            told = {field: text for field, text in value.items() if field in SECRET_FIELDS and text != HIDDEN}
            clear[name] = {**value, **dict.fromkeys(told, HIDDEN)}
            secret |= {f"{name}.{field}": str(text) for field, text in told.items()}
    return clear, secret


def show(detail: Mapping[str, object], secret: Mapping[str, str]) -> dict[str, object]:
    """Particulars with their secret texts in place again."""
    whole = dict(detail)
    for name, text in secret.items():
        particular, _, field = name.partition(".")
        inner = whole.get(particular)
        if not field and inner == HIDDEN:
            whole[particular] = text
        elif field and isinstance(inner, Mapping) and inner.get(field) == HIDDEN:
            whole[particular] = {**inner, field: text}
    return whole
