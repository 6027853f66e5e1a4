"""Alarms of units as central's pages list and open them: what a node signed, who answered, what a second look found.

Of an alarm on a confidential trip it is told that it is so and when, never where (Art. 10 (4)): nodes sign no place of
one, and none is shown here if one did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, and_, func, literal, or_, select, tuple_, union_all

from central import findings
from central.database import disk_errors
from central.findings import Found
from central.lines import CONFIDENTIAL, form_of
from central.tables import cases, orders
from central.tables import findings as found_rows
from fleet.errors import NotFound
from fleet.ledger import rights
from fleet.ledger.state import State
from fleet.rules.alarm import life
from fleet.rules.alarm.judging import SECRET
from fleet.rules.alarm.recheck import Result
from fleet.rules.alarm.reconcile import facts_of
from fleet.rules.alarm.verdict import Told
from fleet.rules.case import Case

PAGE_LINES = 100
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, from 1 on: its lines, how many alarms the whole list has, and how many pages."""

    lines: tuple[AlarmLine, ...]
    count: int
    page: int
    pages: int


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


def listed(connection: Connection, unit: str = "", *, doubted: bool = False, page: int = 1) -> Listed:
    """A page of the alarms of a unit or of all, or only of those a second look does not agree with; what was put on
    record last, or found last if nobody raised it, comes first. A page after the last is the last."""
    named = _named(unit, doubted=doubted).subquery()
    with disk_errors(), connection.begin():
        count = connection.execute(select(func.count()).select_from(named)).scalar_one()
        pages = max(1, -(-count // PAGE_LINES))
        page = min(max(1, page), pages)
        newest = select(named).order_by(named.c.known_ms.desc(), named.c.unit, named.c.name)
        shown = connection.execute(newest.limit(PAGE_LINES).offset((page - 1) * PAGE_LINES)).all()
        held = tuple_(cases.c.unit, cases.c.id).in_([(row.unit, row.name) for row in shown])
        rows = {(row.unit, row.id): row for row in connection.execute(select(cases).where(held)).all()}
    found = findings.by_key(connection, [(row.unit, _key(row.name)) for row in shown])
    return Listed(tuple(_lines(shown, rows, found)), count, page, pages)


def _named(unit: str, *, doubted: bool) -> Select[tuple[str, str, int]]:
    """The alarms of a list by unit and name, and when they became known: those on record by their case, those that
    nobody raised by the key of the finding."""
    name, known = cases.c.id.label("name"), cases.c.since_ms.label("known_ms")
    raised = select(cases.c.unit, name, known).where(cases.c.kind == life.KIND.name)
    unraised = select(found_rows.c.unit, found_rows.c.key, found_rows.c.found_ms).where(found_rows.c.about_case == "")
    one = found_rows.c.unit == cases.c.unit
    if doubted:  # few: from the findings to their cases
        wanted = found_rows.c.result.in_(DOUBTED)
        mine = and_(one, cases.c.id == literal(life.KIND.prefix) + found_rows.c.about_case)
        raised = raised.select_from(cases.join(found_rows, mine)).where(wanted)
        unraised = unraised.where(wanted)
    else:  # from the cases, each with its finding if it has one
        mine = and_(one, found_rows.c.about_case == func.substr(cases.c.id, len(life.KIND.prefix) + 1))
        stands = or_(cases.c.state != life.State.WITHDRAWN, found_rows.c.key.is_not(None))
        raised = raised.select_from(cases.outerjoin(found_rows, mine)).where(stands)
    if unit:
        raised, unraised = raised.where(cases.c.unit == unit), unraised.where(found_rows.c.unit == unit)
    both = union_all(raised, unraised).subquery()
    return select(both.c.unit, both.c.name, both.c.known_ms)


def _key(name: str) -> str:
    """The key of the finding about an alarm of a list."""
    number = name.removeprefix(life.KIND.prefix)
    return name if number == name else findings.key_of_case(number)


def _lines(
    shown: Iterable[Row[tuple[str, str, int]]],
    rows: Mapping[tuple[str, str], Row[tuple[object, ...]]],
    found: Mapping[tuple[str, str], Found],
) -> Iterable[AlarmLine]:
    for each in shown:
        one, row = found.get((each.unit, _key(each.name))), rows.get((each.unit, each.name))
        if row is not None:
            case_id = row.id.removeprefix(life.KIND.prefix)
            yield _line(row.unit, case_id, row.state, row.plate, row.about_order, json.loads(row.data), one)
        elif one is not None:
            yield _missing(one)


def page(state: State, connection: Connection, unit: str, case_id: str) -> AlarmPage:
    """One alarm on record. Raises NotFound `no_case`."""
    case = state.cases.get(life.KIND.prefix + case_id)
    if case is None:
        raise NotFound("no_case", case=case_id, case_kind=life.KIND.name)
    name = (unit, findings.key_of_case(case_id))
    one = findings.by_key(connection, [name]).get(name)
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
