"""The flags a unit's records raise by themselves, as they stand: the catalogue's, each asked of the state once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.desk.findings import findings
from fleet.desk.register import has_unit_head
from fleet.errors import FleetError
from fleet.ledger import kinds, projection
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.state import State
from fleet.rules import flags as rule
from fleet.rules import form as forms
from fleet.rules.calendar import month_of
from fleet.rules.facts import RECENT_MS
from fleet.rules.flags import Flag
from fleet.rules.form import Form
from fleet.rules.order import Order


def flags(state: State, now_ms: int) -> list[Flag]:
    """Every flag, the newest first."""
    cases, orders, settings = state.recent_cases(now_ms), state.recent_orders(now_ms), state.settings
    cut = f"month/{month_of(now_ms - RECENT_MS)}"  # of the month the window begins in, not all is looked at
    found = [flag for flag in rule.frequent_supplements(cases, orders, settings) if flag.subject > cut]
    found += rule.late_supplements(cases) + rule.minutes_due(cases, now_ms, settings)
    found += rule.late_decisions(readable(state, orders), now_ms, settings)
    found += rule.unfinished_supplements(cases, now_ms)
    found += rule.movement_unconfirmed(orders, now_ms, settings)
    found += [*_single_handed(state)] + findings(state, now_ms)
    return sorted(found, key=lambda flag: (-flag.since_ms, flag.code, flag.subject))


def readable(state: State, orders: Iterable[Order]) -> Iterator[tuple[Order, Form]]:
    """Orders with their forms, as far as these can be read."""
    for order in orders:
        try:
            yield order, forms.stored(state.document(kinds.ORDERS + order.id).fields)
        except FleetError:  # edits of several nodes may leave a form that cannot be read: it has no times to be late by
            continue


def _single_handed(state: State) -> Iterator[Flag]:
    """A32: vehicles that one person put on the register while the unit was set up, and no second has confirmed."""
    if not has_unit_head(state):
        return
    unit = next((node.unit for author, node in state.nodes.items() if author.node != CENTRAL), "")
    alone = projection.plates(state.document(kinds.REGISTRY + unit).fields)
    confirmed = {key.split("/")[1] for key, changes in state.enacted.items() if changes and key.startswith("vehicle/")}
    for plate in sorted(alone - confirmed):
        yield Flag(
            finding="registered_single_handed", code="A32", grade="notice", article="14", subject=f"vehicle/{plate}",
            since_ms=0, facts={"plate": plate},
        )  # fmt: skip
