"""Receipts and refusals: kept once, believed from whom they may come, and bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet.errors import NotTrusted
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Author, Head, name, read
from fleet.ledger.store import REFUSALS_MAX, Receipt, Refusal
from tests.fleet.ledger.logs import CENTRAL_KEY, next_after, reborn, receipt_for, sealed
from tests.fleet.units import ROOT, a_reader, act, delta, write
from tests.simulation.host import Host


def test_a_receipt_is_kept_and_is_there_after_a_restart(node: Host) -> None:
    head = node.replica.state.heads[node.author]

    node.replica.note_receipt(receipt_for(head), CENTRAL_KEY.public)

    assert node.replica.receipted == node.replica.made
    assert reborn(node).receipted == node.replica.made
    [made] = write(node, act("approve", "approver-1", content="aa"))
    assert made.operation.receipt == head.seq


def test_an_older_receipt_takes_nothing_back(node: Host) -> None:
    node.replica.note_receipt(receipt_for(node.replica.state.heads[node.author]), CENTRAL_KEY.public)

    node.replica.note_receipt(receipt_for(read(delta(node).operations[0]).head), CENTRAL_KEY.public)

    assert node.replica.receipted == node.replica.made


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (lambda head: give_receipt(ROOT, head, 7), "receipt_signature"),
        (lambda head: receipt_for(head)._replace(time_ms=8), "receipt_signature"),
        (lambda head: receipt_for(head)._replace(head=head._replace(seq=1)), "receipt_signature"),
        (lambda head: receipt_for(head._replace(seq=head.seq + 1)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(hash=b"h" * 32)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(seq=2)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(seq=0, hash=b"")), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(author=Author(9, 1))), "receipt_unknown"),
    ],
)
def test_a_receipt_counts_only_from_central_and_for_exactly_what_is_held(
    node: Host, receipt: Callable[[Head], Receipt], code: str
) -> None:
    with pytest.raises(NotTrusted, match=code):
        node.replica.note_receipt(receipt(node.replica.state.heads[node.author]), CENTRAL_KEY.public)

    assert node.replica.receipts == {}


def test_the_first_receipt_for_a_head_stands_because_it_proves_the_earlier_time(node: Host) -> None:
    head = node.replica.state.heads[node.author]
    reader = a_reader()
    reader.receive(delta(node))

    first, again = (reader.acknowledge(head, CENTRAL_KEY, time_ms) for time_ms in (5, 9))

    assert first == again


def test_refusals_are_kept_once_bounded_and_over_a_restart(node: Host) -> None:
    replica = node.replica
    for seq in range(REFUSALS_MAX + 9):
        for _ in range(2):
            replica.note_refusal(Refusal(Head(node.author, seq, b"h" * 32), "seal", seq))
        replica.note_refusal(Refusal(Head(Author(100 + seq, 1), 0, b""), "seal", seq))

    kept = [refusal.head.author == node.author for refusal in replica.refusals]
    assert (kept.count(True), kept.count(False)) == (REFUSALS_MAX, REFUSALS_MAX)
    assert reborn(node).refusals == replica.refusals


def test_operations_without_effect_beyond_the_bound_are_counted_and_not_kept(node: Host) -> None:
    made = [next_after(node, person="driver-1")]
    for _ in range(REFUSALS_MAX + 4):
        made.append(name(replace(made[-1].operation, seq=made[-1].operation.seq + 1, prev=made[-1].hash)))
    reader = a_reader()
    reader.receive(delta(node))

    reader.receive(sealed(node, *made))

    assert (len(reader.refusals), reader.quarantined) == (REFUSALS_MAX, REFUSALS_MAX + 5)
