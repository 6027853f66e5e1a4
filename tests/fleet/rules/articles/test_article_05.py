"""Article 5: applicants share one account of their unit, besides admin, approver, dispatcher and driver."""

from __future__ import annotations

import pytest

from fleet.desk.register import name_of
from fleet.rules.order import Act
from fleet.rules.roles import MAY, Role
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import signer


@pytest.mark.parametrize("act", [Act.SUBMIT, Act.APPROVE, Act.DISPATCH, Act.DEPART])
def test_each_step_of_the_day_is_one_roles_own(act: Act) -> None:
    owner = {
        Act.SUBMIT: Role.APPLICANT, Act.APPROVE: Role.APPROVER, Act.DISPATCH: Role.DISPATCHER, Act.DEPART: Role.DRIVER,
    }[act]  # fmt: skip

    assert MAY[act] == {owner}


def test_many_riders_travel_on_one_account_and_each_order_names_its_own(unit: Unit) -> None:
    orders = [unit.apply("applicant-1", rider=rider) for rider in ("Bayar", "Narisu")]

    assert {unit.state.orders[order].applicant for order in orders} == {"applicant-1"}
    assert [unit.state.document(f"order/{order}").fields["rider"] for order in orders] == ["Bayar", "Narisu"]


def test_an_order_stays_with_the_account_that_made_it(unit: Unit) -> None:
    order = unit.apply("applicant-1")
    unit.act("approver-1", order, Act.SEND_BACK, reason="Share the morning trip")
    again = unit.form(passengers=3)
    assert unit.refused(unit.host.desk.submit, signer("applicant-2"), again, order_id=order) == (
        "not_the_applicant", "5",
    )  # fmt: skip


def test_whoever_rides_does_not_approve_the_trip(unit: Unit) -> None:
    order = unit.apply(rider=name_of(unit.state, "approver-1"))

    assert unit.refused(unit.act, "approver-1", order, Act.APPROVE) == ("own_order", "8")
