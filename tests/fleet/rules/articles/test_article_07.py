"""Article 7: the rider applies on the platform, and states rider, reason, time, places and phone exactly."""

from __future__ import annotations

import pytest

from tests.fleet.rules.articles.unit import HOUR_MS, MINUTE_MS, Unit


@pytest.mark.parametrize(
    "field",
    ["rider", "department", "reason", "category", "start_ms", "end_ms", "origin", "destination", "phone", "passengers"],
)
def test_an_application_without_one_of_these_is_refused_and_says_which(unit: Unit, field: str) -> None:
    code, article = unit.refused(unit.apply, **{field: ""})

    assert (code, article) == ("field_missing", "7")


@pytest.mark.parametrize("phone", ["13904831234", "0483-6021234", "04836021234"])
def test_a_phone_is_a_mobile_or_has_its_area_code(unit: Unit, phone: str) -> None:
    assert unit.refused(unit.apply, phone=phone) == ("", "")


@pytest.mark.parametrize("phone", ["1390483123", "6021234", "+8613904831234", "139048312345"])
def test_any_other_phone_is_refused(unit: Unit, phone: str) -> None:
    assert unit.refused(unit.apply, phone=phone) == ("phone_wrong", "7")


def test_a_trip_ends_after_it_begins(unit: Unit) -> None:
    assert unit.refused(unit.apply, end_ms=unit.now_ms + HOUR_MS) == ("end_before_start", "7")


def test_whoever_could_not_apply_in_time_is_led_to_the_supplement(unit: Unit) -> None:
    late = unit.form(start_ms=unit.now_ms - 11 * MINUTE_MS)

    assert unit.refused(unit.apply, **late) == ("start_in_the_past", "12")


def test_the_dispatcher_supplements_and_nobody_else_asks_for_it(unit: Unit) -> None:
    assert unit.refused(unit.open, "applicant-1", "supplement", **unit.a_request()) == ("no_role", "12")
    assert unit.open("dispatcher-1", "supplement", **unit.a_request()).state == "requested"


def test_a_place_that_is_not_on_the_list_is_a_warning_and_out_of_the_region_needs_a_remark(unit: Unit) -> None:
    far = {"kind": "out_of_region", "lat_e6": "39000000", "lon_e6": "106000000"}
    change = unit.open("admin-1", "change", entry="place/Yinchuan", sets=far, reason="On the list")
    unit.do("head-1", change, "approve")

    assert unit.refused(unit.apply, destination="Yinchuan") == ("remark_needed", "7")
    assert unit.refused(unit.apply, destination="Yinchuan", remark="Meeting of the two regions") == ("", "")
    assert unit.refused(unit.apply, destination="A well nobody named") == ("", "")
