"""Confidential trips at the desk (Art. 10 (4)): what is secret leaves it only sealed, and who may open it can."""

from __future__ import annotations

import pytest

from fleet.desk.orders import form_of
from fleet.desk.register import name_of
from fleet.errors import NotTrusted
from fleet.ledger import escrow, kinds, projection, secrecy
from fleet.ledger.canonical import Value
from fleet.ledger.entries import Placed
from fleet.ledger.operation import read
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act, State
from fleet.rules.secrecy import HIDDEN
from tests.fleet.rules.articles.unit import Unit
from tests.fleet.units import CUSTODIANS, ROOT, UNIT, a_node, appoint_custodians, delta, signer, steps, take, write
from tests.simulation.host import Host

WHO, WHY, WHERE, PHONE = "Sorgan-rider", "Deliver-the-papers", "Hidden-place", "13911112222"
SAID = "Told-on-the-way"
SECRETS = (WHO, WHY, WHERE, PHONE, SAID, "Remarkable")
CAR = {"cls": "confidential", "seats": "5", "terminal": "13800000009"}


@pytest.fixture
def unit() -> Unit:
    """A unit with a confidential vehicle and a driver cleared for it, which knows the custodians."""
    unit = Unit()
    appoint_custodians(unit.host)
    for entry, sets in (("vehicle/NM-9", CAR), ("person/driver-1", {"cleared": "yes"})):
        unit.do("head-1", unit.open("admin-1", "change", entry=entry, sets=sets, reason="Entered"), "approve")
    return unit


def secret_form(unit: Unit, **changed: object) -> dict[str, object]:
    secret = {
        "rider": WHO,
        "reason": WHY,
        "origin": "Yard",
        "destination": WHERE,
        "phone": PHONE,
        "remark": "Remarkable",
    }
    return unit.form(**secret, cls="confidential") | changed


def through_the_day(unit: Unit) -> str:
    """A confidential order from application to return, with something said at every step."""
    order = unit.host.desk.submit(signer("applicant-1"), secret_form(unit))
    unit.act("approver-1", order, Act.SEND_BACK, reason=SAID)
    unit.host.desk.submit(signer("applicant-1"), {}, order_id=order, explanation=SAID)
    unit.act("approver-1", order, Act.APPROVE, opinion=SAID)
    unit.act("dispatcher-1", order, Act.DISPATCH, vehicle="NM-9", driver="driver-1", why=SAID)
    unit.act("driver-1", order, Act.DEPART, odometer_km=1, note=SAID)
    unit.act("driver-1", order, Act.RETURN, odometer_km=9, place=WHERE, place_reason=SAID)
    return order


def everything(host: Host) -> bytes:
    """All bytes of a log, as they travel and lie."""
    return b"".join(delta(host).operations)


def test_no_word_of_it_stands_in_the_log_the_state_the_rows_or_the_search(unit: Unit) -> None:
    order = through_the_day(unit)

    log = everything(unit.host)
    rows = repr(projection.whole(unit.state)) + repr(unit.state.documents[f"order/{order}"].fields)
    assert unit.state.orders[order].state == State.BACK
    for secret in SECRETS:
        assert secret.encode() not in log, secret
        assert secret not in rows + repr(unit.state.orders[order]), secret


def test_what_everyone_may_know_is_in_the_clear(unit: Unit) -> None:
    order = through_the_day(unit)
    form = form_of(unit.state, order)

    assert (form.cls, form.passengers, form.rider, form.destination) == ("confidential", 2, "", "")
    assert (unit.state.orders[order].vehicle, unit.state.orders[order].odometer_in_km) == ("NM-9", 9)


def test_the_units_nodes_read_it_and_a_second_node_too(unit: Unit) -> None:
    order = through_the_day(unit)

    assert unit.host.vault.form(order).rider == WHO
    said = [unit.host.vault.show(f"order/{order}", placed.fact.detail) for placed in unit.state.acts[order]]
    assert [each.get("reason") for each in said if "reason" in each] == [SAID]
    assert [each["place"] for each in said if "place" in each] == [WHERE]
    assert [each["explanation"] for each in said if "explanation" in each] == [SAID]


def test_whose_key_it_was_not_sealed_for_reads_nothing(unit: Unit) -> None:
    order = through_the_day(unit)
    sealed = _seals(unit, order)[0]

    with pytest.raises(NotTrusted, match="secret_not_ours"):
        secrecy.open_fields(SHIPPED, sealed, secrecy.bound(UNIT, f"order/{order}"), SHIPPED.key(b"t" * 32))


def test_two_custodians_read_every_seal_and_one_reads_none(unit: Unit) -> None:
    order = through_the_day(unit)
    bound = secrecy.bound(UNIT, f"order/{order}")

    texts: dict[str, str] = {}
    for sealed in _seals(unit, order):
        turned = secrecy.open_outer(SHIPPED, sealed, bound, CUSTODIANS["outer"])
        texts |= secrecy.open_inner(SHIPPED, sealed, bound, turned, CUSTODIANS["inner"])
        with pytest.raises(NotTrusted, match="secret_not_ours"):
            secrecy.open_outer(SHIPPED, sealed, bound, CUSTODIANS["inner"])

    assert {WHO, WHY, WHERE, PHONE, SAID} <= set(texts.values())


def test_an_approval_covers_the_sealed_text_that_was_read(unit: Unit) -> None:
    order = unit.host.desk.submit(signer("applicant-1"), secret_form(unit))
    before = unit.state.orders[order].content
    unit.act("approver-1", order, Act.SEND_BACK, reason="Too many")
    unit.host.desk.submit(signer("applicant-1"), {"rider": "Another"}, order_id=order)

    assert unit.refused(unit.act, "approver-1", order, Act.APPROVE, content=before) == ("content_changed", "8")
    assert unit.act("approver-1", order, Act.APPROVE).approved == unit.state.orders[order].content != before


def test_who_travels_does_not_approve_it_although_the_name_is_sealed(unit: Unit) -> None:
    form = secret_form(unit, rider=name_of(unit.state, "approver-1"))
    order = unit.host.desk.submit(signer("applicant-1"), form)

    assert unit.refused(unit.act, "approver-1", order, Act.APPROVE) == ("own_order", "8")


def test_the_same_again_is_refused_although_no_two_seals_are_alike(unit: Unit) -> None:
    order = unit.host.desk.submit(signer("applicant-1"), secret_form(unit))
    unit.act("approver-1", order, Act.SEND_BACK, reason="Too many")

    assert unit.refused(unit.host.desk.submit, signer("applicant-1"), {}, order_id=order) == (
        "unchanged_resubmission", "8",
    )  # fmt: skip


@pytest.mark.parametrize(("first", "then"), [("study", "confidential"), ("confidential", "study")])
def test_what_was_in_the_clear_is_not_made_confidential_afterwards(unit: Unit, first: str, then: str) -> None:
    order = unit.host.desk.submit(signer("applicant-1"), secret_form(unit, cls=first))
    unit.act("approver-1", order, Act.SEND_BACK, reason="Wrong class")

    refusal = unit.refused(unit.host.desk.submit, signer("applicant-1"), {"cls": then}, order_id=order)
    assert refusal == ("class_fixed", "10")


def test_as_long_as_nobody_could_open_it_for_supervision_nothing_is_taken_in() -> None:
    unit = Unit()

    refusal = unit.refused(unit.host.desk.submit, signer("applicant-1"), secret_form(unit))
    assert refusal == ("escrow_unknown", "10")


def test_a_supplement_of_the_confidential_vehicle_tells_as_little(unit: Unit) -> None:
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request(plate="NM-9", why=WHY, facts=WHERE, rider=WHO))
    unit.do("approver-1", asked, "endorse", opinion=SAID)
    done = unit.do("dispatcher-1", asked, "complete", **unit.a_completion(form=secret_form(
        unit, start_ms=unit.now_ms - 8 * 3_600_000, end_ms=unit.now_ms - 2 * 3_600_000,
    )))  # fmt: skip

    assert all(secret.encode() not in everything(unit.host) for secret in SECRETS)
    assert (asked.text("why"), unit.state.orders[done.order].state) == (HIDDEN, State.CLOSED)
    assert unit.host.vault.form(done.order).rider == WHO
    acts = unit.state.case_acts[f"supplement/{done.id}"]
    assert unit.host.vault.said(f"supplement/{done.id}", acts)["facts"] == WHERE
    assert unit.state.blobs == {}, "its scan is named to nobody else"


def test_who_travelled_does_not_endorse_it_although_the_name_is_sealed(unit: Unit) -> None:
    rider = name_of(unit.state, "approver-1")
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request(plate="NM-9", rider=rider))

    assert unit.refused(unit.do, "approver-1", asked, "endorse") == ("own_order", "8")


def test_a_trip_of_another_class_is_not_supplemented_for_the_confidential_vehicle(unit: Unit) -> None:
    asked = unit.open("dispatcher-1", "supplement", **unit.a_request(plate="NM-9"))
    unit.do("approver-1", asked, "endorse")

    assert unit.refused(unit.do, "dispatcher-1", asked, "complete", **unit.a_completion()) == ("supplement_class", "10")


def test_no_vehicle_is_rented_for_a_confidential_trip_even_with_a_shortage_on_record(unit: Unit) -> None:
    order = unit.host.desk.submit(signer("applicant-1"), secret_form(unit))
    unit.act("approver-1", order, Act.APPROVE)
    unit.act("dispatcher-1", order, Act.UNMET, reason=SAID)
    rented = {"vehicle": "NM-R7", "supplier": "Steppe Rental", "price_basis": "contract 7"}

    for who in ({"driver": "driver-1"}, {"supplier_driver": "Somebody"}):
        refusal = unit.refused(unit.act, "dispatcher-1", order, Act.DISPATCH, **rented, **who)
        assert refusal == ("rental_confidential", "2")

    assert unit.state.orders[order].state == State.UNMET


def test_a_correction_and_an_accident_hide_who_and_where(unit: Unit) -> None:
    order = through_the_day(unit)
    unit.act("dispatcher-1", order, Act.CLOSE, receipts="none")
    wrong = {"cause": "correction", "order": order, "why": SAID, "facts": SAID}
    asked = unit.open("dispatcher-1", "supplement", **wrong)
    unit.do("approver-1", asked, "endorse")
    given = unit.a_completion(corrections={"rider": "Remarkable", "passengers": "3"})
    for name in ("form", "departed_ms", "back_ms", "odometer_out_km", "odometer_in_km"):
        del given[name]
    unit.do("dispatcher-1", asked, "complete", **given)
    crash = {"plate": "NM-9", "driver": "driver-1", "happened_ms": unit.now_ms, "injuries": "none"}
    unit.open("driver-1", "accident", **crash, order=order, place=WHERE, description=SAID)

    assert all(secret.encode() not in everything(unit.host) for secret in SECRETS)
    [told] = [placed for placed in unit.state.acts[order] if placed.told_by]
    assert told.fact.detail["corrections"] == {"rider": HIDDEN, "passengers": "3"}
    assert unit.host.vault.show(told.told_by, told.fact.detail)["corrections"] == {
        "rider": "Remarkable", "passengers": "3",
    }  # fmt: skip


# -- opening ----------------------------------------------------------------------------------------------------------


def opening(order: str, reason: str = "Case 7", **keys: object) -> Statement:
    """Central's record that both custodians have turned their keys."""
    turned = {**CUSTODIANS, **keys}
    marks = {name: escrow.turn(turned[name], UNIT, order, reason, 5) for name in CUSTODIANS}  # type: ignore[arg-type]
    return Statement("order.opened", kinds.ORDERS + order, escrow.opening("Case 7", 5, **marks))


def two_ends(unit: Unit) -> tuple[Host, str]:
    """A central that holds the unit's log, and a confidential order in it."""
    other = Unit()
    central = appoint_custodians(other.host)
    order = through_the_day(unit)
    take(central.replica, steps(unit.host))
    return central, order


def test_an_opening_by_both_is_on_record_with_its_reason_and_changes_nothing(unit: Unit) -> None:
    central, order = two_ends(unit)
    write(central, opening(order))
    take(unit.host.replica, steps(central))

    after = unit.state.orders[order]
    assert (after.state, after.facts[-1].act, after.facts[-1].text("reason")) == (State.BACK, "opened", "Case 7")


@pytest.mark.parametrize(
    "statement",
    [
        lambda order: opening(order, outer=SHIPPED.key(b"t" * 32)),
        lambda order: opening(order, inner=CUSTODIANS["outer"]),
        lambda order: opening(order, reason="Another reason"),
        lambda order: Statement("order.opened", kinds.ORDERS + order, opening("1-00099").body),
    ],
    ids=["a stranger", "one for both", "for another reason", "of another order"],
)
def test_nothing_else_is_an_opening(unit: Unit, statement: object) -> None:
    central, order = two_ends(unit)
    assert callable(statement)

    with pytest.raises(NotTrusted, match="opening_unproved"):
        write(central, statement(order))


def test_a_unit_cannot_write_that_it_was_opened(unit: Unit) -> None:
    order = through_the_day(unit)

    with pytest.raises(NotTrusted, match="opening_unproved"):
        write(unit.host, opening(order))


def test_only_the_root_names_custodians() -> None:
    unit = Unit()
    content: dict[str, Value] = {"inner": b"a" * 32, "outer": b"b" * 32, "inner_name": "A", "outer_name": "B"}
    whole = {**content, "issued_ms": 1}
    for message in (
        escrow.appoint(SHIPPED.key(b"t" * 32), UNIT, whole),
        escrow.appoint(ROOT, "u2", whole),
        escrow.appoint(ROOT, UNIT, content),
        escrow.appoint(ROOT, UNIT, {**whole, "outer": b"a" * 32}),
    ):
        central = appoint_custodians(Unit().host)
        with pytest.raises(NotTrusted):
            write(central, Statement(kinds.REGION_ESCROW, kinds.REGION + UNIT, message))
    assert escrow.custody(unit.state) is None


def test_a_node_that_joins_later_says_that_it_cannot_read(unit: Unit) -> None:
    order = through_the_day(unit)
    late = a_node(2)

    assert late.vault.open(f"order/{order}", _seals(unit, order)[0]) == {}


def _seals(unit: Unit, order: str) -> list[bytes]:
    placed: tuple[Placed, ...] = unit.state.acts[order]
    found = [each.fact.detail.get(kinds.SEALED) for each in placed]
    return [each for each in found if isinstance(each, bytes)]


def test_what_travels_is_what_was_searched(unit: Unit) -> None:
    through_the_day(unit)

    assert b"confidential" in everything(unit.host)
    assert any(read(data).operation.kind == "order.return" for data in delta(unit.host).operations)
