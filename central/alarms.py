"""Alarms of units as central's pages list and open them: what a node signed, who answered, what a second look found.

Of an alarm on a confidential trip it is told that it is so and when, never where (Art. 10 (4)): nodes sign no place of
one, and none is shown here if one did.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from central import findings
from central.database import disk_errors
from central.findings import Found
from central.lines import CONFIDENTIAL, form_of
from central.tables import cases, orders
from fleet.errors import NotFound
from fleet.ledger import rights
from fleet.ledger.state import State
from fleet.rules.alarm import life
from fleet.rules.alarm.judging import SECRET
from fleet.rules.alarm.recheck import Result
from fleet.rules.alarm.reconcile import facts_of
from fleet.rules.alarm.verdict import Told
from fleet.rules.case import Case

LISTED_MAX = 300
DOUBTED = (Result.DIFFERS, Result.MISSING)
"""Results that a supervisor must look into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLine:
    """An alarm in a list. `id` and `state` are "" for one that nobody raised, `found` is None while nobody looked."""

    unit: str
    id: str
    code: str
    grade: str
    state: str
    plate: str
    order: str
    from_ms: int
    until_ms: int | None
    found: Found | None

    @property
    def result(self) -> str:
        """What the second look came to; "" while there was none."""
        return self.found.finding.result.value if self.found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One act on an alarm: when, what, by whom ("" for the node itself), and the words that came with it."""

    at_ms: int
    act: str
    person: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """An alarm on record, whole. `hidden` if it is of a confidential trip."""

    line: AlarmLine
    driver: str
    facts: Mapping[str, Told]
    limits: Mapping[str, str]
    said: tuple[Said, ...]
    hidden: bool


def listed(connection: Connection, unit: str = "", *, doubted: bool = False) -> list[AlarmLine]:
    """The alarms of a unit or of all, the newest first; or only those a second look does not agree with."""
    only: Collection[str] = DOUBTED if doubted else ()
    found = findings.of_unit(connection, unit, only=only)
    by_case = {(each.unit, each.finding.case): each for each in found if each.finding.case}
    wanted = select(cases).where(cases.c.kind == life.KIND.name)
    if unit:
        wanted = wanted.where(cases.c.unit == unit)
    with disk_errors(), connection.begin():
        rows = connection.execute(wanted).all()
    lines = [_missing(each) for each in found if not each.finding.case]
    for row in rows:
        case_id = row.id.removeprefix(life.KIND.prefix)
        one = by_case.get((row.unit, case_id))
        shown = one is not None if doubted else row.state != life.State.WITHDRAWN or one is not None
        if shown:
            lines.append(_line(row.unit, case_id, row.state, row.plate, row.about_order, json.loads(row.data), one))
    return sorted(lines, key=lambda line: (-line.from_ms, line.unit, line.id))[:LISTED_MAX]


def page(state: State, connection: Connection, unit: str, case_id: str) -> AlarmPage:
    """One alarm on record. Raises NotFound `no_case`."""
    case = state.cases.get(life.KIND.prefix + case_id)
    if case is None:
        raise NotFound("no_case", case=case_id, case_kind=life.KIND.name)
    one = next((each for each in findings.of_unit(connection, unit) if each.finding.case == case_id), None)
    with disk_errors(), connection.begin():
        mine = select(orders).where(orders.c.unit == unit, orders.c.id == case.order)
        secret = any(form_of(row).get("cls") == CONFIDENTIAL for row in connection.execute(mine).all())
    limits = case.data.get("limits")
    return AlarmPage(
        line=_line(unit, case.id, case.state, case.plate, case.order, case.data, one),
        driver=case.text("driver"),
        facts={name: told for name, told in facts_of(case).items() if not (secret and name in SECRET)},
        limits={name: str(text) for name, text in limits.items()} if isinstance(limits, dict) else {},
        said=tuple(_said(state, case)),
        hidden=secret,
    )


def _said(state: State, case: Case) -> list[Said]:
    return [
        Said(
            at_ms=fact.at_ms,
            act=fact.act,
            person=rights.name_now(state, fact.by) or fact.by if fact.by else "",
            text=fact.text("text") or fact.text("opinion") or fact.text("reason"),
        )
        for fact in case.facts
    ]


def _line(
    unit: str, case_id: str, state: str, plate: str, order: str, data: Mapping[str, object], found: Found | None
) -> AlarmLine:
    from_ms, until_ms = data.get("from_ms"), data.get("until_ms")
    return AlarmLine(
        unit=unit,
        id=case_id,
        code=str(data.get("code", "")),
        grade=str(data.get("grade", "")),
        state=state,
        plate=plate,
        order=order,
        from_ms=from_ms if isinstance(from_ms, int) else 0,
        until_ms=until_ms if isinstance(until_ms, int) else None,
        found=found,
    )


def _missing(found: Found) -> AlarmLine:
    each = found.finding
    return AlarmLine(
        unit=found.unit, id="", code=each.code, grade="", state="", plate=each.plate, order=each.order,
        from_ms=each.from_ms, until_ms=each.until_ms, found=found,
    )  # fmt: skip
