"""Article 19 (b): the regional leading group's office interprets the regulation; a setting can rest on its word."""

from __future__ import annotations

from tests.fleet.rules.articles.unit import Unit

RULING: dict[str, object] = {
    "question": "How early is planned?", "ruling": "A day before", "document": "2026 No. 3",
    "effective_on": "2026-04-01", "article": "9", "setting": "planned_lead_h", "reason": "Received",
}  # fmt: skip


def test_an_interpretation_is_entered_with_its_document_and_confirmed_by_a_second_person(unit: Unit) -> None:
    ruling = unit.open("admin-1", "ruling", **RULING)

    assert unit.refused(unit.do, "admin-1", ruling, "approve") == ("no_role", "19b")
    assert unit.do("head-1", ruling, "approve").state == "approved"


def test_without_its_document_or_the_day_from_which_it_holds_it_is_not_entered(unit: Unit) -> None:
    assert unit.refused(unit.open, "admin-1", "ruling", **RULING | {"document": ""}) == ("field_missing", "19b")
    assert unit.refused(unit.open, "admin-1", "ruling", **RULING | {"effective_on": "soon"}) == (
        "case_particular", "19b",
    )  # fmt: skip


def test_a_setting_that_rests_on_a_ruling_names_its_document_and_says_so_wherever_it_decides(unit: Unit) -> None:
    change = {"name": "start_grace_min", "value": 0, "source": "ruling", "reason": "Ruled"}
    assert unit.refused(unit.open, "admin-1", "setting", **change) == ("case_particular", "19b")

    case = unit.open("admin-1", "setting", **change, document="2026 No. 3")
    unit.do("head-1", case, "approve")

    assert unit.state.settings["start_grace_min"].source == "ruling"
    assert unit.refused(unit.apply, start_ms=unit.now_ms - 60_000)[0] == "start_in_the_past"
