"""Alarms that records raise without a track: findings of `rules.flags` and `desk.findings`, and what the ledger did not
take (A26: an approval by someone who may not; A31: a signature, hash or chain that is broken). Articles 8, 14."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.flags import Flag

APPROVALS = frozenset({"order.approve", "order.send_back", "supplement.endorse", "supplement.refuse"})
NO_RIGHT = frozenset({"no_role", "no_delegation", "delegation_over", "lease_over", "person_revoked", "unknown_person"})
BROKEN = frozenset({"person_signature", "chain", "fork", "seal", "signature", "operation_form", "hash"})


class Untaken(NamedTuple):
    """A record that changed nothing: its kind and target, why, when it was made, by whom (a person or a node)."""

    kind: str
    target: str
    reason: str
    at_ms: int
    by: str


def of_flags(flags: Iterable[Flag]) -> list[Verdict]:
    """Findings that bear the code of an alarm, as verdicts; each stands for as long as its record makes it."""
    return [
        Verdict(
            code=flag.code,
            plate=str(flag.facts.get("plate") or ""),
            from_ms=flag.since_ms,
            until_ms=None,
            grade=flag.grade,
            subject=f"{flag.finding} {flag.subject}",
            facts={name: told for name, told in flag.facts.items() if isinstance(told, int | str)},
        )
        for flag in flags
        if flag.code
    ]


def of_untaken(records: Iterable[Untaken]) -> list[Verdict]:
    """What someone tried that they may not (A26), or that does not prove itself (A31)."""
    found = []
    for record in records:
        code = "A31" if record.reason in BROKEN else ""
        if record.kind in APPROVALS and record.reason in NO_RIGHT:
            code = "A26"
        if code:
            found.append(
                Verdict(
                    code=code,
                    plate="",
                    from_ms=record.at_ms,
                    until_ms=record.at_ms + 1,
                    grade=CATALOGUE[code].grade,
                    subject=f"{record.target} {record.by} {record.at_ms}",
                    facts={"by": record.by, "cause": record.reason, "record": record.kind, "about": record.target},
                )
            )
    return found
