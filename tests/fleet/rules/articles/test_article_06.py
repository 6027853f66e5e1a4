"""Article 6: the admin keeps departments, people and vehicles on the platform, and sets up roles and rights."""

from __future__ import annotations

import pytest

from fleet.desk.register import drivers, places, vehicle
from tests.fleet.rules.articles.unit import Unit

ENTRIES: dict[str, tuple[str, dict[str, str]]] = {
    "a vehicle": ("vehicle/NM-2", {"cls": "emergency", "seats": "7", "terminal": "13800000002"}),
    "a place": ("place/Yard", {"kind": "designated", "lat_e6": "39216700", "lon_e6": "101683300"}),
    "a driver's licence": ("person/driver-1", {"licence": "B1", "licence_until": "2030-01-01"}),
    "a calendar": ("calendar/2028", {"off": "2028-01-01", "source": "State Council, 2027"}),
}


@pytest.mark.parametrize("what", ENTRIES)
def test_the_admin_enters_and_changes_what_the_unit_has(unit: Unit, what: str) -> None:
    entry, sets = ENTRIES[what]
    change = unit.open("admin-1", "change", entry=entry, sets=sets, reason="Entered")

    assert unit.do("head-1", change, "approve").state == "approved"


@pytest.mark.parametrize("person", ["applicant-1", "approver-1", "dispatcher-1", "driver-1", "head-1"])
def test_nobody_else_enters_anything(unit: Unit, person: str) -> None:
    entry, sets = ENTRIES["a vehicle"]

    assert unit.refused(unit.open, person, "change", entry=entry, sets=sets, reason="Mine") == ("no_role", "14")


def test_what_was_entered_is_what_everyone_works_with(unit: Unit) -> None:
    for entry, sets in ENTRIES.values():
        unit.do("head-1", unit.open("admin-1", "change", entry=entry, sets=sets, reason="Entered"), "approve")

    assert vehicle(unit.state, "NM-2").seats == 7
    assert [place.name for place in places(unit.state)] == ["Yard"]
    assert next(driver.licence for driver in drivers(unit.state) if driver.id == "driver-1") == "B1"


def test_an_entry_that_would_not_be_whole_is_refused_when_it_is_proposed(unit: Unit) -> None:
    half = {"entry": "vehicle/NM-2", "sets": {"seats": "7"}, "reason": "Entered"}

    assert unit.refused(unit.open, "admin-1", "change", **half) == ("field_missing", "2")
