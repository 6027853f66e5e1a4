"""A unit's month in figures (Art. 6, 11, 12): what counts, in which month, and what is not known."""

from __future__ import annotations

import pytest

from fleet.desk.register import register
from fleet.desk.report import Month, Waiting, report
from fleet.rules.calendar import month_of
from fleet.rules.order import Act
from tests.fleet.units import a_node, signer
from tests.simulation.host import Host

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PEOPLE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")


@pytest.fixture
def node() -> Host:
    host = a_node(1, *PEOPLE)
    register(host.replica, signer("admin-1"), {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "138"})
    register(host.replica, signer("admin-1"), {"plate": "NM-2", "cls": "general", "seats": 5, "terminal": "139"})
    return host


def pass_ms(host: Host, ms: int) -> None:
    host.clock.time.pass_ms(ms)


def apply_for(host: Host) -> str:
    now_ms = host.clock.now_ms()
    form = {
        "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
        "reason": "Inspect the tower", "origin": "Yard", "destination": "North post", "passengers": 2, "urgency": 2,
        "cls": "study", "start_ms": now_ms + HOUR_MS, "end_ms": now_ms + 5 * HOUR_MS,
    }  # fmt: skip
    return host.desk.submit(signer("applicant-1"), form)


def do(host: Host, person: str, order: str, act: Act, **given: object) -> None:
    host.desk.act(signer(person), order, act, given)


def a_trip(host: Host, *, waits_min: int = 10, km: int = 120) -> str:
    order = apply_for(host)
    pass_ms(host, waits_min * MINUTE_MS)
    do(host, "approver-1", order, Act.APPROVE)
    pass_ms(host, 5 * MINUTE_MS)
    do(host, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    do(host, "driver-1", order, Act.DEPART, odometer_km=1000, checks="done")
    pass_ms(host, 2 * HOUR_MS)
    do(host, "driver-1", order, Act.RETURN, odometer_km=1000 + km)
    return order


def the_report(host: Host, month: str) -> Month:
    state = host.replica.state
    return report(state, state.orders, "Forestry", month, host.clock.now_ms())


def test_a_month_counts_trips_kilometres_hours_and_waiting_by_vehicle_and_for_the_unit(node: Host) -> None:
    month = month_of(node.clock.now_ms())
    a_trip(node, waits_min=10)
    a_trip(node, waits_min=30, km=80)
    sent_back = apply_for(node)
    do(node, "approver-1", sent_back, Act.SEND_BACK, reason="Share a vehicle")

    made = the_report(node, month)

    first, second = made.vehicles
    assert (first.plate, first.trips, first.km, first.out_ms) == ("NM-1", 2, 200, 4 * HOUR_MS)
    assert (second.plate, second.trips, second.fen_per_km) == ("NM-2", 0, None), "a vehicle that stood still is there"
    assert (made.total.trips, made.total.km, made.applied, made.sent_back) == (2, 200, 3, 1)
    assert made.approval == Waiting(3, 10 * MINUTE_MS, 30 * MINUTE_MS)
    assert made.dispatch == Waiting(2, 5 * MINUTE_MS, 5 * MINUTE_MS)
    assert (made.books, made.total.cost_fen) == ("", 0)


def test_a_trip_still_out_is_counted_and_its_kilometres_are_not(node: Host) -> None:
    order = apply_for(node)
    do(node, "approver-1", order, Act.APPROVE)
    do(node, "dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    do(node, "driver-1", order, Act.DEPART, odometer_km=1000, checks="done")

    line = report(
        node.replica.state, node.replica.state.orders, "Forestry", month_of(node.clock.now_ms()), node.clock.now_ms()
    ).vehicles[0]

    assert (line.trips, line.still_out, line.km) == (1, 1, 0)


def test_another_month_is_empty_and_says_that_nobody_waited(node: Host) -> None:
    a_trip(node)

    made = the_report(node, "2020-01")

    assert (made.total.trips, made.approval) == (0, Waiting(0, None, None))
