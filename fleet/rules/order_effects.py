"""What each act asks of an order and changes of it (Art. 5, 8, 9, 11, 13, 16); whether it may be done at all stands in
`order_moves`. An effect is one line of EFFECTS: it answers with the fields it changes, or refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fleet.errors import IllegalMove, RuleBroken
from fleet.rules.delegation import FOR
from fleet.rules.facts import Fact
from fleet.rules.form import URGENCIES
from fleet.rules.order_moves import SHOWN, WITNESSED, Act, Ruling, Seen, State

if TYPE_CHECKING:  # an order is what effects make: it takes them in
    from fleet.rules.order import Order

Changes = dict[str, object]


def _submit(order: Order, fact: Fact) -> Changes:
    content = fact.text("content")
    if order.content == content and not fact.text("explanation"):
        raise RuleBroken("unchanged_resubmission", article="8", order=order.id)
    if order.applicant and order.applicant != fact.by:
        raise RuleBroken("not_the_applicant", article="5", order=order.id)
    return {"revision": order.revision + 1, "applicant": fact.by, "content": content}


def _decide(order: Order, fact: Fact) -> None:
    if order.applicant in {fact.by, fact.text(FOR)}:
        raise RuleBroken("own_order", article="8", order=order.id)
    if fact.text("content") != order.content:
        raise RuleBroken("content_changed", article="8", order=order.id)


def _approve(order: Order, fact: Fact) -> Changes:
    _decide(order, fact)
    decided = {"approver": fact.by, "approved_for": fact.text(FOR)}
    return {"approved": order.content, "urgency": _confirmed(order, fact), **decided}


def _send_back(order: Order, fact: Fact) -> Changes:
    _decide(order, fact)
    _reason(order, fact, article="8")
    return {}


def _cancel(order: Order, fact: Fact) -> Changes:
    _reason(order, fact, article="13")
    return {}  # vehicle and driver stay on record: if they left all the same, the departure finds them


def _dispatch(order: Order, fact: Fact) -> Changes:
    if fact.by in {order.approver, order.approved_for}:
        raise RuleBroken("approver_dispatches", article="8", order=order.id)
    if rental := fact.text("supplier"):
        if order.state is not State.UNMET:
            raise RuleBroken("rental_before_unmet", article="9", order=order.id)
        _need(order, fact, "price_basis")
    hired = fact.text("supplier_driver")
    if hired and (not rental or fact.text("driver")):
        raise RuleBroken("supplier_driver", article="9", order=order.id)
    vehicle, driver = _need(order, fact, "vehicle"), "" if hired else _need(order, fact, "driver")
    return {"vehicle": vehicle, "driver": driver, "supplier": rental, "supplier_driver": hired, "preempted_by": ""}


def _unmet(order: Order, fact: Fact) -> Changes:
    _reason(order, fact, article="9")
    return {}


def _recall(order: Order, fact: Fact) -> Changes:
    _reason(order, fact, article="9")
    left = dict.fromkeys(("vehicle", "driver", "supplier", "supplier_driver"), "")
    return {**left, "preempted_by": fact.text("preempted_by")}


def _depart(order: Order, fact: Fact) -> Changes:
    _assigned(order, fact)
    return {"odometer_out_km": _number(order, fact, "odometer_km"), "departed_ms": fact.at_ms}


def _on_the_way(order: Order, fact: Fact) -> Changes:
    if (order.state, fact.act) in SHOWN and SHOWN[order.state, fact.act] not in order.inferred:
        raise IllegalMove(order.id, order.state, fact.act)
    _assigned(order, fact)
    return {}


def _return(order: Order, fact: Fact) -> Changes:
    _assigned(order, fact)
    odometer_km = _number(order, fact, "odometer_km")
    if order.odometer_out_km is not None and odometer_km < order.odometer_out_km:
        raise RuleBroken(
            "odometer_backwards", article="13", order=order.id, out_km=order.odometer_out_km, in_km=odometer_km
        )
    return {"odometer_in_km": odometer_km, "back_ms": fact.at_ms}


def _close(order: Order, fact: Fact) -> Changes:
    if fact.text("receipts") not in {"attached", "none"}:
        raise RuleBroken("receipts_missing", article="11", order=order.id)
    return {}


def _movement(order: Order, fact: Fact) -> Changes:
    return {} if order.movement_ms is not None else {"movement_ms": fact.whole("seen_ms")}


def _inferred(order: Order, fact: Fact) -> Changes:
    return {"inferred": (*order.inferred, fact.act)}


def _supplement(order: Order, fact: Fact) -> Changes:
    return {
        "supplement": fact.text("case"),
        "content": fact.text("content"),
        "approver": fact.text("endorsed_by"),
        "approved_for": fact.text("endorsed_for"),
        "vehicle": _need(order, fact, "vehicle"),
        "driver": _need(order, fact, "driver"),
        "departed_ms": fact.whole("departed_ms"),
        "back_ms": fact.whole("back_ms"),
        "odometer_out_km": fact.whole("odometer_out_km"),
        "odometer_in_km": fact.whole("odometer_in_km"),
        "revision": 1,
    }


def _correct(order: Order, fact: Fact) -> Changes:
    return {"corrections": (*order.corrections, fact.text("case"))}


EFFECTS: dict[str, Callable[[Order, Fact], Changes]] = {
    Act.SUBMIT: _submit,
    Act.APPROVE: _approve,
    Act.SEND_BACK: _send_back,
    Act.CANCEL: _cancel,
    Act.DISPATCH: _dispatch,
    Act.UNMET: _unmet,
    Act.RECALL: _recall,
    Act.DEPART: _depart,
    Act.ARRIVE: _on_the_way,
    Act.HEAD_BACK: _on_the_way,
    Act.RETURN: _return,
    Act.CLOSE: _close,
    Ruling.SUPPLEMENT: _supplement,
    Ruling.SUPPLEMENT_RUNNING: _supplement,
    Ruling.CORRECT: _correct,
    Seen.MOVEMENT: _movement,
    Seen.ARRIVED: _inferred,
    Seen.HEADED_BACK: _inferred,
}
"""By act, ruling or what was seen; one that is not here changes nothing but the state."""


def _assigned(order: Order, fact: Fact) -> None:
    """On the trip its driver speaks, or a dispatcher as a witness, who says why: that it is one is judged by roles."""
    if fact.by != order.driver and not fact.text(WITNESSED).strip():
        driver = order.driver or order.supplier_driver
        raise RuleBroken("not_the_driver", article="16", order=order.id, driver=driver)


def _reason(order: Order, fact: Fact, *, article: str) -> None:
    if not fact.text("reason").strip():
        raise RuleBroken("reason_missing", article=article, order=order.id, act=fact.act)


def _need(order: Order, fact: Fact, field: str) -> str:
    value = fact.text(field)
    if not value:
        raise RuleBroken("particular_missing", article="13", order=order.id, act=fact.act, field=field)
    return value


def _number(order: Order, fact: Fact, field: str) -> int:
    value = fact.detail.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 9_999_999:
        raise RuleBroken("particular_missing", article="13", order=order.id, act=fact.act, field=field)
    return value


def _confirmed(order: Order, fact: Fact) -> int | None:
    """The urgency an approval confirms; None where it says nothing, which confirms the claim."""
    value = fact.detail.get("urgency")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value not in URGENCIES:
        raise RuleBroken("particular_missing", article="9", order=order.id, act=fact.act, field="urgency")
    return value
