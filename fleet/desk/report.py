"""A unit's month (Art. 6 (1), 11, 12, 18, 19a): what its vehicles did and cost, what was supplemented, how long people
waited. Figures only: no rider, no reason and no place, so confidential trips count like all others (Art. 10 (4)).

A trip belongs to the local month it left in, an expense to the month it was done in and once it is entered, a
supplement to the month it was completed in. What is not known is None, never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median_low

from fleet.desk.money import books, changed_since
from fleet.desk.register import vehicles
from fleet.ledger.state import State
from fleet.rules import expense, settlement, supplement
from fleet.rules.calendar import day_of, month_of
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.order import Order

COSTS = (*expense.ASKED_FOR, *expense.PAID_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A vehicle's month, or the unit's. Kilometres by the odometer of trips that are back; `out_ms` the time from
    departure to return; costs in fen by type; `fuel_ml` as entered; `fen_per_km` None without kilometres."""

    plate: str = ""
    cls: str = ""
    trips: int = 0
    days: int = 0
    km: int = 0
    out_ms: int = 0
    still_out: int = 0
    supplements: int = 0
    fuel_ml: int = 0
    costs: Mapping[str, int] = field(default_factory=dict)

    @property
    def cost_fen(self) -> int:
        """All its costs."""
        return sum(self.costs.values())

    @property
    def fen_per_km(self) -> int | None:
        """Costs for each kilometre."""
        return self.cost_fen // self.km if self.km else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long people waited for a decision: how many decisions, the middle and the longest wait (ms)."""

    count: int
    middle_ms: int | None
    longest_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The whole report. `as_of_ms` is when it was made; `books` is where the month's settlement stands ("" if there is
    none), `books_hash` the hash it was settled under, `books_changed` whether the books have changed since."""

    unit: str
    month: str
    as_of_ms: int
    vehicles: tuple[Line, ...]
    total: Line
    applied: int
    sent_back: int
    cancelled: int
    unmet: int
    supplements_late: int
    approval: Waiting
    dispatch: Waiting
    books: str
    books_hash: str
    books_changed: bool


def report(state: State, orders: Iterable[str], unit: str, month: str, as_of_ms: int) -> Month:
    """The report of one month (YYYY-MM). `orders` are the numbers of those that may have to do with it: all that
    something was done about in it. The trip of a supplement may be of an earlier month than all that was signed."""
    supplements = [*_cases(state, supplement.KIND.name)]
    known = dict.fromkeys([*orders, *(case.order for case in supplements if case.order in state.orders)])
    every = [state.orders[order_id] for order_id in known]
    trips: dict[str, list[Order]] = defaultdict(list)
    for order in every:
        if order.departed_ms is not None and month_of(order.departed_ms) == month:
            trips[order.vehicle].append(order)
    entered = books(state, month)
    done = [case for case in supplements if _completed(case, month)]
    classes = {vehicle.plate: vehicle.cls for vehicle in vehicles(state)}
    plates = sorted({*classes, *trips, *(case.plate for case in entered), *(case.plate for case in done)} - {""})
    lines = tuple(_line(plate, classes.get(plate, ""), trips[plate], entered, done) for plate in plates)
    settled = next((case for case in _cases(state, settlement.KIND.name) if case.text("month") == month), None)
    acts = _acts(every, month)
    return Month(
        unit=unit,
        month=month,
        as_of_ms=as_of_ms,
        vehicles=lines,
        total=_total(lines, len(done)),
        applied=acts["submit"],
        sent_back=acts["send_back"],
        cancelled=acts["cancel"],
        unmet=acts["unmet"],
        supplements_late=sum(bool(supplement.late(case)) for case in done),
        approval=_waiting(every, month, "submit", ("approve", "send_back")),
        dispatch=_waiting(every, month, "approve", ("dispatch", "unmet")),
        books=settled.state if settled else "",
        books_hash=settled.text("hash") if settled else "",
        books_changed=bool(settled and changed_since(state, settled)),
    )


def _cases(state: State, kind: str) -> Iterable[Case]:
    return (state.cases[target] for target in state.cases if target.startswith(CASES[kind].prefix))


def _completed(case: Case, month: str) -> bool:
    completed_ms = case.whole("first_completed_ms")
    return completed_ms is not None and month_of(completed_ms) == month


def _line(plate: str, cls: str, trips: list[Order], entered: list[Case], done: list[Case]) -> Line:
    costs = dict.fromkeys(COSTS, 0)
    fuel_ml = 0
    for case in entered:
        if case.plate == plate:
            costs[case.text("type")] += case.whole("amount_fen") or 0
            fuel_ml += (case.whole("ml") or 0) if case.text("type") == "fuel" else 0
    back = [order for order in trips if order.back_ms is not None]
    return Line(
        plate=plate,
        cls=cls,
        trips=len(trips),
        days=len({day_of(order.departed_ms or 0) for order in trips}),
        km=sum(_km(order) for order in back),
        out_ms=sum((order.back_ms or 0) - (order.departed_ms or 0) for order in back),
        still_out=len(trips) - len(back),
        supplements=sum(case.plate == plate for case in done),
        fuel_ml=fuel_ml,
        costs=costs,
    )


def _km(order: Order) -> int:
    if order.odometer_in_km is None or order.odometer_out_km is None:
        return 0
    return order.odometer_in_km - order.odometer_out_km


def _total(lines: tuple[Line, ...], supplements: int) -> Line:
    return Line(
        trips=sum(line.trips for line in lines),
        days=sum(line.days for line in lines),
        km=sum(line.km for line in lines),
        out_ms=sum(line.out_ms for line in lines),
        still_out=sum(line.still_out for line in lines),
        supplements=supplements,
        fuel_ml=sum(line.fuel_ml for line in lines),
        costs={kind: sum(line.costs[kind] for line in lines) for kind in COSTS},
    )


def _acts(orders: Iterable[Order], month: str) -> dict[str, int]:
    """How often each act was done in a month."""
    found: dict[str, int] = defaultdict(int)
    for order in orders:
        for fact in order.facts:
            if month_of(fact.at_ms) == month:
                found[fact.act] += 1
    return found


def _waiting(orders: Iterable[Order], month: str, since: str, until: tuple[str, ...]) -> Waiting:
    """How long it took from one act to the next of some others, where that next was in the month."""
    waits = []
    for order in orders:
        asked_ms: int | None = None
        for fact in order.facts:
            if fact.act == since:
                asked_ms = fact.at_ms
            elif fact.act in until and asked_ms is not None:
                if month_of(fact.at_ms) == month:
                    waits.append(max(0, fact.at_ms - asked_ms))
                asked_ms = None
    return Waiting(len(waits), median_low(waits) if waits else None, max(waits, default=None))
