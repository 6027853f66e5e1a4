"""What a database engine must be before a ledger trusts it.

SQLite before 3.51.3 may corrupt a database in WAL mode when two connections write and checkpoint at once. What counts
is the library that really runs, not the one that was there when the program was built.
"""

from __future__ import annotations

from fleet.errors import Unavailable

SQLITE_LEAST = (3, 51, 3)


def require_sqlite(version: str) -> None:
    """Refuse an SQLite library that is too old, by its version as in "3.53.4".

    Raises:
        Unavailable: `sqlite_too_old`, with `found` and `least`.
    """
    numbers = tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
    if numbers < SQLITE_LEAST:
        raise Unavailable("sqlite_too_old", found=version, least=".".join(map(str, SQLITE_LEAST)))
