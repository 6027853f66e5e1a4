"""Agreeing on a key: two machines of one authority come to one secret; anybody else comes to nothing."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from fleet.errors import NotTrusted
from fleet.ledger import cose, kinds
from fleet.ledger.authority import Authority
from fleet.ledger.authority import issue as issue_authority
from fleet.ledger.canonical import Value, encode
from fleet.ledger.certificate import Certificate
from fleet.ledger.grant_content import LEASE_MS_MAX, target_of
from fleet.ledger.suite import SHIPPED
from fleet.radio.keys import Proposal, Self, Shared, answer, pack, unpack
from tests.fleet.radio.channel import a_self, believe_all
from tests.fleet.units import ROOT
from tests.simulation import people
from tests.simulation.clock import SimulatedRandomness

CHANCE = SimulatedRandomness(random.Random(1))


def a_proposal(me: Self | None = None) -> Proposal:
    return Proposal(me or a_self(1), CHANCE)


def answered(request: bytes, node: int = 1, me: Self | None = None) -> tuple[bytes, bytes]:
    return answer(request, node, me or a_self(0), CHANCE, believe_all)


def test_both_ends_come_to_one_secret_and_to_another_every_time() -> None:
    first, second = a_proposal(), a_proposal()
    said, secret = answered(first.request)

    assert first.conclude(said) == secret
    assert len(secret) == 32
    assert second.conclude(answered(second.request)[0]) != secret
    assert len(said) < 600


def test_a_certificate_that_two_people_of_a_large_authority_made_is_believed_and_fits() -> None:
    named = tuple((f"{'x' * 28}{number:04}", people.key(f"named {number}")) for number in range(16))
    authority = Authority(
        suite=SHIPPED.id, unit="u1", unit_name="旗" * 64, people=tuple((who, key.public) for who, key in named),
        first=1, count=73, issued_ms=0, lease_ms=1 << 45,
    )  # fmt: skip
    own = people.key("node 2.1")
    content: dict[str, Value] = {"what": "node", "node": 2, "incarnation": 1, "name": "林" * 64, "public": own.public}
    content |= {"issued_ms": 1 << 40, "lease_ms": (1 << 40) + LEASE_MS_MAX}
    target = target_of(SHIPPED, "u1", content)
    said = []
    for (who, key), kind, body in zip(named, (kinds.GRANT_PROPOSE, kinds.GRANT_APPROVE), (content, None), strict=False):
        meaning = encode([SHIPPED.id, "u1", kind, target, body, who, (1 << 40) << 16])
        said += [meaning, cose.signature(SHIPPED, key, "act", meaning)]
    certificate = encode([issue_authority(ROOT, authority), *said])
    me = Self(own, certificate, ROOT.public)
    proposal = Proposal(me, CHANCE)
    said_back, secret = answer(proposal.request, 2, a_self(0), CHANCE, believe_all)

    assert len(proposal.request) > 2048
    assert proposal.conclude(said_back) == secret


def a_stranger() -> Self:
    key, root = people.key("x"), people.key("another root")
    return Self(key, people.certify(root, "node", "u1", "1", key.public, incarnation=1), root.public)


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda: a_proposal(a_stranger()).request, id="of another authority"),
        pytest.param(lambda: a_proposal(a_self(2)).request, id="of another node"),
        pytest.param(lambda: a_proposal(a_self(1)._replace(key=people.key("x"))).request, id="with another's key"),
        pytest.param(lambda: a_proposal().request[:-1], id="cut short"),
        pytest.param(lambda: encode(["x"]), id="of another form"),
        pytest.param(lambda: b"", id="empty"),
        pytest.param(lambda: bytes(5000), id="too long"),
    ],
)
def test_a_request_that_is_not_that_nodes_is_refused(request_of: Callable[[], bytes]) -> None:
    with pytest.raises(NotTrusted):
        answered(request_of())


def test_a_certificate_that_is_not_in_force_is_refused() -> None:
    def believe(_: Certificate) -> None:
        raise NotTrusted("lease_over")

    with pytest.raises(NotTrusted, match="lease_over"):
        answer(a_proposal().request, 1, a_self(0), CHANCE, believe)


@pytest.mark.parametrize(
    "answer_to",
    [
        pytest.param(lambda request: answered(request, me=a_self(2))[0], id="of another node"),
        pytest.param(lambda request: answered(a_proposal().request)[0], id="to another request"),
        pytest.param(lambda request: request, id="our own words"),
        pytest.param(lambda request: b"", id="a refusal"),
    ],
)
def test_an_answer_that_is_not_centrals_to_this_is_refused(answer_to: Callable[[bytes], bytes]) -> None:
    proposal = a_proposal()

    with pytest.raises(NotTrusted):
        proposal.conclude(answer_to(proposal.request))


def test_what_is_shared_is_read_as_it_was_written() -> None:
    shared = {1: (Shared(bytes(32), 5),), 70: (Shared(bytes(32)), Shared(b"s" * 32, 9))}

    assert unpack(pack(shared)) == shared


@pytest.mark.parametrize("content", [b"", b"\x00", encode([[1, [b"short", 1]]]), encode([["x"]]), encode("x")])
def test_a_file_of_something_else_is_said_to_be_that(content: bytes) -> None:
    with pytest.raises(NotTrusted):
        unpack(content)
