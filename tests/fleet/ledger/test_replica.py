"""Whatever the dates and in whatever order things arrive, replicas that hold the same come to the same state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.ledger import acts, kinds
from fleet.ledger.digest import state_hash
from fleet.ledger.hlc import READING_MAX, wall_ms
from fleet.ledger.operation import name, read
from fleet.ledger.replica import Statement
from fleet.rules.order import Act, State
from tests.fleet.ledger.logs import EVERYONE, met, next_after, reborn, sealed, sighting
from tests.fleet.units import a_node, a_reader, act, an_edit, delta, steps, submitted, take, write
from tests.simulation.clock import START_MS, SimulatedTime
from tests.simulation.host import Host

# -- time -----------------------------------------------------------------------------------------------------------


def test_a_log_that_claims_the_last_time_there_is_stops_no_other_log(node: Host) -> None:
    other = met(node)
    claim = next_after(node, kind="vehicle.seen", target="vehicle/NM-1", body=sighting(1), person=None, person_sig=None)
    other.replica.receive(sealed(node, name(replace(claim.operation, hlc=READING_MAX))))

    made = [write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-2", sighting(at)))[0] for at in (1, 2)]

    assert all(wall_ms(one.operation.hlc) == START_MS for one in made)
    assert reborn(other).digest() == other.replica.digest()


def test_what_is_written_after_something_was_seen_is_later_whatever_the_clock_says(node: Host) -> None:
    late = a_node(2, time=SimulatedTime(1_000_000))
    late.replica.receive(delta(node))

    [made] = write(late, act("approve", "approver-1", content="aa"))

    assert made.operation.hlc > read(delta(node).operations[-1]).operation.hlc
    assert late.replica.state.orders["1-00001"].state == State.APPROVED


def test_acts_that_arrive_out_of_their_time_are_folded_in_their_time(node: Host) -> None:
    """Cancelled at one node, departed at another that did not know: every order of arrival gives one state."""
    write(node, act("approve", "approver-1", content="aa"))
    write(node, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))
    second, third = met(node, number=2), met(node, number=3)
    second.clock.time.pass_ms(1_000)
    write(second, act("cancel", "dispatcher-1", reason="Rain"))
    third.clock.time.pass_ms(2_000)
    write(third, act("depart", "driver-1", odometer_km=1))
    one, other = a_reader(), a_reader()

    take(one, [delta(node), delta(second), delta(third)])
    take(other, [delta(node), delta(third), delta(second)])

    assert one.digest() == other.digest()
    assert one.state.orders["1-00001"] == other.state.orders["1-00001"]
    assert one.state.orders["1-00001"].notes == ("cancel_after_departure",)


@pytest.mark.parametrize("first", [Act.APPROVE, Act.SEND_BACK])
def test_two_decisions_on_one_order_come_out_alike_in_both_orders_of_arrival(node: Host, first: Act) -> None:
    second_act = Act.SEND_BACK if first == Act.APPROVE else Act.APPROVE
    nodes = [met(node, number=2), met(node, number=3)]
    for number, (other, decision) in enumerate(zip(nodes, (first, second_act), strict=True)):
        other.clock.time.pass_ms(1_000 * (number + 1))
        write(other, act(decision, "approver-1", content="aa", reason="Share the morning trip"))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), *map(delta, nodes)])
    take(two, [delta(node), *map(delta, reversed(nodes))])

    assert one.digest() == two.digest()
    assert [fact.act for fact in one.state.orders["1-00001"].facts] == [Act.SUBMIT, first]
    assert [refused.fact.act for refused in two.state.orders["1-00001"].refused] == [second_act]


def test_edits_of_different_fields_both_apply_and_of_one_field_all_replicas_show_the_same(node: Host) -> None:
    nodes = [met(node, number=2), met(node, number=3)]
    for other, remark in zip(nodes, ("by two", "by three"), strict=True):
        fields = {"remark": remark, f"seen_by_{other.author.node}": "yes"}
        write(other, an_edit(other, "order/1-00001", "applicant-1", **fields))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), *map(delta, nodes)])
    take(two, [delta(node), *map(delta, reversed(nodes))])

    fields = dict(one.state.document("order/1-00001").fields)
    assert fields == two.state.document("order/1-00001").fields
    assert (fields["seen_by_2"], fields["seen_by_3"]) == ("yes", "yes")


def test_whether_an_edit_has_effect_does_not_depend_on_what_others_wrote_meanwhile(node: Host) -> None:
    """Nonsense in a field, hidden or not by another's value: the edit after it builds on it everywhere or nowhere."""
    careless, other = met(node, number=2), met(node, number=3)
    for fields in ({"start_ms": "soon"}, {"remark": "late"}):
        write(careless, an_edit(careless, "order/1-00001", "applicant-1", **fields))
    write(other, an_edit(other, "order/1-00001", "applicant-1", start_ms="5"))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), delta(careless), delta(other)])
    take(two, [delta(node), delta(other), delta(careless)])

    assert one.digest() == two.digest()
    assert one.refusals == two.refusals == []
    assert one.state.document("order/1-00001").fields["remark"] == "late"


@settings(max_examples=25)
@given(st.data())
def test_any_order_of_arrival_and_any_batches_give_one_state(data: st.DataObject) -> None:
    first = a_node(1, *EVERYONE)
    submitted(first)
    nodes = [first, met(first, number=2), met(first, number=3)]
    for _ in range(data.draw(st.integers(1, 6))):
        host = data.draw(st.sampled_from(nodes))
        host.clock.time.pass_ms(data.draw(st.integers(0, 3)))
        done = data.draw(
            st.sampled_from([act("approve", "approver-1", content="aa"), act("cancel", "applicant-1", reason="Rain")])
        )
        write(host, done)
    pieces = [piece for host in nodes for piece in steps(host)]
    one, other = a_reader(), a_reader()

    take(one, map(delta, nodes))
    for _ in pieces:  # what was dropped for its place comes round again
        take(other, data.draw(st.permutations(pieces)))
        if other.held == one.held:
            break

    assert one.digest() == other.digest()
    assert one.state.orders == other.state.orders
    assert other.refusals == []


# -- state ----------------------------------------------------------------------------------------------------------


def test_a_view_that_is_dropped_leaves_the_state_untouched_and_one_accepted_is_all_there(node: Host) -> None:
    state = node.replica.state
    before = state_hash(state)
    made = next_after(node)

    view = state.stage()
    acts.step_act(view, made)
    view.step_chain(made)

    assert state_hash(state) == before
    assert state_hash(view) != before
    state.accept(view)
    assert state_hash(state) == state_hash(view)
