"""A setting is changed by two people (Art. 14): an admin proposes, the unit head approves, never one and the same.

A change is in force for whoever knew of it: every act is judged by the settings its author had seen approved when
signing, so the same act comes to the same on every replica and nobody is judged by a number they could not know. A
number the text itself gives is only ever made stricter.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import RuleBroken
from fleet.rules import four_eyes
from fleet.rules import particulars as p
from fleet.rules.case import Case
from fleet.rules.facts import Fact
from fleet.rules.four_eyes import State
from fleet.rules.roles import Role
from fleet.rules.settings import SETTINGS, Chosen

SOURCES = ("local", "ruling")


def _propose(case: Case, fact: Fact) -> Case:
    name, value = fact.text("name"), fact.whole("value")
    setting = SETTINGS[name]
    if value is None or not setting.least <= value <= setting.most:
        bounds = {"least": setting.least, "most": setting.most, "measure": setting.unit}
        raise RuleBroken("setting_out_of_bounds", article=setting.article, setting=name, value=value, **bounds)
    if fact.text("source") == "ruling" and not fact.text("document"):
        raise RuleBroken("case_particular", article="19b", case_kind=case.kind, case=case.id, field="document")
    kept = {each: fact.detail.get(each) for each in ("name", "value", "source", "document")}
    return case.put(**kept)


KIND = four_eyes.kind(
    "setting",
    article="14",
    takes={
        "name": p.choice(*SETTINGS),
        "value": p.whole(),
        "source": p.choice(*SOURCES),
        "document": p.text(required=False),
    },
    propose=_propose,
    proposers=frozenset({Role.ADMIN}),
    approvers=frozenset({Role.UNIT_HEAD}),
    sees=frozenset(Role),
)


def chosen(cases: Iterable[Case]) -> dict[str, Chosen]:
    """The settings that some cases have changed; of two changes the one that comes later in `cases` is in force."""
    return {
        case.text("name"): Chosen(case.whole("value") or 0, case.text("source"), case.id)
        for case in cases
        if case.state == State.APPROVED
    }
