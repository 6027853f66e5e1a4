"""What a vehicle costs (Art. 11, 18): asked for, approved, done, entered, matched with what is known of the vehicle.

    request -> approve -> done -> enter -> match          settled and reconciled by the month: `settlement`
               send_back

The dispatcher asks, the unit head approves, finance enters. Tolls and parking need no asking and begin at `pay`. Fuel
in need on the road may be asked for afterwards; asked later than allowed, it is flagged. Whoever approved an expense
does not enter it. Money is whole fen, liquids whole millilitres.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import fields, settings
from fleet.rules import particulars as p
from fleet.rules.calendar import month_of
from fleet.rules.case import NEW, Case, Deed, Kind, require_other
from fleet.rules.facts import Fact
from fleet.rules.roles import Role

FEN_MAX = 100_000_000_00
"""No single expense of a vehicle comes near it."""
ML_MAX = 2_000_000
ASKED_FOR = ("fuel", "repair", "insurance", "rental", "other")
PAID_AT_ONCE = ("toll", "parking")
TYPES = (*ASKED_FOR, *PAID_AT_ONCE)
EVIDENCE = ("stop", "gate", "repair_state", "contract", "none")
"""What an expense was matched with; `none` is for finance to decide, with a reason."""


class State(StrEnum):
    """Where an expense stands, before its month is settled."""

    REQUESTED = "requested"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    DONE = "done"
    ENTERED = "entered"
    MATCHED = "matched"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What is done to it."""

    REQUEST = "request"
    PAY = "pay"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    DONE = "done"
    ENTER = "enter"
    MATCH = "match"
    WITHDRAW = "withdraw"


BOOKED = frozenset({State.ENTERED, State.MATCHED})
"""States in which an amount stands in the books."""


def month(case: Case) -> str:
    """The month an expense belongs to: when it was done; "" before that."""
    done_ms = case.whole("done_ms")
    return "" if done_ms is None else month_of(done_ms)


def line(case: Case) -> str:
    """An entered expense as one line of the books, whole and in a fixed order: what a month's hash covers."""
    parts = (case.id, case.plate, case.text("type"), case.whole("amount_fen"), case.whole("ml") or 0)
    return "|".join(map(str, (*parts, case.text("invoice"), case.text("invoiced_on"), case.whole("done_ms"))))


def sums(cases: Iterable[Case], of_month: str) -> dict[tuple[str, str], int]:
    """What the books of a month come to, fen by (plate, type)."""
    found: dict[tuple[str, str], int] = {}
    for case in cases:
        if case.state in BOOKED and month(case) == of_month:
            key = case.plate, case.text("type")
            found[key] = found.get(key, 0) + (case.whole("amount_fen") or 0)
    return found


def _request(case: Case, fact: Fact) -> Case:
    done_ms = fact.whole("done_ms")
    late_ms = settings.value_ms("expense_late_h", fact.settings)
    late = done_ms is not None and fact.at_ms - done_ms > late_ms
    if done_ms is not None and (done_ms > fact.at_ms or fact.text("type") != "fuel"):
        raise RuleBroken("case_particular", article="18", case_kind=case.kind, case=case.id, field="done_ms")
    return replace(case, plate=fact.text("plate"), order=fact.text("order")).put(
        type=fact.text("type"), estimate_fen=fact.whole("estimate_fen"), supplier=fact.text("supplier"),
        why=fact.text("why"), request=fact.record, asked_after_ms=done_ms, late=True if late else None,
    )  # fmt: skip


def _pay(case: Case, fact: Fact) -> Case:
    after = replace(case, plate=fact.text("plate"), order=fact.text("order"))
    return _paid(after.put(type=fact.text("type"), place=fact.text("place") or None), fact)


def _decide(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.REQUEST, article="18")
    if fact.text("request") != case.text("request"):
        raise RuleBroken("request_changed", article="18", case=case.id)
    return case.put(decided_by=fact.by, reason=fact.text("reason") or None)


def _done(case: Case, fact: Fact) -> Case:
    if case.text("type") == "fuel" and not fact.whole("ml"):
        raise RuleBroken("case_particular", article="11", case_kind=case.kind, case=case.id, field="ml")
    return _paid(case, fact)


def _paid(case: Case, fact: Fact) -> Case:
    done_ms = fact.whole("done_ms")
    if done_ms is None or done_ms > fact.at_ms:
        raise RuleBroken("case_particular", article="11", case_kind=case.kind, case=case.id, field="done_ms")
    names = ("actual_fen", "done_ms", "ml", "odometer_km", "receipt")
    return case.put(paid_by=fact.by, **{name: fact.detail[name] for name in names if name in fact.detail})


def _enter(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.APPROVE, article="18")
    if fields.day(fact.text("invoiced_on")) is None:
        raise RuleBroken("case_particular", article="11", case_kind=case.kind, case=case.id, field="invoiced_on")
    if case.text("type") == "fuel" and not (fact.whole("ml") or case.whole("ml")):
        raise RuleBroken("case_particular", article="11", case_kind=case.kind, case=case.id, field="ml")
    names = ("invoice", "invoiced_on", "amount_fen", "ml", "odometer_km")
    kept = {name: fact.detail[name] for name in names if name in fact.detail}
    return case.put(entered_by=fact.by, entered_ms=fact.at_ms, **kept)


def _match(case: Case, fact: Fact) -> Case:
    evidence, reason = fact.text("evidence"), fact.text("reason")
    if evidence == "none" and not reason:
        raise RuleBroken("unmatched_reason", article="11", case=case.id)
    return case.put(
        evidence=evidence, matched_with=fact.text("found") or None, unmatched_reason=reason or None, matched_by=fact.by
    )


def _paid_table(*, fuel: bool) -> Mapping[str, p.Particular]:
    liquid = {"ml": p.whole(required=False, least=1, most=ML_MAX)} if fuel else {}
    return {
        "actual_fen": p.whole(least=1, most=FEN_MAX),
        "done_ms": p.time(),
        "odometer_km": p.whole(required=False, most=9_999_999),
        "receipt": p.blob(required=False),
        **liquid,
    }


KIND = Kind(
    rests=False,
    name="expense",
    article="18",
    acts={
        Act.REQUEST: Deed(
            roles=frozenset({Role.DISPATCHER}),
            takes={
                "plate": p.text(most=64),
                "type": p.choice(*ASKED_FOR),
                "estimate_fen": p.whole(least=1, most=FEN_MAX),
                "supplier": p.text(most=64),
                "why": p.text(),
                "order": p.text(required=False, most=64),
                "done_ms": p.time(required=False),
            },
        ),
        Act.PAY: Deed(
            roles=frozenset({Role.DISPATCHER, Role.DRIVER}),
            takes={
                "plate": p.text(most=64),
                "type": p.choice(*PAID_AT_ONCE),
                "place": p.text(required=False, most=64),
                "order": p.text(required=False, most=64),
                **_paid_table(fuel=False),
            },
        ),
        Act.APPROVE: Deed(
            roles=frozenset({Role.UNIT_HEAD}),
            takes={"request": p.record(), "opinion": p.text(required=False)},
            pin=True,
            covers="request",
        ),
        Act.SEND_BACK: Deed(
            roles=frozenset({Role.UNIT_HEAD}),
            takes={"request": p.record(), "reason": p.text()},
            pin=True,
            covers="request",
        ),
        Act.DONE: Deed(roles=frozenset({Role.DISPATCHER, Role.DRIVER}), takes=_paid_table(fuel=True)),
        Act.ENTER: Deed(
            roles=frozenset({Role.FINANCE}),
            takes={
                "invoice": p.text(most=64),
                "amount_fen": p.whole(least=1, most=FEN_MAX),
                "invoiced_on": p.text(most=10),
                "ml": p.whole(required=False, least=1, most=ML_MAX),
                "odometer_km": p.whole(required=False, most=9_999_999),
            },
        ),
        Act.MATCH: Deed(
            roles=frozenset({Role.FINANCE}),
            takes={"evidence": p.choice(*EVIDENCE), "found": p.text(required=False), "reason": p.text(required=False)},
        ),
        Act.WITHDRAW: Deed(roles=frozenset({Role.DISPATCHER}), takes={"reason": p.text()}),
    },
    moves={
        (NEW, Act.REQUEST): State.REQUESTED,
        (NEW, Act.PAY): State.DONE,
        (State.SENT_BACK, Act.REQUEST): State.REQUESTED,
        (State.REQUESTED, Act.APPROVE): State.APPROVED,
        (State.REQUESTED, Act.SEND_BACK): State.SENT_BACK,
        (State.REQUESTED, Act.WITHDRAW): State.WITHDRAWN,
        (State.SENT_BACK, Act.WITHDRAW): State.WITHDRAWN,
        (State.APPROVED, Act.DONE): State.DONE,
        (State.APPROVED, Act.WITHDRAW): State.WITHDRAWN,
        (State.DONE, Act.WITHDRAW): State.WITHDRAWN,
        (State.DONE, Act.ENTER): State.ENTERED,
        (State.ENTERED, Act.ENTER): State.ENTERED,
        (State.MATCHED, Act.ENTER): State.ENTERED,
        (State.ENTERED, Act.MATCH): State.MATCHED,
    },
    ended=frozenset({State.MATCHED, State.WITHDRAWN}),
    sees=frozenset({Role.DISPATCHER, Role.DRIVER, Role.FINANCE, Role.UNIT_HEAD, Role.ADMIN}),
    effects={
        Act.REQUEST: _request,
        Act.PAY: _pay,
        Act.APPROVE: _decide,
        Act.SEND_BACK: _decide,
        Act.DONE: _done,
        Act.ENTER: _enter,
        Act.MATCH: _match,
    },
)
