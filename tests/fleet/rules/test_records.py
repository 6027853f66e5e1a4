"""Minutes, accidents, disposal, interpretations, changes of data, voiding: each state with each act, each guard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.rules import accident, change, disposal, minutes, ruling, void
from fleet.rules import order as orders
from fleet.rules.case import Case, told
from fleet.rules.facts import Fact
from fleet.rules.four_eyes import Act
from fleet.rules.order import Order
from fleet.rules.settings import Chosen
from tests.fleet.rules.case_tables import NOON_MS, Desk

DRIVER, OTHER_DRIVER, DISPATCHER, APPROVER, ADMIN, HEAD = "4001", "4002", "3001", "2001", "5001", "6001"
PROPOSAL = "a" * 64
DECIDED: dict[str, tuple[str, dict[str, object]]] = {
    Act.APPROVE: (HEAD, {"proposal": PROPOSAL}),
    Act.REFUSE: (HEAD, {"proposal": PROPOSAL, "reason": "No"}),
    Act.WITHDRAW: (ADMIN, {}),
}

MINUTES = Desk(
    minutes.KIND,
    {
        minutes.Act.RECORD: (
            DISPATCHER,
            {
                "type": "safety_meeting", "held_ms": NOON_MS - 1, "host": "Batu", "topics": "Winter roads",
                "attendees": [DRIVER, DISPATCHER], "absent": [OTHER_DRIVER],
            },
        ),
        minutes.Act.SIGN: (DRIVER, {}),
        minutes.Act.MAKE_UP: (DISPATCHER, {"person": OTHER_DRIVER, "made_up_ms": NOON_MS}),
        minutes.Act.CLOSE: (DISPATCHER, {}),
    },
)  # fmt: skip
ACCIDENT = Desk(
    accident.KIND,
    {
        accident.Act.REPORT: (
            DRIVER,
            {
                "plate": "NM-1", "driver": DRIVER, "order": "1-00007", "happened_ms": NOON_MS, "place": "S218, km 40",
                "description": "Slid into the ditch", "injuries": "none",
            },
        ),
        accident.Act.ADD: (DISPATCHER, {"police_no": "1529-7", "costs_fen": 80_000}),
        accident.Act.REVIEW: (HEAD, {}),
        accident.Act.CLOSE: (HEAD, {"liability": "own", "lessons": "Chains from October on"}),
    },
)  # fmt: skip
DISPOSAL = Desk(
    disposal.KIND,
    {
        disposal.Act.COMPILE: (
            ADMIN, {"plate": "NM-1", "way": "auction", "reason": "Worn out", "age_months": 120, "odometer_km": 200_000},
        ),
        disposal.Act.APPROVE: (HEAD, {"proposal": PROPOSAL}),
        disposal.Act.REFUSE: (HEAD, {"proposal": PROPOSAL, "reason": "One more winter"}),
        disposal.Act.EXECUTE: (ADMIN, {"document": "Auction 2026-7", "proceeds_fen": 3_000_000}),
    },
)  # fmt: skip
RULING = Desk(
    ruling.KIND,
    DECIDED
    | {
        Act.PROPOSE: (
            ADMIN,
            {
                "question": "Are weekends holidays?", "ruling": "Yes", "document": "3", "effective_on": "2026-04-01",
                "reason": "Asked in February",
            },
        )
    },
)  # fmt: skip
CHANGE = Desk(
    change.KIND,
    DECIDED
    | {Act.PROPOSE: (ADMIN, {"entry": "vehicle/NM-1", "sets": {"seats": "7"}, "clears": ["home"], "reason": "Refit"})},
)
VOID = Desk(void.KIND, DECIDED | {Act.PROPOSE: (ADMIN, {"order": "1-00007", "reason": "Entered twice"})})

MADE: dict[str, tuple[Desk, dict[str, Case]]] = {
    "minutes": (
        MINUTES,
        {
            "open": MINUTES.through(minutes.Act.RECORD),
            "closed": MINUTES.through(minutes.Act.RECORD, minutes.Act.CLOSE),
        },
    ),
    "accident": (
        ACCIDENT,
        {
            "reported": ACCIDENT.through(accident.Act.REPORT),
            "under_review": ACCIDENT.through(accident.Act.REPORT, accident.Act.REVIEW),
            "closed": ACCIDENT.through(accident.Act.REPORT, accident.Act.REVIEW, accident.Act.CLOSE),
        },
    ),
    "disposal": (
        DISPOSAL,
        {
            "compiled": DISPOSAL.through(disposal.Act.COMPILE),
            "approved": DISPOSAL.through(disposal.Act.COMPILE, disposal.Act.APPROVE),
            "refused": DISPOSAL.through(disposal.Act.COMPILE, disposal.Act.REFUSE),
            "done": DISPOSAL.through(disposal.Act.COMPILE, disposal.Act.APPROVE, disposal.Act.EXECUTE),
        },
    ),
} | {
    desk.kind.name: (
        desk,
        {
            "proposed": desk.through(Act.PROPOSE),
            "approved": desk.through(Act.PROPOSE, Act.APPROVE),
            "refused": desk.through(Act.PROPOSE, Act.REFUSE),
            "withdrawn": desk.through(Act.PROPOSE, Act.WITHDRAW),
        },
    )
    for desk in (RULING, CHANGE, VOID)
}


@pytest.mark.parametrize("name", MADE)
def test_every_state_with_every_act_goes_where_the_table_says_or_nowhere(name: str) -> None:
    desk, reached = MADE[name]

    assert set(reached) == desk.kind.states
    assert desk.moves(reached) == dict(desk.kind.moves)


def new(desk: Desk) -> Case:
    return Case(id="1-00001", kind=desk.kind.name)


@pytest.mark.parametrize(
    ("desk", "case", "fact", "code"),
    [
        (MINUTES, new(MINUTES), MINUTES.fact("record", held_ms=NOON_MS + 1), "case_particular"),
        (MINUTES, MADE["minutes"][1]["open"], MINUTES.fact("sign", by=APPROVER), "not_an_attendee"),
        (MINUTES, MINUTES.through("record", "sign"), MINUTES.fact("sign"), "signed_already"),
        (MINUTES, MADE["minutes"][1]["open"], MINUTES.fact("make_up", person=DRIVER), "case_particular"),
        (DISPOSAL, MADE["disposal"][1]["compiled"], DISPOSAL.fact("approve", by=ADMIN), "same_person"),
        (DISPOSAL, MADE["disposal"][1]["compiled"], DISPOSAL.fact("approve", proposal="b" * 64), "request_changed"),
        (RULING, new(RULING), RULING.fact("propose", effective_on="soon"), "case_particular"),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", entry="vehicle"), "case_particular"),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", entry="moon/NM-1"), "case_particular"),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", sets={"colour": "red"}), "case_particular"),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", sets={"seats": "700"}), "case_particular"),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", clears=["seats"]), ""),
        (CHANGE, new(CHANGE), CHANGE.fact("propose", sets={}, clears=["seats"], without="sets"), "case_particular"),
        (CHANGE, MADE["change"][1]["proposed"], CHANGE.fact("approve", by=ADMIN), "same_person"),
        (VOID, MADE["void"][1]["proposed"], VOID.fact("approve", by=ADMIN), "same_person"),
        (VOID, MADE["void"][1]["proposed"], VOID.fact("withdraw", by=DISPATCHER), "not_the_proposer"),
    ],
)
def test_each_guard_refuses_and_says_by_which_rule(desk: Desk, case: Case, fact: Fact, code: str) -> None:
    assert desk.refusal(case, fact) == code


def test_whoever_was_absent_signs_once_they_made_up_for_it() -> None:
    case = MINUTES.through("record", "make_up", MINUTES.fact("sign", by=OTHER_DRIVER))

    assert case.data["signed"] == [OTHER_DRIVER]
    assert minutes.unsigned(case) == [DRIVER, DISPATCHER]


def test_what_becomes_known_of_an_accident_stands_beside_what_was_reported() -> None:
    case = ACCIDENT.through("report", "add", "review", "close")

    assert (case.plate, case.order, case.text("police_no")) == ("NM-1", "1-00007", "1529-7")
    assert case.text("description") == "Slid into the ditch"
    assert case.text("lessons") == "Chains from October on"


def test_a_dossier_says_which_figures_speak_for_disposal_by_the_settings_it_was_signed_under() -> None:
    changed = {"disposal_odometer_km": Chosen(150_000, "local", "c")}
    stricter = replace(DISPOSAL.fact("compile"), settings=changed)

    assert DISPOSAL.through("compile").data["speaks_for"] == ["age_months"]
    assert DISPOSAL.through(stricter).data["speaks_for"] == ["age_months", "odometer_km"]


def test_the_register_says_what_an_approved_change_says_and_nothing_before() -> None:
    enacts = change.KIND.enacts
    assert enacts is not None

    assert enacts(MADE["change"][1]["proposed"]) == {}
    assert enacts(MADE["change"][1]["refused"]) == {}
    assert enacts(MADE["change"][1]["approved"]) == {"vehicle/NM-1/home": "", "vehicle/NM-1/seats": "7"}


@pytest.mark.parametrize("state", [orders.State.BACK, orders.State.CLOSED])
def test_two_people_void_a_trip_that_is_over_and_its_record_stays(state: orders.State) -> None:
    (one,) = told(void.KIND, MADE["void"][1]["approved"])
    before = Order(id="1-00007", state=state, vehicle="NM-1", driver=DRIVER)

    after = orders.move(before, one.fact)

    assert (after.state, after.vehicle, after.driver) == (orders.State.VOID, "NM-1", DRIVER)
    assert one.fact.detail["reason"] == "Entered twice"


@pytest.mark.parametrize("state", sorted(set(orders.State) - {orders.State.BACK, orders.State.CLOSED}))
def test_an_order_without_a_finished_trip_is_not_voided(state: orders.State) -> None:
    (one,) = told(void.KIND, MADE["void"][1]["approved"])

    order = orders.advance(Order(id="1-00007", state=state), one.fact)

    assert (order.state, [refused.code for refused in order.refused]) == (state, ["illegal_move"])
