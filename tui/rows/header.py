"""The line every screen begins with: unit, what this is, as of when, who is on duty, how records stand with central.

The time is when the facts on the screen last came from the node. It changes with news only: a clock would write to the
line every minute, and say of a screen that hangs that it is right. The state of records is said as ux rules it: never
more than is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from fleet.rules.roles import Role
from fleet.words import Words
from tui.cells import clip, fit
from tui.shapes import Person, Sync
from tui.times import ago, moment, weekday
from tui.widgets.lines import Spans

GRAVE = frozenset({"refused", "long_silence", "disk_low", "clock_doubtful", "parallel_edits"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header says. `sync` None: nothing known yet. `lost_ms`: when the connection to the node broke off."""

    unit: str
    person: Person | None
    updated_ms: int
    now_ms: int
    sync: Sync | None
    lost_ms: int | None


def header_line(words: Words, heading: Heading, width: int) -> Spans:
    """The header in `width` cells: the state of records is never cut, the unit's name is the first to give way."""
    clock = words(
        "header.updated", at=f"{moment(heading.updated_ms, heading.updated_ms)}", day=weekday(words, heading.updated_ms)
    )
    if heading.lost_ms is not None:
        said, paint = words("header.lost", at=moment(heading.lost_ms, heading.now_ms)), "critical"
    elif heading.sync is None:
        said, paint = words("sync.starting"), "dim"
    else:
        said = sync_words(words, heading.sync, heading.now_ms)
        paint = "serious" if heading.sync["situation"] in GRAVE else ""
    said = clip(said, width - cell_len(clock) - 4)
    room = width - cell_len(clock) - cell_len(said) - 4
    person = clip(_on_duty(words, heading.person), max(0, min(room // 2, room - 12))) if heading.person else ""
    room -= cell_len(person) + 2 if person else 0
    whole = words("header.unit", unit=heading.unit)
    unit = whole if cell_len(whole) <= room else heading.unit
    spans = [(fit(unit, room), "strong"), ("  ", ""), (clock, ""), ("  ", "")]
    return [*spans, *([(person, ""), ("  ", "")] if person else []), (said, paint)]


def _on_duty(words: Words, person: Person) -> str:
    """Who it is: at this desk a dispatcher before all else, anybody else by what he is."""
    if Role.DISPATCHER in person["roles"]:
        return words("header.person", name=person["name"])
    role = next(iter(person["roles"]), "")
    return words("header.person.other", name=person["name"], role=words(f"role.{role}"))


def sync_words(words: Words, sync: Sync, now_ms: int) -> str:
    """How the unit's records stand with central."""
    heard_ms, oldest_ms, situation = sync["heard_ms"], sync["oldest_ms"], sync["situation"]
    if heard_ms is None and situation == "waiting":
        return words("sync.never_heard", waiting=sync["waiting"])
    if situation == "long_silence" and sync["days_left"] is None:
        situation = "long_silence.unmeasured"
    return words(
        f"sync.{situation}",
        held=sync["held"],
        conflicts=sync["conflicts"],
        days=sync["days_left"],
        heard=ago(words, heard_ms or now_ms, now_ms),
        at=moment(heard_ms, now_ms),
        waiting=sync["waiting"],
        oldest=moment(oldest_ms, now_ms),
        sent=sync["sent"],
        total=sync["total"],
        refused=sync["refused"],
    )
