"""Article 2: confidential, emergency, study, reception, joint-enforcement and rental vehicles are dispatched on one
platform."""

from __future__ import annotations

import pytest

from fleet.desk.register import vehicle
from fleet.rules.form import CLASSES
from fleet.rules.order import Act
from tests.fleet.rules.articles.unit import CAR, Unit

NAMED = {"confidential", "emergency", "study", "reception", "joint_enforcement", "rental"}


def a_vehicle(unit: Unit, plate: str, cls: str, **more: str) -> None:
    sets = {"cls": cls, "seats": "7", "terminal": f"13{len(plate):09d}", **more}
    unit.do("head-1", unit.open("admin-1", "change", entry=f"vehicle/{plate}", sets=sets, reason="Arrived"), "approve")


def offered(unit: Unit, order: str) -> set[str]:
    """The plates on offer for an order."""
    return {offer.vehicle.plate for offer in unit.host.desk.offers(order)[0]}


def refused_vehicles(unit: Unit, order: str) -> dict[str, str]:
    """Why the other vehicles are not on offer."""
    return {unfit.vehicle.plate: unfit.reason for unfit in unit.host.desk.offers(order)[1]}


def test_the_six_classes_are_those_of_the_article_and_general_duty_stands_beside_them() -> None:
    assert set(CLASSES) == NAMED | {"general"}


@pytest.mark.parametrize("cls", CLASSES)
def test_a_vehicle_of_every_class_is_on_one_register(unit: Unit, cls: str) -> None:
    a_vehicle(unit, "NM-22", cls)

    assert vehicle(unit.state, "NM-22").cls == cls


def test_any_other_class_is_refused(unit: Unit) -> None:
    assert unit.refused(a_vehicle, unit, "NM-22", "truck") == ("field_not_listed", "2")


@pytest.mark.parametrize("cls", sorted(NAMED - {"confidential"}))
def test_one_dispatch_offers_vehicles_across_classes_and_the_fitting_class_first(unit: Unit, cls: str) -> None:
    a_vehicle(unit, "NM-22", cls)
    order = unit.apply(cls=cls)
    unit.act("approver-1", order, Act.APPROVE)

    assert offered(unit, order) == {str(CAR["plate"]), "NM-22"}
    assert cls == "study" or unit.host.desk.offers(order)[0][0].vehicle.plate == "NM-22"


def test_the_confidential_vehicle_serves_no_other_trip(unit: Unit) -> None:
    a_vehicle(unit, "NM-22", "confidential")
    order = unit.apply()

    assert offered(unit, order) == {"NM-1"}
    assert refused_vehicles(unit, order) == {"NM-22": "class"}


def test_a_unit_may_keep_a_vehicle_to_some_classes(unit: Unit) -> None:
    a_vehicle(unit, "NM-22", "emergency", serves="emergency")
    order = unit.apply()

    assert refused_vehicles(unit, order) == {"NM-22": "class_unserved"}
