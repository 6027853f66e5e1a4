"""Who may drive what, and when (Art. 9 (1), 10): licence, shift, rest and clearance, each a filter with its reason.

The class of licence a vehicle needs follows its seats (Ministry of Public Security, rules on driving licences: C1 up to
nine seats, B1 up to nineteen, A1 beyond; A1, A2, A3 and B2 include the smaller classes). What the register does not
say of a driver stops nobody: it is shown as a caution, because unknown is not the same as unfit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from fleet.errors import BadInput
from fleet.rules.calendar import days_of, time_of
from fleet.rules.fields import Field, read

HOUR_MS = 3_600_000
LICENCES = ("A1", "A2", "A3", "B1", "B2", "C1", "C2")
_SMALL = frozenset(LICENCES)
_MIDDLE = frozenset({"A1", "A2", "B1"})
_LARGE = frozenset({"A1"})
SEATS_SMALL_MAX, SEATS_MIDDLE_MAX = 9, 19

CARD: tuple[Field, ...] = (
    Field(name="licence", article="10", kind="listed", listed=LICENCES),
    Field(name="licence_until", article="10", kind="day"),
    Field(name="cleared", article="10", kind="listed", listed=("yes",)),
    Field(name="shift", article="9", most=11),
    Field(name="days_off", article="9", most=400),
    Field(name="phone", article="6"),
)
"""What the register says of a driver. `shift` is HH:MM-HH:MM of local time, `days_off` days as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Rest:
    """After a trip of `long_h` hours or more, `rest_h` hours without one. Local choice; the text says only 'safe'."""

    long_h: int = 8
    rest_h: int = 8


@dataclass(frozen=True, slots=True)
class Driver:
    """Someone certified to drive for the unit, with what the register says of them."""

    id: str
    name: str
    licence: str = ""
    licence_until: str = ""
    cleared: bool = False
    shift: str = ""
    days_off: str = ""


@dataclass(frozen=True, slots=True)
class Spell:
    """A time (UTC ms) a driver spends or spent on a trip."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a driver is wanted for (UTC ms)."""

    start_ms: int
    end_ms: int
    seats: int
    confidential: bool


Facts = Mapping[str, object]


def unfit(driver: Driver, task: Task, spells: Iterable[Spell], rest: Rest) -> tuple[str, Facts] | None:
    """The first thing that stands in a driver's way, as a code of `driver_unfit.` with its facts; None if nothing."""
    spells = tuple(spells)
    for code, hinders in _FILTERS:
        facts = hinders(driver, task, spells, rest)
        if facts is not None:
            return code, facts
    return None


def cautions(driver: Driver) -> tuple[str, ...]:
    """What is not known of a driver: codes of `caution.`."""
    return () if driver.licence and driver.licence_until else ("licence_unrecorded",)


def licences_for(seats: int) -> frozenset[str]:
    """The classes of licence that a vehicle of so many seats may be driven with."""
    return _SMALL if seats <= SEATS_SMALL_MAX else _MIDDLE if seats <= SEATS_MIDDLE_MAX else _LARGE


def read_card(given: Mapping[str, object]) -> dict[str, str]:
    """The driver's fields as texts.

    Raises:
        BadInput: a field is not in its list or no date, or `shift_form`.
    """
    texts = read(CARD, given)
    if texts["shift"] and _hours(texts["shift"]) is None:
        raise BadInput("shift_form", article="9", field="shift", value=texts["shift"])
    return texts


def _licence_class(driver: Driver, task: Task, _: tuple[Spell, ...], __: Rest) -> Facts | None:
    if not driver.licence or driver.licence in licences_for(task.seats):
        return None
    return {"licence": driver.licence, "seats": task.seats}


def _licence_over(driver: Driver, task: Task, _: tuple[Spell, ...], __: Rest) -> Facts | None:
    if not driver.licence_until or days_of(task.start_ms, task.end_ms)[1].isoformat() <= driver.licence_until:
        return None
    return {"until": driver.licence_until}


def _clearance(driver: Driver, task: Task, _: tuple[Spell, ...], __: Rest) -> Facts | None:
    return {} if task.confidential and not driver.cleared else None


def _off(driver: Driver, task: Task, _: tuple[Spell, ...], __: Rest) -> Facts | None:
    first, last = (day.isoformat() for day in days_of(task.start_ms, task.end_ms))
    return next(({"day": day} for day in sorted(driver.days_off.split()) if first <= day <= last), None)


def _shift(driver: Driver, task: Task, _: tuple[Spell, ...], __: Rest) -> Facts | None:
    hours = _hours(driver.shift)
    if hours is None:
        return None
    begins, ends = hours
    now = time_of(task.start_ms)
    within = begins <= now < ends if begins < ends else now >= begins or now < ends
    return None if within else {"shift": driver.shift}


def _rest(_: Driver, task: Task, spells: tuple[Spell, ...], rest: Rest) -> Facts | None:
    long_ms, rest_ms = rest.long_h * HOUR_MS, rest.rest_h * HOUR_MS
    for spell in spells:
        before, after = task.start_ms - spell.end_ms, spell.start_ms - task.end_ms
        tired = spell.end_ms - spell.start_ms >= long_ms and 0 <= before < rest_ms
        will_be = task.end_ms - task.start_ms >= long_ms and 0 <= after < rest_ms
        if tired or will_be:
            return {"hours": rest.rest_h}
    return None


_FILTERS: tuple[tuple[str, Callable[[Driver, Task, tuple[Spell, ...], Rest], Facts | None]], ...] = (
    ("licence_class", _licence_class),
    ("licence_over", _licence_over),
    ("clearance", _clearance),
    ("day_off", _off),
    ("off_shift", _shift),
    ("rest", _rest),
)


def _hours(shift: str) -> tuple[time, time] | None:
    begins, _, ends = shift.partition("-")
    try:
        return time.fromisoformat(begins), time.fromisoformat(ends)
    except ValueError:
        return None
