"""What an application must say, field by field, and when it may still be handed in."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from fleet.errors import BadInput, RuleBroken
from fleet.rules.form import CLASSES, FIELDS, LENGTH_MAX, PASSENGERS_MAX, check, read, warnings

GRACE_MS = 10 * 60_000
NOON_MS = 1_790_000_000_000
GOOD: dict[str, object] = {
    "rider": "Bayar",
    "department": "Forestry",
    "phone": "13800138000",
    "category": "study",
    "reason": "Inspect the tower",
    "origin": "Yard",
    "destination": "North post",
    "start_ms": NOON_MS,
    "end_ms": NOON_MS + 3_600_000,
    "passengers": 2,
    "urgency": 2,
    "cls": "study",
    "remark": "",
}


def test_a_complete_form_reads_back_from_the_whole_strings_a_document_holds() -> None:
    form = read(GOOD)

    assert read(form.as_fields()) == form
    assert set(form.as_fields()) == set(FIELDS)
    assert all(isinstance(value, str) for value in form.as_fields().values())


@pytest.mark.parametrize("field", sorted(set(FIELDS) - {"remark"}))
@pytest.mark.parametrize("blank", ["", "   ", None])
def test_every_field_but_the_remark_must_be_filled_in(field: str, blank: object) -> None:
    with pytest.raises(BadInput) as refused:
        read(GOOD | {field: blank})

    assert refused.value.code in {"field_missing", "field_not_a_number"}
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("rider", "x" * (LENGTH_MAX + 1), "field_too_long"),
        ("rider", 7, "field_missing"),
        ("start_ms", "noon", "field_not_a_number"),
        ("start_ms", 1.5, "field_not_a_number"),
        ("start_ms", True, "field_not_a_number"),
        ("end_ms", 2**53, "field_not_a_number"),
        ("end_ms", 2**53 - 1, "time_wrong"),
        ("start_ms", -1, "time_wrong"),
        ("end_ms", "9" * 5000, "field_not_a_number"),
        ("cls", "pleasure", "field_not_listed"),
        ("urgency", 3, "field_not_listed"),
        ("urgency", -1, "field_not_listed"),
        ("passengers", 0, "field_not_listed"),
        ("passengers", PASSENGERS_MAX + 1, "field_not_listed"),
        ("phone", "12345", "phone_wrong"),
        ("phone", "1380013800a", "phone_wrong"),
        ("phone", "13800138000\n9", "phone_wrong"),
        ("phone", "١٣٨٠٠١٣٨٠٠٠", "phone_wrong"),
        ("reason", "Go!", "reason_too_short"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(field: str, value: object, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(GOOD | {field: value})

    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


@pytest.mark.parametrize("phone", ["13800138000", "0483-1234567", "04831234567", "010-12345678"])
def test_mobile_numbers_and_numbers_with_an_area_code_are_phones(phone: str) -> None:
    assert read(GOOD | {"phone": phone}).phone == phone


@pytest.mark.parametrize("cls", CLASSES)
def test_every_class_of_the_rules_can_be_asked_for(cls: str) -> None:
    assert read(GOOD | {"cls": cls}).cls == cls


def test_spaces_around_a_value_do_not_count_and_unknown_fields_are_ignored() -> None:
    assert read(GOOD | {"rider": "  Bayar ", "colour": "red"}) == read(GOOD)


@given(st.dictionaries(st.sampled_from(FIELDS), st.none() | st.booleans() | st.integers() | st.text() | st.floats()))
def test_whatever_a_page_sends_it_is_a_form_or_a_named_refusal(sent: dict[str, object]) -> None:
    try:
        form = read(GOOD | sent)
    except BadInput as refused:
        event(refused.code)
        named = refused.facts["field"]
    else:
        named = "rider"
        assert read(form.as_fields()) == form

    assert named in FIELDS


def test_a_trip_ends_after_it_starts() -> None:
    with pytest.raises(RuleBroken) as refused:
        check(read(GOOD | {"end_ms": NOON_MS}), now_ms=NOON_MS)

    assert (refused.value.code, refused.value.article) == ("end_before_start", "7")


def test_a_start_may_lie_as_far_back_as_the_grace_and_no_further_then_it_is_a_supplement() -> None:
    form = read(GOOD)

    check(form, now_ms=NOON_MS + GRACE_MS)
    with pytest.raises(RuleBroken) as refused:
        check(form, now_ms=NOON_MS + GRACE_MS + 1)

    assert (refused.value.code, refused.value.article) == ("start_in_the_past", "12")


def test_a_place_that_is_not_on_the_list_is_warned_of_and_an_empty_list_warns_of_nothing() -> None:
    form = read(GOOD)

    assert warnings(form, {}) == []
    assert warnings(form, {"Yard": "designated"}) == ["destination_unlisted"]
    assert warnings(form, {"Yard": "designated", "North post": "destination"}) == []
    assert warnings(form, {"Lake": "destination"}) == ["origin_unlisted", "destination_unlisted"]
