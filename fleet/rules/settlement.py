"""A month's books (Art. 11, 19a): settled under a hash, compared with the ledger to the fen, reopened for all to see.

    settle -> reconcile -> confirm | dispute        reopen: with a reason; the month is settled again, under a new hash

The hash covers the month's entered expenses as sorted lines, so it does not depend on the order in which they came. The
ledger's rows are compared by vehicle and kind. Whoever entered expenses, or compared them, does not confirm alone: the
last word is another person's. A difference leads to the draft of a notice (Art. 19a: it is circulated).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import expense
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
LINES_MAX = 100
"""Differences a record lists; the count tells of all."""


class State(StrEnum):
    """Where a month stands."""

    SETTLED = "settled"
    COMPARED = "compared"
    RECONCILED = "reconciled"
    DIFFERENCE = "difference"
    REOPENED = "reopened"


class Act(StrEnum):
    """What is done to it."""

    SETTLE = "settle"
    RECONCILE = "reconcile"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """Where the platform and the ledger do not agree, fen."""

    plate: str
    type: str
    platform_fen: int
    ledger_fen: int

    def line(self) -> str:
        """The difference as a line of the record."""
        return f"{self.plate}|{self.type}|{self.platform_fen}|{self.ledger_fen}"


Sums = Mapping[tuple[str, str], int]
"""Fen by (plate, type)."""


def books(cases: Iterable[Case], month: str) -> list[Case]:
    """The entered expenses of a month, in the order of their lines."""
    found = [case for case in cases if case.state in expense.BOOKED and expense.month(case) == month]
    return sorted(found, key=expense.line)


def digest(booked: Iterable[Case]) -> str:
    """The hash (hex) of a month's books."""
    return hashlib.sha256("\n".join(sorted(map(expense.line, booked))).encode()).hexdigest()


def add(rows: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    """The sums of ledger rows (plate, type, fen), in whatever order they come."""
    found: dict[tuple[str, str], int] = {}
    for plate, kind, fen in rows:
        found[plate, kind] = found.get((plate, kind), 0) + fen
    return found


def differences(platform: Sums, ledger: Sums) -> list[Difference]:
    """Every vehicle and kind on which the two do not agree to the fen."""
    keys = sorted(platform.keys() | ledger.keys())
    return [
        Difference(*key, platform.get(key, 0), ledger.get(key, 0))
        for key in keys
        if platform.get(key, 0) != ledger.get(key, 0)
    ]


def read_differences(case: Case) -> list[Difference]:
    """The differences on a month's record."""
    found = case.data.get("differences")
    lines = [str(each).split("|") for each in found] if isinstance(found, list) else []
    return [Difference(line[0], line[1], int(line[2]), int(line[3])) for line in lines if len(line) == 4]


def _settle(case: Case, fact: Fact) -> Case:
    month = fact.text("month")
    if not MONTH.fullmatch(month) or (case.text("month") and case.text("month") != month):
        raise RuleBroken("case_particular", article="11", case_kind=case.kind, case=case.id, field="month")
    hashes = case.data.get("hashes")
    earlier = list(hashes) if isinstance(hashes, list) else []
    return case.put(
        month=month, hash=fact.text("hash"), hashes=[*earlier, fact.text("hash")], count=fact.whole("count"),
        sum_fen=fact.whole("sum_fen"), entered_by=fact.detail.get("entered_by") or None,
        differences=None, ledger_hash=None, difference_count=None,
    )  # fmt: skip


def _reconcile(case: Case, fact: Fact) -> Case:
    if fact.text("hash") != case.text("hash"):
        raise RuleBroken("month_changed", article="19a", case=case.id, month=case.text("month"))
    return case.put(
        ledger_hash=fact.text("ledger_hash"), differences=fact.detail.get("differences") or None,
        difference_count=fact.whole("difference_count"), compared_by=fact.by,
    )  # fmt: skip


def _confirm(case: Case, fact: Fact) -> Case:
    _last_word(case, fact)
    if case.whole("difference_count"):
        raise RuleBroken("month_differs", article="19a", case=case.id, count=case.whole("difference_count"))
    return case.put(confirmed_by=fact.by)


def _dispute(case: Case, fact: Fact) -> Case:
    _last_word(case, fact)
    if not case.whole("difference_count"):
        raise RuleBroken("month_agrees", article="19a", case=case.id)
    return case.put(confirmed_by=fact.by, explanation=fact.text("explanation") or None)


def _last_word(case: Case, fact: Fact) -> None:
    require_other(case, fact, Act.RECONCILE, article="11")
    entered = case.data.get("entered_by")
    if isinstance(entered, list) and fact.by in entered:
        raise RuleBroken("same_person", article="11", case_kind=case.kind, case=case.id, person=fact.by)


def _reopen(case: Case, fact: Fact) -> Case:
    return case.put(reopened_by=fact.by, reason=fact.text("reason"))


KIND = Kind(
    rests=False,
    name="settlement",
    article="11",
    acts={
        Act.SETTLE: Deed(
            roles=frozenset({Role.FINANCE}),
            takes={
                "month": p.text(most=7),
                "hash": p.record(),
                "count": p.whole(required=False),
                "sum_fen": p.whole(required=False),
                "entered_by": p.texts(required=False),
            },
        ),
        Act.RECONCILE: Deed(
            roles=frozenset({Role.FINANCE}),
            takes={
                "hash": p.record(),
                "ledger_hash": p.record(),
                "differences": p.texts(required=False),
                "difference_count": p.whole(required=False),
            },
        ),
        Act.CONFIRM: Deed(roles=frozenset({Role.UNIT_HEAD, Role.FINANCE}), pin=True),
        Act.DISPUTE: Deed(
            roles=frozenset({Role.UNIT_HEAD, Role.FINANCE}), takes={"explanation": p.text(required=False)}, pin=True
        ),
        Act.REOPEN: Deed(roles=frozenset({Role.FINANCE, Role.UNIT_HEAD}), takes={"reason": p.text()}),
    },
    moves={
        (NEW, Act.SETTLE): State.SETTLED,
        (State.REOPENED, Act.SETTLE): State.SETTLED,
        (State.SETTLED, Act.RECONCILE): State.COMPARED,
        (State.COMPARED, Act.RECONCILE): State.COMPARED,
        (State.COMPARED, Act.CONFIRM): State.RECONCILED,
        (State.COMPARED, Act.DISPUTE): State.DIFFERENCE,
        **{(state, Act.REOPEN): State.REOPENED for state in State if state is not State.REOPENED},
    },
    ended=frozenset({State.RECONCILED, State.DIFFERENCE}),
    sees=frozenset({Role.FINANCE, Role.UNIT_HEAD, Role.ADMIN}),
    effects={
        Act.SETTLE: _settle,
        Act.RECONCILE: _reconcile,
        Act.CONFIRM: _confirm,
        Act.DISPUTE: _dispute,
        Act.REOPEN: _reopen,
    },
)
