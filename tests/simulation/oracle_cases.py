"""The second opinion on cases: supplements, changes of the register, voiding, decided act by act in causal order.

The sentences of Art. 12 and 14 once more, in plain steps and none of the tables the rules have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.rules.case import Case as Ours
from tests.simulation import oracle_records
from tests.simulation.oracle_records import Record

TWO_PEOPLE = {"propose": {"admin"}, "approve": {"unit_head"}, "refuse": {"unit_head"}, "withdraw": {"admin"}}
WHO_MAY = {
    "supplement.request": {"dispatcher"},
    "supplement.notice": {"dispatcher", "driver"},
    "supplement.endorse": {"approver"},
    "supplement.refuse": {"approver"},
    "supplement.complete": {"dispatcher"},
    "supplement.reject": {"approver", "dispatcher", "admin"},
    "supplement.withdraw": {"dispatcher"},
    "void.propose": {"dispatcher", "admin"},
    "void.approve": {"approver", "unit_head"},
    "void.refuse": {"approver", "unit_head"},
    "void.withdraw": {"dispatcher", "admin"},
    "alarm.explain": {"applicant", "approver", "dispatcher", "driver", "admin", "finance", "unit_head"},
    "alarm.accept": {"unit_head"},
    "alarm.uphold": {"unit_head"},
    "alarm.extend": {"dispatcher"},
    **{f"{kind}.{act}": roles for kind in ("change", "setting") for act, roles in TWO_PEOPLE.items()},
}
STATED = {f"alarm.{act}": set[str]() for act in ("raise", "suspect", "amend", "confirm", "withdraw")}
"""What a node says by itself: nobody's role."""
WHO_MAY |= STATED


@dataclass
class Cases:
    """Every case of one log, what the register says by approved changes, and the settings as approved last."""

    held: dict[str, Record] = field(default_factory=dict)
    register: dict[str, str] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)

    def take(self, target: str, kind: str, by: str, body: dict[str, Any], record: str) -> tuple[str, str, Any] | None:
        """Decide one act; answers what it says to an order: its number, what became of it, with which particulars."""
        case = self.held.setdefault(target, Record())
        name, act = kind.split(".")
        body = {key: value for key, value in body.items() if key != "form"}
        if name == "alarm":
            after = oracle_records.after(case, name, act, by, body, 0)
        else:
            after = (_supplement if name == "supplement" else _two_people)(case, act, by, body)
        if after is None:
            case.refused.append(record)
            return None
        before, first = case.state, act not in {done for done, _, _ in case.said}
        case.state = after
        case.said.append((act, by, body | ({"record": record} if act in {"request", "propose"} else {})))
        case.taken.append(record)
        if name == "change" and act == "approve":
            proposal = case.last("propose")
            self.register |= {f"{proposal['entry']}/{key}": value for key, value in proposal["sets"].items()}
        if name == "setting" and act == "approve":
            self.settings[case.last("propose")["name"]] = case.last("propose")["value"]
        if name == "void" and act == "approve":
            return case.last("propose")["order"], "void", {}
        if name == "supplement" and act == "complete" and before == "endorsed" and first:
            (endorser,) = case.by("endorse")
            return body["order"], "supplement", body | {"endorser": endorser, "case": target}
        return None


def _supplement(case: Record, act: str, by: str, body: dict[str, Any]) -> str | None:
    if act == "notice":
        return "open" if case.state == "" and body.get("what") else None
    if act == "withdraw":
        return "withdrawn" if case.state == "open" and body.get("reason") else None
    if act == "request":
        return "requested" if case.state in {"", "open"} and body.get("why") and body.get("facts") else None
    if act in {"endorse", "refuse"}:
        other = by not in case.by("request", "notice")
        if case.state != "requested" or not other or body.get("request") != case.last("request")["record"]:
            return None
        return "endorsed" if act == "endorse" else "refused" if body.get("reason") else None
    if act == "complete":
        ready = case.state == "endorsed" and by not in case.by("endorse") and body.get("seal_visible") is True
        return "completed" if ready and body["scan_size"] <= 10 << 20 else None
    if act == "reject":
        whole = case.state == "completed" and by not in case.by("complete")
        return "endorsed" if whole and body.get("reason") else None
    return None


def _two_people(case: Record, act: str, by: str, body: dict[str, Any]) -> str | None:
    if act == "propose":
        return "proposed" if case.state == "" and body.get("reason") else None
    if case.state != "proposed":
        return None
    if act == "withdraw":
        return "withdrawn" if by in case.by("propose") else None
    if by in case.by("propose") or body.get("proposal") != case.last("propose")["record"]:
        return None
    return "approved" if act == "approve" else "refused" if body.get("reason") else None


def compare_cases(
    theirs: Cases,
    cases: Mapping[str, Ours],
    register: Mapping[str, str],
    settings: Mapping[str, int],
    broken: type[Exception],
) -> None:
    """Hold the folded cases against the oracle's."""
    if cases.keys() != theirs.held.keys():
        raise broken("the oracle agrees on cases", sorted(cases.keys() ^ theirs.held.keys()))
    for target, case in cases.items():
        other = theirs.held[target]
        ours = (case.state, [fact.record for fact in case.facts], [one.fact.record for one in case.refused])
        if ours != (other.state, other.taken, other.refused):
            raise broken("the oracle agrees on cases", f"{target}: {ours} but {other}")
    if dict(settings) != theirs.settings:
        raise broken("the oracle agrees on settings", f"{dict(settings)} but {theirs.settings}")
    if dict(register) != theirs.register:
        raise broken("the oracle agrees on the register", f"{dict(register)} but {theirs.register}")
