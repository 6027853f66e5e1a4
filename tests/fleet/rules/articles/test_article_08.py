"""Article 8: the approver approves what fits, sends back what does not with the reason, hands the right to nobody."""

from __future__ import annotations

from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import enrolment, signer


def test_what_fits_is_approved(unit: Unit) -> None:
    order = unit.apply()

    assert unit.act("approver-1", order, Act.APPROVE).state == State.APPROVED


def test_what_does_not_fit_is_sent_back_with_the_reason(unit: Unit) -> None:
    order = unit.apply()

    assert unit.refused(unit.act, "approver-1", order, Act.SEND_BACK) == ("reason_missing", "8")
    sent_back = unit.act("approver-1", order, Act.SEND_BACK, reason="Share the morning trip")
    assert (sent_back.state, sent_back.facts[-1].detail["reason"]) == (State.SENT_BACK, "Share the morning trip")


def test_what_was_sent_back_comes_again_changed_or_explained(unit: Unit) -> None:
    order = unit.apply()
    unit.act("approver-1", order, Act.SEND_BACK, reason="Share the morning trip")
    same = {name: value for name, value in unit.form().items() if name not in {"start_ms", "end_ms"}}

    assert unit.refused(unit.host.desk.submit, signer("applicant-1"), same, order_id=order) == (
        "unchanged_resubmission",
        "8",
    )
    unit.host.desk.submit(signer("applicant-1"), same | {"passengers": 3}, order_id=order)
    assert unit.state.orders[order].revision == 2


def test_nobody_approves_an_order_of_their_own(unit: Unit) -> None:
    unit.host.replica.write([enrolment("approver-2")])
    order = unit.apply("approver-2")

    assert unit.refused(unit.act, "approver-2", order, Act.APPROVE) == ("own_order", "8")


def test_an_approval_covers_what_was_read_and_no_later_text(unit: Unit) -> None:
    order = unit.apply()

    assert unit.refused(unit.act, "approver-1", order, Act.APPROVE, content="c" * 64) == ("content_changed", "8")


def test_the_right_to_decide_is_not_anybody_elses(unit: Unit) -> None:
    order = unit.apply()

    for person in ("applicant-1", "dispatcher-1", "driver-1", "admin-1", "head-1"):
        assert unit.refused(unit.act, person, order, Act.APPROVE)[0] == "no_role", person


def test_an_endorsement_is_the_approvers_too(unit: Unit) -> None:
    case = unit.open("dispatcher-1", "supplement", **unit.a_request())

    assert unit.refused(unit.do, "dispatcher-2", case, "endorse")[0] == ""
    again = unit.open("dispatcher-1", "supplement", **unit.a_request())
    assert unit.refused(unit.do, "admin-1", again, "endorse") == ("no_role", "12")
