"""The supplement: an order entered after the fact, or a correction of one (Art. 7 (1), 12, 13).

    notice (optional) -> request -> endorse -> complete          refuse: the trip stands as unauthorised
    dispatcher, driver   dispatcher  approver   dispatcher       reject: a second person finds the scan wanting

Three steps that cannot be skipped or merged; only the approver endorses, never whoever asked, and covers exactly the
request that was read. Completing needs the scan of the endorsement with the unit's seal. A late supplement is taken and
shown as late (A15); nothing is ever dated back: the trip's times are the real ones, the entry's time is its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from fleet.errors import RuleBroken
from fleet.rules import particulars as p
from fleet.rules import settings
from fleet.rules.case import NEW, Case, Deed, Kind, Told, require_other
from fleet.rules.delegation import FOR
from fleet.rules.facts import Fact
from fleet.rules.form import SEALED
from fleet.rules.order import Ruling
from fleet.rules.roles import Role

NO_PRIOR_ORDER, CORRECTION = "no_prior_order", "correction"
BACK, STOP, PLANNED, CLOSED = "back", "stop", "planned", "closed"
"""What the end of the trip rests on: the return on record, the first long stop in a designated place, the planned end
and grace; for a correction, when the order was closed."""
SCAN_TYPES = ("application/pdf", "image/jpeg", "image/png")
CORRECTABLE = frozenset({"vehicle", "driver", "odometer_out_km", "odometer_in_km", "departed_ms", "back_ms"})
"""What a correction may say besides the fields of the form."""
IN_FORCE_MS = 1_529_856_000_000
"""2018-06-25 local time: the rules apply to facts from then on (Art. 20)."""
MB = 1 << 20


class State(StrEnum):
    """Where a supplement stands."""

    OPEN = "open"
    REQUESTED = "requested"
    ENDORSED = "endorsed"
    REFUSED = "refused"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What is done to it."""

    REQUEST = "request"
    NOTICE = "notice"
    ENDORSE = "endorse"
    REFUSE = "refuse"
    COMPLETE = "complete"
    REJECT = "reject"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[str, str], str] = {
    (NEW, Act.NOTICE): State.OPEN,
    (NEW, Act.REQUEST): State.REQUESTED,
    (State.OPEN, Act.REQUEST): State.REQUESTED,
    (State.OPEN, Act.WITHDRAW): State.WITHDRAWN,
    (State.REQUESTED, Act.ENDORSE): State.ENDORSED,
    (State.REQUESTED, Act.REFUSE): State.REFUSED,
    (State.ENDORSED, Act.COMPLETE): State.COMPLETED,
    (State.COMPLETED, Act.REJECT): State.ENDORSED,
}

ACTS: dict[str, Deed] = {
    Act.REQUEST: Deed(
        frozenset({Role.DISPATCHER}),
        {
            "cause": p.choice(NO_PRIOR_ORDER, CORRECTION),
            "why": p.text(),
            "facts": p.text(),
            "order": p.text(required=False, most=64),
            "plate": p.text(required=False, most=64),
            "driver": p.text(required=False, most=64),
            "rider": p.text(required=False, most=64),
            "started_ms": p.time(required=False),
            "ended_ms": p.time(required=False),
            "ended_by": p.choice(BACK, STOP, PLANNED, CLOSED, required=False),
        },
    ),
    Act.NOTICE: Deed(
        frozenset({Role.DISPATCHER, Role.DRIVER}),
        {
            "what": p.text(),
            "rider": p.text(most=64),
            "plate": p.text(most=64),
            "driver": p.text(most=64),
            "started_ms": p.time(),
            "planned_end_ms": p.time(required=False),
        },
    ),
    Act.ENDORSE: Deed(
        frozenset({Role.APPROVER}), {"request": p.record(), "opinion": p.text(required=False)}, True, "request"
    ),
    Act.REFUSE: Deed(frozenset({Role.APPROVER}), {"request": p.record(), "reason": p.text()}, True, "request"),
    Act.COMPLETE: Deed(
        frozenset({Role.DISPATCHER}),
        {
            "scan": p.blob(),
            "scan_type": p.choice(*SCAN_TYPES),
            "scan_size": p.whole(least=1, most=50 * MB),
            "seal_visible": p.tick(),
            "endorser": p.text(most=64),
            "endorsed_on": p.text(most=10),
            "order": p.text(required=False, most=64),
            "content": p.record(required=False),
            "vehicle": p.text(required=False, most=64),
            "driver": p.text(required=False, most=64),
            "departed_ms": p.time(required=False),
            "back_ms": p.time(required=False),
            "odometer_out_km": p.whole(required=False, most=9_999_999),
            "odometer_in_km": p.whole(required=False, most=9_999_999),
            "corrections": p.fields(required=False),
        },
    ),
    Act.REJECT: Deed(frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN}), {"reason": p.text()}),
    Act.WITHDRAW: Deed(frozenset({Role.DISPATCHER}), {"reason": p.text()}),
}


def deadline_ms(case: Case, fact: Fact) -> int | None:
    """By when a supplement is due as `fact` tells of the trip's end; None while the trip has none."""
    ended_ms = fact.whole("ended_ms")
    if ended_ms is None:
        return case.deadline_ms
    grace_ms = settings.value_ms("supplement_grace_min", fact.settings) if fact.text("ended_by") == PLANNED else 0
    return ended_ms + grace_ms + settings.value_ms("supplement_deadline_h", fact.settings)


def late(case: Case) -> bool | None:
    """Whether a completed supplement came after its deadline, by the node's signed time (A15); None if it is not
    complete, or the trip has no end."""
    completed_ms = case.whole("completed_ms")
    if case.state != State.COMPLETED or completed_ms is None or case.deadline_ms is None:
        return None
    return completed_ms > case.deadline_ms


def completion(case: Case) -> Fact | None:
    """What completed a supplement, by its deadline or not; None if nothing has, or the trip has no end. Where a scan
    was rejected, it is the one with the next."""
    if late(case) is None:
        return None
    at_ms = case.whole("completed_ms")
    return next((fact for fact in case.facts if (fact.act, fact.at_ms) == (Act.COMPLETE, at_ms)), None)


def _notice(case: Case, fact: Fact) -> Case:
    planned_ms = fact.whole("planned_end_ms")
    due_ms = None
    if planned_ms is not None:
        due_ms = planned_ms + sum(
            settings.value_ms(name, fact.settings) for name in ("supplement_grace_min", "supplement_deadline_h")
        )
    return replace(case, plate=fact.text("plate"), deadline_ms=due_ms).put(
        cause=NO_PRIOR_ORDER, notice=True, **{name: fact.text(name) for name in ("what", "rider", "driver")},
        started_ms=fact.whole("started_ms"),
    )  # fmt: skip


def _request(case: Case, fact: Fact) -> Case:
    cause, order = fact.text("cause"), fact.text("order")
    if (cause == CORRECTION) != bool(order):
        raise _missing(case, "order")
    if cause == NO_PRIOR_ORDER and not (fact.text("plate") or case.plate):
        raise _missing(case, "plate")
    if (fact.whole("ended_ms") is None) != (not fact.text("ended_by")):
        raise _missing(case, "ended_by")
    if case.data.get("notice") and cause == CORRECTION:
        raise RuleBroken("case_particular", article="12", case_kind=case.kind, case=case.id, field="cause")
    if (fact.whole("ended_ms") or fact.at_ms) < IN_FORCE_MS:
        raise RuleBroken("before_the_rules", article="20", case=case.id)
    kept = {name: fact.detail.get(name, case.data.get(name)) for name in ("started_ms", "driver", "rider")}
    return replace(
        case, order=order, plate=fact.text("plate") or case.plate, deadline_ms=deadline_ms(case, fact)
    ).put(
        cause=cause, why=fact.text("why"), facts=fact.text("facts"), request=fact.record, requested_ms=fact.at_ms,
        ended_ms=fact.whole("ended_ms"), ended_by=fact.text("ended_by") or None, **kept,
    )  # fmt: skip


def _endorse(case: Case, fact: Fact) -> Case:
    _decides(case, fact)
    return case.put(endorsed_ms=fact.at_ms, endorsed_by=fact.by, endorsed_for=fact.text(FOR) or None)


def _refuse(case: Case, fact: Fact) -> Case:
    _decides(case, fact)
    after = case.put(refused_by=fact.by, refused_for=fact.text(FOR) or None, reason=fact.text("reason"))
    return replace(after, deadline_ms=None)


def _decides(case: Case, fact: Fact) -> None:
    """Endorsed is the request that was read, by someone who did not make it (Art. 12; Art. 8 in spirit)."""
    require_other(case, fact, Act.REQUEST, Act.NOTICE, article="12")
    if fact.text("request") != case.text("request"):
        raise RuleBroken("request_changed", article="12", case=case.id)


def _complete(case: Case, fact: Fact) -> Case:
    require_other(case, fact, Act.ENDORSE, article="12")
    limit = settings.value("supplement_scan_max_mb", fact.settings)
    if (fact.whole("scan_size") or 0) > limit * MB:
        shown = settings.shown("supplement_scan_max_mb", fact.settings)
        raise RuleBroken("scan_too_large", article="12", case=case.id, size=fact.whole("scan_size"), **shown)
    if case.whole("first_completed_ms") is None:
        _whole_trip(case, fact)
    scan = {name: fact.detail[name] for name in ("scan", "scan_type", "scan_size", "endorser", "endorsed_on")}
    after = replace(case, order=case.order or fact.text("order")).put(completed_ms=fact.at_ms, **scan)
    return after if case.whole("first_completed_ms") else after.put(first_completed_ms=fact.at_ms)


def _whole_trip(case: Case, fact: Fact) -> None:
    """The first completion carries everything an order has, or what is wrong with one."""
    if case.text("cause") == CORRECTION:
        if "corrections" not in fact.detail or fact.text("order") not in ("", case.order):
            raise _missing(case, "corrections")
        return
    if missing := next((name for name in ("order", "content", "vehicle", "driver") if not fact.text(name)), ""):
        raise _missing(case, missing)
    _times(case, fact)


def _times(case: Case, fact: Fact) -> None:
    """The trip's times are those it really had: it began before it was entered, and ended after it began."""
    departed_ms, back_ms = fact.whole("departed_ms"), fact.whole("back_ms")
    if departed_ms is None:
        raise _missing(case, "departed_ms")
    if departed_ms > fact.at_ms or (back_ms is not None and not departed_ms <= back_ms <= fact.at_ms):
        raise RuleBroken("supplement_times", article="12", case=case.id)
    out_km, in_km = fact.whole("odometer_out_km"), fact.whole("odometer_in_km")
    if out_km is None or (back_ms is not None and in_km is None):
        raise _missing(case, "odometer_out_km" if out_km is None else "odometer_in_km")
    if in_km is not None and in_km < out_km:
        raise RuleBroken("odometer_backwards", article="13", order=fact.text("order"), out_km=out_km, in_km=in_km)


def _reject(case: Case, fact: Fact) -> Case:
    done = case.last(Act.COMPLETE)
    if done and done.by == fact.by:
        raise RuleBroken("same_person", article="12", case_kind=case.kind, case=case.id, person=fact.by)
    return case.put(completed_ms=None, scan_rejected=fact.text("reason"))


def _missing(case: Case, field: str) -> RuleBroken:
    return RuleBroken("case_particular", article="12", case_kind=case.kind, case=case.id, field=field)


_TRIP = ("content", "vehicle", "driver", "departed_ms", "back_ms", "odometer_out_km", "odometer_in_km", SEALED)
_TOLD: dict[Ruling, tuple[str, ...]] = {
    Ruling.CORRECT: ("corrections", SEALED),
    Ruling.SUPPLEMENT: _TRIP,
    Ruling.SUPPLEMENT_RUNNING: _TRIP,
}


def _tells(case: Case) -> Iterable[Told]:
    """The first completion is a fact about the order as well; later ones only bring a better scan."""
    done = next((fact for fact in case.facts if fact.act == Act.COMPLETE), None)
    if done is None:
        return
    rests_on = {"endorsed_by": case.text("endorsed_by"), "case": f"{case.kind}/{case.id}"}
    if case.text("endorsed_for"):
        rests_on["endorsed_for"] = case.text("endorsed_for")
    if case.text("cause") == CORRECTION:
        act = Ruling.CORRECT
    else:
        act = Ruling.SUPPLEMENT if "back_ms" in done.detail else Ruling.SUPPLEMENT_RUNNING
    detail = {name: done.detail[name] for name in _TOLD[act] if name in done.detail}
    yield Told(case.order, replace(done, act=act, detail=detail | rests_on))


KIND = Kind(
    name="supplement",
    article="12",
    acts=ACTS,
    moves=MOVES,
    ended=frozenset({State.REFUSED, State.COMPLETED, State.WITHDRAWN}),
    sees=frozenset({Role.APPROVER, Role.DISPATCHER, Role.ADMIN}),
    effects={
        Act.NOTICE: _notice,
        Act.REQUEST: _request,
        Act.ENDORSE: _endorse,
        Act.REFUSE: _refuse,
        Act.COMPLETE: _complete,
        Act.REJECT: _reject,
    },
    tells=_tells,
)
