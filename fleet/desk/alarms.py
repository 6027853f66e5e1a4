"""Alarms at the desk: those on record, and the statements by which a node says what its rules saw.

verdicts ──▶ `record` ──▶ alarm.raise, .amend, .withdraw
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.desk.numbering import next_number
from fleet.desk.register import Ledger
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from fleet.ledger.state import State
from fleet.rules.alarm import life
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.reconcile import TOLD_MS, Change, changes, facts_of
from fleet.rules.alarm.records import Judged
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case

_PREFIX = life.KIND.prefix


def record(
    ledger: Ledger, author: Author, plate: str, verdicts: Iterable[Verdict], from_ms: int, now_ms: int
) -> list[Change]:
    """State what a vehicle's verdicts change of what is on record, from the earliest new fact (UTC ms) on.

    Raises:
        FleetError: nothing was written.
    """
    since_ms = now_ms - TOLD_MS
    told = [verdict for verdict in verdicts if verdict.span.until_ms > since_ms]
    return _put(ledger, author, changes(of_vehicle(ledger.state, plate, now_ms), told, max(from_ms, since_ms)))


def record_records(ledger: Ledger, author: Author, judged: Judged, now_ms: int) -> list[Change]:
    """State what the unit's records change of what is on record of them.

    Raises:
        FleetError: nothing was written.
    """
    return _put(ledger, author, changes(of_records(ledger.state, now_ms), judged.verdicts, judged.since_ms))


def record_silence(ledger: Ledger, author: Author, verdict: Verdict | None, heard_ms: int, now_ms: int) -> list[Change]:
    """State what central knows of a unit's silence: one that is over ended when the unit was heard (UTC ms).

    Raises:
        FleetError: nothing was written.
    """
    mine = [case for case in recorded(ledger.state, now_ms) if _basis(case) == "central"]
    going_on = [case for case in mine if case.whole("until_ms") is None]
    told = [verdict] if verdict else [_over(case, heard_ms) for case in going_on]
    return _put(ledger, author, changes(going_on, told, now_ms))


def _over(case: Case, heard_ms: int) -> Verdict:
    """An alarm on record of a silence that is over."""
    from_ms = case.whole("from_ms") or 0
    limits = {name: _limit(str(text)) for name, text in dict(case.data.get("limits") or {}).items()}  # type: ignore[call-overload]
    return Verdict(
        code=case.text("code"), plate="", from_ms=from_ms, until_ms=max(heard_ms, from_ms + 1),
        grade=case.text("grade"), subject=case.text("subject"), facts=facts_of(case), limits=limits,
    )  # fmt: skip


def _limit(text: str) -> tuple[int, str]:
    number, _, source = text.partition(" ")
    return int(number), source


def _put(ledger: Ledger, author: Author, found: list[Change]) -> list[Change]:
    new = set[str]()

    def exists(number: str) -> bool:
        return number in new or _PREFIX + number in ledger.state.cases

    statements = []
    for change in found:
        case_id = change.case
        if not case_id:
            case_id = next_number(author, exists)
            new.add(case_id)
        statements.append(Statement(f"{life.KIND.name}.{change.act}", _PREFIX + case_id, dict(change.body)))  # type: ignore[arg-type]
    if statements:
        ledger.write(statements)
    return found


def of_vehicle(state: State, plate: str, now_ms: int) -> list[Case]:
    """The alarms on record of a vehicle and its track that are open, or ended lately."""
    return [case for case in recorded(state, now_ms) if case.plate == plate and _basis(case) in {"track", "terminal"}]


def of_records(state: State, now_ms: int) -> list[Case]:
    """The alarms on record that follow from records alone and are open, or ended lately."""
    return [case for case in recorded(state, now_ms) if _basis(case) == "records"]


def _basis(case: Case) -> str:
    line = CATALOGUE.get(case.text("code"))
    return line.basis if line else ""


def recorded(state: State, now_ms: int) -> list[Case]:
    """The alarms on record that are open, or ended lately."""
    return [case for case in state.recent_cases(now_ms) if case.kind == life.KIND.name]
