"""Cases in the ledger: folded like orders, and what they say to orders is the same on every replica, in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import projection
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.operation import Named
from fleet.ledger.replica import Statement
from fleet.rules.order import State
from tests.fleet.units import UNIT, a_host, a_node, a_reader, codes, delta, signer, steps, submitted, take, write
from tests.simulation.clock import SimulatedTime
from tests.simulation.host import Host

CASE, ORDER = "supplement/1-00001", "1-00031"
PEOPLE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1")


def deed(act: str, person: str, **body: Value) -> Statement:
    return Statement(f"supplement.{act}", CASE, dict(body), signer(person))


def requested(host: Host, **more: Value) -> Named:
    body: dict[str, Value] = {
        "cause": "no_prior_order",
        "why": "w",
        "facts": "f",
        "plate": "NM-1",
        "driver": "driver-1",
    }
    (named,) = write(host, deed("request", "dispatcher-1", **body, **more))
    return named


def endorsed(host: Host, request: Named) -> None:
    write(host, deed("endorse", "approver-1", request=request.hash.hex()))


def completed(host: Host, *, order: str = ORDER, scan_size: int = 9) -> None:
    now_ms = host.clock.now_ms()
    body: dict[str, Value] = {
        "scan": "5" * 64, "scan_type": "application/pdf", "scan_size": scan_size, "seal_visible": True, "endorser": "L",
        "endorsed_on": "2026-01-01", "order": order, "content": "c" * 64, "vehicle": "NM-1", "driver": "driver-1",
        "departed_ms": now_ms - 9, "back_ms": now_ms - 1, "odometer_out_km": 1, "odometer_in_km": 2,
        "form": host.replica.update(f"order/{order}", {"rider": "Bayar"}),
    }  # fmt: skip
    write(host, deed("complete", "dispatcher-1", **body))


def test_a_completed_supplement_closes_an_order_that_nobody_applied_for() -> None:
    host = a_node(1, *PEOPLE)
    endorsed(host, requested(host))

    completed(host)

    order = host.replica.state.orders[ORDER]
    assert (order.state, order.supplement, order.approver) == (State.CLOSED, CASE, "approver-1")
    assert host.replica.state.document(f"order/{ORDER}").fields == {"rider": "Bayar"}
    assert host.disks[UNIT].tables["orders"][ORDER]["state"] == "closed"
    row = host.disks[UNIT].tables["cases"][CASE]
    assert (row["kind"], row["state"], row["open"], row["about_order"], row["plate"]) == (
        "supplement", "completed", 0, ORDER, "NM-1",
    )  # fmt: skip


def test_a_step_that_was_skipped_closes_no_order() -> None:
    host = a_node(1, *PEOPLE)
    requested(host)

    completed(host)

    assert ORDER not in host.replica.state.orders
    assert [one.code for one in host.replica.state.cases[CASE].refused] == ["case_move"]


def two_places() -> tuple[list[Delta], list[Delta]]:
    """Node 1 requests, endorses and completes; node 2 refused meanwhile, before the endorsement, and nobody knew."""
    time = SimulatedTime()
    first, second = a_node(1, *PEOPLE, time=time), a_node(2, *PEOPLE, time=time)
    request = requested(first)
    take(second.replica, [delta(first)])
    time.pass_ms(1000)
    write(second, deed("refuse", "approver-1", request=request.hash.hex(), reason="Nobody knew of it"))
    time.pass_ms(1000)
    endorsed(first, request)
    completed(first)
    return steps(first), steps(second)


def test_an_earlier_refusal_that_arrives_late_takes_the_order_back_and_everything_stays_readable() -> None:
    mine, theirs = two_places()
    reader = a_reader()
    take(reader, mine)
    assert reader.state.orders[ORDER].state == State.CLOSED

    take(reader, theirs)

    case, order = reader.state.cases[CASE], reader.state.orders[ORDER]
    assert (case.state, [one.fact.act for one in case.refused]) == ("refused", ["endorse", "complete"])
    assert (order.state, order.supplement, order.facts) == (State.DRAFT, "", ())
    assert reader.state.document(f"order/{ORDER}").fields == {"rider": "Bayar"}


def test_whatever_comes_first_every_replica_comes_to_the_same() -> None:
    mine, theirs = two_places()
    readers = []
    for one, other in permutations((mine, theirs)):
        reader = a_reader()
        take(reader, one)
        take(reader, other)
        take(reader, one)
        readers.append(reader)

    assert len({reader.digest() for reader in readers}) == 1
    assert projection.whole(readers[0].state) == projection.whole(readers[1].state)


def test_a_fact_on_the_order_itself_that_is_older_than_the_supplement_is_folded_before_it() -> None:
    time = SimulatedTime()
    first, second = a_node(1, *PEOPLE, time=time), a_node(2, *PEOPLE, time=time)
    submitted(second, ORDER)
    time.pass_ms(1000)
    endorsed(first, requested(first))
    completed(first)
    reader = a_reader()
    take(reader, steps(first))

    take(reader, steps(second))

    order = reader.state.orders[ORDER]
    assert (order.state, [one.fact.act for one in order.refused]) == (State.SUBMITTED, ["supplement"])


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (deed("endorse", "dispatcher-1", request="a" * 64), "no_role"),
        (Statement("supplement.request", CASE, {"why": "w"}), "unknown_person"),
        (Statement("supplement.request", "order/1-00001", {}, signer("dispatcher-1")), "wrong_target"),
        (Statement("supplement.wish", CASE, {}, signer("dispatcher-1")), "person_not_asked"),
        (Statement("supplement.request", CASE, b"", signer("dispatcher-1")), "body_form"),
        (deed("request", "dispatcher-1", order=ORDER, form=b""), "body_form"),
        (deed("complete", "dispatcher-1", form=b""), "body_form"),
    ],
)
def test_an_act_on_a_case_without_authority_or_form_has_no_effect(statement: Statement, code: str) -> None:
    host = a_node(1, *PEOPLE)
    before = host.replica.digest()

    with pytest.raises(NotTrusted) as refused:
        write(host, statement)

    assert refused.value.code == code
    assert host.replica.digest() == before


def test_central_stores_the_same_rows() -> None:
    host, central = a_node(1, *PEOPLE), a_host(0)
    endorsed(host, requested(host))
    completed(host)

    take(central.replicas[UNIT], steps(host))

    assert central.replicas[UNIT].digest() == host.replica.digest()
    assert central.disks[UNIT].tables["cases"] == host.disks[UNIT].tables["cases"]
    assert codes(central.replicas[UNIT]) == []


def setting(host: Host, number: int, value: int) -> None:
    """A setting proposed and approved at one place."""
    target = f"setting/1-{number:05d}"
    body: dict[str, Value] = {
        "name": "supplement_scan_max_mb", "value": value, "source": "local", "reason": "Old scanner",
    }  # fmt: skip
    (proposed,) = write(host, Statement("setting.propose", target, body, signer("admin-1")))
    approval: dict[str, Value] = {"proposal": proposed.hash.hex()}
    write(host, Statement("setting.approve", target, approval, signer("head-1")))


def test_an_act_is_judged_by_the_settings_its_author_knew_whatever_arrives_first() -> None:
    time = SimulatedTime()
    first, second = a_node(1, *PEOPLE, "admin-1", "head-1", time=time), a_node(2, *PEOPLE, time=time)
    setting(first, 1, 1)
    time.pass_ms(1000)
    endorsed(second, requested(second))
    completed(second, scan_size=2 << 20)
    mine, theirs = steps(first), steps(second)
    readers = [a_reader(), a_reader()]

    take(readers[0], [*mine, *theirs])
    take(readers[1], [*theirs, *mine])

    assert readers[0].digest() == readers[1].digest()
    assert readers[0].state.cases[CASE].state == "completed"
    assert readers[0].state.settings["supplement_scan_max_mb"].value == 1


def test_whoever_knew_of_a_change_is_bound_by_it() -> None:
    first, second = a_node(1, *PEOPLE, "admin-1", "head-1"), a_node(2, *PEOPLE)
    setting(first, 1, 1)
    take(second.replica, steps(first))

    endorsed(second, requested(second))
    completed(second, scan_size=2 << 20)

    case = second.replica.state.cases[CASE]
    assert (case.state, [one.code for one in case.refused]) == ("endorsed", ["scan_too_large"])


def test_of_two_changes_the_one_approved_later_is_in_force() -> None:
    host = a_node(1, *PEOPLE, "admin-1", "head-1")
    setting(host, 1, 5)
    setting(host, 2, 7)

    assert host.replica.state.settings["supplement_scan_max_mb"].value == 7
