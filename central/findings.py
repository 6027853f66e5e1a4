"""What came of looking again at what units signed: findings, and at which days of which vehicles was looked.

findings   one per alarm: on record ("case:NUMBER"), or that should be ("none:CODE PLATE TIME ORDER")
looked     a vehicle and a day: what it was judged from, and what is known of its tyres before it
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from central.database import disk_errors
from central.tables import findings, looked
from central.tallied import Change
from fleet.rules.alarm.recheck import Finding, Result, Why
from fleet.tracks.movement import UNKNOWN, Tyres

Day = tuple[str, int]
"""A vehicle's plate and when a day of it began (UTC ms)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and when it was found (UTC ms)."""

    unit: str
    finding: Finding
    found_ms: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What a day was judged from, as a digest, and a vehicle's tyres before it."""

    at_what: str
    tyres: Tyres = UNKNOWN


def key_of(each: Finding) -> str:
    """Under what a finding is kept."""
    none = f"none:{each.code} {each.plate} {each.from_ms} {each.order}"
    return key_of_case(each.case) if each.case else none


def key_of_case(number: str) -> str:
    """Under what a finding about an alarm on record is kept."""
    return f"case:{number}"


def keep(change: Change, gone: Collection[str], made: Iterable[Finding], now_ms: int) -> None:
    """Put findings in the place of those that are `gone`, by key."""
    change.drop(findings, [(key,) for key in gone])
    rows = {
        key_of(each): {
            "key": key_of(each),
            "plate": each.plate,
            "code": each.code,
            "about_case": each.case,
            "about_order": each.order,
            "from_ms": each.from_ms,
            "until_ms": each.until_ms,
            "result": each.result.value,
            "why": each.why.value,
            "otherwise": json.dumps({name: [*pair] for name, pair in each.otherwise.items()}, ensure_ascii=False),
            "found_ms": now_ms,
        }
        for each in made
    }
    change.replace(findings, list(rows.values()))


def note(change: Change, days: Mapping[Day, Looked]) -> None:
    """Keep at what was looked."""
    change.replace(
        looked,
        [
            {"plate": plate, "day_ms": day_ms, "at_what": each.at_what, "tyres": json.dumps(astuple(each.tyres))}
            for (plate, day_ms), each in days.items()
        ],
    )


def days_looked(connection: Connection, unit: str) -> dict[Day, Looked]:
    """At which days was looked."""
    with disk_errors(), connection.begin():
        rows = connection.execute(select(looked).where(looked.c.unit == unit)).all()
    return {(row.plate, row.day_ms): Looked(row.at_what, Tyres(*json.loads(row.tyres))) for row in rows}


def of_unit(connection: Connection, unit: str) -> list[Found]:
    """The findings of a unit, the newest alarm first."""
    mine = select(findings).where(findings.c.unit == unit)
    with disk_errors(), connection.begin():
        rows = connection.execute(mine.order_by(findings.c.from_ms.desc(), findings.c.key)).all()
    return [_found(row) for row in rows]


def unraised(connection: Connection, unit: str) -> list[Found]:
    """The findings of a unit about alarms that nobody raised."""
    mine = select(findings).where(findings.c.unit == unit, findings.c.about_case == "")
    with disk_errors(), connection.begin():
        rows = connection.execute(mine).all()
    return [_found(row) for row in rows]


def by_key(connection: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Found]:
    """Some findings, by unit and key, as far as there are any."""
    wanted = select(findings).where(tuple_(findings.c.unit, findings.c.key).in_(keys))
    with disk_errors(), connection.begin():
        rows = connection.execute(wanted).all()
    return {(row.unit, row.key): _found(row) for row in rows}


def totals(connection: Connection, unit: str = "") -> dict[str, int]:
    """How many findings of each result there are, of a unit or of all."""
    wanted = select(findings.c.result, func.count()).group_by(findings.c.result)
    if unit:
        wanted = wanted.where(findings.c.unit == unit)
    with disk_errors(), connection.begin():
        rows = connection.execute(wanted).all()
    return dict.fromkeys((result.value for result in Result), 0) | {row[0]: row[1] for row in rows}


def _found(row: Row[Any]) -> Found:
    otherwise = json.loads(row.otherwise)
    finding = Finding(
        case=row.about_case,
        code=row.code,
        plate=row.plate,
        from_ms=row.from_ms,
        until_ms=row.until_ms,
        result=Result(row.result),
        why=Why(row.why),
        otherwise={name: (pair[0], pair[1]) for name, pair in otherwise.items()},
        order=row.about_order,
    )
    return Found(row.unit, finding, row.found_ms)
