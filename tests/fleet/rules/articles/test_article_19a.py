"""Article 19 (a): the platform's data are the ground for renewal and disposal of vehicles."""

from __future__ import annotations

from fleet.rules.order import Act
from tests.fleet.rules.articles.unit import Unit


def test_a_dossier_holds_what_the_records_say_and_nothing_the_caller_adds(unit: Unit) -> None:
    unit.through(unit.apply(), Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.RETURN)

    dossier = unit.open("admin-1", "disposal", plate="NM-1", way="auction", reason="Worn", trips=90, odometer_km=5)

    assert (dossier.data["trips"], dossier.data["odometer_km"]) == (1, 1120)
    assert "age_months" not in dossier.data, "the register does not say when it was bought"


def test_the_unit_head_decides_on_what_was_read_and_the_admin_records_what_became_of_it(unit: Unit) -> None:
    dossier = unit.open("admin-1", "disposal", plate="NM-1", way="auction", reason="Worn")

    assert unit.refused(unit.do, "admin-1", dossier, "approve") == ("no_role", "19a")
    assert unit.refused(unit.do, "admin-1", dossier, "execute", document="Auction 7") == ("case_move", "19a")
    assert unit.do("head-1", dossier, "approve").state == "approved"
    assert unit.do("admin-1", dossier, "execute", document="Auction 7", proceeds_fen=3_000_000).state == "done"


def test_what_speaks_for_disposal_is_a_setting_that_two_people_change(unit: Unit) -> None:
    unit.through(unit.apply(), Act.APPROVE, Act.DISPATCH, Act.DEPART, Act.RETURN)
    before = unit.open("admin-1", "disposal", plate="NM-1", way="auction", reason="Worn")
    lower = unit.open(
        "admin-1", "setting", name="disposal_odometer_km", value=10_000, source="local", reason="Hard roads"
    )
    unit.do("head-1", lower, "approve")

    after = unit.open("admin-1", "disposal", plate="NM-1", way="auction", reason="Worn")

    assert before.data["speaks_for"] == after.data["speaks_for"] == []
    assert unit.refused(
        unit.open, "admin-1", "setting", name="disposal_odometer_km", value=9_999, source="local", reason="Lower"
    ) == ("setting_out_of_bounds", "19a")
