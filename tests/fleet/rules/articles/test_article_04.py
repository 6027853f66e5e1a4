"""Article 4: but for state security, investigation and special technical needs, every vehicle is on the platform with a
terminal, those on enforcement duty included."""

from __future__ import annotations

import pytest

from fleet.desk.register import vehicle
from fleet.rules.order import Act
from fleet.rules.vehicle import EXEMPT_GROUNDS, ON_PLATFORM, Stage
from tests.fleet.rules.articles.unit import Unit

EXEMPTION = {
    "stage": "exempt", "exempt_ground": "case_investigation", "exempt_document": "2026 No. 12",
    "exempt_approver": "Public Security Bureau", "exempt_review_on": "2027-06-30",
}  # fmt: skip
BARE = {"cls": "general", "seats": "5"}


def enters(unit: Unit, **sets: str) -> None:
    """A second vehicle comes on the register, by two people."""
    change = unit.open("admin-1", "change", entry="vehicle/NM-2", sets=BARE | sets, reason="Entered")
    unit.do("head-1", change, "approve")


@pytest.mark.parametrize("to", ["fitted", "in_service"])
def test_no_vehicle_is_fitted_or_in_service_without_its_terminal(unit: Unit, to: str) -> None:
    assert unit.refused(enters, unit, stage=to) == ("field_missing", "15")


def test_the_grounds_of_an_exemption_are_the_three_of_the_article(unit: Unit) -> None:
    assert set(EXEMPT_GROUNDS) == {"state_security", "case_investigation", "special_technical"}
    assert unit.refused(enters, unit, **EXEMPTION | {"exempt_ground": "comfort"}) == ("field_not_listed", "4")


@pytest.mark.parametrize("left_out", ["exempt_ground", "exempt_document", "exempt_approver", "exempt_review_on"])
def test_an_exemption_names_ground_document_approver_and_review_day(unit: Unit, left_out: str) -> None:
    given = {name: text for name, text in EXEMPTION.items() if name != left_out}

    assert unit.refused(enters, unit, **given) == ("field_missing", "4")


def test_one_person_exempts_nothing(unit: Unit) -> None:
    change = unit.open("admin-1", "change", entry="vehicle/NM-2", sets=BARE | EXEMPTION, reason="Entered")

    assert unit.refused(unit.do, "admin-1", change, "approve") == ("no_role", "14")


def test_an_exempt_vehicle_is_known_has_no_track_and_is_not_dispatched(unit: Unit) -> None:
    enters(unit, **EXEMPTION)
    order = unit.apply()
    unit.act("approver-1", order, Act.APPROVE)

    exempt = vehicle(unit.state, "NM-2")
    assert exempt.exempt_document == "2026 No. 12"
    assert exempt.stage not in ON_PLATFORM
    assert {unfit.vehicle.plate: unfit.reason for unfit in unit.host.desk.offers(order)[1]} == {"NM-2": "stage"}


def test_enforcement_duty_exempts_nobody(unit: Unit) -> None:
    enters(unit, stage="in_service", terminal="13800000002", duty="enforcement_duty")

    assert vehicle(unit.state, "NM-2").stage in ON_PLATFORM
    assert "enforcement_duty" not in EXEMPT_GROUNDS


def test_a_vehicle_in_service_is_not_simply_exempted(unit: Unit) -> None:
    change = {"entry": "vehicle/NM-1", "sets": EXEMPTION, "reason": "No longer followed"}

    assert vehicle(unit.state, "NM-1").stage is Stage.IN_SERVICE
    assert unit.refused(unit.open, "admin-1", "change", **change) == ("stage_step", "4")
