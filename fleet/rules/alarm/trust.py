"""Who may (Art. 8, 14): approvals that were nobody's to give (A26), records that do not prove themselves (A31), changes
without their second person (A32)."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.rules.alarm.holdings import Records, Untaken, moment, told
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Told, Verdict
from fleet.rules.settings import Changed, value_ms

APPROVALS = frozenset({"order.approve", "order.send_back", "supplement.endorse", "supplement.refuse"})
NO_RIGHT = frozenset({"no_role", "no_delegation", "delegation_over", "lease_over", "person_revoked", "unknown_person"})
BROKEN = frozenset({"person_signature", "chain", "seal", "fork", "operation_form"})
"""Why the ledger does not believe a record."""
ONE_HAND = frozenset({"two_people_needed", "own_grant", "one_person"})
OWN = frozenset({"own_order", "same_person"})
"""Why the rules refuse a decision by somebody who had a part in what is decided."""


def beyond_rights(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A26: an approval by someone without the role, whose delegation or key was over, or of their own order."""
    for record in records.untaken:
        if record.kind in APPROVALS and record.reason in NO_RIGHT:
            yield _of(record, "A26", "critical")
    for order, _ in records.orders:
        for refused in order.refused:
            kind = f"order.{refused.fact.act}"
            if kind in APPROVALS and refused.code in OWN:
                fact = refused.fact
                yield _of(Untaken(kind, f"order/{order.id}", refused.code, fact.at_ms, fact.by), "A26", "critical")


def unproved(records: Records, _changed: Changed) -> Iterator[Verdict]:
    """A31: a signature, seal or chain that does not hold."""
    for record in records.untaken:
        if record.reason in BROKEN:
            yield _of(record, "A31", "critical")


def single_handed(records: Records, changed: Changed) -> Iterator[Verdict]:
    """A32: a change of rights or data that one person tried alone; and vehicles one person registered while the unit
    was set up, if a second has not confirmed them in time."""
    for record in records.untaken:
        if record.reason in ONE_HAND:
            yield _of(record, "A32", "serious")
    wait_ms = value_ms("setup_confirm_d", changed)
    open_ms = [each.confirmed_ms or FOR_EVER for each in records.alone]
    due_ms = min((each.since_ms for each in records.alone), default=FOR_EVER) + wait_ms
    if due_ms < min(records.now_ms, max(open_ms, default=0)):
        left = sum(at_ms > records.now_ms for at_ms in open_ms)
        facts: dict[str, Told] = {"what": "registered_single_handed", "count": left}
        yield told("A32", Span(due_ms, max(open_ms)), "notice", "register", facts)


def _of(record: Untaken, code: str, grade: str) -> Verdict:
    facts: dict[str, Told] = {"by": record.by, "cause": record.reason, "record": record.kind, "about": record.target}
    subject = f"{record.target} {record.by} {record.at_ms}"
    order = record.target.removeprefix("order/") if record.target.startswith("order/") else ""
    staff = "" if record.by.startswith("node") else record.by
    return told(code, moment(record.at_ms), grade, subject, facts, order=order, staff=staff)
