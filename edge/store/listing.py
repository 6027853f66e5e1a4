"""Pages of orders and cases, found in the rows of core.db: nothing that rests is opened but what a page shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from edge.store.ledger import LedgerStore

DRIVERS_MAX = 200
"""Drivers of a name that are looked for; more people of one name than this are no search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which orders: in a `state`, with a `word` in them (or driven by one of `drivers`, whose names have it), and only
    those that `person` applied for or drives. Empty means any."""

    state: str = ""
    word: str = ""
    drivers: Collection[str] = ()
    person: str = ""
    applicant: str = ""


def page(store: LedgerStore, sought: Sought, *, offset: int, limit: int) -> tuple[int, list[str]]:
    """How many orders there are, and the numbers of those on one page, the last applied for first."""
    where, given = ["(state <> 'draft' OR refused > 0)"], list[str]()
    if sought.state:
        where.append("state = ?")
        given.append(sought.state)
    if sought.applicant:
        where.append("applicant = ?")
        given.append(sought.applicant)
    if sought.person:
        where.append("(applicant = ? OR driver = ?)")
        given += [sought.person, sought.person]
    if sought.word:
        drivers = [*sought.drivers][:DRIVERS_MAX]
        where.append(f"(instr(sought, ?) > 0 OR driver IN ({','.join('?' * len(drivers))}))")
        given += [sought.word.casefold(), *drivers]
    rows = f"FROM orders WHERE {' AND '.join(where)}"
    ((total,),) = store.query(f"SELECT count(*) {rows}", given)
    found = store.query(
        f"SELECT id {rows} ORDER BY applied_ms DESC, id DESC LIMIT ? OFFSET ?",
        [*given, limit, offset],
    )
    return total, [order_id for (order_id,) in found]


def orders_of(store: LedgerStore, from_ms: int, until_ms: int) -> list[str]:
    """The orders whose state something may have changed in a span, its end exclusive (UTC ms)."""
    query = "SELECT id FROM orders WHERE state <> 'draft' AND applied_ms < ? AND (open = 1 OR since_ms >= ?)"
    return [order_id for (order_id,) in store.query(query, [until_ms, from_ms])]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtCases:
    """Which cases: of a `kind`, in a `state`, about an `order` or a `plate`, or only those that have not ended."""

    kind: str
    state: str = ""
    order: str = ""
    plate: str = ""
    open_only: bool = False


def page_of_cases(store: LedgerStore, sought: SoughtCases, *, offset: int, limit: int) -> tuple[int, list[str]]:
    """How many cases there are, and the targets of those on one page: those with a deadline first, the nearest
    leading; then the latest changed."""
    asked = {"kind": sought.kind, "state": sought.state, "about_order": sought.order, "plate": sought.plate}
    given: dict[str, str | int] = {column: text for column, text in asked.items() if text}
    given |= {"open": 1} if sought.open_only else {}
    rows = f"FROM cases WHERE {' AND '.join(f'{column} = ?' for column in given)}"
    ((total,),) = store.query(f"SELECT count(*) {rows}", [*given.values()])
    order = "deadline_ms IS NULL, deadline_ms, since_ms DESC, id"
    found = store.query(f"SELECT id {rows} ORDER BY {order} LIMIT ? OFFSET ?", [*given.values(), limit, offset])
    return total, [target for (target,) in found]
