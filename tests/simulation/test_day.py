"""A unit's day in the box: written with the link down, through a crash, and at central by the evening. No real time."""

from __future__ import annotations

import pytest

from fleet.errors import IllegalMove, NotAllowed, RuleBroken
from fleet.ledger.replica import Signer
from fleet.rules.order import Act, State
from tests.simulation.host import Host
from tests.simulation.plan import Plan
from tests.simulation.world import World

HOUR_MS = 3_600_000
UNIT = "u1"


class Day:
    """A calm world of two nodes, and what people do in it."""

    def __init__(self) -> None:
        self.world = World(1, Plan.calm())
        self.node, self.other = self.world.nodes
        self.world.partition(frozenset({"node 1", "central"}), 8 * HOUR_MS)

    def signer(self, person: str) -> Signer:
        return self.world.people[UNIT][person].signer

    def apply(self, **changed: object) -> str:
        now_ms = self.node.clock.now_ms()
        form: dict[str, object] = {
            "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study",
            "reason": "Inspect the tower", "origin": "Yard", "destination": "North post",
            "start_ms": now_ms + HOUR_MS, "end_ms": now_ms + 5 * HOUR_MS, "passengers": 2, "urgency": 2, "cls": "study",
        }  # fmt: skip
        number = self.node.desk.submit(self.signer("applicant-1"), form | changed)
        self.world.promise(self.node)
        return number

    def act(self, person: str, order_id: str, act: Act, **given: object) -> State:
        order = self.node.desk.act(self.signer(person), order_id, act, given)
        self.world.promise(self.node)
        return order.state

    def state(self, host: Host, order_id: str) -> State:
        return host.replicas[UNIT].state.orders[order_id].state


@pytest.fixture
def day() -> Day:
    begun = Day()
    fields = {"cls": "study", "seats": "5", "terminal": "13800000001", "usual_driver": "driver-1", "home": "Yard"}
    proposal = {"entry": "vehicle/NM-1", "sets": fields, "reason": "New"}
    change = begun.node.cases.open(begun.signer("admin-1"), "change", proposal)
    begun.node.cases.act(begun.signer("head-1"), "change", change.id, "approve", {})
    begun.world.promise(begun.node)
    return begun


def test_a_day_with_the_link_cut_and_a_crash_in_the_middle_is_held_by_central_in_the_evening(day: Day) -> None:
    first = day.apply()
    assert day.act("approver-1", first, Act.APPROVE, opinion="Agreed") == State.APPROVED
    assert day.act("dispatcher-1", first, Act.DISPATCH, vehicle="NM-1", driver="driver-1") == State.DISPATCHED
    assert day.act("driver-1", first, Act.DEPART, odometer_km=1000) == State.DEPARTED
    second, third = day.apply(), day.apply()
    assert day.act("approver-1", second, Act.SEND_BACK, reason="Share the morning trip") == State.SENT_BACK

    day.world.power_cut(day.node)

    assert day.act("applicant-1", third, Act.CANCEL, reason="No longer needed") == State.CANCELLED
    assert day.act("driver-1", first, Act.RETURN, odometer_km=1120) == State.BACK
    assert day.act("dispatcher-1", first, Act.CLOSE, receipts="none") == State.CLOSED
    assert day.world.parted(day.node, day.world.central)
    assert day.world.central.replicas[UNIT].held == 0
    day.world.pass_ms(9 * HOUR_MS)
    assert not day.world.parted(day.node, day.world.central)
    day.world.settle()
    for host in day.world.hosts:
        assert [day.state(host, number) for number in (first, second, third)] == ["closed", "sent_back", "cancelled"]
    assert (
        day.node.replica.receipted
        == day.node.replica.made
        == day.world.central.replicas[UNIT].state.heads[day.node.author].seq
    )


def test_illegal_moves_of_the_day_are_refused_with_their_rule_and_leave_nothing_behind(day: Day) -> None:
    order = day.apply()
    made = day.node.replica.made

    with pytest.raises(IllegalMove) as too_early:
        day.act("dispatcher-1", order, Act.DISPATCH, vehicle="NM-1", driver="driver-1")
    with pytest.raises(NotAllowed) as no_approver:
        day.act("dispatcher-1", order, Act.APPROVE)
    with pytest.raises(RuleBroken) as no_reason:
        day.act("approver-1", order, Act.SEND_BACK)

    assert [error.value.article for error in (too_early, no_approver, no_reason)] == ["13", "6", "8"]
    assert day.node.replica.made == made


def test_the_other_node_takes_over_an_order_that_came_to_it_through_central(day: Day) -> None:
    order = day.apply()
    day.world.pass_ms(9 * HOUR_MS)
    day.world.talk(day.node, day.world.central)
    day.world.talk(day.other, day.world.central)

    day.other.desk.act(day.signer("approver-1"), order, Act.APPROVE, {})
    day.world.promise(day.other)
    day.world.settle()

    assert day.state(day.node, order) == State.APPROVED
