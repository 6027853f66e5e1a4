"""local.db: what never leaves the node. People's wrapped keys with their failed PINs, terminals' codes, and notes.

Belongs to one thread; `Local` is the same from the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.store import migrations
from edge.store.engine import FileThread, disk_errors, open_database, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A person's private key as it lies on disk: worth nothing without the PIN and this device's secret."""

    person: str
    name: str
    roles: tuple[str, ...]
    public: bytes
    salt: bytes
    nonce: bytes
    wrapped: bytes
    failures: int = 0
    locked_until_ms: int = 0
    declared: str = ""


class LocalStore:
    """The file itself."""

    def __init__(self, home: Path) -> None:
        self._path = home / "local.db"
        self._db = open_database(self._path, synchronous="FULL")
        with disk_errors(self._path):
            migrations.bring_up(self._db, migrations.local, self._path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def keys(self) -> list[WrappedKey]:
        """Everyone who can sign here, in order of enrolment."""
        with disk_errors(self._path):
            rows = self._db.conn.execute("SELECT * FROM keys ORDER BY rowid").fetchall()
        return [_key(row) for row in rows]

    def add_key(self, key: WrappedKey) -> None:
        """Keep a person's key, in place of one of the same staff number."""
        values = (key.person, key.name, " ".join(key.roles), key.public, key.salt, key.nonce, key.wrapped)
        with transaction(self._db, self._path):
            self._db.conn.execute("REPLACE INTO keys VALUES (?,?,?,?,?,?,?,?,?,?)", (*values, 0, 0, key.declared))

    def count_attempt(self, person: str, now_ms: int, failures_max: int, lock_ms: int) -> WrappedKey | None:
        """Count a try as failed before it is made, and lock if it is one too many; the key as it stood, or None.

        Counting first means that pulling the plug during a try gains nothing.
        """
        with transaction(self._db, self._path):
            row = self._db.conn.execute("SELECT * FROM keys WHERE person=?", (person,)).fetchone()
            if row is None:
                return None
            before = _key(row)
            if before.locked_until_ms > now_ms:
                return before
            failures = before.failures + 1
            until_ms = now_ms + lock_ms if failures >= failures_max else 0
            self._db.conn.execute(
                "UPDATE keys SET failures=?, locked_until_ms=? WHERE person=?",
                (0 if until_ms else failures, until_ms, person),
            )
        return before

    def forgive(self, person: str) -> None:
        """The PIN was right: forget the failures."""
        with transaction(self._db, self._path):
            self._db.conn.execute("UPDATE keys SET failures=0, locked_until_ms=0 WHERE person=?", (person,))

    def codes(self) -> dict[str, str]:
        """Terminals' authentication codes by phone."""
        with disk_errors(self._path):
            return dict(self._db.conn.execute("SELECT phone, code FROM terminals").fetchall())

    def save_codes(self, codes: dict[str, str]) -> None:
        """Keep codes before the terminals are told."""
        with transaction(self._db, self._path):
            self._db.conn.executemany("REPLACE INTO terminals VALUES (?,?)", list(codes.items()))

    def notes(self, kind: str) -> dict[str, str]:
        """Everything remembered of a kind ("line", "terminal"), JSON by name."""
        with disk_errors(self._path):
            return dict(self._db.conn.execute("SELECT name, facts FROM notes WHERE kind=?", (kind,)).fetchall())

    def save_notes(self, kind: str, notes: dict[str, str]) -> None:
        """Remember these, in place of what was known under their names."""
        with transaction(self._db, self._path):
            self._db.conn.executemany(
                "REPLACE INTO notes VALUES (?,?,?)", [(kind, name, facts) for name, facts in notes.items()]
            )


Local = FileThread[LocalStore]


def _key(row: tuple[str, str, str, bytes, bytes, bytes, bytes, int, int, str]) -> WrappedKey:
    person, name, roles, public, salt, nonce, wrapped, failures, locked_until_ms, declared = row
    return WrappedKey(
        person=person,
        name=name,
        roles=tuple(roles.split()),
        public=public,
        salt=salt,
        nonce=nonce,
        wrapped=wrapped,
        failures=failures,
        locked_until_ms=locked_until_ms,
        declared=declared,
    )
