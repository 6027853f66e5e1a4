"""Sealing for a holiday, vehicle by vehicle (Art. 17)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fleet.rules import sealing
from fleet.rules.calendar import start_of
from fleet.rules.case import Case
from fleet.rules.sealing import Act, State
from tests.fleet.rules.case_tables import DAY_MS, HOUR_MS, Desk

FIRST_MS = start_of(date(2026, 10, 1))
AFTER_MS = start_of(date(2026, 10, 8)) + 8 * HOUR_MS
SEALED = {"place": "Yard", "odometer_km": 45_000, "fuel_quarters": 3, "key_to": "Cabinet", "witness": "Sarnai"}
DESK = Desk(
    sealing.KIND,
    {
        Act.PLAN: (
            "5001",
            {
                "name": "National Day", "from_day": "2026-10-01", "to_day": "2026-10-07", "plates": ["NM-1", "NM-2"],
                "duty": ["NM-3"],
            },
        ),
        Act.APPROVE: ("2001", {}),
        Act.SEND_BACK: ("2001", {"reason": "Two must stand by"}),
        Act.SEAL: ("3001", {"plate": "NM-1", **SEALED}),
        Act.EXCEPT: ("2001", {"plate": "NM-1", "reason": "Fire watch", "order": "1-00009"}),
        Act.UNSEAL: ("3001", {"plate": "NM-1", "odometer_km": 45_001, "fuel_quarters": 3}),
        Act.CLOSE: ("5001", {}),
    },
)  # fmt: skip
SEAL = DESK.fact(Act.SEAL, at_ms=FIRST_MS)


def unseal(**changed: Any) -> Case:
    return DESK.through(Act.PLAN, Act.APPROVE, SEAL, DESK.fact(Act.UNSEAL, at_ms=AFTER_MS, **changed))


def test_every_act_in_every_state_leads_where_the_table_says() -> None:
    reached = {
        str(State.PLANNED): DESK.through(Act.PLAN),
        str(State.SENT_BACK): DESK.through(Act.PLAN, Act.SEND_BACK),
        str(State.APPROVED): DESK.through(Act.PLAN, Act.APPROVE),
        str(State.CLOSED): DESK.through(Act.PLAN, Act.APPROVE, Act.CLOSE),
    }

    assert DESK.moves(reached) == dict(sealing.KIND.moves)


def test_an_approved_plan_closes_its_days_for_its_vehicles_and_keeps_the_duty_vehicle() -> None:
    found = sealing.seals(DESK.through(Act.PLAN, Act.APPROVE))

    assert found["NM-1"].span == (FIRST_MS, FIRST_MS + 7 * DAY_MS)
    assert (found["NM-1"].sealed, found["NM-3"].duty) == (False, True)
    assert sealing.seals(DESK.through(Act.PLAN)) == {}


def test_a_sealed_vehicle_is_sealed_until_it_is_unsealed_and_an_exception_names_its_order() -> None:
    sealed = DESK.through(Act.PLAN, Act.APPROVE, SEAL)
    let_out = DESK.through(Act.PLAN, Act.APPROVE, SEAL, Act.EXCEPT)
    open_door = DESK.through(Act.PLAN, Act.APPROVE, DESK.fact(Act.EXCEPT, without="order"))

    assert sealing.seals(sealed)["NM-1"].sealed
    assert sealing.seals(let_out)["NM-1"].excepted == {"1-00009"}
    assert sealing.seals(open_door)["NM-1"].open
    assert "NM-1" not in sealing.seals(unseal())


@pytest.mark.parametrize(
    ("odometer_km", "flagged"), [(45_001, []), (45_002, [("NM-1", 2)]), (44_000, [("NM-1", 1000)])]
)
def test_unsealing_compares_and_more_than_a_kilometre_is_flagged(
    odometer_km: int, flagged: list[tuple[str, int]]
) -> None:
    assert sealing.flagged(unseal(odometer_km=odometer_km)) == flagged


def test_a_vehicle_is_unsealed_on_the_last_day_only_under_an_exception() -> None:
    last_day = DESK.fact(Act.UNSEAL, at_ms=FIRST_MS + 7 * DAY_MS - 1)

    assert DESK.refusal(DESK.through(Act.PLAN, Act.APPROVE, SEAL), last_day) == "unsealed_early"
    assert DESK.refusal(DESK.through(Act.PLAN, Act.APPROVE, SEAL, Act.EXCEPT), last_day) == ""


@pytest.mark.parametrize(
    ("done", "act", "changed", "code"),
    [
        ((), Act.PLAN, {"to_day": "2026-09-30"}, "case_particular"),
        ((), Act.PLAN, {"from_day": "tomorrow"}, "case_particular"),
        ((), Act.PLAN, {"duty": ["NM-1"]}, "sealed_and_duty"),
        ((Act.PLAN,), Act.APPROVE, {"by": "5001"}, "same_person"),
        ((Act.PLAN, Act.APPROVE), Act.SEAL, {"plate": "NM-9"}, "not_in_batch"),
        ((Act.PLAN, Act.APPROVE), Act.EXCEPT, {"plate": "NM-9"}, "not_in_batch"),
        ((Act.PLAN, Act.APPROVE, Act.SEAL), Act.SEAL, {}, "sealed_already"),
        ((Act.PLAN, Act.APPROVE), Act.UNSEAL, {}, "not_sealed"),
        ((Act.PLAN, Act.APPROVE, Act.SEAL), Act.CLOSE, {}, "still_sealed"),
    ],
)
def test_each_guard_says_what_it_keeps(done: tuple[str, ...], act: str, changed: dict[str, str], code: str) -> None:
    assert DESK.refusal(DESK.through(*done), DESK.fact(act, **changed)) == code  # type: ignore[arg-type]


def test_a_batch_up_to_the_last_day_there_is_can_be_planned() -> None:
    case = DESK.through(DESK.fact(Act.PLAN, to_day="9999-12-31"))

    assert case.whole("until_ms") == start_of(date(9999, 12, 31)) + DAY_MS
