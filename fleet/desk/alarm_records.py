"""What a unit's records hold, gathered from its state for the rules of `fleet.rules.alarm.records`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleet.desk.register import drivers, vehicles
from fleet.errors import FleetError
from fleet.ledger import kinds, projection
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import read
from fleet.ledger.state import State
from fleet.ledger.store import Held, Refusal
from fleet.rules import form as forms
from fleet.rules.alarm.holdings import Alone, Filed, Records, Term, Untaken
from fleet.rules.alarm.records import Judged, judge
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.facts import RECENT_MS
from fleet.rules.form import Form
from fleet.rules.order import Order
from fleet.rules.roles import Role
from fleet.rules.vehicle import ON_PLATFORM, Stage, Vehicle

WORN = (("insured_until", "insurance"), ("inspected_until", "inspection"))


def judged_records(state: State, now_ms: int, untaken: Iterable[Untaken] = ()) -> Judged:
    """Every alarm that records raise, by the settings in force."""
    return judge(records_of(state, now_ms, untaken), state.settings)


def records_of(state: State, now_ms: int, untaken: Iterable[Untaken] = ()) -> Records:
    """What the records of a unit say."""
    return Records(
        now_ms=now_ms,
        orders=tuple(Filed(order, form.start_ms if form else None) for order, form in _filed(state, now_ms)),
        cases=tuple(state.recent_cases(now_ms)),
        terms=tuple(_terms(state)),
        alone=tuple(_alone(state)),
        untaken=tuple(each for each in untaken if each.at_ms > now_ms - RECENT_MS),
    )


def without_effect(held: Iterable[Held], refusals: Iterable[Refusal]) -> list[Untaken]:
    """What the ledger did not take: operations it holds without effect, and whole deltas it refused. A refusal names
    the last that was held of the author: the same reason there is about that operation, another about what followed."""
    found = {}
    for each in held:
        operation = read(each.data).operation
        by = operation.person or f"node {operation.author.node}"
        at_ms = wall_ms(operation.hlc)
        place = operation.author, operation.seq, each.verdict
        found[place] = Untaken(operation.kind, operation.target, each.verdict, at_ms, by)
    for refusal in refusals:
        head = refusal.head
        by = f"node {head.author.node}"
        found.setdefault(
            (head.author, head.seq, refusal.code),
            Untaken("", f"node/{head.author.node}", refusal.code, refusal.time_ms, by),
        )
    return list(found.values())


def readable(state: State, orders: Iterable[Order]) -> Iterator[tuple[Order, Form]]:
    """Orders with their forms, as far as these can be read."""
    for order in orders:
        if form := _form(state, order):
            yield order, form


def _filed(state: State, now_ms: int) -> Iterator[tuple[Order, Form | None]]:
    for order in state.recent_orders(now_ms):
        yield order, _form(state, order)


def _form(state: State, order: Order) -> Form | None:
    """The form of an order: edits of several nodes may leave one that cannot be read."""
    try:
        return forms.stored(state.document(kinds.ORDERS + order.id).fields)
    except FleetError:
        return None


def _terms(state: State) -> Iterator[Term]:
    begun = _set_up(state)
    papers = [
        (f"vehicle/{vehicle.plate}/{field}", vehicle.plate, paper)
        for vehicle in vehicles(state)
        for field, paper in _papers(vehicle)
    ]
    papers += [(f"person/{driver.id}/licence_until", driver.id, "licence") for driver in drivers(state)]
    for key, subject, paper in papers:
        yield from _of_field(state, key, begun.get(key, ""), subject, paper)


def _papers(vehicle: Vehicle) -> tuple[tuple[str, str], ...]:
    if vehicle.stage in ON_PLATFORM:
        return WORN
    return (("exempt_review_on", "exemption"),) if vehicle.stage is Stage.EXEMPT else ()


def _of_field(state: State, key: str, begun: str, subject: str, paper: str) -> Iterator[Term]:
    """What the register has said of a day, one after the other: as it was set up, and as cases have changed it."""
    said = [(0, begun), *((wall_ms(each.place[0]), each.text) for each in state.enacted.get(key, ()))]
    ends = [at_ms for at_ms, _ in said[1:]] + [FOR_EVER]
    for (from_ms, until), to_ms in zip(said, ends, strict=True):
        if until:
            yield Term(subject, paper, until, Span(from_ms, to_ms))


def _set_up(state: State) -> Mapping[str, str]:
    """The register as one person entered it while the unit was set up."""
    unit = next((node.unit for author, node in state.nodes.items() if author.node != CENTRAL), "")
    return state.document(kinds.REGISTRY + unit).fields


def _alone(state: State) -> Iterator[Alone]:
    """Vehicles entered while the unit was set up; a second person can confirm them since the unit has a head."""
    heads = [
        enrolled.place[0]
        for known in state.people.values()
        for enrolled in known
        if Role.UNIT_HEAD in enrolled.certificate.roles
    ]
    if not heads:
        return
    for plate in sorted(projection.plates(_set_up(state))):
        mine = f"vehicle/{plate}/"
        confirmed = [changes[0].place[0] for key, changes in state.enacted.items() if changes and key.startswith(mine)]
        yield Alone(plate, wall_ms(min(heads)), wall_ms(min(confirmed)) if confirmed else None)
