"""Who is signed in: in memory, for a while, and never more than there are people."""

from __future__ import annotations

import pytest

from edge.sessions import SESSIONS_MAX, Session, Sessions
from fleet.errors import NotAllowed
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED
from tests.edge.unit import DISPATCHER, chance
from tests.simulation.clock import SimulatedClock

SHIFT_S = 8 * 3600
SIGNER = Signer(DISPATCHER, SHIPPED.key(b"d" * 32))


@pytest.fixture
def sessions(clock: SimulatedClock) -> Sessions:
    return Sessions(clock, chance(), SHIFT_S)


def sign_in(sessions: Sessions) -> Session:
    return sessions.open(SIGNER, "巴图", frozenset({"dispatcher"}))


def code(sessions: Sessions, token: str) -> str:
    with pytest.raises(NotAllowed) as refused:
        sessions.get(token)
    return refused.value.code


def test_a_session_is_found_by_its_token_and_says_who_it_is(sessions: Sessions, clock: SimulatedClock) -> None:
    session = sign_in(sessions)

    assert sessions.get(session.token) is session
    assert (session.person, session.name, session.roles) == (DISPATCHER, "巴图", frozenset({"dispatcher"}))
    assert session.expires_ms == clock.now_ms() + SHIFT_S * 1000


def test_tokens_are_long_and_never_the_same(sessions: Sessions) -> None:
    tokens = {sign_in(sessions).token for _ in range(100)}

    assert len(tokens) == 100
    assert {len(bytes.fromhex(token)) for token in tokens} == {32}


@pytest.mark.parametrize("token", ["", "0" * 64, "not a token"])
def test_an_unknown_token_is_nobody(sessions: Sessions, token: str) -> None:
    sign_in(sessions)

    assert code(sessions, token) == "not_signed_in"


def test_a_session_ends_with_the_shift_and_then_its_token_is_forgotten(
    sessions: Sessions, clock: SimulatedClock
) -> None:
    token = sign_in(sessions).token

    clock.time.pass_ms(SHIFT_S * 1000 - 1)
    assert sessions.get(token).person == DISPATCHER
    clock.time.pass_ms(1)
    assert code(sessions, token) == "session_over"
    assert code(sessions, token) == "not_signed_in"


def test_who_signs_out_is_out_and_may_do_so_twice(sessions: Sessions) -> None:
    token, other = sign_in(sessions).token, sign_in(sessions).token
    sessions.close(token)
    sessions.close(token)

    assert code(sessions, token) == "not_signed_in"
    assert sessions.get(other).person == DISPATCHER


def test_beyond_the_bound_the_oldest_session_gives_way(sessions: Sessions) -> None:
    tokens = [sign_in(sessions).token for _ in range(SESSIONS_MAX + 3)]

    assert [code(sessions, token) for token in tokens[:3]] == ["not_signed_in"] * 3
    assert sessions.get(tokens[3]).person == DISPATCHER
    assert sessions.get(tokens[-1]).person == DISPATCHER


def test_a_restart_signs_everyone_out(sessions: Sessions, clock: SimulatedClock) -> None:
    token = sign_in(sessions).token

    assert code(Sessions(clock, chance(2), SHIFT_S), token) == "not_signed_in"
