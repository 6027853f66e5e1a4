"""What a track shows of a trip: a departure is asked for, waiting and heading back are inferred (Art. 13, 16)."""

from __future__ import annotations

from itertools import product

import pytest

from fleet.errors import IllegalMove
from fleet.rules.facts import Fact
from fleet.rules.movement import Leg, seen
from fleet.rules.order import SEEN, Act, Order, Seen, State, advance, move
from fleet.rules.place import Place
from fleet.rules.trip_end import Fix

LAKE = Place(name="Lake", kind="destination", lat_e6=39_000_000, lon_e6=101_000_000, radius_m=150)
DRIVER = "4001"


def driving(lat: float = 39.5, speed_kmh: float = 60.0) -> list[Fix]:
    return [Fix(at * 30_000, lat + at * 0.005, 101.0, speed_kmh) for at in range(3)]


def standing(lat: float = 39.0, speed_kmh: float = 1.0) -> list[Fix]:
    return [Fix(at * 30_000, lat, 101.0, speed_kmh) for at in range(3)]


@pytest.mark.parametrize(
    ("state", "fixes", "shown"),
    [
        (State.DISPATCHED, driving(), Seen.MOVEMENT),
        (State.DISPATCHED, driving()[:2], None),
        (State.DISPATCHED, driving(speed_kmh=4.0), None),
        (State.DISPATCHED, standing(39.5, 20.0), None),
        (State.DEPARTED, standing(), Seen.ARRIVED),
        (State.DEPARTED, standing(39.5), None),
        (State.DEPARTED, driving(38.999), None),
        (State.WAITING, driving(), Seen.HEADED_BACK),
        (State.WAITING, standing(), None),
        (State.RETURNING, driving(), None),
        (State.APPROVED, driving(), None),
    ],
)
def test_the_last_fixes_show_what_the_state_leaves_to_be_seen(
    state: State, fixes: list[Fix], shown: Seen | None
) -> None:
    assert seen(Leg("1-00001", "NM-1", state, LAKE), fixes) == shown


def test_a_destination_the_register_does_not_know_is_never_inferred() -> None:
    assert seen(Leg("1-00001", "NM-1", State.DEPARTED), standing()) is None
    assert seen(Leg("1-00001", "NM-1", State.WAITING), driving()) is None


def stated(act: Seen, at_ms: int = 9) -> Fact:
    return Fact(act=act, by="", at_ms=at_ms, record="r", detail={"seen_ms": at_ms})


@pytest.mark.parametrize(("state", "act"), sorted(product(State, Seen)))
def test_every_state_with_everything_a_node_may_have_seen(state: State, act: Seen) -> None:
    order = advance(Order(id="1-00001", state=state, driver=DRIVER), stated(act))

    if (state, act) in SEEN:
        assert (order.state, order.refused) == (SEEN[state, act], ())
    else:
        assert (order.state, [one.code for one in order.refused]) == (state, ["illegal_move"])


def test_a_departure_that_was_seen_leaves_the_state_to_the_driver_and_the_first_sight_counts() -> None:
    order = Order(id="1-00001", state=State.DISPATCHED, driver=DRIVER)

    order = move(move(order, stated(Seen.MOVEMENT)), stated(Seen.MOVEMENT, 20))

    assert (order.state, order.movement_ms) == (State.DISPATCHED, 9)


def test_the_driver_may_still_say_what_the_track_showed_and_nothing_it_did_not() -> None:
    says = Fact(act=Act.ARRIVE, by=DRIVER, at_ms=10, record="s", detail={})
    inferred = move(Order(id="1-00001", state=State.DEPARTED, driver=DRIVER), stated(Seen.ARRIVED))

    assert (inferred.state, inferred.inferred) == (State.WAITING, (Seen.ARRIVED,))
    assert move(inferred, says).state == State.WAITING
    with pytest.raises(IllegalMove):
        move(Order(id="1-00001", state=State.WAITING, driver=DRIVER), says)
