"""What the desk adds to expenses and a month's books: which request is decided, what the books come to, and how they
stand against the ledger (Art. 11, 18, 19a)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fleet.desk.cases import Asked, Prepare
from fleet.desk.register import Ledger, vehicle
from fleet.desk.standing import every
from fleet.errors import BadInput, RuleBroken
from fleet.ledger.canonical import Value
from fleet.ledger.state import State
from fleet.rules import expense, settlement
from fleet.rules.case import Case
from fleet.rules.settlement import LINES_MAX

ROWS_MAX = 20_000
"""Rows of a ledger that one comparison takes."""

Prepared = tuple[dict[str, object], dict[str, Value]]


def books(state: State, month: str) -> list[Case]:
    """A month's entered expenses, in the order of their lines."""
    return settlement.books(every(state, expense.KIND.name), month)


def unfinished(state: State, month: str) -> list[Case]:
    """Expenses of a month that were paid and do not stand in the books matched yet."""
    open_states = {expense.State.DONE, expense.State.ENTERED}
    paid = (case for case in every(state, expense.KIND.name) if case.state in open_states)
    return sorted((case for case in paid if expense.month(case) == month), key=lambda case: case.id)


def changed_since(state: State, month: Case) -> bool:
    """Whether the books of a settled month are no longer those its hash covers."""
    settled = month.state != settlement.State.REOPENED
    return settled and settlement.digest(books(state, month.text("month"))) != month.text("hash")


def _request(ledger: Ledger, asked: Asked) -> Prepared:
    if asked.given.get("type") != "rental":  # a rented vehicle is its supplier's, and on no register of the unit
        vehicle(ledger.state, str(asked.given.get("plate") or asked.case.plate))
    return {"plate": asked.case.plate} | dict(asked.given), {}


def _pay(ledger: Ledger, asked: Asked) -> Prepared:
    vehicle(ledger.state, str(asked.given.get("plate") or ""))
    return dict(asked.given), {}


def _settle(ledger: Ledger, asked: Asked) -> Prepared:
    month = str(asked.given.get("month") or asked.case.text("month"))
    if not settlement.MONTH.fullmatch(month):
        raise BadInput("field_missing", article="11", field="month")
    for other in every(ledger.state, settlement.KIND.name):
        if other.text("month") == month and other.id != asked.case.id:
            raise RuleBroken("month_has_books", article="11", month=month, case=other.id)
    if left := unfinished(ledger.state, month):
        raise RuleBroken("month_unfinished", article="11", month=month, count=len(left), case=left[0].id)
    booked = books(ledger.state, month)
    entered = sorted({case.text("entered_by") for case in booked})
    whole: dict[str, object] = {"month": month, "hash": settlement.digest(booked), "count": len(booked)}
    return whole | {"sum_fen": sum(case.whole("amount_fen") or 0 for case in booked), "entered_by": entered}, {}


def _reconcile(ledger: Ledger, asked: Asked) -> Prepared:
    month, rows = asked.case.text("month"), ledger_rows(asked.given.get("rows"))
    booked = books(ledger.state, month)
    lines = sorted(f"{plate}|{kind}|{fen}" for plate, kind, fen in rows)
    found = settlement.differences(expense.sums(booked, month), settlement.add(rows))
    whole: dict[str, object] = {
        "hash": settlement.digest(booked),
        "ledger_hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "differences": [each.line() for each in found[:LINES_MAX]],
        "difference_count": len(found),
    }
    return whole, {}


def ledger_rows(given: object) -> list[tuple[str, str, int]]:
    """Rows of the books, as a caller sent them: plate, type, whole fen.

    Raises:
        BadInput: `field_missing` without rows, `ledger_row` with the number of the row that cannot be read.
    """
    if not isinstance(given, list) or not given or len(given) > ROWS_MAX:
        raise BadInput("field_missing", article="19a", field="rows")
    found = []
    for number, row in enumerate(given, 1):
        match row:
            case {"plate": str() as plate, "type": str() as kind, "fen": int() as fen} if (
                plate and kind in expense.TYPES and not isinstance(fen, bool) and abs(fen) <= expense.FEN_MAX
            ):
                found.append((plate, kind, fen))
            case _:
                raise BadInput("ledger_row", article="19a", row=number)
    return found


PREPARES: Mapping[str, Prepare] = {
    "expense.request": _request,
    "expense.pay": _pay,
    "settlement.settle": _settle,
    "settlement.reconcile": _reconcile,
}
