"""What the records know of each vehicle, gathered from a state as facts for the rules of alarms; of its track nothing.

orders, seals, repairs, notices, receipts ──▶ `known`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from fleet.desk.orders import form_of
from fleet.desk.register import name_of, places, vehicles, years
from fleet.errors import FleetError
from fleet.ledger.state import State
from fleet.rules import defect, expense, handover, sealing, supplement
from fleet.rules.alarm import life
from fleet.rules.alarm.facts import Facts, Fill, Outing, Temperature, Unauthorised, Unsealed
from fleet.rules.alarm.spans import FOR_EVER, Span, minus
from fleet.rules.case import Case
from fleet.rules.fault import KIND as FAULT
from fleet.rules.form import Form
from fleet.rules.order import Act, Order, Seen
from fleet.rules.vehicle import ON_PLATFORM, Vehicle
from fleet.tracks.track import judged

EMPTY = judged(())
URGENT = 1
"""Orders of this urgency or more may call a vehicle back (Art. 16)."""


def known(state: State, now_ms: int) -> dict[str, Facts]:
    """What the records know of every vehicle on the platform, by plate; of its track nothing yet."""
    cases = state.recent_cases(now_ms)
    base = {
        "now_ms": now_ms, "track": EMPTY, "places": places(state), "years": years(state),
        "temperatures": tuple(sorted(_temperatures(cases))),
    }  # fmt: skip
    outings, sealed, others = _outings(state, now_ms), _sealed(cases), _spans(cases)
    fills, extended, unauthorised = _fills(cases), _extended(cases), _unauthorised(cases)
    found = {}
    for vehicle in vehicles(state):
        if vehicle.stage not in ON_PLATFORM:
            continue
        plate = vehicle.plate
        own = tuple(replace(each, extended_ms=extended.get(each.order)) for each in outings[plate])
        found[plate] = Facts(
            plate=plate,
            outings=own,
            sealed=_not_let_out(sealed[plate], own),
            repairs=tuple(others["repairs", plate]),
            tows=tuple(others["repairs", plate]),
            duty=tuple(others["duty", plate]),
            notices=tuple(others["notices", plate]),
            fills=tuple(sorted(fills[plate])),
            unauthorised=tuple(unauthorised[plate]),
            unsealed=tuple(_unsealed(sealed[plate], own)),
            tank_ml=vehicle.tank_ml,
            fitted=_fitted(vehicle),
            terminal_changed=tuple(others_ms for others_ms in _changed(cases, plate)),
            **base,  # type: ignore[arg-type]
        )
    return found


def _outings(state: State, now_ms: int) -> dict[str, list[Outing]]:
    """Every order of late, by the vehicles it was given."""
    found: dict[str, list[Outing]] = defaultdict(list)
    for order in state.recent_orders(now_ms):
        try:
            form = form_of(state, order.id)
        except FleetError:  # left unreadable by edits of several nodes; the desk shows it to a person
            continue
        for plate, outing in _of_order(state, order, form):
            found[plate].append(outing)
    for each in found.values():
        calls = [outing.dispatched_ms for outing in each if outing.urgency <= URGENT]
        each[:] = [
            replace(outing, urgent=any(outing.out.from_ms < at < outing.out.until_ms for at in calls))
            if outing.out
            else outing
            for outing in each
        ]
    return found


def _of_order(state: State, order: Order, form: Form) -> Iterator[tuple[str, Outing]]:
    """An order as an outing of each vehicle it was promised: the last one may have left for it."""
    promises: list[tuple[int, str, str]] = []
    ends: dict[int, int] = {}
    for fact in order.facts:
        if fact.act == Act.DISPATCH:
            promises.append((fact.at_ms, fact.text("vehicle"), fact.text("driver")))
        elif fact.act in {Act.RECALL, Act.CANCEL} and promises:
            ends[len(promises) - 1] = fact.at_ms
    if not promises and order.departed_ms is not None:
        promises = [(order.departed_ms, order.vehicle, order.driver)]
    planned = {
        "order": order.id, "start_ms": form.start_ms, "end_ms": form.end_ms, "origin": form.origin,
        "destination": form.destination, "confidential": form.cls == "confidential",
        "urgency": form.urgency if order.urgency is None else order.urgency,
    }  # fmt: skip
    for at, (dispatched_ms, plate, driver) in enumerate(promises):
        outing = Outing(dispatched_ms=dispatched_ms, driver=name_of(state, driver), staff=driver, **planned)  # type: ignore[arg-type]
        is_last = at == len(promises) - 1 and plate == order.vehicle
        if is_last and order.movement_ms is not None and order.movement_ms >= dispatched_ms:
            outing = replace(outing, movement_ms=order.movement_ms)
        if is_last and order.departed_ms is not None:
            outing = replace(
                outing,
                dispatched_ms=min(dispatched_ms, order.departed_ms),
                departed_ms=order.departed_ms,
                back_ms=order.back_ms,
                done_ms=_last(order, Act.HEAD_BACK),
                waiting=tuple(_waiting(order)),
                odometer_out_km=order.odometer_out_km,
                odometer_in_km=order.odometer_in_km,
            )
        elif at in ends or not is_last:
            outing = replace(outing, back_ms=ends.get(at, promises[at + 1][0] if at + 1 < len(promises) else None))
        yield plate, outing


def _last(order: Order, act: str) -> int | None:
    return next((fact.at_ms for fact in reversed(order.facts) if fact.act == act), None)


def _waiting(order: Order) -> Iterator[Span]:
    """From each arrival until it headed back, or was back."""
    since_ms: int | None = None
    for fact in order.facts:
        if fact.act in {Act.ARRIVE, Seen.ARRIVED}:
            since_ms = since_ms or fact.whole("seen_ms") or fact.at_ms
        elif fact.act in {Act.HEAD_BACK, Seen.HEADED_BACK, Act.RETURN} and since_ms is not None:
            yield Span(since_ms, fact.whole("seen_ms") or fact.at_ms)
            since_ms = None
    if since_ms is not None:
        yield Span(since_ms)


class _Seal(NamedTuple):
    """When a vehicle was sealed, for which orders it was let out ("": for none in particular), how far the odometer had
    gone on when it was unsealed, and the case."""

    span: Span
    let: list[str]
    km: int
    case: str


def _sealed(cases: Iterable[Case]) -> Mapping[str, list[_Seal]]:
    found: dict[str, list[_Seal]] = defaultdict(list)
    for case in cases:
        if case.kind == sealing.KIND.name:
            moved = dict(sealing.flagged(case))
            for plate, (from_ms, until_ms, let) in sealing.held(case).items():
                span = Span(from_ms, FOR_EVER if until_ms is None else until_ms)
                found[plate].append(_Seal(span, let, moved.get(plate, 0), case.id))
    return found


def _not_let_out(sealed: Iterable[_Seal], outings: Iterable[Outing]) -> tuple[Span, ...]:
    """Sealed time without what exceptions let out: an order's own time, or all of it where no order is named."""
    found: list[Span] = []
    for span, let, _, _ in sealed:
        if "" not in let:
            found += minus([span], [each.promised for each in outings if each.order in let])
    return tuple(found)


def _unsealed(sealed: Iterable[_Seal], outings: Iterable[Outing]) -> Iterator[Unsealed]:
    """Seals that were taken off with more km than the orders drove that the vehicle was let out for."""
    for span, let, km, case in sealed:
        if km and "" not in let:
            driven = sum(_driven_km(each) for each in outings if each.order in let)
            yield Unsealed(*span, max(0, km - driven), case)


def _driven_km(outing: Outing) -> int:
    if outing.odometer_in_km is None or outing.odometer_out_km is None:
        return 0
    return outing.odometer_in_km - outing.odometer_out_km


def _spans(cases: Iterable[Case]) -> Mapping[tuple[str, str], list[Span]]:
    """Repairs, duty and emergency notices, by what they are and the plate."""
    found: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for case in cases:
        if case.kind == defect.KIND.name and (since_ms := case.whole("repair_ms")) is not None:
            found["repairs", case.plate].append(Span(since_ms, case.whole("cleared_ms") or FOR_EVER))
        elif case.kind == sealing.KIND.name:
            for plate, seal in sealing.seals(case).items():
                if seal.duty:
                    found["duty", plate].append(Span(*seal.span))
        elif case.kind == supplement.KIND.name and (span := _noticed(case)):
            found["notices", case.plate].append(span)
    return found


def _noticed(case: Case) -> Span | None:
    """The time an emergency notice, or a supplement that is on its way, speaks of."""
    started_ms = case.whole("started_ms")
    ended = {supplement.State.REFUSED, supplement.State.WITHDRAWN}
    if started_ms is None or case.state in ended or case.text("cause") != supplement.NO_PRIOR_ORDER:
        return None
    return Span(started_ms, case.whole("ended_ms") or FOR_EVER)


def _temperatures(cases: Iterable[Case]) -> Iterator[Temperature]:
    """What was read off a thermometer when a shift was handed over."""
    for case in cases:
        if case.kind == handover.KIND.name:
            for fact in case.facts:
                if fact.act == handover.Act.WRITE and (celsius := fact.whole("celsius")) is not None:
                    yield Temperature(fact.at_ms, celsius)


def _unauthorised(cases: Iterable[Case]) -> Mapping[str, list[Unauthorised]]:
    """Trips without an order whose supplement was refused, by plate; of one without times the refusal is all there
    is."""
    found: dict[str, list[Unauthorised]] = defaultdict(list)
    for case in cases:
        refused = case.kind == supplement.KIND.name and case.state == supplement.State.REFUSED
        if refused and case.text("cause") == supplement.NO_PRIOR_ORDER:
            from_ms = case.whole("started_ms") or case.whole("ended_ms") or case.since_ms
            until_ms = max(from_ms + 1, case.whole("ended_ms") or 0)
            found[case.plate].append(Unauthorised(from_ms, until_ms, case.id))
    return found


def _fills(cases: Iterable[Case]) -> Mapping[str, list[Fill]]:
    found: dict[str, list[Fill]] = defaultdict(list)
    for case in cases:
        at_ms, ml = case.whole("done_ms"), case.whole("ml")
        if case.kind == expense.KIND.name and case.text("type") == "fuel" and at_ms and ml:
            unmatched = case.state == expense.State.MATCHED and case.text("evidence") == "none"
            found[case.plate].append(Fill(at_ms, ml, case.id, case.whole("odometer_km"), unmatched))
    return found


def _extended(cases: Iterable[Case]) -> dict[str, int]:
    """Until when a dispatcher has said that an order takes, on its overdue alarm."""
    found: dict[str, int] = {}
    for case in cases:
        expected_ms = case.whole("expected_ms")
        if case.kind == life.KIND.name and case.order and expected_ms is not None:
            found[case.order] = max(expected_ms, found.get(case.order, 0))
    return found


def _changed(cases: Iterable[Case], plate: str) -> Iterator[int]:
    """When another terminal was built into a vehicle."""
    for case in cases:
        if case.kind == FAULT.name and case.plate == plate and case.text("new_terminal"):
            yield case.whole("repaired_ms") or case.since_ms


def _fitted(vehicle: Vehicle) -> bool:
    return bool(vehicle.terminal)
