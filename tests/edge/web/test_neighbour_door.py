"""The door for other nodes of the unit: closed to whoever has not proved to be one, for this call."""

from __future__ import annotations

import pytest

from edge.node import Node
from edge.sync import neighbours
from edge.sync.neighbours import CHALLENGES_MAX
from fleet.ledger import acquaintance, kinds
from fleet.ledger.acquaintance import Me, challenge_in
from fleet.ledger.bound import neighbourly
from fleet.ledger.certificate import Certificate, issue
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.suite import SHIPPED
from tests.edge.web.conftest import Api
from tests.simulation.clock import START_MS
from tests.simulation.disk import SimulatedDisk

pytestmark = pytest.mark.anyio
TALK = b"n" * 16
BOUND = neighbourly(TALK)
ROOT, KEY = SHIPPED.key(b"r" * 32), SHIPPED.key(b"2" * 32)
CERTIFICATE = issue(
    ROOT,
    Certificate(
        suite=SHIPPED.id, kind="node", unit="lyj", unit_name="", subject="2", incarnation=1, name="second",
        roles=(), public=KEY.public, issued_ms=0, lease_ms=1 << 45,
    ),
)  # fmt: skip
ME = Me(KEY, CERTIFICATE, ROOT.public, "lyj")


def headers(*, talk: bytes = TALK, turn: int = 0, challenge: bytes = b"") -> dict[str, str]:
    return {"Ortoo-Talk": talk.hex(), "Ortoo-Turn": str(turn), "Ortoo-Challenge": challenge.hex()}


async def called(api: Api, *, me: Me = ME, again: bytes = b"") -> tuple[int, bytes]:
    """Introduce ourselves in answer to a new challenge, or to one heard before."""
    said = again or (await api.client.get("/peer")).content
    ours = acquaintance.introduce_caller(me, said, b"", TALK)
    answer = await api.client.post("/peer", content=ours, headers=headers(challenge=challenge_in(said)))
    return answer.status_code, said


def a_second_node(node: Node) -> Exchange:
    identity = Identity("lyj", Author(2, 1), KEY)
    replica = Replica(SimulatedDisk(), node.clock, ROOT.public, unit="lyj", identity=identity)
    replica.write([Statement(kinds.NODE_ENROL, "node/2", CERTIFICATE)])
    return Exchange(replica, Speaker(identity, CERTIFICATE), root_public=ROOT.public, standing=True, bound=BOUND)


async def test_a_neighbour_proves_itself_and_both_come_to_hold_the_same(api: Api, node: Node) -> None:
    assert (await called(api))[0] == 204
    exchange, turn = a_second_node(node), 0
    said = exchange.outgoing(0)
    while said:
        answer = await api.client.post("/peer/turns", content=said, headers=headers(turn=turn))
        assert answer.status_code == 200, answer.text
        exchange.receive(answer.content, now_ms=START_MS)
        said, turn = exchange.outgoing(1 << 20), turn + 1

    assert exchange.replica.digest() == await node.journal.do(lambda office: office.replica.digest())
    assert exchange.replica.held > 10


async def test_nobody_speaks_who_has_not_proved_who_they_are(api: Api, node: Node) -> None:
    greeting = a_second_node(node).outgoing(0)
    for said in (headers(), {}, {"Ortoo-Talk": "", "Ortoo-Turn": "0"}, {"Ortoo-Talk": "zz" * 16, "Ortoo-Turn": "0"}):
        answer = await api.client.post("/peer/turns", content=greeting, headers=said)
        assert (answer.status_code, answer.json()["code"]) == (410, "talk_over")


async def test_a_challenge_is_good_once_and_not_for_long(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = await called(api)
    assert status == 204
    assert (await called(api, again=said))[0] == 403

    monkeypatch.setattr(neighbours, "CHALLENGE_S", -1.0)
    assert (await called(api))[0] == 403


async def test_what_strangers_ask_for_is_bounded(api: Api) -> None:
    first = (await api.client.get("/peer")).content
    for _ in range(CHALLENGES_MAX):
        await api.client.get("/peer")

    assert (await called(api, again=first))[0] == 403
    assert (
        await api.client.post("/peer", content=bytes(5_000), headers=headers(challenge=b"c" * 16))
    ).status_code == 413


@pytest.mark.parametrize(
    "me", [ME._replace(key=SHIPPED.key(b"3" * 32)), ME._replace(certificate=b"\xd2\x84")], ids=["key", "certificate"]
)
async def test_a_stranger_is_refused_with_a_code_and_nothing_else(api: Api, me: Me) -> None:
    said = (await api.client.get("/peer")).content
    ours = acquaintance.introduce_caller(me, said, b"", TALK)
    answer = await api.client.post("/peer", content=ours, headers=headers(challenge=challenge_in(said)))

    assert answer.status_code == 403
    assert "lyj" not in answer.text


async def test_a_neighbour_cannot_speak_for_another(api: Api, node: Node) -> None:
    assert (await called(api))[0] == 204
    other = SHIPPED.key(b"3" * 32)
    certificate = issue(
        ROOT,
        Certificate(
            suite=SHIPPED.id, kind="node", unit="lyj", unit_name="", subject="3", incarnation=1, name="third",
            roles=(), public=other.public, issued_ms=0, lease_ms=1 << 45,
        ),
    )  # fmt: skip
    identity = Identity("lyj", Author(3, 1), other)
    replica = Replica(SimulatedDisk(), node.clock, ROOT.public, unit="lyj", identity=identity)
    said = Exchange(replica, Speaker(identity, certificate), root_public=ROOT.public, bound=BOUND).outgoing(0)

    assert (await api.client.post("/peer/turns", content=said, headers=headers())).status_code == 403
