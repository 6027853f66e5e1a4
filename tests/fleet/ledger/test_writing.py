"""What is written here: all of it or none, naming what its author had seen, and only what has effect."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import kinds
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import NAME_LENGTH_MAX, SIZE_MAX, Author, Head
from fleet.ledger.replica import Signer, Statement
from fleet.ledger.store import RUN_OPERATIONS_MAX, Refusal
from tests.fleet.ledger.logs import CENTRAL_KEY, met, reborn, sighting
from tests.fleet.units import EVERYTHING, ROOT, UNIT, a_host, a_node, a_reader, act, delta, enrolment, signer, write
from tests.simulation.host import Host


def test_what_is_written_names_what_its_author_had_seen_of_others_once(node: Host) -> None:
    other = met(node)
    seen = node.replica.state.heads[node.author]

    first, second = (write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(at)))[0] for at in (1, 2))

    assert (first.operation.deps, second.operation.deps) == ((seen,), ())


def test_of_several_statements_written_together_the_first_names_what_was_seen(node: Host) -> None:
    other = met(node)

    made = write(other, *(Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(at)) for at in (1, 2)))

    assert [len(one.operation.deps) for one in made] == [1, 0]


def test_what_was_seen_is_named_after_a_restart_and_after_a_write_that_failed(node: Host) -> None:
    other = met(node)
    with pytest.raises(NotTrusted):
        write(other, act("approve", "driver-1"))
    reborn(other)

    [made] = write(other, act("approve", "approver-1", content="aa"))

    assert made.operation.deps == (node.replica.state.heads[node.author],)


def test_a_nodes_own_log_coming_back_to_it_is_no_cause_of_its_next_operation(node: Host) -> None:
    restored = a_host(1)

    restored.replica.receive(delta(node))
    [made] = write(restored, act("approve", "approver-1", content="aa"))

    assert (made.operation.seq, made.operation.deps) == (node.replica.made + 1, ())


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (act("approve", "driver-1", content="aa"), "no_role"),
        (act("approve", "approver-2", content="aa"), "unknown_person"),
        (Statement("order.approve", "order/1-00001", {}, Signer("approver-1", ROOT)), "person_signature"),
        (Statement("order.approve", "order/1-00001", {}), "unknown_person"),
        (Statement("order.approve", "order/1-00001", {"content": "x" * SIZE_MAX}, signer("approver-1")), "too_large"),
        (Statement("order.approve", "order/1-00001", {"content": "\ud800"}, signer("approver-1")), "operation_form"),
        (Statement("order.approve", "order/1-00001", {"n": 1 << 70}, signer("approver-1")), "operation_form"),
        (act("approve", "approver-1", "x" * NAME_LENGTH_MAX, content="aa"), "operation_form"),
        (Statement("order.approve", "order/1", {"a": [[[[[[[1]]]]]]]}, signer("approver-1")), "not_cbor"),
        (Statement("order.bless", "order/1-00001", {}), "unknown_kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_would_have_no_effect_or_could_not_be_read_again_is_not_written(
    node: Host, statement: Statement, code: str
) -> None:
    before = (node.replica.digest(), node.replica.made, node.disks[UNIT].commits)

    with pytest.raises(NotTrusted, match=code):
        write(node, act("approve", "approver-1", content="aa"), statement)

    assert (node.replica.digest(), node.replica.made, node.disks[UNIT].commits) == before
    assert node.replica.refusals == []
    assert reborn(node).digest() == before[0]


def test_a_long_write_is_sealed_in_pieces_that_can_travel() -> None:
    host = a_node(1)
    plain = Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1))
    write(host, *[plain] * (RUN_OPERATIONS_MAX + 10))
    reader, seen = a_reader(), 0

    while piece := host.replica.run(host.author, seen, EVERYTHING):
        seen = reader.receive(piece).head.seq  # type: ignore[union-attr]

    assert seen == host.replica.made == RUN_OPERATIONS_MAX + 11


def test_a_reader_writes_nothing() -> None:
    with pytest.raises(NotTrusted, match="not_an_author"):
        a_reader().write([enrolment("driver-1")])


@pytest.mark.parametrize("door", ["write", "receive", "refuse", "receipt"])
def test_a_full_disk_leaves_state_and_disk_as_they_were_and_the_work_goes_on_afterwards(node: Host, door: str) -> None:
    other, disk = met(node), node.disks[UNIT]
    write(other, act("approve", "approver-1", content="aa"))
    receipt = give_receipt(CENTRAL_KEY, node.replica.state.heads[node.author], 7)
    doors: dict[str, Callable[[], object]] = {
        "write": lambda: write(node, act("approve", "approver-1", content="aa")),
        "receive": lambda: node.replica.receive(delta(other)),
        "refuse": lambda: node.replica.note_refusal(Refusal(Head(Author(2, 1), 1, b"h" * 32), "seal", 1)),
        "receipt": lambda: node.replica.note_receipt(receipt, CENTRAL_KEY.public),
    }
    before = (node.replica.digest(), len(disk.log))
    disk.full = True

    with pytest.raises(Unavailable, match="disk_full"):
        doors[door]()

    assert (node.replica.digest(), len(disk.log)) == before
    assert (node.replica.receipts, node.replica.refusals) == ({}, [])
    disk.full = False
    doors[door]()
    assert node.replica.digest() == reborn(node).digest()
