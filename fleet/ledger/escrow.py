"""Whose two keys open for supervision what is sealed, and what is on record of an opening (Art. 3, 10 (4)).

    region.escrow   the root names two custodians and their public keys, for one unit, in central's log
    order.opened    central puts on record that both have turned their keys over one order, with the reason

Sealed is for the custodians named last, as far as is known where it is sealed; earlier seals stay with theirs. An
opening carries a signature of each custodian over unit, order, reason and time: neither central nor one of them can
make one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import decode, encode
from fleet.ledger.entries import Custody
from fleet.ledger.names import NAME_LENGTH_MAX, is_name
from fleet.ledger.secrecy import Custodians
from fleet.ledger.state import State
from fleet.ledger.suite import KNOWN, SigningKey, of_key

APPOINTMENT, OPENING = "escrow", "opening"
REASON_LENGTH_MAX = 200
KEY = "custodians"
"""Under what a state keeps who they are."""
_FORM: dict[str, type] = {"inner": bytes, "outer": bytes, "inner_name": str, "outer_name": str, "issued_ms": int}

Content = Mapping[str, Any]


def appoint(root: SigningKey, unit: str, content: Content) -> bytes:
    """The root's message that names a unit's custodians: `inner` and `outer` are public keys, with a name each."""
    return cose.sign1(of_key(root.public), root, APPOINTMENT, encode([unit, dict(content)]))


def appointed(root_public: bytes, unit: str, message: bytes) -> Content:
    """What the root's message says.

    Raises:
        NotTrusted: `escrow_content`, or what `cose.open1` finds.
    """
    match decode(cose.payload_of(message)):
        case [str() as of, dict() as body] if of == unit and _fits(body):
            cose.open1(of_key(root_public), root_public, APPOINTMENT, message)
            return {str(name): value for name, value in body.items()}
    raise NotTrusted("escrow_content")


def custody(state: State) -> Custody | None:
    """Who the custodians are, as far as is known here; None if nobody has been named."""
    known = state.custodians.get(KEY, ())
    return known[-1] if known else None


def custodians(found: Custody) -> Custodians:
    """Their keys, in the order in which an escrow is closed."""
    return Custodians(inner=found.content["inner"], outer=found.content["outer"])


def turn(key: SigningKey, unit: str, order: str, reason: str, at_ms: int) -> bytes:
    """A custodian's word that this order is to be opened."""
    return cose.sign1(of_key(key.public), key, OPENING, encode([unit, order, reason, at_ms]))


def opening(reason: str, at_ms: int, *, inner: bytes, outer: bytes) -> dict[str, Any]:
    """What is on record of an opening: the reason, when, and both custodians' words."""
    return {"reason": reason, "opened_ms": at_ms, "inner": inner, "outer": outer}


def require_opening(state: State, unit: str, order: str, body: Content) -> None:
    """Hold what is on record of an opening to two custodians who belong together.

    Raises:
        NotTrusted: `opening_form`, or `opening_unproved`: they did not both sign for it.
    """
    shape = {"reason": str, "opened_ms": int, "inner": bytes, "outer": bytes}
    if {name: type(value) for name, value in body.items()} != shape or not body["reason"].strip():
        raise NotTrusted("opening_form")
    wanted = encode([unit, order, body["reason"], body["opened_ms"]])
    if not any(_turned(custodians(each), body, wanted) for each in state.custodians.get(KEY, ())):
        raise NotTrusted("opening_unproved")


def _turned(both: Custodians, body: Content, wanted: bytes) -> bool:
    for public, mark in ((both.inner, body["inner"]), (both.outer, body["outer"])):
        try:
            if cose.open1(of_key(public), public, OPENING, mark) != wanted:
                return False
        except NotTrusted:
            return False
    return True


def _fits(body: Mapping[Any, Any]) -> bool:
    if {name: type(value) for name, value in body.items()} != _FORM:
        return False
    sizes = {suite.public_size for suite in KNOWN.values()}
    keys, names = [body["inner"], body["outer"]], [body["inner_name"], body["outer_name"]]
    named = all(is_name(name) and len(name) <= NAME_LENGTH_MAX for name in names)
    return named and keys[0] != keys[1] and all(len(key) in sizes for key in keys) and 0 <= body["issued_ms"] < 1 << 53
