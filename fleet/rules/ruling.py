"""The register of interpretations (Art. 19b: the regional leading group's office explains the regulation).

A ruling is entered by the admin with its document and confirmed by the unit head against it. A setting that follows
from one is changed by a case of its own, which names the document.
"""

from __future__ import annotations

from fleet.errors import RuleBroken
from fleet.rules import fields, four_eyes
from fleet.rules import particulars as p
from fleet.rules.case import Case
from fleet.rules.facts import Fact
from fleet.rules.roles import UNIT_ROLES, Role
from fleet.rules.settings import SETTINGS


def _propose(case: Case, fact: Fact) -> Case:
    if fields.day(fact.text("effective_on")) is None:
        raise RuleBroken("case_particular", article="19b", case_kind=case.kind, case=case.id, field="effective_on")
    names = ("question", "ruling", "document", "effective_on", "article", "setting", "scan")
    return case.put(**{name: fact.detail.get(name) for name in names})


KIND = four_eyes.kind(
    "ruling",
    article="19b",
    takes={
        "question": p.text(),
        "ruling": p.text(),
        "document": p.text(),
        "effective_on": p.text(most=10),
        "article": p.text(required=False, most=8),
        "setting": p.choice(*SETTINGS, required=False),
        "scan": p.blob(required=False),
    },
    propose=_propose,
    proposers=frozenset({Role.ADMIN}),
    approvers=frozenset({Role.UNIT_HEAD}),
    sees=UNIT_ROLES,
)
