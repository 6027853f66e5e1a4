"""What the desk adds to checks, defects, fault tickets, keys and sealing: that the vehicle is on the register, which
defects a driver must have seen, what a plan knows of the calendar (Art. 9, 10, 15, 17)."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.cases import Asked, Prepare
from fleet.desk.leaving import unseen_defects
from fleet.desk.orders import order_of
from fleet.desk.register import Ledger, vehicle, years
from fleet.errors import RuleBroken
from fleet.ledger.canonical import Value
from fleet.rules import checks, fields

Prepared = tuple[dict[str, object], dict[str, Value]]


def _on_register(ledger: Ledger, asked: Asked) -> Prepared:
    vehicle(ledger.state, str(asked.given.get("plate") or ""))
    return dict(asked.given), {}


def _check(ledger: Ledger, asked: Asked) -> Prepared:
    given = dict(asked.given)
    if order_id := str(given.get("order") or ""):
        order = order_of(ledger.state, order_id)
        if order.supplier:
            return {"plate": order.vehicle} | given, {}
        given = {"plate": order.vehicle} | given
    plate = str(given.get("plate") or "")
    vehicle(ledger.state, plate)
    if given.get("phase") == checks.BEFORE:
        named = given.get("seen") or []
        told = [*named] if isinstance(named, list) else []
        unseen = [
            case
            for case in unseen_defects(ledger.state, plate, asked.signer.person, asked.now_ms)
            if case.id not in told
        ]
        if unseen:
            facts = {"plate": plate, "count": len(unseen), "case": unseen[0].id, "item": unseen[0].text("item")}
            raise RuleBroken("defects_unseen", article="10", **facts)
    return given, {}


def _fault(ledger: Ledger, asked: Asked) -> Prepared:
    entry = vehicle(ledger.state, str(asked.given.get("plate") or ""))
    return {"terminal": entry.terminal} | dict(asked.given), {}


def _plan(ledger: Ledger, asked: Asked) -> Prepared:
    given = dict(asked.given)
    for name in ("plates", "duty"):
        listed = given.get(name) or []
        for plate in listed if isinstance(listed, list) else []:
            vehicle(ledger.state, str(plate))
    first = fields.day(str(given.get("from_day") or ""))
    known = years(ledger.state)
    return given | {"calendar_unknown": first is not None and first.year not in known}, {}


def _except(ledger: Ledger, asked: Asked) -> Prepared:
    if order_id := str(asked.given.get("order") or ""):
        order_of(ledger.state, order_id)
    return dict(asked.given), {}


PREPARES: Mapping[str, Prepare] = {
    "check.record": _check,
    "defect.report": _on_register,
    "fault.notice": _fault,
    "key.hand": _on_register,
    "sealing.plan": _plan,
    "sealing.except": _except,
}
