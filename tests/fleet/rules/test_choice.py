"""Who loses a vehicle, and what is promised twice (Art. 9): pre-emption and clashes, alike for every replica."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import RuleBroken
from fleet.rules import preemption, queue
from fleet.rules.clash import Held, clashes
from fleet.rules.order import HOLDS_VEHICLE, ON_THE_ROAD, Order, State
from fleet.rules.yard import Booking
from tests.fleet.rules.test_offers import HOUR_MS, NINE_MS, TRIP

SUDDEN = Order(id="1-00001", state=State.APPROVED, urgency=0)


def a_booking(number: int, urgency: int, state: State = State.DISPATCHED, *, start_ms: int = NINE_MS) -> Booking:
    order = Order(id=f"1-{number:05d}", state=state, vehicle="NM-1", driver="0044", urgency=urgency)
    return Booking(order, replace(TRIP, start_ms=start_ms, end_ms=start_ms + HOUR_MS))


def test_routine_orders_lose_their_vehicle_before_urgent_ones_and_sudden_ones_never() -> None:
    bookings = [a_booking(2, 1), a_booking(3, 2), a_booking(4, 0), a_booking(5, 2, start_ms=NINE_MS + HOUR_MS)]

    assert [each.order.id for each in preemption.losers(SUDDEN, TRIP, bookings)] == ["1-00005", "1-00003", "1-00002"]


@pytest.mark.parametrize("state", sorted(ON_THE_ROAD))
def test_a_vehicle_that_has_left_is_never_taken(state: State) -> None:
    with pytest.raises(RuleBroken, match="not_preemptable"):
        preemption.require(SUDDEN, TRIP, "1-00002", [a_booking(2, 2, state)])


@pytest.mark.parametrize("urgency", [1, 2])
def test_only_a_confirmed_sudden_event_takes(urgency: int) -> None:
    claimed = replace(TRIP, urgency=0)

    assert preemption.losers(SUDDEN._replace(urgency=urgency), claimed, [a_booking(2, 2)]) == []


def test_who_lost_the_vehicle_stands_at_the_head_of_its_class_and_no_higher() -> None:
    loser = Order(id="1-00009", preempted_by="1-00001")
    late = replace(TRIP, start_ms=NINE_MS + 9 * HOUR_MS)
    others = [(Order(id="1-00002"), TRIP), (Order(id="1-00003"), replace(TRIP, urgency=1))]

    ranked = sorted([(loser, late), *others], key=lambda entry: queue.key(*entry))

    assert [order.id for order, _ in ranked] == ["1-00003", "1-00009", "1-00002"]


held = st.builds(
    lambda number, state, urgency, start, length, plate, driver: Held(
        Order(id=f"1-{number:05d}", state=state, vehicle=plate, driver=driver, urgency=urgency,
              departed_ms=start if state in ON_THE_ROAD else None),
        replace(TRIP, start_ms=start, end_ms=start + length),
        (start, number),
        f"{number:x}",
    ),
    st.integers(1, 99),
    st.sampled_from(sorted(HOLDS_VEHICLE)),
    st.sampled_from([0, 1, 2]),
    st.integers(NINE_MS, NINE_MS + 5 * HOUR_MS),
    st.integers(1, 5 * HOUR_MS),
    st.sampled_from(["NM-1", "NM-2"]),
    st.sampled_from(["0044", "0045"]),
)  # fmt: skip


@given(st.lists(held, max_size=6, unique_by=lambda each: each.order.id), st.data())
def test_every_replica_finds_the_same_clashes_however_it_looks(found: list[Held], data: st.DataObject) -> None:
    assert clashes(data.draw(st.permutations(found))) == clashes(found)


@given(st.lists(held, max_size=6, unique_by=lambda each: each.order.id))
def test_who_has_left_keeps_and_then_the_more_urgent(found: list[Held]) -> None:
    by_id = {each.order.id: each for each in found}
    for clash in clashes(found):
        keeps, yields = by_id[clash.keeps], by_id[clash.yields]
        assert (yields.order.state in ON_THE_ROAD) <= (keeps.order.state in ON_THE_ROAD)
        if (yields.order.state in ON_THE_ROAD) == (keeps.order.state in ON_THE_ROAD):
            assert queue.class_of(keeps.order, keeps.form) <= queue.class_of(yields.order, yields.form)
        assert clash.both_left == (yields.order.state in ON_THE_ROAD)


def test_two_trips_of_one_vehicle_that_share_no_moment_do_not_clash() -> None:
    one, other = a_booking(1, 2), a_booking(2, 2, start_ms=NINE_MS + HOUR_MS)

    assert clashes([Held(one.order, one.form, (1,), "a"), Held(other.order, other.form, (2,), "b")]) == []
