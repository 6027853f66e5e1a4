"""The life of an alarm on record: a case, opened, amended and withdrawn by the node, answered and judged by people.

    raise ─────────────▶ open ──explain──▶ explained ──accept──▶ accepted        amend: what is known of it changed
    suspect ▶ provisional ─┘confirm            └──────uphold──▶ upheld          withdraw: later facts say otherwise

Nothing is deleted: a verdict that later facts supersede is withdrawn and stays readable with what it said. Whoever an
alarm is about may answer it (driver, dispatcher, everyone of the unit it concerns); whether the answer is accepted is
for the unit head or a supervisor, never for who gave it, and never while the track may still change the verdict.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.alarm.catalogue import CATALOGUE, GRADES
from fleet.rules.alarm.verdict import TEXTS
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

OVERDUE = "A14"


class State(StrEnum):
    """Where an alarm stands."""

    PROVISIONAL = "provisional"
    OPEN = "open"
    EXPLAINED = "explained"
    ACCEPTED = "accepted"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What is done to it."""

    RAISE = "raise"
    SUSPECT = "suspect"
    AMEND = "amend"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    EXPLAIN = "explain"
    ACCEPT = "accept"
    UPHOLD = "uphold"
    EXTEND = "extend"


STATED = frozenset({Act.RAISE, Act.SUSPECT, Act.AMEND, Act.CONFIRM, Act.WITHDRAW})
"""What the node itself says, from its rules."""


def _state(case: Case, fact: Fact) -> Case:
    """Take a verdict as it stands now; of an earlier one nothing but its code, vehicle and subject stays."""
    kept = {name: fact.detail.get(name) for name in VERDICT if name not in NAMED}
    named = {name: fact.text(name) or case.text(name) or None for name in ("code", "subject")}
    return replace(case, plate=fact.text("plate") or case.plate, order=fact.text("order")).put(**named, **kept)


def _confirm(case: Case, fact: Fact) -> Case:
    return _state(case, fact).put(provisional=None)


def _withdraw(case: Case, fact: Fact) -> Case:
    return case.put(withdrawn_ms=fact.at_ms, because=fact.text("because"))


def _explain(case: Case, fact: Fact) -> Case:
    return case.put(explained_by=fact.by, explained_ms=fact.at_ms, explanation=fact.text("text"))


def _judge(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.EXPLAIN, article="3")
    if case.data.get("provisional"):
        raise RuleBroken("alarm_provisional", article=article_of(case), case=case.id)
    return case.put(judged_by=fact.by, judged_ms=fact.at_ms, opinion=fact.text("opinion") or None)


def _extend(case: Case, fact: Fact) -> Case:
    if case.text("code") != OVERDUE:
        raise RuleBroken("alarm_not_overdue", article="9", case=case.id)
    return case.put(expected_ms=fact.whole("expected_ms"), extended_by=fact.by, reason=fact.text("reason"))


def article_of(case: Case) -> str:
    """The article an alarm rests on."""
    line = CATALOGUE.get(case.text("code"))
    return line.article if line else ""


VERDICT: p.Table = {
    "code": p.choice(*CATALOGUE, required=False),
    "plate": p.text(required=False, most=TEXTS["plate"]),
    "subject": p.text(required=False, most=TEXTS["subject"]),
    "from_ms": p.time(),
    "until_ms": p.time(required=False),
    "grade": p.choice(*GRADES),
    "order": p.text(required=False, most=TEXTS["order"]),
    "driver": p.text(required=False, most=TEXTS["driver"]),
    "staff": p.text(required=False, most=TEXTS["staff"]),
    "facts": p.fields(required=False),
    "limits": p.fields(required=False),
    "rule": p.whole(),
    "provisional": p.tick(required=False),
}
"""A verdict as it is signed: `limits` are settings by name, each as "VALUE SOURCE"; `rule` the version of the rules."""
NAMED = frozenset({"code", "plate", "subject", "order"})
FIRST: p.Table = {**VERDICT, "code": p.choice(*CATALOGUE)}
ANSWERS = frozenset(
    {Role.DRIVER, Role.DISPATCHER, Role.APPROVER, Role.ADMIN, Role.FINANCE, Role.UNIT_HEAD, Role.APPLICANT}
)
JUDGES = frozenset({Role.UNIT_HEAD, Role.SUPERVISOR})

KIND = Kind(
    name="alarm",
    article="3",
    acts={
        Act.RAISE: Deed(roles=frozenset(), takes=FIRST),
        Act.SUSPECT: Deed(roles=frozenset(), takes=FIRST),
        Act.AMEND: Deed(roles=frozenset(), takes=VERDICT),
        Act.CONFIRM: Deed(roles=frozenset(), takes=VERDICT),
        Act.WITHDRAW: Deed(roles=frozenset(), takes={"because": p.choice("superseded", "covered")}),
        Act.EXPLAIN: Deed(roles=ANSWERS, takes={"text": p.text(), "document": p.blob(required=False)}),
        Act.ACCEPT: Deed(roles=JUDGES, takes={"opinion": p.text(required=False)}),
        Act.UPHOLD: Deed(roles=JUDGES, takes={"opinion": p.text()}),
        Act.EXTEND: Deed(roles=frozenset({Role.DISPATCHER}), takes={"expected_ms": p.time(), "reason": p.text()}),
    },
    moves={
        (NEW, Act.RAISE): State.OPEN,
        (NEW, Act.SUSPECT): State.PROVISIONAL,
        (State.PROVISIONAL, Act.CONFIRM): State.OPEN,
        (State.PROVISIONAL, Act.EXPLAIN): State.EXPLAINED,
        (State.OPEN, Act.EXPLAIN): State.EXPLAINED,
        (State.EXPLAINED, Act.EXPLAIN): State.EXPLAINED,
        (State.EXPLAINED, Act.CONFIRM): State.EXPLAINED,
        (State.EXPLAINED, Act.ACCEPT): State.ACCEPTED,
        (State.EXPLAINED, Act.UPHOLD): State.UPHELD,
        (State.OPEN, Act.UPHOLD): State.UPHELD,
        (State.UPHELD, Act.EXPLAIN): State.EXPLAINED,
        **{(state, Act.AMEND): state for state in State if state is not State.WITHDRAWN},
        **{(state, Act.WITHDRAW): State.WITHDRAWN for state in State if state is not State.WITHDRAWN},
        **{(state, Act.EXTEND): state for state in (State.PROVISIONAL, State.OPEN, State.EXPLAINED)},
    },
    ended=frozenset({State.ACCEPTED, State.UPHELD, State.WITHDRAWN}),
    sees=frozenset({Role.DISPATCHER, Role.APPROVER, Role.ADMIN, Role.FINANCE, Role.UNIT_HEAD, Role.SUPERVISOR}),
    effects={
        Act.RAISE: _state,
        Act.SUSPECT: _state,
        Act.AMEND: _state,
        Act.CONFIRM: _confirm,
        Act.WITHDRAW: _withdraw,
        Act.EXPLAIN: _explain,
        Act.ACCEPT: _judge,
        Act.UPHOLD: _judge,
        Act.EXTEND: _extend,
    },
)
