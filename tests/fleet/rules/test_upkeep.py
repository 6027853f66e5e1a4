"""Checks, defects, terminal faults and keys (Art. 9, 10, 15, 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fleet.rules import checks, custody, defect, fault
from fleet.rules.alarm.spans import Span
from fleet.rules.calendar import start_of
from fleet.rules.settings import Chosen
from tests.fleet.rules.case_tables import DAY_MS, HOUR_MS, NOON_MS, Desk

SUMMER = dict.fromkeys(checks.items(checks.BEFORE, winter=False), "ok")
CHECKS = Desk(checks.KIND, {checks.RECORD: ("4001", {"phase": "before", "plate": "NM-1", "items": SUMMER})})
DEFECTS = Desk(
    defect.KIND,
    {
        defect.Act.REPORT: ("4001", {"plate": "NM-1", "item": "brakes", "severity": "blocking", "text": "Soft pedal"}),
        defect.Act.REPAIR: ("3001", {"supplier": "Workshop"}),
        defect.Act.CLEAR: ("3001", {"how": "New pads"}),
        defect.Act.ACKNOWLEDGE: ("4001", {}),
    },
)
FAULTS = Desk(
    fault.KIND,
    {
        fault.Act.NOTICE: ("4001", {"plate": "NM-1", "terminal": "138", "what": "No light"}),
        fault.Act.REPORT: ("3001", {"to": "Maker"}),
        fault.Act.AWAIT_PART: ("3001", {"part": "Antenna"}),
        fault.Act.REPAIR: ("3001", {"by": "Maker", "how": "Antenna replaced"}),
    },
)
JANUARY_MS = start_of(date(2027, 1, 15)) + 8 * HOUR_MS


# -- checks ---------------------------------------------------------------------------------------------------------


def test_a_check_answers_every_item_of_its_phase() -> None:
    case = CHECKS.through(checks.RECORD)

    assert (case.state, case.plate, checks.defects(case)) == (checks.RECORDED, "NM-1", ())


@pytest.mark.parametrize("item", [*checks.ITEMS["before"]])
def test_an_item_left_open_is_named(item: str) -> None:
    open_one = {name: value for name, value in SUMMER.items() if name != item}
    fact = CHECKS.fact(checks.RECORD, items=open_one)

    assert CHECKS.refusal(CHECKS.through(), fact) == "check_item_open"


@pytest.mark.parametrize("items", [{**SUMMER, "ashtray": "ok"}, {**SUMMER, "brakes": "fine"}])
def test_an_item_or_an_answer_there_is_not_is_refused(items: dict[str, str]) -> None:
    assert CHECKS.refusal(CHECKS.through(), CHECKS.fact(checks.RECORD, items=items)) == "check_item_open"


def test_in_winter_the_winter_items_are_asked_for_too() -> None:
    assert CHECKS.refusal(CHECKS.through(), CHECKS.fact(checks.RECORD, at_ms=JANUARY_MS)) == "check_item_open"
    whole = dict.fromkeys(checks.items(checks.BEFORE, winter=True), "ok")
    assert CHECKS.refusal(CHECKS.through(), CHECKS.fact(checks.RECORD, at_ms=JANUARY_MS, items=whole)) == ""


@pytest.mark.parametrize(("month", "winter"), [(9, False), (10, True), (1, True), (4, True), (5, False)])
def test_winter_is_from_october_to_april_unless_the_unit_says_otherwise(month: int, winter: bool) -> None:
    assert checks.is_winter(date(2026, month, 15), {}) is winter
    assert checks.is_winter(
        date(2026, month, 15),
        {"winter_first_month": Chosen(1, "local", "c"), "winter_last_month": Chosen(12, "local", "c")},
    )


def test_what_is_found_wrong_is_listed_in_the_order_of_the_table() -> None:
    case = CHECKS.through(CHECKS.fact(checks.RECORD, items={**SUMMER, "tools": "defect", "brakes": "defect"}))

    assert checks.defects(case) == ("brakes", "tools")


# -- defects --------------------------------------------------------------------------------------------------------


def test_every_act_on_a_defect_in_every_state_leads_where_the_table_says() -> None:
    reached = {
        defect.State.OPEN: DEFECTS.through(defect.Act.REPORT),
        defect.State.IN_REPAIR: DEFECTS.through(defect.Act.REPORT, defect.Act.REPAIR),
        defect.State.CLEARED: DEFECTS.through(defect.Act.REPORT, defect.Act.CLEAR),
    }

    assert all(case.state == state for state, case in reached.items())
    assert DEFECTS.moves({str(state): case for state, case in reached.items()}) == dict(defect.MOVES)


@pytest.mark.parametrize("item", sorted(checks.BLOCKING))
def test_what_blocks_by_default_is_never_reported_as_minor(item: str) -> None:
    assert DEFECTS.refusal(DEFECTS.through(), DEFECTS.fact("report", item=item, severity="minor")) == "blocking_item"


def test_a_blocking_defect_blocks_until_it_is_cleared_and_a_minor_one_never() -> None:
    minor = DEFECTS.fact("report", item="tools", severity="minor")

    assert defect.blocks(DEFECTS.through("report"))
    assert defect.blocks(DEFECTS.through("report", "repair"))
    assert not defect.blocks(DEFECTS.through("report", "clear"))
    assert not defect.blocks(DEFECTS.through(minor))


def test_the_next_driver_must_see_what_is_open_and_what_was_cleared_since_the_vehicle_last_left() -> None:
    open_one, cleared = DEFECTS.through("report"), DEFECTS.through("report", "acknowledge", "clear")
    seen = DEFECTS.through("report", "acknowledge")

    assert defect.unseen_by("4001", [open_one], NOON_MS) == [open_one]
    assert defect.unseen_by("4001", [seen], NOON_MS) == []
    assert defect.unseen_by("4002", [seen], NOON_MS) == [seen]
    assert defect.unseen_by("4001", [cleared], NOON_MS) == [cleared], "clearing is news to who saw it open"
    assert defect.unseen_by("4001", [cleared], cleared.since_ms + 1) == []


# -- terminal faults ------------------------------------------------------------------------------------------------


def test_every_act_on_a_fault_in_every_state_leads_where_the_table_says() -> None:
    reached = {
        str(fault.State.NOTICED): FAULTS.through("notice"),
        str(fault.State.REPORTED): FAULTS.through("notice", "report"),
        str(fault.State.AWAITING_PART): FAULTS.through("notice", "report", "await_part"),
        str(fault.State.REPAIRED): FAULTS.through("notice", "report", "repair"),
    }

    assert FAULTS.moves(reached) == dict(fault.KIND.moves)


def test_a_fault_is_reported_within_a_day_and_repaired_within_a_week_of_being_noticed() -> None:
    noticed, reported = FAULTS.through("notice"), FAULTS.through("notice", "report")

    assert [*fault.late(noticed)] == [("unreported", Span(NOON_MS + DAY_MS))]
    assert [*fault.late(reported)] == [("unrepaired", Span(NOON_MS + 7 * DAY_MS))]


def test_while_a_part_is_on_order_nothing_is_late_and_nothing_is_after_the_repair() -> None:
    assert [*fault.late(FAULTS.through("notice", "report", "await_part"))] == []
    assert [*fault.late(FAULTS.through("notice", "report", "repair"))] == []


def test_a_fault_noticed_earlier_than_it_was_entered_counts_from_then_and_never_from_the_future() -> None:
    early = FAULTS.through(FAULTS.fact("notice", noticed_ms=NOON_MS - 2 * DAY_MS))
    claimed = FAULTS.through(FAULTS.fact("notice", noticed_ms=NOON_MS + 2 * DAY_MS))

    assert [*fault.late(early)] == [("unreported", Span(NOON_MS - DAY_MS))]
    assert claimed.deadline_ms == NOON_MS + DAY_MS


def test_the_limits_are_settings() -> None:
    shorter = replace(FAULTS.fact("notice"), settings={"fault_report_h": Chosen(2, "local", "1-00001")})

    assert FAULTS.through(shorter).deadline_ms == NOON_MS + 2 * HOUR_MS


# -- keys -----------------------------------------------------------------------------------------------------------


def test_the_key_is_with_whom_it_was_handed_to_last() -> None:
    desk = Desk(custody.KIND, {custody.HAND: ("3001", {"plate": "NM-1", "from": "Cabinet", "to": "4001"})})
    first = desk.through(desk.fact("hand"))
    later = desk.through(desk.fact("hand", at_ms=NOON_MS + 1, **{"from": "4001", "to": "Cabinet"}))

    assert custody.holder("NM-1", [later, first]) == "Cabinet"
    assert custody.holder("NM-2", [later, first]) == ""
