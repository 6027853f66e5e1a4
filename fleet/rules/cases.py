"""Every kind of case there is. A record of the regulation that is not an order is a line here, or does not exist."""

from __future__ import annotations

from fleet.errors import NotFound
from fleet.rules import (
    accident,
    change,
    checks,
    confirmation,
    custody,
    defect,
    disposal,
    expense,
    fault,
    handover,
    minutes,
    ruling,
    sealing,
    setting,
    settlement,
    supplement,
    void,
)
from fleet.rules.alarm import life as alarm
from fleet.rules.case import Kind

CASES: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        supplement.KIND,
        setting.KIND,
        change.KIND,
        void.KIND,
        confirmation.KIND,
        minutes.KIND,
        accident.KIND,
        disposal.KIND,
        ruling.KIND,
        checks.KIND,
        defect.KIND,
        fault.KIND,
        custody.KIND,
        handover.KIND,
        sealing.KIND,
        expense.KIND,
        settlement.KIND,
        alarm.KIND,
    )
}


def kind_of(name: str) -> Kind:
    """A kind by its name; NotFound `no_case_kind`."""
    if name not in CASES:
        raise NotFound("no_case_kind", case_kind=name)
    return CASES[name]
