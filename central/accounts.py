"""Who may read central's pages: accounts with Argon2id secrets, failed attempts, sessions, and what was looked at.

Rules of this file:
- A passphrase is never kept, only its Argon2id hash (RFC 9106); a session is kept as the hash of its token.
- A failure is counted, on disk, before the slow hash runs: pulling the plug gains no further guess.
- A name nobody has costs the same time and is counted like one that exists, all such names together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Connection, and_, func, select

from central.database import disk_errors, leave_no_trace
from central.tables import OWN, accounts, attempts, sessions, views
from central.tallied import Values, changing
from fleet.errors import BadInput, NotAllowed, RuleBroken
from fleet.ports import Randomness

PASSPHRASE_LENGTH_MIN, PASSPHRASE_LENGTH_MAX = 6, 256
NAME_LENGTH_MAX = 32
LOCK_AFTER = 5
LOCK_FIRST_MS, LOCK_LONGEST_MS = 60_000, 3_600_000
VIEW_AGAIN_MS = 600_000
PATH_LENGTH_MAX = 500
_MEMORY_KIB, _PASSES, _LANES, _SALT_SIZE = 64 * 1024, 3, 1, 16


class Role(StrEnum):
    """What an account may do here. Supervisors read; admins read too, and keep the region (nothing yet by page)."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone signed in."""

    name: str
    role: Role


def hash_passphrase(passphrase: str, randomness: Randomness) -> str:
    """The Argon2id hash of a passphrase, as a PHC string. Takes about 0.2 s and 64 MiB.

    Raises:
        BadInput: `passphrase_length`.
    """
    if not PASSPHRASE_LENGTH_MIN <= len(passphrase) <= PASSPHRASE_LENGTH_MAX:
        raise BadInput("passphrase_length", field="passphrase", least=PASSPHRASE_LENGTH_MIN, most=PASSPHRASE_LENGTH_MAX)
    salt = randomness.bytes(_SALT_SIZE)
    derive = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return derive.derive_phc_encoded(passphrase.encode())


def fits(passphrase: str, secret: str) -> bool:
    """Whether a passphrase is the one of a PHC string; as slow as making it."""
    try:
        Argon2id.verify_phc_encoded(passphrase.encode(), secret)
    except InvalidKey:
        return False
    return True


def add(connection: Connection, name: str, role: Role, secret: str, *, now_ms: int) -> None:
    """Make an account.

    Raises:
        BadInput: `account_name`.
        RuleBroken: `account_exists`.
    """
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable() or name != name.strip():
        raise BadInput("account_name", field="name", most=NAME_LENGTH_MAX)
    with changing(connection, OWN) as change:
        if connection.execute(select(accounts.c.name).where(accounts.c.name == name)).first():
            raise RuleBroken("account_exists", name=name)
        change.insert(accounts, [{"name": name, "role": role, "secret": secret, "made_ms": now_ms}])


def attempt(connection: Connection, name: str, *, now_ms: int) -> str:
    """Count an attempt to sign in and return the secret to compare with ("" if nobody has the name).

    Raises:
        NotAllowed: `sign_in_locked`, with `minutes` to wait.
    """
    with changing(connection, OWN) as change:
        account = connection.execute(select(accounts.c.secret).where(accounts.c.name == name)).first()
        counted = name if account else ""
        found = connection.execute(select(attempts).where(attempts.c.name == counted)).first()
        failures, locked_until_ms = (found.failures, found.locked_until_ms) if found else (0, 0)
        if now_ms < locked_until_ms:
            raise NotAllowed("sign_in_locked", minutes=-(-(locked_until_ms - now_ms) // 60_000))
        failures += 1
        wait_ms = min(LOCK_FIRST_MS << min(failures - LOCK_AFTER, 16), LOCK_LONGEST_MS) if failures >= LOCK_AFTER else 0
        row = {"name": counted, "failures": failures, "locked_until_ms": now_ms + wait_ms if wait_ms else 0}
        change.replace(attempts, [row])
    return account.secret if account else ""


def open_session(connection: Connection, name: str, token: str, *, now_ms: int, until_ms: int) -> None:
    """Begin a session after a passphrase was right: failures are forgotten, sessions that ended are swept away."""
    with changing(connection, OWN) as change:
        ended = connection.execute(select(sessions.c.token).where(sessions.c.until_ms <= now_ms)).scalars().all()
        change.drop(sessions, [(one,) for one in ended])
        change.drop(attempts, [(name,)])
        change.insert(sessions, [{"token": _kept(token), "name": name, "until_ms": until_ms}])


def close_session(connection: Connection, token: str) -> None:
    """End a session."""
    with changing(connection, OWN) as change:
        change.drop(sessions, [(_kept(token),)])


def viewer(connection: Connection, token: str, *, now_ms: int) -> Viewer:
    """Who a token belongs to; the role is the account's as it is now.

    Raises:
        NotAllowed: `not_signed_in`.
    """
    query = select(accounts.c.name, accounts.c.role).join_from(accounts, sessions, accounts.c.name == sessions.c.name)
    with disk_errors(), connection.begin():
        row = connection.execute(query.where(sessions.c.token == _kept(token), sessions.c.until_ms > now_ms)).first()
    if row is None:
        raise NotAllowed("not_signed_in")
    return Viewer(row.name, Role(row.role))


def log_view(connection: Connection, seen_by: Viewer, path: str, *, now_ms: int) -> None:
    """Put on record what someone has opened: who watches is watched as well. A page that refreshes itself counts once
    in VIEW_AGAIN_MS."""
    path = path[:PATH_LENGTH_MAX]
    recent = and_(views.c.at_ms > now_ms - VIEW_AGAIN_MS, views.c.name == seen_by.name, views.c.path == path)
    with changing(connection, OWN) as change:
        if connection.execute(select(views.c.number).where(recent).limit(1)).first():
            return
        last = connection.execute(select(func.max(views.c.number))).scalar()
        row = {"number": (last or 0) + 1, "at_ms": now_ms, "name": seen_by.name, "role": seen_by.role, "path": path}
        change.insert(views, [row])


def take_out(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Take every account out of a copy of the database (name, role, secret, made), with all that hangs on them, and
    leave no trace of a secret in the file."""
    leave_no_trace(connection)
    with changing(connection, OWN) as change:
        rows = change.connection.execute(select(accounts).order_by(accounts.c.name)).all()
        for table in (accounts, attempts, sessions):
            change.empty(table)
    return [(row.name, row.role, row.secret, row.made_ms) for row in rows]


def put_back(connection: Connection, rows: Iterable[tuple[str, str, str, int]]) -> None:
    """Put in accounts that were taken out of a copy."""
    made: list[Values] = [
        {"name": name, "role": role, "secret": secret, "made_ms": made_ms} for name, role, secret, made_ms in rows
    ]
    with changing(connection, OWN) as change:
        change.replace(accounts, made)


def _kept(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
