"""Who meets whom on the unit's network: only nodes of one unit, on the very channel they speak on, and only once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.errors import NotTrusted
from fleet.ledger.acquaintance import (
    CHALLENGE_SIZE,
    Me,
    believe_caller,
    believe_host,
    challenge_in,
    introduce_caller,
    introduce_host,
)
from fleet.ledger.canonical import encode
from tests.fleet.units import ROOT, UNIT
from tests.simulation import people
from tests.simulation.clock import START_MS

CHALLENGE, CHANNEL, TALK = b"c" * CHALLENGE_SIZE, b"t" * 32, b"n" * 16


def me(number: int, *, unit: str = UNIT, key: str = "", lease_ms: int = 1 << 45, root: str = "") -> Me:
    own = people.key(f"node {number}")
    signer = people.key(root) if root else ROOT
    certificate = people.certify(
        signer, "node", "central" if number == 0 else unit, str(number), own.public, incarnation=1, lease_ms=lease_ms
    )
    return Me(people.key(key) if key else own, certificate, ROOT.public, unit)


HERE, THERE = me(1), me(2)


def host_believed(said: bytes, channel: bytes = CHANNEL) -> str:
    return believe_host(HERE, said, channel, START_MS).subject


def caller_believed(
    by: Me = HERE, *, said: bytes = b"", channel: bytes = CHANNEL, talk: bytes = TALK, heard: bytes | None = None
) -> str:
    asked = introduce_host(THERE, CHALLENGE, CHANNEL)
    answer = introduce_caller(by, said or asked, channel, talk) if heard is None else heard
    return believe_caller(THERE, answer, asked, CHANNEL, TALK, START_MS).subject


def test_two_nodes_of_a_unit_believe_each_other() -> None:
    said = introduce_host(THERE, CHALLENGE, CHANNEL)

    assert host_believed(said) == "2"
    assert challenge_in(said) == CHALLENGE
    assert caller_believed() == "1"


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(lambda: introduce_host(me(2, unit="u2"), CHALLENGE, CHANNEL), id="of another unit"),
        pytest.param(lambda: introduce_host(me(0), CHALLENGE, CHANNEL), id="central is no neighbour"),
        pytest.param(lambda: introduce_host(me(2, key="x"), CHALLENGE, CHANNEL), id="with another's certificate"),
        pytest.param(lambda: introduce_host(me(2, root="x"), CHALLENGE, CHANNEL), id="of another region"),
        pytest.param(lambda: introduce_host(me(2, lease_ms=0), CHALLENGE, CHANNEL), id="whose lease is over"),
        pytest.param(lambda: introduce_host(THERE, CHALLENGE, b"u" * 32), id="passed on from another channel"),
        pytest.param(lambda: introduce_host(THERE, b"", CHANNEL), id="without a challenge"),
        pytest.param(lambda: introduce_host(THERE, CHALLENGE, CHANNEL)[:-1], id="cut short"),
        pytest.param(lambda: encode([b"x", b"y"]), id="nonsense"),
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(lambda: bytes(10_000), id="too long"),
    ],
)
def test_a_host_that_is_no_neighbour_is_told_nothing(host: Callable[[], bytes]) -> None:
    with pytest.raises(NotTrusted):
        host_believed(host())


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: caller_believed(me(3, unit="u2")), id="of another unit"),
        pytest.param(lambda: caller_believed(me(0)), id="central is no neighbour"),
        pytest.param(lambda: caller_believed(me(1, key="x")), id="with another's certificate"),
        pytest.param(
            lambda: caller_believed(said=introduce_host(THERE, b"d" * CHALLENGE_SIZE, CHANNEL)),
            id="in answer to another challenge",
        ),
        pytest.param(lambda: caller_believed(channel=b"u" * 32), id="passed on from another channel"),
        pytest.param(lambda: caller_believed(talk=b"m" * 16), id="for another talk"),
        pytest.param(lambda: caller_believed(heard=introduce_host(HERE, CHALLENGE, CHANNEL)), id="a host's words"),
        pytest.param(lambda: caller_believed(heard=b""), id="nothing"),
    ],
)
def test_a_caller_that_is_no_neighbour_is_not_spoken_to(call: Callable[[], str]) -> None:
    with pytest.raises(NotTrusted):
        call()
