"""Which receipts stand around a record, at its node and at central, and what a wrong clock costs: nothing."""

from __future__ import annotations

import pytest

from fleet.ledger import kinds
from fleet.ledger.entries import Placed
from fleet.ledger.replica import Replica, Statement
from fleet.rules.timing import Doubt, Timing
from tests.fleet.units import UNIT, a_host, a_node, act, enrolment, submitted, write
from tests.simulation.clock import START_MS, SimulatedTime
from tests.simulation.host import Host

HOUR_MS, YEAR_MS = 3_600_000, 365 * 86_400_000
CAST = ("applicant-1", "approver-1", "dispatcher-1")
ORDER = "1-00001"


def talk(node: Host, central: Host) -> None:
    """A whole conversation."""
    ours, theirs = node.speak(UNIT, to_central=True), central.speak(UNIT)
    while said := ours.outgoing(1 << 20):
        theirs.receive(said, now_ms=central.clock.now_ms())
        ours.receive(theirs.outgoing(1 << 20), now_ms=node.clock.now_ms())


def timing(replica: Replica, name: str) -> Timing:
    """What is known of when an act on the order was signed."""
    placed: Placed = next(one for one in replica.state.acts[ORDER] if one.fact.act == name)
    return replica.timing(placed)


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime()


def test_a_record_stands_between_the_last_receipt_its_node_had_and_the_first_that_covers_it(
    time: SimulatedTime,
) -> None:
    node, central = a_node(1, *CAST, time=time), a_host(0, time=time)
    talk(node, central)
    time.pass_ms(HOUR_MS)
    submitted(node, ORDER)
    time.pass_ms(HOUR_MS)
    talk(node, central)
    time.pass_ms(HOUR_MS)
    write(node, act("approve", "approver-1", content="aa"))
    talk(node, central)

    for replica in (node.replica, central.replica):
        assert timing(replica, "submit") == Timing(START_MS + HOUR_MS, START_MS, START_MS + 2 * HOUR_MS)
        assert timing(replica, "approve")[1:] == (START_MS + 2 * HOUR_MS, START_MS + 3 * HOUR_MS)


def test_what_central_has_not_got_has_no_end_and_what_came_before_any_receipt_no_beginning(
    time: SimulatedTime,
) -> None:
    node = a_node(1, *CAST, time=time)
    submitted(node, ORDER)

    assert timing(node.replica, "submit") == Timing(START_MS)


@pytest.mark.parametrize(
    ("error_ms", "doubt"), [(YEAR_MS, Doubt.AHEAD), (-YEAR_MS, Doubt.BEHIND), (60_000, None), (-60_000, None)]
)
def test_a_clock_that_is_off_is_doubted_and_what_it_signed_has_its_effect(
    time: SimulatedTime, error_ms: int, doubt: Doubt | None
) -> None:
    node, central = a_node(1, *CAST, time=time), a_host(0, time=time)
    time.pass_ms(YEAR_MS // 2)
    talk(node, central)
    node.clock.set(error_ms)
    submitted(node, ORDER)
    talk(node, central)

    assert (central.replica.state.orders[ORDER].state, central.replica.refusals) == ("submitted", [])
    assert timing(central.replica, "submit").doubt == doubt


def test_a_new_node_whose_clock_is_at_its_first_day_stops_nobody(time: SimulatedTime) -> None:
    node, central = a_host(1, time=time), a_host(0, time=time)
    node.clock.set(-START_MS)
    write(node, Statement(kinds.NODE_ENROL, "node/1", node.certificate))
    node.power_cut()
    node.power_on()
    write(node, *map(enrolment, CAST))
    submitted(node, ORDER)
    talk(node, central)

    assert (central.replica.state.orders[ORDER].state, central.replica.refusals) == ("submitted", [])
