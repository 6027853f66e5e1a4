"""What two places do to one order, neither knowing of the other: what stands, who is told, when it is settled."""

from __future__ import annotations

import pytest

from fleet.desk.edits import reader
from fleet.desk.orders import content_of
from fleet.desk.work import items, items_for
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.rules.form import read
from fleet.rules.order import Act, State
from fleet.rules.work import Item
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


def sent_back_in_two_places() -> tuple[Host, Host]:
    """An order that was sent back, as both places know it."""
    time = SimulatedTime()
    first, second = a_node(1, *PEOPLE, time=time), a_node(2, *PEOPLE, time=time)
    first.desk.submit(signer("applicant-1"), FORM)
    first.desk.act(signer("approver-1"), ORDER, Act.SEND_BACK, {"reason": "Share the morning trip"})
    take(second.replica, steps(first))
    return first, second


def submitted_anew(first: Host, second: Host, one: dict[str, object], other: dict[str, object]) -> list[Item]:
    """What there is to look at once each place has submitted the order again with a change of its own."""
    first.desk.submit(signer("applicant-1"), one, order_id=ORDER)
    first.clock.time.pass_ms(1000)
    second.desk.submit(signer("applicant-1"), other, order_id=ORDER)
    take(first.replica, steps(second))
    take(second.replica, steps(first))
    here, there = (items(host.replica.state, NOW_MS, reader(host.replica)) for host in (first, second))
    assert here == there
    return here


def test_one_field_changed_in_two_places_is_told_with_both_values_whichever_shows() -> None:
    first, second = sent_back_in_two_places()

    found = submitted_anew(first, second, {"passengers": 3, "remark": "a"}, {"passengers": 4, "remark": "a"})

    (item,) = [item for item in found if item.what == "edited_twice"]
    facts = {name: item.facts[name] for name in ("field", "submitted", "other", "by")}
    assert (item.owner, item.choices) == ("approver", ("confirm",))
    assert facts == {"field": "passengers", "submitted": "3", "other": "4", "by": "applicant-1"}
    assert item.facts["shown"] in {"3", "4"}


def test_what_was_confirmed_of_two_values_is_off_the_list() -> None:
    first, second = sent_back_in_two_places()
    found = submitted_anew(first, second, {"passengers": 3}, {"passengers": 4})
    (item,) = [item for item in found if item.what == "edited_twice"]

    first.cases.open(
        signer("approver-1"), "confirmation", {"order": ORDER, "about": item.about, "reason": "Three travel"}
    )

    left = items(first.replica.state, NOW_MS, reader(first.replica))
    assert [each.what for each in left] in (["two_texts"], [])


def test_two_places_that_wrote_the_same_ask_nobody_for_anything() -> None:
    first, second = sent_back_in_two_places()

    assert submitted_anew(first, second, {"passengers": 3}, {"passengers": 3}) == []


def test_changes_to_different_fields_are_no_two_values_of_one() -> None:
    first, second = sent_back_in_two_places()

    found = submitted_anew(first, second, {"passengers": 3}, {"remark": "Bring rope"})

    assert [item.what for item in found] == ["two_texts"]


def changes_of_a_vehicle(first: Host, second: Host, one: str, other: str) -> list[Item]:
    """What there is to look at once two places have each changed a vehicle's place, approved by the unit head."""
    for host, home in ((first, one), (second, other)):
        given = {"entry": "vehicle/NM-1", "sets": {"home": home}, "reason": "Moved"}
        case = host.cases.open(signer("admin-1"), "change", given)
        host.cases.act(signer("head-1"), "change", case.id, "approve", {})
        host.clock.time.pass_ms(1000)
    take(first.replica, steps(second))
    take(second.replica, steps(first))
    here, there = items(first.replica.state, NOW_MS), items(second.replica.state, NOW_MS)
    assert here == there
    return here


@pytest.mark.parametrize(("other", "found"), [("Gate", ["changed_twice"]), ("Yard", [])])
def test_a_field_of_the_register_changed_in_two_places_is_the_admins_to_look_at(other: str, found: list[str]) -> None:
    time = SimulatedTime()
    first, second = (a_node(number, *PEOPLE, "admin-1", "head-1", time=time) for number in (1, 2))
    whole = {"cls": "study", "seats": "5", "terminal": "13800000001", "home": "Old yard"}
    case = first.cases.open(signer("admin-1"), "change", {"entry": "vehicle/NM-1", "sets": whole, "reason": "Arrived"})
    first.cases.act(signer("head-1"), "change", case.id, "approve", {})
    take(second.replica, steps(first))

    made = changes_of_a_vehicle(first, second, "Yard", other)

    assert [item.what for item in made] == found
    assert [(item.owner, item.facts["shown"], item.facts["other"]) for item in made] == [
        ("admin", other, "Yard") for _ in found
    ]


def test_a_change_made_in_knowledge_of_the_one_before_is_no_conflict() -> None:
    time = SimulatedTime()
    first = a_node(1, *PEOPLE, "admin-1", "head-1", time=time)
    whole = {"cls": "study", "seats": "5", "terminal": "13800000001", "home": "Old yard"}
    for sets in (whole, {"home": "Yard"}, {"home": "Gate"}):
        case = first.cases.open(signer("admin-1"), "change", {"entry": "vehicle/NM-1", "sets": sets, "reason": "So"})
        first.cases.act(signer("head-1"), "change", case.id, "approve", {})

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
