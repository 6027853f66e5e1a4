"""Which days are working days (Art. 17 speaks of holidays and leaves the days to the State Council's yearly notice).

A year is data: its days off and its make-up workdays, with their source. Where a year is not known, Monday to Friday
count as working days and every answer says so; from 1 December a node asks for the next year's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from fleet.errors import BadInput

LOCAL = timezone(timedelta(hours=8))
"""One civil time for the region, without daylight saving."""
ASKED_FROM_MONTH = 12
DAYS_MAX = 60
"""Days that a list of a year may name."""


@dataclass(frozen=True, slots=True)
class Year:
    """The days off and the make-up workdays of one year, and where that stands."""

    off: frozenset[date]
    workdays: frozenset[date]
    source: str


@dataclass(frozen=True, slots=True)
class Day:
    """Whether a day is a working day; `known` is False where only the day of the week speaks for it."""

    working: bool
    known: bool


def day_of(at_ms: int) -> date:
    """The local day of a moment (UTC ms)."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LOCAL).date()


def time_of(at_ms: int) -> time:
    """The local time of day of a moment (UTC ms), to the minute."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LOCAL).time().replace(second=0, microsecond=0)


def start_of(day: date) -> int:
    """The first moment of a local day, UTC ms."""
    return int(datetime.combine(day, time(), LOCAL).timestamp()) * 1000


def month_of(at_ms: int) -> str:
    """The local month of a moment as YYYY-MM."""
    return day_of(at_ms).isoformat()[:7]


def days_of(from_ms: int, until_ms: int) -> tuple[date, date]:
    """The first and the last local day that a span touches: what ends at midnight is over before the next day."""
    return day_of(from_ms), day_of(max(from_ms, until_ms - 1))


def in_months(day: date, first: int, last: int) -> bool:
    """Whether a day lies in the months from one through another, which may be over the end of the year."""
    return first <= day.month <= last if first <= last else day.month >= first or day.month <= last


def months_span(month: str) -> tuple[int, int]:
    """From when to when a local month, YYYY-MM, lasts: UTC ms, the end exclusive."""
    first = date.fromisoformat(f"{month}-01")
    return start_of(first), start_of((first + timedelta(days=31)).replace(day=1))


def _days(*runs: str) -> frozenset[date]:
    found: set[date] = set()
    for run in runs:
        first, _, last = run.partition("/")
        day = date.fromisoformat(first)
        length = (date.fromisoformat(last or first) - day).days + 1
        if length > DAYS_MAX:
            raise ValueError(run)
        found |= {day + timedelta(days=number) for number in range(length)}
    return frozenset(found)


SHIPPED: Mapping[int, Year] = {
    2026: Year(
        off=_days(
            "2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05",
            "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07",
        ),
        workdays=_days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
        source="State Council, notice of 2025-11-04",
    ),
}  # fmt: skip
"""Years that come with the program; a unit's own data of a year goes before."""


def read(year: int, off: str, workdays: str, source: str) -> Year:
    """A year from its two lists: days or runs of days (`2027-02-05/2027-02-11`) with spaces between them.

    Raises:
        BadInput: `calendar_form` where a word is no day, or one of another year; `field_missing` without days or their
            source.
    """
    if not off.split() or not source.strip():
        raise BadInput("field_missing", article="17", field="off" if source.strip() else "source")
    lists = []
    for name, text in (("off", off), ("workdays", workdays)):
        try:
            days = _days(*text.split()[:DAYS_MAX])
        except ValueError:
            raise BadInput("calendar_form", article="17", field=name, year=year) from None
        if len(days) > DAYS_MAX or any(day.year != year for day in days):
            raise BadInput("calendar_form", article="17", field=name, year=year)
        lists.append(days)
    if lists[0] & lists[1]:
        raise BadInput("calendar_form", article="17", field="workdays", year=year)
    return Year(lists[0], lists[1], source.strip())


def judge(day: date, years: Mapping[int, Year]) -> Day:
    """Whether a day is a working day."""
    year, weekday = years.get(day.year), day.weekday() < 5
    if year is None:
        return Day(weekday, known=False)
    return Day(day in year.workdays or (weekday and day not in year.off), known=True)


def holidays(year: Year) -> list[tuple[date, date]]:
    """The holidays of a year as first and last day, in order: the times for which vehicles are sealed (Art. 17)."""
    runs: list[tuple[date, date]] = []
    for day in sorted(year.off):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def missing(today: date, years: Mapping[int, Year]) -> list[int]:
    """The years whose days are wanted and not known: this one, and from 1 December the next."""
    wanted = [today.year] + ([today.year + 1] if today.month >= ASKED_FROM_MONTH else [])
    return [year for year in wanted if year not in years]
