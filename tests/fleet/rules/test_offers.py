"""Which vehicle and driver (Art. 9): each hard filter, each reason, and every vehicle named exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import RuleBroken
from fleet.rules import offers as rule
from fleet.rules import shortage
from fleet.rules.calendar import day_of
from fleet.rules.driver import Driver
from fleet.rules.form import CLASSES, Form
from fleet.rules.offers import FILTERS, Offer, Unfit
from fleet.rules.order import HOLDS_VEHICLE, Order, State
from fleet.rules.place import Place
from fleet.rules.places import Places
from fleet.rules.vehicle import Stage, Standing, Vehicle
from fleet.rules.yard import BUFFER_MS, Booking, Weights, Yard

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


def offers(
    form: Form, vehicles: Sequence[Vehicle], drivers: Sequence[Driver], bookings: Sequence[Booking]
) -> tuple[list[Offer], list[Unfit]]:
    return rule.offers("1-00009", form, a_yard(vehicles, drivers, bookings))


def a_yard(vehicles: Sequence[Vehicle], drivers: Sequence[Driver], bookings: Sequence[Booking] = ()) -> Yard:
    return Yard(vehicles=tuple(vehicles), drivers=tuple(drivers), bookings=tuple(bookings))


def unfit(form: Form, vehicle: Vehicle, *bookings: Booking, drivers: tuple[Driver, ...] = (BAYAR, SARNAI)) -> str:
    """The reason that stands in a vehicle's way, or "" if it is offered."""
    _, refused = offers(form, [vehicle], drivers, bookings)
    return refused[0].reason if refused else ""


def test_a_free_vehicle_that_fits_is_offered() -> None:
    assert unfit(TRIP, CAR) == ""


def test_the_confidential_vehicle_serves_confidential_trips_only() -> None:
    sealed = replace(CAR, cls="confidential")

    assert unfit(TRIP, sealed) == "class"
    assert unfit(replace(TRIP, cls="confidential"), sealed, drivers=(replace(BAYAR, cleared=True),)) == ""


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
        rule.require("1-00009", TRIP, offer.vehicle.plate, offer.driver.id, a_yard(fleet, crew, taken))
    for one in refused:
        with pytest.raises(RuleBroken) as broken:
            rule.require("1-00009", TRIP, one.vehicle.plate, BAYAR.id, a_yard(fleet, crew, taken))
        assert (broken.value.code, broken.value.facts["reason"]) == ("vehicle_unfit", one.reason)


def test_a_dispatcher_may_choose_no_vehicle_off_the_register_and_no_driver_who_is_busy_or_none() -> None:
    busy = booked(BUS, SARNAI, start_ms=NINE_MS)

    for plate, driver, code in [
        ("NM-9", BAYAR.id, "vehicle_unknown"),
        ("NM-1", SARNAI.id, "driver_unfit"),
        ("NM-1", "0011", "driver_unfit"),
    ]:
        with pytest.raises(RuleBroken) as refused:
            rule.require("1-00009", TRIP, plate, driver, a_yard([CAR], [BAYAR, SARNAI], [busy]))
        assert refused.value.code == code


# -- every filter, and what each reason rests on --------------------------------------------------------------------

DAY = day_of(TRIP.end_ms).isoformat()
BEFORE = day_of(TRIP.end_ms - 86_400_000).isoformat()
HOLIDAY = ((TRIP.end_ms - 1, TRIP.end_ms + HOUR_MS),)
IN_THE_WAY: dict[str, tuple[Vehicle, Standing, Form]] = {
    "stage": (replace(CAR, stage=Stage.SUSPENDED), Standing(), TRIP),
    "sealed": (CAR, Standing(closed=HOLIDAY), TRIP),
    "repair": (CAR, Standing(in_repair=True), TRIP),
    "defect": (CAR, Standing(blocking=("brakes",)), TRIP),
    "insurance": (replace(CAR, insured_until=BEFORE), Standing(), TRIP),
    "inspection": (replace(CAR, inspected_until=BEFORE), Standing(), TRIP),
    "class": (replace(CAR, cls="confidential"), Standing(), TRIP),
    "class_needed": (CAR, Standing(), replace(TRIP, cls="confidential")),
    "class_unserved": (replace(CAR, serves="emergency"), Standing(), TRIP),
    "seats": (replace(CAR, seats=4), Standing(), TRIP),
    "terminal": (replace(CAR, terminal=""), Standing(), TRIP),
}


@pytest.mark.parametrize("code", sorted(IN_THE_WAY))
def test_each_thing_that_stops_a_vehicle_is_named(code: str) -> None:
    vehicle, standing, form = IN_THE_WAY[code]
    yard = replace(a_yard([vehicle], [replace_driver(cleared=True)]), standing={"NM-1": standing})

    _, [refused] = rule.offers("1-00009", form, yard)

    assert refused.reason == code


def test_the_tests_here_go_through_every_filter() -> None:
    assert {code for code, _ in FILTERS} == {*IN_THE_WAY, "taken", "no_driver"}


def replace_driver(**changes: object) -> Driver:
    return replace(BAYAR, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["insured_until", "inspected_until"])
def test_papers_that_last_through_the_planned_end_are_enough(field: str) -> None:
    assert unfit(TRIP, replace(CAR, **{field: DAY})) == ""  # type: ignore[arg-type]


def test_an_exception_opens_a_sealed_vehicle_to_its_order_alone() -> None:
    sealed = Standing(closed=HOLIDAY, excepted=frozenset({"1-00009"}))
    yard = replace(a_yard([CAR], [BAYAR]), standing={"NM-1": sealed})

    assert rule.offers("1-00009", TRIP, yard)[1] == []
    assert rule.offers("1-00010", TRIP, yard)[1][0].reason == "sealed"


def test_a_terminal_under_a_fault_ticket_stops_nothing_and_is_shown() -> None:
    yard = replace(a_yard([replace(CAR, terminal="")], [BAYAR]), standing={"NM-1": Standing(fault_open=True)})

    [offer], _ = rule.offers("1-00009", TRIP, yard)

    assert "fault_open" in offer.cautions


def test_what_is_not_on_the_register_is_a_caution_and_no_reason_to_refuse() -> None:
    known = replace(CAR, insured_until=DAY, inspected_until=DAY)
    driver = replace_driver(licence="C1", licence_until=DAY)

    assert offers(TRIP, [CAR], [BAYAR], [])[0][0].cautions == (
        "insurance_unrecorded", "inspection_unrecorded", "licence_unrecorded",
    )  # fmt: skip
    assert offers(TRIP, [known], [driver], [])[0][0].cautions == ()


def test_who_left_before_the_planned_start_is_gone_from_then_on() -> None:
    tomorrow = booked(CAR, BAYAR, start_ms=NINE_MS + 24 * HOUR_MS, state=State.DEPARTED)

    assert unfit(TRIP, CAR, tomorrow) == ""
    left = Order(id="1-00001", state=State.DEPARTED, vehicle=CAR.plate, driver=BAYAR.id, departed_ms=NINE_MS - HOUR_MS)
    assert unfit(TRIP, CAR, Booking(left, tomorrow.form)) == "taken"


def test_who_is_still_out_past_the_planned_end_is_not_back_before_now() -> None:
    overdue = booked(CAR, BAYAR, start_ms=NINE_MS - 5 * HOUR_MS, state=State.DEPARTED)

    assert unfit(TRIP, CAR, overdue) == ""
    late = replace(a_yard([CAR], [SARNAI], [overdue]), now_ms=NINE_MS - 60_000)
    assert rule.offers("1-00009", TRIP, late)[1][0].reason == "taken"


# -- every term of the ranking --------------------------------------------------------------------------------------

SHORT, FAR = replace(CAR, tank_ml=20_000, rated_ml_100km=10_000), replace(CAR, tank_ml=80_000, rated_ml_100km=10_000)
PLACES = Places(
    Place(name=name, kind="destination", lat_e6=lat_e6, lon_e6=101_000_000, radius_m=150)
    for name, lat_e6 in (("Yard", 39_000_000), ("Lake", 39_692_000))
)
"""A hundred km apart by road."""


def terms(vehicle: Vehicle, **changes: object) -> dict[str, int]:
    yard = replace(a_yard([vehicle], [BAYAR, SARNAI]), **changes)  # type: ignore[arg-type]
    [offer], _ = rule.offers("1-00009", TRIP, yard)
    return {term.code: term.points for term in offer.terms}


def test_a_range_that_is_long_enough_speaks_for_a_vehicle_and_a_short_one_against_it() -> None:
    assert terms(SHORT, places=PLACES)["range_enough"] == 10, "200 km are enough in September"
    winter = replace(TRIP, start_ms=NINE_MS + 100 * 24 * HOUR_MS, end_ms=NINE_MS + 100 * 24 * HOUR_MS + HOUR_MS)
    yard = replace(a_yard([SHORT], [BAYAR]), places=PLACES)
    [offer], _ = rule.offers("1-00009", winter, yard)
    [short] = [term for term in offer.terms if term.code == "range_short"]

    assert (short.points, dict(short.facts)) == (-30, {"range_km": 200, "needed_km": 260})
    assert "range_enough" not in terms(FAR), "no distance, no word of range"
    autumn = replace(Weights(), winter_months=(9, 4))
    assert "range_short" in terms(SHORT, places=PLACES, weights=autumn), "winter begins when the unit says"


def test_long_unused_cheap_and_the_usual_vehicle_of_a_department_speak_for_a_vehicle() -> None:
    usual = replace(CAR, department="Forestry")
    standing = {
        "NM-1": Standing(last_used_ms=NINE_MS - 3 * 24 * HOUR_MS, fen_per_km=60), "NM-2": Standing(fen_per_km=90),
    }  # fmt: skip

    assert terms(usual, standing=standing, now_ms=NINE_MS) == {
        "usual_department": 20, "cheap": 10, "long_unused": 3, "free_then": 0,
    }  # fmt: skip


def test_the_driver_who_drove_least_is_offered_and_the_balance_counts() -> None:
    yard = replace(a_yard([CAR], [BAYAR, SARNAI]), driven_ms={BAYAR.id: 10 * HOUR_MS, SARNAI.id: 2 * HOUR_MS})

    [offer], _ = rule.offers("1-00009", TRIP, yard)

    assert offer.driver == SARNAI
    assert ("hours_balance", 4) in [(term.code, term.points) for term in offer.terms]


def test_weights_are_settings() -> None:
    weights = replace(Weights(), at_origin=99)
    yard = replace(a_yard([replace(CAR, home="Yard")], [BAYAR]), weights=weights)

    [offer], _ = rule.offers("1-00009", TRIP, yard)

    assert offer.score == 99


def test_a_shortage_lists_every_vehicle_with_what_stood_in_its_way_and_reads_back() -> None:
    booking = booked(BUS, SARNAI, start_ms=NINE_MS)
    fit, refused = offers(TRIP, [CAR, BUS, replace(CAR, plate="NM-3", seats=2)], [BAYAR], [booking])

    proof = shortage.read(shortage.write(fit, refused))

    assert [(each.plate, each.reason) for each in proof] == [
        ("NM-1", "on_offer"), ("NM-2", "taken"), ("NM-3", "seats"),
    ]  # fmt: skip
    assert proof[2].facts == {"seats": "2", "needed": "5"}
