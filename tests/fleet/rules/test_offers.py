"""Which vehicle and driver (Art. 9): each hard filter, each reason, and every vehicle named exactly once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import RuleBroken
from fleet.rules.form import CLASSES, Form
from fleet.rules.offers import BUFFER_MS, Booking, Driver, Offer, Unfit, offers, require
from fleet.rules.order import HOLDS_VEHICLE, Order, State
from fleet.rules.vehicle import Vehicle

NINE_MS, HOUR_MS = 1_790_000_000_000, 3_600_000
TRIP = Form(
    rider="Bayar", department="Forestry", phone="13800138000", category="study", reason="Inspect", origin="Yard",
    destination="Lake", start_ms=NINE_MS, end_ms=NINE_MS + 2 * HOUR_MS, passengers=4, urgency=2, cls="study",
)  # fmt: skip
CAR = Vehicle(plate="NM-1", cls="general", seats=5, terminal="138")
BUS = Vehicle(plate="NM-2", cls="general", seats=20, terminal="139")
BAYAR, SARNAI = Driver("0044", "Bayar"), Driver("0045", "Sarnai")


def booked(vehicle: Vehicle, driver: Driver, *, start_ms: int, state: State = State.DISPATCHED) -> Booking:
    order = Order(id="1-00001", state=state, vehicle=vehicle.plate, driver=driver.id)
    return Booking(order, replace(TRIP, start_ms=start_ms, end_ms=start_ms + HOUR_MS))


def unfit(form: Form, vehicle: Vehicle, *bookings: Booking, drivers: tuple[Driver, ...] = (BAYAR, SARNAI)) -> str:
    """The reason that stands in a vehicle's way, or "" if it is offered."""
    _, refused = offers(form, [vehicle], drivers, bookings)
    return refused[0].reason if refused else ""


def test_a_free_vehicle_that_fits_is_offered() -> None:
    assert unfit(TRIP, CAR) == ""


def test_the_confidential_vehicle_serves_confidential_trips_only() -> None:
    sealed = replace(CAR, cls="confidential")

    assert unfit(TRIP, sealed) == "class"
    assert unfit(replace(TRIP, cls="confidential"), sealed) == ""


def test_there_is_a_seat_for_every_passenger_and_the_driver() -> None:
    assert unfit(replace(TRIP, passengers=5), CAR) == "seats"
    assert unfit(replace(TRIP, passengers=4), CAR) == ""


@pytest.mark.parametrize("state", sorted(HOLDS_VEHICLE))
def test_a_vehicle_held_by_another_order_is_taken(state: State) -> None:
    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=NINE_MS, state=state)) == "taken"


@pytest.mark.parametrize("state", sorted(set(State) - HOLDS_VEHICLE))
def test_an_order_that_holds_nothing_takes_nothing(state: State) -> None:
    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=NINE_MS, state=state)) == ""


def test_trips_are_apart_when_the_buffer_lies_between_them() -> None:
    after = TRIP.end_ms + BUFFER_MS
    before = TRIP.start_ms - BUFFER_MS - HOUR_MS

    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=after)) == ""
    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=after - 1)) == "taken"
    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=before)) == ""
    assert unfit(TRIP, CAR, booked(CAR, BAYAR, start_ms=before + 1)) == "taken"


def test_without_a_free_driver_no_vehicle_serves() -> None:
    assert unfit(TRIP, CAR, drivers=()) == "no_driver"
    assert unfit(TRIP, CAR, booked(BUS, BAYAR, start_ms=NINE_MS), drivers=(BAYAR,)) == "no_driver"


def test_the_usual_driver_comes_with_the_vehicle_if_free() -> None:
    car = replace(CAR, usual_driver=SARNAI.id)

    [offer], _ = offers(TRIP, [car], [BAYAR, SARNAI], [])
    [other], _ = offers(TRIP, [car], [BAYAR, SARNAI], [booked(BUS, SARNAI, start_ms=NINE_MS)])

    assert (offer.driver, "usual_pair" in offer.reasons) == (SARNAI, True)
    assert (other.driver, "usual_pair" in other.reasons) == (BAYAR, False)


def test_what_speaks_for_a_vehicle_puts_it_first_and_a_small_one_before_a_large_one() -> None:
    at_hand = replace(BUS, home="Yard", cls="study")

    plain, _ = offers(TRIP, [BUS, CAR], [BAYAR], [])
    better, _ = offers(TRIP, [at_hand, CAR], [BAYAR], [])

    assert [offer.vehicle.plate for offer in plain] == ["NM-1", "NM-2"]
    assert [offer.vehicle.plate for offer in better] == ["NM-2", "NM-1"]
    assert better[0].reasons == ("class_fits", "at_origin", "free_then")


vehicles = st.lists(
    st.builds(
        Vehicle,
        plate=st.sampled_from(["NM-1", "NM-2", "NM-3", "NM-4"]),
        cls=st.sampled_from(CLASSES),
        seats=st.integers(2, 9),
        terminal=st.just("138"),
        usual_driver=st.sampled_from(["", "0044"]),
        home=st.sampled_from(["", "Yard"]),
    ),
    unique_by=lambda vehicle: vehicle.plate,
)
drivers = st.lists(st.sampled_from([BAYAR, SARNAI]), unique=True)
bookings = st.lists(
    st.builds(
        booked,
        st.sampled_from([CAR, BUS]),
        st.sampled_from([BAYAR, SARNAI]),
        start_ms=st.integers(NINE_MS - 5 * HOUR_MS, NINE_MS + 5 * HOUR_MS),
        state=st.sampled_from(State),
    ),
    max_size=3,
)


def named(fit: list[Offer], refused: list[Unfit]) -> list[str]:
    return sorted([offer.vehicle.plate for offer in fit] + [one.vehicle.plate for one in refused])


@given(vehicles, drivers, bookings)
def test_every_vehicle_is_named_once_with_its_reasons_and_only_what_is_offered_may_be_chosen(
    fleet: list[Vehicle], crew: list[Driver], taken: list[Booking]
) -> None:
    fit, refused = offers(TRIP, fleet, crew, taken)

    assert named(fit, refused) == sorted(vehicle.plate for vehicle in fleet)
    assert all(offer.reasons for offer in fit)
    assert all(one.reason for one in refused)
    for offer in fit:
        require(TRIP, offer.vehicle.plate, offer.driver.id, fleet, crew, taken)
    for one in refused:
        with pytest.raises(RuleBroken) as broken:
            require(TRIP, one.vehicle.plate, BAYAR.id, fleet, crew, taken)
        assert (broken.value.code, broken.value.facts["reason"]) == ("vehicle_unfit", one.reason)


def test_a_dispatcher_may_choose_no_vehicle_off_the_register_and_no_driver_who_is_busy_or_none() -> None:
    busy = booked(BUS, SARNAI, start_ms=NINE_MS)

    for plate, driver, code in [
        ("NM-9", BAYAR.id, "vehicle_unknown"),
        ("NM-1", SARNAI.id, "driver_unfit"),
        ("NM-1", "0011", "driver_unfit"),
    ]:
        with pytest.raises(RuleBroken) as refused:
            require(TRIP, plate, driver, [CAR], [BAYAR, SARNAI], [busy])
        assert refused.value.code == code
