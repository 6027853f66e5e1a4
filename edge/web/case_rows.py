"""Cases as the faces list them: state in, rows out. Pure; the moment and the receipts come in with the View.

Of a confidential trip the texts of a case are for approvers, dispatchers, its driver and who wrote them (Art. 10 (4)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from edge.web.rows import View, timed
from edge.web.shapes import Entry
from fleet.desk.register import name_of
from fleet.ledger import kinds
from fleet.ledger.entries import Placed
from fleet.ledger.rights import roles_now
from fleet.rules import particulars, secrecy, supplement
from fleet.rules.case import Case, Kind


class CaseRow(Struct, frozen=True, kw_only=True):
    """A case in a list. `left_ms` is what is left until its deadline, below zero once it has passed; None if it has
    none or has ended. `notes` are codes of what is to be known of it: what a merge settled, and `scan_stays`, that a
    scan is here only. `mark` as of an order. `proof` tells of a completed supplement how surely it was in time."""

    kind: str
    id: str
    state: str
    open: bool
    since_ms: int
    deadline_ms: int | None
    left_ms: int | None
    order: str | None
    plate: str | None
    data: dict[str, Any]
    notes: list[str]
    refused: int
    mark: str
    proof: str | None = None


class OpenedCase(CaseRow, frozen=True, kw_only=True):
    """A case with every act signed on it, and the acts its reader may try."""

    timeline: list[Entry]
    moves: list[str]


def case_row(view: View, kind: Kind, case: Case) -> CaseRow:
    """The case in one row."""
    return CaseRow(**_row(view, kind, case))


def opened_case(view: View, kind: Kind, case: Case, moves: list[str]) -> OpenedCase:
    """The case with its timeline; acts without effect included, with the reason."""
    refused = {each.fact.record: each.code for each in case.refused}
    placed = view.state.case_acts.get(kind.prefix + case.id, ())
    readable = _may_read(view, case, placed)
    entries = [_entry(view, kind, case, each, refused, readable) for each in placed]
    return OpenedCase(**_row(view, kind, case), timeline=entries, moves=moves)


def newest(cases: Iterable[Case]) -> list[Case]:
    """Those with a deadline first, the nearest leading; then the latest changed."""
    return sorted(
        cases, key=lambda case: (case.deadline_ms is None, case.deadline_ms or 0, -case.since_ms, case.kind, case.id)
    )


def _row(view: View, kind: Kind, case: Case) -> dict[str, Any]:
    still_open = case.state not in kind.ended
    due = case.deadline_ms if still_open else None
    acts = view.state.case_acts.get(kind.prefix + case.id, ())
    return {
        "kind": kind.name,
        "id": case.id,
        "state": case.state,
        "open": still_open,
        "since_ms": case.since_ms,
        "deadline_ms": case.deadline_ms,
        "left_ms": None if due is None else due - view.now_ms,
        "order": case.order or None,
        "plate": case.plate or None,
        "data": _data(view, kind, case, acts),
        "notes": [*case.notes, *(["scan_stays"] if _scan_stays(kind, acts) else [])],
        "refused": len(case.refused),
        "mark": _mark(view, case, acts),
        "proof": _proof(view, case, acts),
    }


def _scan_stays(kind: Kind, acts: tuple[Placed, ...]) -> bool:
    """Whether a scan stays on the node where it was stored: one whose act speaks of something confidential."""
    sealed = (each.fact for each in acts if kinds.SEALED in each.fact.detail)
    return any(particulars.blobs(kinds.BLOBS.get(f"{kind.name}.{one.act}", {}), one.detail) for one in sealed)


def _may_read(view: View, case: Case, acts: tuple[Placed, ...]) -> bool:
    """Whether the secret texts of a case are for its reader."""
    person, roles = view.reader
    mine = person in {case.text("driver"), *(placed.fact.by for placed in acts)}
    return bool(person) and (mine or not roles.isdisjoint(secrecy.READERS))


def _data(view: View, kind: Kind, case: Case, acts: tuple[Placed, ...]) -> dict[str, Any]:
    if view.vault is None or not _may_read(view, case, acts):
        return dict(case.data)
    return secrecy.show(
        case.data, {name: str(text) for name, text in view.vault.said(kind.prefix + case.id, acts).items()}
    )


def _proof(view: View, case: Case, acts: tuple[Placed, ...]) -> str | None:
    done = supplement.completion(case) if case.kind == supplement.KIND.name else None
    if done is None or case.deadline_ms is None:
        return None
    return next(view.timing(placed).proof(case.deadline_ms) for placed in acts if placed.fact.record == done.record)


def _mark(view: View, case: Case, acts: tuple[Placed, ...]) -> str:
    if case.refused or any(placed.fact.record in view.refused for placed in acts):
        return "x"
    if case.notes:
        return "?"
    return "^" if any(view.waits(placed) for placed in acts) else ""


def _entry(view: View, kind: Kind, case: Case, placed: Placed, refused: Mapping[str, str], readable: bool) -> Entry:
    fact, waits = placed.fact, view.waits(placed)
    held = roles_now(view.state, fact.by)
    return Entry(
        at_ms=fact.at_ms,
        act=fact.act,
        by=fact.by,
        by_name=name_of(view.state, fact.by),
        role=next((str(role) for role in sorted(kind.acts[fact.act].roles) if role in held), ""),
        detail=view.detail(kind.prefix + case.id, fact.detail, (), secret=not readable),
        proof="waiting" if waits else "held",
        **timed(view, placed),
        refused=refused.get(fact.record),
        record=fact.record[:16],
    )
