"""Asking the desk: an application as people fill it in, acts on it, and refusals that leave the ledger as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.errors import FleetError
from fleet.rules.order import Act, State
from tests.fleet.units import UNIT, signer
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
HOUR_MS = 3_600_000
CAR: dict[str, object] = {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "013800000001", "home": "Yard"}


def form(host: Host, **changed: object) -> dict[str, object]:
    now_ms = host.clock.now_ms()
    return {
        "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
        "reason": "Inspect the tower", "origin": "Yard", "destination": "North post",
        "start_ms": now_ms + HOUR_MS, "end_ms": now_ms + 5 * HOUR_MS, "passengers": 2, "urgency": 2, "cls": "study",
    } | changed  # fmt: skip


def applied(host: Host, **changed: object) -> str:
    return host.desk.submit(signer("applicant-1"), form(host, **changed))


def do(host: Host, person: str, order: str, act: Act, **given: object) -> State:
    return host.desk.act(signer(person), order, act, given).state


def approved(host: Host, **changed: object) -> str:
    order = applied(host, **changed)
    do(host, "approver-1", order, Act.APPROVE)
    return order


def refused(host: Host, error: type[FleetError], code: str, ask: Callable[[], object]) -> FleetError:
    """The error of an ask that must be refused, leaving the ledger as it was."""
    before = (host.replica.made, host.replica.digest(), host.disks[UNIT].commits)
    with pytest.raises(error) as caught:
        ask()
    assert caught.value.code == code
    assert (host.replica.made, host.replica.digest(), host.disks[UNIT].commits) == before
    return caught.value
