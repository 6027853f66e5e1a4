"""A vehicle's card, its life, and how it stands (Art. 2, 4, 15, 17)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from fleet.errors import BadInput, RuleBroken
from fleet.rules.order import Order, State
from fleet.rules.vehicle import CARD, STEPS, TERMINALS_KEPT_MAX, Stage, Standing, Tag, Vehicle, card, read, step, tag

GIVEN: dict[str, object] = {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "013800000001"}
EXEMPTION: dict[str, object] = {
    "stage": "exempt", "exempt_ground": "case_investigation", "exempt_document": "No. 7",
    "exempt_approver": "Office", "exempt_review_on": "2027-01-01",
}  # fmt: skip
CAR = Vehicle(plate="NM-1", cls="general", seats=5, terminal="138")


def test_a_card_comes_back_from_the_register_as_it_was_put_there() -> None:
    entry = read(
        GIVEN | {"tank_ml": 70_000, "rated_ml_100km": "9000", "insured_until": "2027-03-01", "serves": "study"}
    )

    assert card("NM-1", entry.as_fields()) == entry
    assert {field.name for field in CARD} == set(entry.as_fields())
    assert (entry.terminal, entry.range_km) == ("13800000001", 777)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"plate": ""}, "field_missing", "plate"),
        ({"cls": "tank"}, "field_not_listed", "cls"),
        ({"seats": "many"}, "field_not_a_number", "seats"),
        ({"seats": 1}, "field_out_of_range", "seats"),
        ({"seats": True}, "field_missing", "seats"),
        ({"terminal": ""}, "field_missing", "terminal"),
        ({"insured_until": "next year"}, "field_not_a_date", "insured_until"),
        ({"serves": "study circus"}, "field_not_listed", "serves"),
        ({"vin": "x" * 65}, "field_too_long", "vin"),
        ({"price_fen": "-1"}, "field_not_a_number", "price_fen"),
        (EXEMPTION | {"exempt_document": ""}, "field_missing", "exempt_document"),
        (EXEMPTION | {"exempt_ground": "comfort"}, "field_not_listed", "exempt_ground"),
    ],
)
def test_a_card_that_is_wrong_says_which_field(changed: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(GIVEN | changed)

    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


def test_a_vehicle_without_a_terminal_may_be_registered_or_exempt_but_not_in_service() -> None:
    assert read(GIVEN | {"terminal": "", "stage": "registered"}).stage is Stage.REGISTERED
    assert read(GIVEN | EXEMPTION | {"terminal": ""}).stage is Stage.EXEMPT


@pytest.mark.parametrize(("was", "will"), sorted(product(Stage, Stage)))
def test_a_life_goes_by_its_steps_and_no_others(was: Stage, will: Stage) -> None:
    before, after = replace(CAR, stage=was), replace(CAR, stage=will)
    if was == will or (was, will) in STEPS:
        assert step(before, after).stage is will
    else:
        with pytest.raises(RuleBroken, match="stage_step"):
            step(before, after)


def test_a_disposed_vehicle_stays_disposed() -> None:
    assert not [will for was, will in STEPS if was is Stage.DISPOSED]


def test_terminals_taken_out_stay_in_the_history_up_to_a_bound() -> None:
    car = CAR
    for number in range(TERMINALS_KEPT_MAX + 5):
        car = step(car, replace(car, terminal=f"139{number}"))

    assert car.terminals_past.split()[-1] == f"139{TERMINALS_KEPT_MAX + 3}"
    assert len(car.terminals_past.split()) == TERMINALS_KEPT_MAX


@pytest.mark.parametrize(
    ("state", "silent", "stage", "standing", "expected"),
    [
        (None, False, Stage.IN_SERVICE, Standing(), Tag.FREE),
        (None, True, Stage.IN_SERVICE, Standing(), Tag.SILENT),
        (None, True, Stage.IN_SERVICE, Standing(fault_open=True), Tag.FREE),
        (None, True, Stage.SUSPENDED, Standing(), Tag.SUSPENDED),
        (None, True, Stage.IN_SERVICE, Standing(sealed=True), Tag.SEALED),
        (None, False, Stage.IN_SERVICE, Standing(sealed=True, in_repair=True), Tag.REPAIR),
        (None, False, Stage.IN_SERVICE, Standing(blocking=("brakes",)), Tag.REPAIR),
        (None, False, Stage.IN_SERVICE, Standing(duty=True), Tag.DUTY),
        (State.DISPATCHED, False, Stage.IN_SERVICE, Standing(duty=True), Tag.ASSIGNED),
        (State.DISPATCHED, True, Stage.IN_SERVICE, Standing(), Tag.SILENT),
        (State.DEPARTED, True, Stage.SUSPENDED, Standing(sealed=True), Tag.OUT),
        (State.WAITING, True, Stage.IN_SERVICE, Standing(), Tag.WAITING),
        (State.CLOSED, False, Stage.IN_SERVICE, Standing(), Tag.FREE),
    ],
)
def test_how_a_vehicle_stands_is_computed(
    state: State | None, silent: bool, stage: Stage, standing: Standing, expected: Tag
) -> None:
    orders = [Order(id="1-00001", state=state, vehicle="NM-1")] if state else []

    assert tag(replace(CAR, stage=stage), orders, silent=silent, standing=standing) is expected
