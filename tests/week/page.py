"""The inspector's page, read: its tables as lines that what a node raised is held against."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from fleet.rules.calendar import LOCAL
from tests.week.told import Told

PAGE = Path(__file__).with_name("inspector.md")
NEAR_MS = 3 * 60_000


class Written(NamedTuple):
    """An alarm as the inspector wrote it down; "" for no order or driver, 0 for no vehicle, None for what goes on."""

    vehicle: int
    code: str
    grade: str
    from_ms: int
    until_ms: int | None
    order: str
    driver: str


class Back(NamedTuple):
    """An alarm that was raised and withdrawn."""

    vehicle: int
    code: str


def written() -> list[Written]:
    """The alarms that stand."""
    rows = _rows("Alarms that stand")
    assert all(len(row) == 9 and row[7] and row[8] for row in rows), "each with its reason, in both languages"
    return [
        Written(int(_name(row[0]) or 0), row[1], row[2], _moment(row[3]), _end(row[4]), _name(row[5]), _name(row[6]))
        for row in rows
    ]


def taken_back() -> list[Back]:
    """Those that were withdrawn."""
    return [Back(int(row[0]), row[1]) for row in _rows("Said and taken back")]


def near(told: Told, wrote: Written) -> bool:
    """Whether two are the same, to a few minutes."""
    if told[:3] != wrote[:3] or (told.order, told.driver) != (wrote.order, wrote.driver):
        return False
    if told.until_ms is None or wrote.until_ms is None:
        return told.until_ms is wrote.until_ms and abs(told.from_ms - wrote.from_ms) <= NEAR_MS
    return abs(told.from_ms - wrote.from_ms) <= NEAR_MS and abs(told.until_ms - wrote.until_ms) <= NEAR_MS


def plainly(each: Told | Written) -> str:
    """One of them as a line."""
    until = "..." if each.until_ms is None else _clock(each.until_ms)
    order, driver = each.order or "-", each.driver or "-"
    return f"{each.vehicle} {each.code} {each.grade} {_clock(each.from_ms)} {until} {order} {driver}"


def _rows(title: str) -> list[list[str]]:
    part = PAGE.read_text(encoding="utf-8").split(f"## {title}")[1].split("## ")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", part, re.M)]
    return rows[2:]


def _moment(text: str) -> int:
    return int(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL).timestamp()) * 1000


def _end(text: str) -> int | None:
    return None if text == "-" else _moment(text)


def _clock(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, LOCAL):%m-%d %H:%M:%S}"


def _name(text: str) -> str:
    return "" if text == "-" else text
