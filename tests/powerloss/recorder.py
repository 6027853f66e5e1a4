"""Writes down everything SQLite asks of the disk: an APSW VFS over the real one, each write and each fsync an event.

What an application took for done is put between them (`Marked`), so that at every moment it is known what a power cut
may not take.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import apsw


class Written(NamedTuple):
    """Bytes given to the system for a file."""

    file: str
    at: int
    data: bytes


class Truncated(NamedTuple):
    """A file made shorter or longer."""

    file: str
    size: int


class Synced(NamedTuple):
    """What was given for a file until now is on the disk, or so the disk says."""

    file: str


class Marked(NamedTuple):
    """The application has been told that something is done."""

    what: object


Event = Written | Truncated | Synced | Marked
VFS_NAME = "recorder"
WATCHED = ("core.db", "core.db-wal")
"""The files whose bytes count; the index of the log is made anew at every start."""


class _File(apsw.VFSFile):
    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], events: list[Event]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._file, self._events = Path(path).name, events
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - the name SQLite gives it
        super().xWrite(data, offset)
        self._events.append(Written(self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._events.append(Truncated(self._file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._events.append(Synced(self._file))


class _Recorder(apsw.VFS):
    def __init__(self, events: list[Event]) -> None:
        self._events = events
        super().__init__(VFS_NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(name, flags, self._events)


@contextmanager
def recorded(path: Path) -> Iterator[tuple[apsw.Connection, list[Event]]]:
    """A connection to a database, and the events it causes, as they come."""
    events = list[Event]()
    vfs = _Recorder(events)
    connection = apsw.Connection(str(path), vfs=VFS_NAME)
    try:
        yield connection, events
    finally:
        connection.close()
        vfs.unregister()
