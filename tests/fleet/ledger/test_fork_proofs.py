"""A log that was continued twice: what proves it, to whoever has the root's key and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import forks
from fleet.ledger.canonical import decode, encode
from fleet.ledger.operation import read
from fleet.ledger.store import FORK
from tests.fleet.ledger.logs import EVERYONE, met
from tests.fleet.ledger.parting import PLACE, copied, parted
from tests.fleet.ledger.test_verify import as_stored, proved
from tests.fleet.units import (
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_reader,
    an_edit,
    delta,
    submitted,
    take,
    write,
)
from tests.simulation.host import Host


def a_proof(node: Host) -> bytes:
    twin, reader = parted(node), a_reader()
    take(reader, [delta(node), delta(twin)])
    return reader.forks[0].data


def test_a_proof_convinces_whoever_has_the_roots_key(node: Host) -> None:
    certificate, one, other = forks.check(ROOT.public, a_proof(node))

    assert (certificate.subject, certificate.incarnation) == ("1", 1)
    assert (one.operation.seq, other.operation.seq) == (PLACE, PLACE)
    assert {one.operation.kind, other.operation.kind} == {"order.approve", "order.send_back"}


def test_a_proof_that_was_tampered_with_convinces_nobody(node: Host) -> None:
    proof = a_proof(node)
    for at in range(0, len(proof), 7):
        with pytest.raises(NotTrusted):
            forks.check(ROOT.public, proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :])


def test_one_branch_twice_or_two_branches_of_different_places_prove_nothing(node: Host) -> None:
    parts: Any = decode(a_proof(node))
    message, one, other = parts
    earlier = [[read(delta(node).operations[PLACE - 2]).data, *one[0]], one[1]]

    for pair in ([one, one], [earlier, other]):
        with pytest.raises(NotTrusted, match="fork_proof"):
            forks.check(ROOT.public, encode([message, *pair]))


def test_the_proofs_kept_of_one_log_are_bounded_and_its_branches_are_kept_all_the_same(node: Host) -> None:
    reader = a_host(0).replica
    reader.receive(delta(node))
    for number in range(forks.PROOFS_MAX + 1):
        twin = copied(node)
        write(node, an_edit(node, "order/1-00001", "applicant-1", remark=f"{number}"))
        write(twin, an_edit(twin, "order/1-00001", "applicant-1", remark=f"{number} too"))
        reader.receive(delta(node))
        reader.receive(delta(twin, twin.replica.made - 1))

    assert len(reader.forks) == forks.PROOFS_MAX
    assert len(reader.branches()) == forks.PROOFS_MAX + 1


@pytest.mark.parametrize("switched", [False, True])
def test_verify_proves_a_log_that_was_continued_twice_and_names_what_was_tampered_with(switched: bool) -> None:
    node = a_node(1, *EVERYONE)
    submitted(node)
    twin = parted(node)
    one, other = (node, twin) if switched else (twin, node)
    keeper = met(one, number=2)
    write(keeper, an_edit(keeper, "order/1-00001", "applicant-1", remark="Two bags"))
    take(keeper.replica, [delta(other)])
    stored = as_stored(keeper.disks[UNIT])

    report = proved(stored)

    assert (report.faults, [(proof.author, proof.seq) for proof in report.forks]) == ([], [(node.author, PLACE)])
    assert report.state_hash == keeper.replica.digest()
    at, aside = next((at, one) for at, one in enumerate(stored.entries) if one.held.verdict == FORK)
    stored.entries[at] = aside._replace(held=aside.held._replace(verdict=""))
    proof = stored.proved[0].data
    stored.proved[0] = stored.proved[0]._replace(data=proof[:-1] + bytes([proof[-1] ^ 1]))
    assert {fault.code for fault in proved(stored).faults} == {"verdict", "fork_proof"}
