"""Article 14: named people hold the accounts, every change of rights and data is approved, nothing is deleted."""

from __future__ import annotations

import pytest

from fleet.desk.register import register, vehicle
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import CAR, HOUR_MS, Unit
from tests.fleet.units import signer


def test_data_is_changed_by_two_people_and_never_by_one(unit: Unit) -> None:
    alone = unit.refused(register, unit.host.replica, signer("admin-1"), CAR | {"seats": 7})
    change = unit.open("admin-1", "change", entry="vehicle/NM-1", sets={"seats": "7"}, reason="Refitted")
    assert vehicle(unit.state, "NM-1").seats == 5

    unit.do("head-1", change, "approve")

    assert alone == ("two_people_needed", "14")
    assert vehicle(unit.state, "NM-1").seats == 7


@pytest.mark.parametrize(
    ("kind", "proposal"),
    [
        ("change", {"entry": "vehicle/NM-1", "sets": {"seats": "7"}}),
        ("setting", {"name": "planned_lead_h", "value": 24, "source": "local"}),
    ],
)
def test_who_proposes_does_not_approve_and_who_approves_does_not_propose(
    unit: Unit, kind: str, proposal: dict[str, object]
) -> None:
    case = unit.open("admin-1", kind, **proposal, reason="So it is better")

    assert unit.refused(unit.do, "admin-1", case, "approve")[0] == "no_role"
    assert unit.refused(unit.open, "head-1", kind, **proposal, reason="Mine")[0] == "no_role"


def test_what_one_person_entered_while_the_unit_was_set_up_is_shown_until_a_second_confirms_it(unit: Unit) -> None:
    assert unit.alarms("A32") == [], "a second person has time to look"
    unit.time.pass_ms(31 * 24 * HOUR_MS)
    before = [(verdict.facts["count"], verdict.until_ms) for verdict in unit.alarms("A32")]
    change = unit.open("admin-1", "change", entry="vehicle/NM-1", sets={"home": "North yard"}, reason="Moved")
    unit.do("head-1", change, "approve")

    (after,) = unit.alarms("A32")

    assert (before, after.until_ms) == ([(1, None)], unit.now_ms)


def test_a_shared_account_has_a_custodian_and_every_order_a_real_rider(unit: Unit) -> None:
    change = unit.open("admin-1", "change", entry="person/applicant-1", sets={"custodian": "Narisu"}, reason="Named")
    unit.do("head-1", change, "approve")
    order = unit.apply(rider="Bayar")

    assert unit.state.register.entry("person", "applicant-1")["custodian"] == "Narisu"
    assert unit.state.orders[order].applicant == "applicant-1"
    assert unit.state.document(f"order/{order}").fields["rider"] == "Bayar"
    assert unit.refused(unit.apply, rider="") == ("field_missing", "7")


def test_before_departure_an_order_is_cancelled_and_afterwards_two_people_void_it(unit: Unit) -> None:
    order = unit.apply()
    unit.through(order, Act.APPROVE, Act.DISPATCH, Act.DEPART)
    on_the_road = unit.refused(unit.open, "dispatcher-1", "void", order=order, reason="Twice")
    unit.through(order, Act.RETURN)
    case = unit.open("dispatcher-1", "void", order=order, reason="Entered twice")

    unit.do("approver-1", case, "approve")

    after = unit.state.orders[order]
    assert on_the_road == ("not_voidable", "14")
    assert (after.state, after.vehicle, len(after.facts)) == (State.VOID, "NM-1", 6)


def test_a_change_that_was_refused_stays_readable(unit: Unit) -> None:
    change = unit.open("admin-1", "change", entry="vehicle/NM-1", sets={"seats": "7"}, reason="Refitted")

    unit.do("head-1", change, "refuse", reason="No papers")

    kept = unit.state.cases[f"change/{change.id}"]
    assert (kept.state, kept.data["sets"], kept.data["refusal"]) == ("refused", {"seats": "7"}, "No papers")
