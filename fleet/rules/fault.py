"""A fault of a positioning terminal (Art. 15: faults are reported in time, and the terminal is mended or replaced).

    notice -> report -> repair        await_part: a spare is on order, the clock of the repair stands still

The text says "in time"; the numbers are settings: a fault is reported within a day of being noticed and repaired within
a week of it (A33). While a ticket is open its vehicle may still be dispatched, which every offer shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from fleet.rules import particulars as p
from fleet.rules import settings
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.case import NEW, Case, Deed, Kind
from fleet.rules.facts import Fact
from fleet.rules.roles import Role


class State(StrEnum):
    """Where a ticket stands."""

    NOTICED = "noticed"
    REPORTED = "reported"
    AWAITING_PART = "awaiting_part"
    REPAIRED = "repaired"


class Act(StrEnum):
    """What is done to it."""

    NOTICE = "notice"
    REPORT = "report"
    AWAIT_PART = "await_part"
    REPAIR = "repair"


def late(case: Case) -> Iterator[tuple[str, Span]]:
    """What is or was late of a ticket (A33), `unreported` or `unrepaired`, and how long. Until there is an end to it
    what has not been done yet will be late in time: a span may lie ahead."""
    noticed_ms = case.whole("noticed_ms")
    if noticed_ms is None:
        return
    noticed, *rest = case.facts
    report = next((fact for fact in rest if fact.act == Act.REPORT), None)
    due_ms = noticed_ms + settings.value_ms("fault_report_h", noticed.settings)
    yield from _late("unreported", due_ms, report)
    if report:
        ended = next((fact for fact in rest if fact.act in {Act.AWAIT_PART, Act.REPAIR}), None)
        due_ms = noticed_ms + settings.value_ms("fault_repair_d", report.settings)
        yield from _late("unrepaired", due_ms, ended)


def _late(what: str, due_ms: int, done: Fact | None) -> Iterator[tuple[str, Span]]:
    if done is None or done.at_ms > due_ms:
        yield what, Span(due_ms, done.at_ms if done else FOR_EVER)


def _notice(case: Case, fact: Fact) -> Case:
    noticed_ms = fact.whole("noticed_ms") or fact.at_ms
    due_ms = min(noticed_ms, fact.at_ms) + settings.value_ms("fault_report_h", fact.settings)
    return replace(case, plate=fact.text("plate"), deadline_ms=due_ms).put(
        terminal=fact.text("terminal"), what=fact.text("what"), noticed_ms=min(noticed_ms, fact.at_ms),
        noticed_by=fact.by,
    )  # fmt: skip


def _report(case: Case, fact: Fact) -> Case:
    noticed_ms = case.whole("noticed_ms") or fact.at_ms
    due_ms = noticed_ms + settings.value_ms("fault_repair_d", fact.settings)
    return replace(case, deadline_ms=due_ms).put(
        reported_to=fact.text("to"), reported_ms=fact.at_ms, reported_by=fact.by
    )


def _await_part(case: Case, fact: Fact) -> Case:
    return replace(case, deadline_ms=None).put(part=fact.text("part"), part_ms=fact.at_ms)


def _repair(case: Case, fact: Fact) -> Case:
    replaced = fact.text("new_terminal")
    return replace(case, deadline_ms=None).put(
        repaired_ms=fact.at_ms, repaired_by=fact.text("by"), how=fact.text("how"), new_terminal=replaced or None
    )


KIND = Kind(
    name="fault",
    article="15",
    acts={
        Act.NOTICE: Deed(
            roles=frozenset({Role.DRIVER, Role.DISPATCHER, Role.ADMIN}),
            takes={
                "plate": p.text(most=64),
                "terminal": p.text(most=64),
                "what": p.text(),
                "noticed_ms": p.time(required=False),
            },
        ),
        Act.REPORT: Deed(roles=frozenset({Role.DISPATCHER, Role.ADMIN}), takes={"to": p.text(most=64)}),
        Act.AWAIT_PART: Deed(roles=frozenset({Role.DISPATCHER, Role.ADMIN}), takes={"part": p.text()}),
        Act.REPAIR: Deed(
            roles=frozenset({Role.DISPATCHER, Role.ADMIN}),
            takes={"by": p.text(most=64), "how": p.text(), "new_terminal": p.text(required=False, most=64)},
        ),
    },
    moves={
        (NEW, Act.NOTICE): State.NOTICED,
        (State.NOTICED, Act.REPORT): State.REPORTED,
        (State.REPORTED, Act.AWAIT_PART): State.AWAITING_PART,
        (State.REPORTED, Act.REPAIR): State.REPAIRED,
        (State.AWAITING_PART, Act.REPAIR): State.REPAIRED,
    },
    ended=frozenset({State.REPAIRED}),
    sees=frozenset({Role.DRIVER, Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.UNIT_HEAD}),
    effects={Act.NOTICE: _notice, Act.REPORT: _report, Act.AWAIT_PART: _await_part, Act.REPAIR: _repair},
)
