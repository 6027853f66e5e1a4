"""What two places do to one order, neither knowing of the other: what stands, who is told, when it is settled."""

from __future__ import annotations

from fleet.desk.orders import content_of
from fleet.desk.work import items, items_for
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.rules.form import read
from fleet.rules.order import State
from tests.fleet.units import a_node, act, an_edit, signer, steps, submitted, take, write
from tests.simulation.clock import START_MS, SimulatedTime
from tests.simulation.host import Host

ORDER = "1-00001"
NOW_MS = START_MS
FORM: dict[str, object] = {
    "rider": "Bayar", "department": "Forestry", "phone": "13800138000", "category": "study", "reason": "Inspect it",
    "origin": "Yard", "destination": "Lake", "start_ms": NOW_MS + 9_000_000, "end_ms": NOW_MS + 9_900_000,
    "passengers": 2, "urgency": 2, "cls": "study",
}  # fmt: skip
PEOPLE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1")
APPROVED = act("approve", "approver-1", content="aa")
SENT_BACK = act("send_back", "approver-1", content="aa", reason="Share the morning trip")


def two_places(*acts: Statement) -> tuple[Host, Host]:
    """An order with these acts that both nodes know."""
    time = SimulatedTime()
    first, second = a_node(1, *PEOPLE, time=time), a_node(2, *PEOPLE, time=time)
    submitted(first, ORDER)
    for one in acts:
        write(first, one)
    take(second.replica, steps(first))
    time.pass_ms(1000)
    return first, second


def apart(first: Host, one: Statement, second: Host, other: Statement) -> None:
    """Each place does something, the first a second earlier; then both hear of it."""
    write(first, one)
    first.clock.time.pass_ms(1000)
    write(second, other)
    take(first.replica, steps(second))
    take(second.replica, steps(first))
    assert first.replica.digest() == second.replica.digest()


def test_of_two_decisions_the_earlier_stands_and_the_approver_is_asked_to_confirm() -> None:
    first, second = two_places()

    apart(
        first,
        APPROVED,
        second,
        act("send_back", "approver-1", content="aa", reason="No"),
    )

    state = first.replica.state
    (item,) = items(state, NOW_MS)
    assert state.orders[ORDER].state == State.APPROVED
    assert (item.what, item.owner, item.order, item.choices) == ("decided_twice", "approver", ORDER, ("confirm",))
    assert items_for(state, "driver-1", frozenset({"driver"}), NOW_MS) == []


def test_what_was_confirmed_is_off_the_list_on_every_replica_and_says_who_and_why() -> None:
    first, second = two_places()
    apart(
        first,
        APPROVED,
        second,
        act("send_back", "approver-1", content="aa", reason="No"),
    )
    (item,) = items(first.replica.state, NOW_MS)
    body: dict[str, Value] = {"order": ORDER, "about": item.about, "reason": "The trip is needed"}

    write(second, Statement("confirmation.confirm", "confirmation/2-00001", body, signer("approver-1")))
    take(first.replica, steps(second))

    assert items(first.replica.state, NOW_MS) == items(second.replica.state, NOW_MS) == []
    assert first.replica.state.cases["confirmation/2-00001"].data["reason"] == "The trip is needed"


def test_of_two_dispatches_the_earlier_stands_the_other_vehicle_is_free_and_the_dispatcher_is_told() -> None:
    first, second = two_places(APPROVED)
    one = act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1")

    apart(first, one, second, act("dispatch", "dispatcher-1", vehicle="NM-2", driver="driver-1"))

    (item,) = items(first.replica.state, NOW_MS)
    assert first.replica.state.orders[ORDER].vehicle == "NM-1"
    assert (item.what, item.owner, item.choices) == ("dispatched_twice", "dispatcher", ("confirm", "recall"))
    assert (item.facts["stands"], item.facts["vehicle"]) == ("NM-1", "NM-2")


def test_a_departure_stands_over_a_cancellation_and_the_dispatcher_takes_note() -> None:
    acts = (
        APPROVED,
        act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"),
    )
    first, second = two_places(*acts)

    apart(first, act("cancel", "dispatcher-1", reason="Rain"), second, act("depart", "driver-1", odometer_km=1))

    (item,) = items(first.replica.state, NOW_MS)
    assert first.replica.state.orders[ORDER].state == State.DEPARTED
    assert (item.what, item.owner) == ("cancelled_but_left", "dispatcher")


def test_a_vehicle_seen_moving_is_its_drivers_business_until_they_say_that_they_left() -> None:
    acts = (
        APPROVED,
        act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"),
    )
    first, _ = two_places(*acts)
    write(first, Statement("order.movement_seen", f"order/{ORDER}", {"seen_ms": first.clock.now_ms()}))

    (item,) = items_for(first.replica.state, "driver-1", frozenset({"driver"}), NOW_MS)
    assert (item.what, item.choices) == ("seen_moving", ("depart",))
    assert items_for(first.replica.state, "driver-2", frozenset({"driver"}), NOW_MS) == []
    write(first, act("depart", "driver-1", odometer_km=1))
    assert items(first.replica.state, NOW_MS) == []


def test_two_texts_of_one_order_are_the_approvers_to_send_back() -> None:
    host = a_node(1, *PEOPLE)
    fields = {name: str(value) for name, value in FORM.items()}
    text = content_of(read(fields))
    edit = an_edit(host, f"order/{ORDER}", "applicant-1", **fields)
    write(host, edit, Statement("order.submit", f"order/{ORDER}", {"content": text}, signer("applicant-1")))
    assert items(host.replica.state, NOW_MS) == []

    write(host, an_edit(host, f"order/{ORDER}", "applicant-1", destination="Elsewhere"))

    (item,) = items(host.replica.state, NOW_MS)
    assert (item.what, item.owner, item.choices) == ("two_texts", "approver", ("send_back",))
