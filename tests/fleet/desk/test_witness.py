"""Trips whose driver does not speak for themselves: a supplier's driver, and a dispatcher as witness (Art. 9, 13)."""

from __future__ import annotations

import pytest

from fleet.desk.yard import clashes
from fleet.errors import NotTrusted
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import act, write

RENTED: dict[str, object] = {
    "vehicle": "R-7", "supplier": "Steppe Rental", "supplier_driver": "Bold", "price_basis": "Contract 7",
}  # fmt: skip
SEEN = {"witnessed": "He has no card here"}


@pytest.fixture
def unit() -> Unit:
    return Unit()


def unmet(unit: Unit) -> str:
    order = unit.apply(passengers=9)
    unit.act("approver-1", order, Act.APPROVE)
    unit.act("dispatcher-1", order, Act.UNMET, reason="Nothing large enough")
    return order


def test_a_rented_vehicle_comes_with_its_own_driver_and_a_dispatcher_witnesses_the_trip(unit: Unit) -> None:
    order = unmet(unit)
    rented = unit.act("dispatcher-1", order, Act.DISPATCH, **RENTED)
    assert (rented.driver, rented.supplier_driver, rented.supplier) == ("", "Bold", "Steppe Rental")
    assert {Act.DEPART} <= {*unit.host.desk.moves("dispatcher-1", order)}

    unit.act("dispatcher-1", order, Act.DEPART, odometer_km=10, **SEEN)
    unit.act("dispatcher-1", order, Act.ARRIVE, **SEEN)
    back = unit.act("dispatcher-1", order, Act.RETURN, odometer_km=90, **SEEN)

    assert (back.state, back.odometer_in_km) == (State.BACK, 90)
    assert back.facts[-1].detail["witnessed"] == "He has no card here"


@pytest.mark.parametrize(
    "changed",
    [{"driver": "driver-1"}, {"supplier": ""}],
    ids=["not beside one of the unit's", "not without a supplier"],
)
def test_a_suppliers_driver_drives_a_suppliers_vehicle_alone(unit: Unit, changed: dict[str, str]) -> None:
    assert unit.refused(unit.act, "dispatcher-1", unmet(unit), Act.DISPATCH, **RENTED | changed) == (
        "supplier_driver", "9",
    )  # fmt: skip


def test_two_trips_with_suppliers_drivers_clash_over_nothing(unit: Unit) -> None:
    for plate in ("R-7", "R-8"):
        unit.act("dispatcher-1", unmet(unit), Act.DISPATCH, **RENTED | {"vehicle": plate})

    assert clashes(unit.state) == []


def test_a_dispatcher_puts_a_departure_on_record_as_a_witness_and_says_why(unit: Unit) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH)

    assert unit.refused(unit.act, "dispatcher-1", order, Act.DEPART, odometer_km=1) == ("no_role", "6")
    assert unit.act("dispatcher-1", order, Act.DEPART, odometer_km=1, **SEEN).state == State.DEPARTED


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "driver-2", "admin-1"])
def test_nobody_else_is_a_witness(unit: Unit, person: str) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH)

    assert unit.refused(unit.act, person, order, Act.DEPART, odometer_km=1, **SEEN) == ("no_role", "6")
    with pytest.raises(NotTrusted, match="no_role"):  # nor does any replica take it
        write(unit.host, act("depart", person, order, odometer_km=1, **SEEN))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, ""),
        ({"place": "Yard"}, ""),
        ({"place": "A friend's house"}, "place_reason_missing"),
        ({"place": "Sumu", "place_reason": "Sandstorm"}, ""),
    ],
)
def test_a_vehicle_comes_home_to_its_place_or_its_driver_says_why_not(
    unit: Unit, said: dict[str, str], code: str
) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH, Act.DEPART)

    assert unit.refused(unit.act, "driver-1", order, Act.RETURN, odometer_km=1120, **said)[0] == code
