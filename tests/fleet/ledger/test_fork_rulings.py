"""A log that was continued twice: the branch that central held first stands, once its word is heard."""

from __future__ import annotations

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.marks import give_receipt
from fleet.ledger.operation import Head
from fleet.ledger.replica import Statement
from fleet.ledger.store import FORK
from fleet.rules.order import State
from tests.fleet.ledger.logs import CENTRAL_KEY, met
from tests.fleet.ledger.parting import parted, talk
from tests.fleet.ledger.talking import agree
from tests.fleet.units import (
    UNIT,
    a_host,
    a_reader,
    an_edit,
    codes,
    delta,
    take,
    write,
)
from tests.simulation.host import Host


@pytest.mark.parametrize("first", ["node", "twin"])
def test_the_branch_that_central_held_first_stands_everywhere_once_its_word_is_heard(node: Host, first: str) -> None:
    twin, central, other = parted(node), a_host(0), met(node, number=2)
    winner, loser = (node, twin) if first == "node" else (twin, node)
    other.replica.receive(delta(loser))

    for host in (winner, loser, other, winner, loser):
        talk(host, central)

    assert agree(node, twin, other, central)
    expected = State.APPROVED if winner is node else State.SENT_BACK
    assert central.replicas[UNIT].state.orders["1-00001"].state == expected
    assert node.replica.receipts[node.author].head.seq == node.replica.made if winner is node else True
    assert [FORK in codes(host.replicas[UNIT]) for host in (node, twin, central)] == [True] * 3


def test_a_receipt_for_a_branch_that_does_not_stand_proves_nothing_of_the_one_that_does(node: Host) -> None:
    twin, common = parted(node), node.replica.made - 1
    lower, higher = sorted((node, twin), key=lambda host: host.replica.state.heads[host.author].hash)
    for number in range(3):
        write(higher, an_edit(higher, "order/1-00001", "applicant-1", remark=f"{number}"))
    for seq in (common, higher.replica.made):
        head = Head(node.author, seq, higher.replica.hash_at(node.author, seq) or b"")
        higher.replica.note_receipt(give_receipt(CENTRAL_KEY, head, 1_000 + seq), CENTRAL_KEY.public)
    assert higher.replica.receipted == higher.replica.made

    higher.replica.receive(delta(lower))

    assert higher.replica.receipted == common
    for number in range(6):
        [made] = write(higher, an_edit(higher, "order/1-00001", "applicant-1", remark=f"Again {number}"))
        assert made.operation.receipt == common
    submission, decision = higher.replica.state.acts["1-00001"]
    assert higher.replica.timing(submission).before_ms == 1_000 + common
    assert higher.replica.timing(decision).before_ms is None


def test_only_central_rules(node: Host) -> None:
    twin, reader = parted(node), a_reader()
    head = twin.replica.state.heads[node.author]
    body: Value = {"incarnation": 1, "seq": head.seq, "stands": head.hash}

    with pytest.raises(NotTrusted, match="not_central"):
        write(node, Statement(kinds.FORK_RULED, "node/1", body))

    take(reader, [delta(node), delta(twin)])
    assert reader.state.ruled == {}


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("node/1", b""),
        ("node/1", {"incarnation": 1, "seq": 1}),
        ("node/1", {"incarnation": 0, "seq": 1, "stands": b"h"}),
        ("node/one", {"incarnation": 1, "seq": 1, "stands": b"h"}),
    ],
)
def test_a_ruling_has_to_name_a_place(target: str, body: Value) -> None:
    central = a_host(0)
    write(central, Statement(kinds.NODE_ENROL, "node/0", central.certificate))

    with pytest.raises(NotTrusted, match=r"body_form|operation_form"):
        write(central, Statement(kinds.FORK_RULED, target, body))
