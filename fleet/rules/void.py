"""Voiding an order after its trip (Art. 14): two people, a reason, and nothing is deleted.

Before departure an order is cancelled. Afterwards the trip has happened and its record stays as it is; what two people
may do is to say that it does not count. A trip still on the road cannot be voided: its vehicle is out, whatever the
paper says (Art. 16).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleet.rules import four_eyes
from fleet.rules import particulars as p
from fleet.rules.case import Case, Told
from fleet.rules.facts import Fact
from fleet.rules.four_eyes import Act
from fleet.rules.order import Ruling
from fleet.rules.roles import Role


def _propose(case: Case, fact: Fact) -> Case:
    return replace(case, order=fact.text("order"))


def _tells(case: Case) -> Iterable[Told]:
    approval = case.last(Act.APPROVE)
    if approval:
        detail: dict[str, object] = {"case": f"{case.kind}/{case.id}", "reason": case.text("reason")}
        yield Told(case.order, replace(approval, act=Ruling.VOID, detail=detail))


KIND = four_eyes.kind(
    "void",
    article="14",
    takes={"order": p.text(most=64)},
    propose=_propose,
    proposers=frozenset({Role.DISPATCHER, Role.ADMIN}),
    approvers=frozenset({Role.APPROVER, Role.UNIT_HEAD}),
    sees=frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN, Role.UNIT_HEAD}),
    tells=_tells,
)
