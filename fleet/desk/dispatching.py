"""Giving an order a vehicle, or saying that there is none (Art. 9): the desk's half of the rules of choice.

What is on record of a choice: nothing more than the vehicle and driver if it is the first offer; otherwise why it is
not, and the offers that stood before it. A rented vehicle needs a shortage on record, an urgent order that takes
another's vehicle calls that one back in the same stroke.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.desk.yard import yard
from fleet.errors import RuleBroken
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.state import State
from fleet.rules import offers as offering
from fleet.rules import preemption, shortage
from fleet.rules.form import CONFIDENTIAL, Form
from fleet.rules.order import Act, Order

OFFERED_MAX = 5
"""Offers kept on record beside a choice that is not the first of them."""


def unmet(order: Order, form: Form, state: State, now_ms: int) -> dict[str, Value]:
    """What goes on record with a shortage: every vehicle and what stands in its way now."""
    fit, unfit = offering.offers(order.id, form, yard(state, now_ms, but=order.id))
    return {"shortage": shortage.write(fit, unfit)}


def dispatch(
    order: Order, form: Form, detail: Mapping[str, Value], state: State, now_ms: int, signer: Signer
) -> tuple[dict[str, Value], list[Statement]]:
    """Judge a choice of vehicle and driver.

    Returns:
        The particulars that go on record, and what must be written before the dispatch: the recall of an order that
        loses its vehicle.
    Raises:
        RuleBroken: `vehicle_unfit`, `vehicle_unknown`, `driver_unfit`, `not_preemptable`, `override_reason_missing`,
            `preemption_reason_missing`, `rental_confidential`.
    """
    among = yard(state, now_ms, but=order.id)
    plate, driver = str(detail["vehicle"]), str(detail.get("driver", ""))
    kept = {name: value for name, value in detail.items() if name != "preempts"}
    if detail.get("supplier"):
        if form.cls == CONFIDENTIAL:  # Art. 2: its own vehicle serves such a trip, and no other does
            raise RuleBroken("rental_confidential", article="2", order=order.id)
        if driver:  # otherwise the supplier's own, whom the supplier answers for
            offering.require_driver(form, driver, form.passengers + 1, among)
        return kept, []
    before: list[Statement] = []
    if loser := str(detail.get("preempts", "")):
        taken = preemption.require(order, form, loser, among.bookings)
        if taken.order.vehicle != plate:
            raise RuleBroken("not_preemptable", article="9", order=order.id, other=loser)
        why = _why(order, detail, "preemption_reason_missing")
        among = preemption.without(among, loser)
        recall: dict[str, Value] = {"reason": why, "preempted_by": order.id}
        before = [Statement(kinds.of_act(Act.RECALL), kinds.ORDERS + loser, recall, signer)]
    offering.require(order.id, form, plate, driver, among)
    fit, _ = offering.offers(order.id, form, among)
    if fit[0].vehicle.plate != plate:
        _why(order, detail, "override_reason_missing")
        kept["offered"] = " ".join(offer.vehicle.plate for offer in fit[:OFFERED_MAX])
    return kept, before


def _why(order: Order, detail: Mapping[str, Value], missing: str) -> str:
    why = str(detail.get("why", "")).strip()
    if not why:
        raise RuleBroken(missing, article="9", order=order.id)
    return why
