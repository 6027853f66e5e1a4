"""What two people do together (Art. 14): one proposes with reasons, another with the right to approves or refuses.

    propose -> approve          approve and refuse cover exactly the proposal that was read, and ask for the PIN
            -> refuse           whoever proposed may withdraw; nobody approves a proposal of their own
            -> withdraw

Kinds of case that are no more than this are made by `kind`; what is proposed, and what makes it a good proposal, is
theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules.case import NEW, Case, Deed, Effect, Kind, Told, require_other
from fleet.rules.facts import Fact
from fleet.rules.particulars import Table
from fleet.rules.roles import Role


class State(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What is done with it."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[str, str], str] = {
    (NEW, Act.PROPOSE): State.PROPOSED,
    (State.PROPOSED, Act.APPROVE): State.APPROVED,
    (State.PROPOSED, Act.REFUSE): State.REFUSED,
    (State.PROPOSED, Act.WITHDRAW): State.WITHDRAWN,
}


def kind(
    name: str,
    *,
    article: str,
    takes: Table,
    propose: Effect,
    proposers: frozenset[Role],
    approvers: frozenset[Role],
    sees: frozenset[Role],
    tells: Callable[[Case], Iterable[Told]] | None = None,
    enacts: Callable[[Case], Mapping[str, str]] | None = None,
) -> Kind:
    """A kind of case that two people decide. `propose` keeps what is proposed, or refuses it."""

    def proposed(case: Case, fact: Fact) -> Case:
        return propose(case, fact).put(proposal=fact.record, proposed_by=fact.by, reason=fact.text("reason"))

    def withdrawn(case: Case, fact: Fact) -> Case:
        if fact.by != case.text("proposed_by"):
            raise RuleBroken("not_the_proposer", article=article, case_kind=name, case=case.id)
        return case

    def approved(case: Case, fact: Fact) -> Case:
        return _decided(case, fact, article).put(approved_by=fact.by, approved_ms=fact.at_ms)

    def refused(case: Case, fact: Fact) -> Case:
        return _decided(case, fact, article).put(refused_by=fact.by, refusal=fact.text("reason"))

    return Kind(
        name=name,
        article=article,
        acts={
            Act.PROPOSE: Deed(proposers, {**takes, "reason": p.text()}),
            Act.APPROVE: Deed(approvers, {"proposal": p.record(), "opinion": p.text(required=False)}, True, "proposal"),
            Act.REFUSE: Deed(approvers, {"proposal": p.record(), "reason": p.text()}, True, "proposal"),
            Act.WITHDRAW: Deed(proposers, {"reason": p.text(required=False)}),
        },
        moves=MOVES,
        ended=frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
        sees=sees,
        effects={Act.PROPOSE: proposed, Act.APPROVE: approved, Act.REFUSE: refused, Act.WITHDRAW: withdrawn},
        tells=tells,
        enacts=enacts,
    )


def _decided(case: Case, fact: Fact, article: str) -> Case:
    require_other(case, fact, Act.PROPOSE, article=article)
    if fact.text("proposal") != case.text("proposal"):
        raise RuleBroken("request_changed", article=article, case=case.id)
    return case
