"""Whatever two nodes do and whenever they hear of each other, both come to one state; nothing closes unauthorised.

People act through the real desk where they sit; what the desk refuses is refused. Then the two exchange everything, and
a stranger hears it in another order.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import FleetError
from fleet.ledger import projection
from fleet.rules.order import Act, State
from tests.fleet.units import a_node, a_reader, signer, steps, take
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host

PEOPLE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1", "head-1")
HOUR_MS = 3_600_000
PROOF: dict[str, object] = {
    "scan": "5" * 64, "scan_type": "application/pdf", "scan_size": 9, "seal_visible": True, "endorser": "Li",
    "endorsed_on": "2026-10-01",
}  # fmt: skip


def form(host: Host) -> dict[str, object]:
    now_ms = host.clock.now_ms()
    return {
        "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
        "reason": "Inspect the tower", "origin": "Yard", "destination": "North post", "start_ms": now_ms + HOUR_MS,
        "end_ms": now_ms + 2 * HOUR_MS, "passengers": 2, "urgency": 2, "cls": "study",
    }  # fmt: skip


def on_the_order(person: str, act: Act, **given: object) -> Callable[[Host], object]:
    def do(host: Host) -> object:
        order = min(host.replica.state.orders, default="none")
        return host.desk.act(signer(person), order, act, given)

    return do


def on_a_case(person: str, kind: str, act: str, **given: object) -> Callable[[Host], object]:
    def do(host: Host) -> object:
        case = min((one.id for one in host.replica.state.cases.values() if one.kind == kind), default="none")
        return host.cases.act(signer(person), kind, case, act, given)

    return do


def completes(host: Host) -> object:
    now_ms = host.clock.now_ms()
    trip = {"departed_ms": now_ms - 9, "back_ms": now_ms - 1, "odometer_out_km": 1, "odometer_in_km": 2}
    given = PROOF | trip | {"form": form(host), "vehicle": "NM-1", "driver": "driver-1"}
    return on_a_case("dispatcher-1", "supplement", "complete", **given)(host)


DEEDS: dict[str, Callable[[Host], object]] = {
    "apply": lambda host: host.desk.submit(signer("applicant-1"), form(host)),
    "approve": on_the_order("approver-1", Act.APPROVE),
    "send back": on_the_order("approver-1", Act.SEND_BACK, reason="No"),
    "cancel": on_the_order("dispatcher-1", Act.CANCEL, reason="Rain"),
    "dispatch": on_the_order("dispatcher-1", Act.DISPATCH, vehicle="NM-1", driver="driver-1"),
    "depart": on_the_order("driver-1", Act.DEPART, odometer_km=1),
    "return": on_the_order("driver-1", Act.RETURN, odometer_km=2),
    "close": on_the_order("dispatcher-1", Act.CLOSE, receipts="none"),
    "register": lambda host: host.cases.open(
        signer("admin-1"), "change",
        {"entry": "vehicle/NM-1", "sets": {"cls": "study", "seats": "5", "terminal": "1"}, "reason": "New"},
    ),
    "agree": on_a_case("head-1", "change", "approve"),
    "disagree": on_a_case("head-1", "change", "refuse", reason="No"),
    "request": lambda host: host.cases.open(
        signer("dispatcher-1"), "supplement",
        {"cause": "no_prior_order", "why": "Fire", "facts": "At night", "plate": "NM-1"},
    ),
    "endorse": on_a_case("approver-1", "supplement", "endorse"),
    "refuse": on_a_case("approver-1", "supplement", "refuse", reason="No"),
    "complete": completes,
}  # fmt: skip
MEANT = (
    "register",
    "agree",
    "apply",
    "approve",
    "dispatch",
    "depart",
    "return",
    "close",
    "request",
    "endorse",
    "complete",
)

moves = st.one_of(
    st.tuples(st.integers(0, 1), st.sampled_from(sorted(DEEDS))),
    st.tuples(st.integers(0, 1), st.just("hear")),
)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1), min_size=len(MEANT), max_size=len(MEANT)), st.lists(moves, max_size=12))
def test_any_interleaving_of_two_places_comes_to_one_state(where: list[int], more: list[tuple[int, str]]) -> None:
    time = SimulatedTime()
    hosts = [a_node(1, *PEOPLE, time=time), a_node(2, *PEOPLE, time=time)]
    planned = [(at, deed) for at, deed in zip(where, MEANT, strict=True)]
    for number, (at, deed) in enumerate([*planned[:6], *more, *planned[6:]]):
        time.pass_ms(1000)
        if deed == "hear" or number % 4 == 3:
            take(hosts[at].replica, steps(hosts[1 - at]))
        if deed in DEEDS:
            with suppress(FleetError):
                DEEDS[deed](hosts[at])
    for at in (0, 1):
        take(hosts[at].replica, steps(hosts[1 - at]))
    stranger = a_reader()
    take(stranger, [*steps(hosts[1]), *steps(hosts[0]), *steps(hosts[1])])

    states = [replica.state for replica in (hosts[0].replica, hosts[1].replica, stranger)]
    assert len({replica.digest() for replica in (hosts[0].replica, hosts[1].replica, stranger)}) == 1
    assert projection.whole(states[0]) == projection.whole(states[1]) == projection.whole(states[2])
    for order in states[0].orders.values():
        if order.state is State.CLOSED:
            endorsed = order.supplement and states[0].cases[order.supplement].last("endorse")
            assert order.approved or endorsed
