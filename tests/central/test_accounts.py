"""Who may read central's pages: passphrases, lockout, sessions, and the log of what was opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from central import accounts
from central.accounts import LOCK_AFTER, LOCK_FIRST_MS, LOCK_LONGEST_MS, VIEW_AGAIN_MS, Role, Viewer
from central.database import file_url, open_writer
from central.tables import accounts as accounts_table
from central.tables import attempts, sessions, views
from fleet.errors import BadInput, NotAllowed, RuleBroken
from machine.system import SystemRandomness

NOON_MS = 1_795_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Connection]:
    connection = open_writer(file_url(tmp_path))
    accounts.add(connection, "ji", Role.SUPERVISOR, "a hash", now_ms=NOON_MS)
    yield connection
    connection.close()


def test_a_passphrase_is_known_by_its_hash_and_never_kept(secret: str, database: Connection) -> None:
    assert accounts.fits("骑马过草原 2026", secret)
    assert not accounts.fits("骑马过草原 2025", secret)
    assert secret.startswith("$argon2id$v=19$m=65536,t=3,")
    assert "骑马" not in secret


def test_two_hashes_of_one_passphrase_differ(secret: str) -> None:
    assert accounts.hash_passphrase("骑马过草原 2026", SystemRandomness()) != secret


@pytest.mark.parametrize("passphrase", ["", "12345", "x" * 257])
def test_a_passphrase_of_the_wrong_length_is_refused_before_it_is_hashed(passphrase: str) -> None:
    with pytest.raises(BadInput, match="passphrase_length"):
        accounts.hash_passphrase(passphrase, SystemRandomness())


@pytest.mark.parametrize("name", ["", " ji", "ji\n", "x" * 33])
def test_an_account_name_that_would_not_show_is_refused(name: str, database: Connection) -> None:
    with pytest.raises(BadInput, match="account_name"):
        accounts.add(database, name, Role.ADMIN, "a hash", now_ms=NOON_MS)


def test_an_account_is_not_overwritten_by_another_of_its_name(database: Connection) -> None:
    with pytest.raises(RuleBroken, match="account_exists"):
        accounts.add(database, "ji", Role.ADMIN, "another hash", now_ms=NOON_MS)
    with database.begin():
        assert database.execute(select(accounts_table.c.role)).scalars().all() == ["supervisor"]


@pytest.mark.parametrize("name", ["ji", "nobody"])
def test_after_five_failures_the_right_passphrase_does_not_help_either(name: str, database: Connection) -> None:
    for _ in range(LOCK_AFTER):
        accounts.attempt(database, name, now_ms=NOON_MS)

    with pytest.raises(NotAllowed, match="sign_in_locked") as refused:
        accounts.attempt(database, name, now_ms=NOON_MS + 1)
    assert refused.value.facts == {"minutes": 1}
    accounts.attempt(database, name, now_ms=NOON_MS + LOCK_FIRST_MS)


def test_a_failure_counts_from_the_moment_of_the_attempt_not_from_its_end(database: Connection) -> None:
    accounts.attempt(database, "ji", now_ms=NOON_MS)
    with database.begin():
        assert database.execute(select(attempts.c.failures)).scalars().all() == [1]


def test_every_further_failure_locks_for_longer_up_to_an_hour(database: Connection) -> None:
    now_ms, waits = NOON_MS, []
    for _ in range(LOCK_AFTER + 9):
        accounts.attempt(database, "ji", now_ms=now_ms)
        with database.begin():
            until_ms = database.execute(select(attempts.c.locked_until_ms)).scalar() or 0
        waits.append(max(until_ms - now_ms, 0))
        now_ms = max(until_ms, now_ms) + 1
    assert waits[: LOCK_AFTER - 1] == [0] * (LOCK_AFTER - 1)
    assert waits[LOCK_AFTER - 1 : LOCK_AFTER + 2] == [LOCK_FIRST_MS, LOCK_FIRST_MS * 2, LOCK_FIRST_MS * 4]
    assert waits[-1] == LOCK_LONGEST_MS


def test_signing_in_forgets_the_failures(database: Connection) -> None:
    for _ in range(LOCK_AFTER - 1):
        accounts.attempt(database, "ji", now_ms=NOON_MS)
    accounts.open_session(database, "ji", "token", now_ms=NOON_MS, until_ms=NOON_MS + HOUR_MS)
    for _ in range(LOCK_AFTER - 1):
        assert accounts.attempt(database, "ji", now_ms=NOON_MS) == "a hash"


def test_a_session_is_good_until_it_ends_and_its_token_is_not_in_the_database(database: Connection) -> None:
    accounts.open_session(database, "ji", "token", now_ms=NOON_MS, until_ms=NOON_MS + HOUR_MS)

    assert accounts.viewer(database, "token", now_ms=NOON_MS + HOUR_MS - 1) == Viewer("ji", Role.SUPERVISOR)
    with database.begin():
        assert "token" not in database.execute(select(sessions.c.token)).scalars().all()
    for token, at_ms in (("token", NOON_MS + HOUR_MS), ("other", NOON_MS), ("", NOON_MS)):
        with pytest.raises(NotAllowed, match="not_signed_in"):
            accounts.viewer(database, token, now_ms=at_ms)


def test_a_session_that_was_closed_is_over_and_one_that_ended_is_swept_away(database: Connection) -> None:
    accounts.open_session(database, "ji", "first", now_ms=NOON_MS, until_ms=NOON_MS + 1)
    accounts.open_session(database, "ji", "second", now_ms=NOON_MS + HOUR_MS, until_ms=NOON_MS + 2 * HOUR_MS)
    with database.begin():
        assert len(database.execute(select(sessions)).all()) == 1
    accounts.close_session(database, "second")
    with pytest.raises(NotAllowed, match="not_signed_in"):
        accounts.viewer(database, "second", now_ms=NOON_MS + HOUR_MS)


def test_what_someone_opens_is_logged_once_however_often_the_page_refreshes_itself(database: Connection) -> None:
    supervisor = Viewer("ji", Role.SUPERVISOR)
    for at_ms in (NOON_MS, NOON_MS + 1, NOON_MS + VIEW_AGAIN_MS - 1, NOON_MS + VIEW_AGAIN_MS):
        accounts.log_view(database, supervisor, "/units/lyj/orders/1-00001", now_ms=at_ms)
    accounts.log_view(database, supervisor, "/", now_ms=NOON_MS)
    with database.begin():
        found = database.execute(select(views.c.number, views.c.name, views.c.path).order_by(views.c.number)).all()
    assert [tuple(row) for row in found] == [
        (1, "ji", "/units/lyj/orders/1-00001"),
        (2, "ji", "/units/lyj/orders/1-00001"),
        (3, "ji", "/"),
    ]
