"""The alarms of the inspector's week as the node has them on record, named as the inspector names them."""

from __future__ import annotations

from typing import NamedTuple

from fleet.desk.alarms import recorded
from fleet.ledger.replica import Replica
from fleet.rules.alarm.reconcile import facts_of
from tests.week.story import PLATES, at


class Told(NamedTuple):
    """An alarm on record, as the inspector would name it; `facts` are what it says it saw."""

    vehicle: int
    code: str
    grade: str
    from_ms: int
    until_ms: int | None
    order: str
    driver: str
    state: str
    facts: tuple[tuple[str, int | str], ...]


def alarms(replica: Replica, orders: dict[str, str]) -> list[Told]:
    """Every alarm on record of a vehicle."""
    labels, numbers = {number: label for label, number in orders.items()}, {p: n for n, p in PLATES.items()}
    found = [
        Told(
            numbers.get(case.plate, 0), case.text("code"), case.text("grade"), case.whole("from_ms") or 0,
            case.whole("until_ms"), labels.get(case.order, case.order), case.text("driver"), case.state,
            tuple(sorted(facts_of(case).items())),
        )
        for case in recorded(replica.state, at("Mon+ 00:00"))
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.vehicle, each.from_ms, each.code))
