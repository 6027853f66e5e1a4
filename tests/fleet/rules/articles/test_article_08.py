"""Article 8: the approver approves what fits, sends back what does not with the reason, hands the right to nobody."""

from __future__ import annotations

from fleet.desk.register import name_of
from fleet.desk.work import items
from fleet.rules.order import Act, State
from tests.fleet.rules.articles.unit import MINUTE_MS, Unit
from tests.fleet.units import agree, an_authority, enrolment, signer, write


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


def test_what_stays_undecided_close_to_its_start_is_flagged_and_the_second_approver_is_asked(unit: Unit) -> None:
    unit.host.replica.write([enrolment("approver-2")])
    named = unit.open("admin-1", "change", entry="person/approver-2", sets={"second_approver": "yes"}, reason="Leave")
    unit.do("head-1", named, "approve")
    order = unit.apply()
    assert items(unit.state, unit.now_ms) == []

    unit.time.pass_ms(31 * MINUTE_MS)

    (item,) = items(unit.state, unit.now_ms)
    assert (item.what, item.order, item.person, item.choices) == (
        "undecided", order, "approver-2", ("approve", "send_back"),
    )  # fmt: skip
    assert [verdict.order for verdict in unit.alarms("A25")] == [order]
    unit.act("approver-2", order, Act.APPROVE)
    assert items(unit.state, unit.now_ms) == []


def lent(unit: Unit, holder: str) -> None:
    """Two people of the unit's authority let someone decide in the approver's place for a day, on a document."""
    write(unit.host, an_authority(unit.host))
    given: dict[str, object] = {"lender": "approver-1", "holder": holder, "document": "Order 12/2026"}
    span = {"valid_from_ms": unit.now_ms, "valid_to_ms": unit.now_ms + 24 * 60 * MINUTE_MS}
    agree(unit.host, "delegation", given | span)


def test_what_was_lent_on_a_document_covers_the_endorsement_of_a_supplement_and_both_names_stay(unit: Unit) -> None:
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request())
    assert unit.refused(unit.do, "driver-1", asked, "endorse") == ("no_role", "12")
    assert unit.host.cases.moves("driver-1", "supplement", asked.id) == []

    lent(unit, "driver-1")
    assert "endorse" in unit.host.cases.moves("driver-1", "supplement", asked.id)
    endorsed = unit.do("driver-1", asked, "endorse")
    done = unit.do("dispatcher-1", asked, "complete", **unit.a_completion())

    order = unit.state.orders[done.order]
    assert (endorsed.text("endorsed_by"), endorsed.text("endorsed_for")) == ("driver-1", "approver-1")
    assert (order.approver, order.approved_for) == ("driver-1", "approver-1")


def test_who_asked_for_a_supplement_does_not_endorse_it_in_an_approvers_place(unit: Unit) -> None:
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request())
    lent(unit, "dispatcher-1")

    assert unit.refused(unit.do, "dispatcher-1", asked, "endorse") == ("same_person", "12")


def test_nobody_endorses_a_trip_of_the_approver_in_whose_place_they_decide(unit: Unit) -> None:
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request(rider=name_of(unit.state, "approver-1")))
    lent(unit, "driver-1")

    assert unit.refused(unit.do, "driver-1", asked, "endorse") == ("own_order", "8")
