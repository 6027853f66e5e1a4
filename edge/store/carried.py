"""A node's blobs as its conversations see them: files, and the segments of telemetry.db as if they were files too.

A segment lies once on this disk, in the database that reads days from it. Under its name, and under that of its thinned
line, it is whole from the moment it is packed; nothing is ever brought in for it. May be read by any thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from edge.store.blobs import FileBlobs
from edge.store.segments import blob_outline
from edge.store.tracks import Reader


class Either(Collection[bytes]):
    """Two sets of names as one, without a copy."""

    def __init__(self, files: Collection[bytes], segments: Collection[bytes]) -> None:
        self._files, self._segments = files, segments

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._segments

    def __iter__(self) -> Iterator[bytes]:
        yield from self._files
        yield from (name for name in self._segments if name not in self._files)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class NodeBlobs(FileBlobs):
    """The files of a node's directory, and those segments that were offered."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._home, self._segments = home, set[bytes]()
        self._last: tuple[bytes, bytes] = b"", b""

    def offer(self, names: Iterable[bytes]) -> None:
        """These are segments of this node, or their thinned lines."""
        self._segments |= {name for name in names if name}

    def withdraw(self, names: Iterable[bytes]) -> None:
        """These were segments; they were kept long enough."""
        self._segments -= {*names}

    def whole(self) -> Collection[bytes]:
        """The names of all blobs that are whole here."""
        return Either(super().whole(), self._segments)

    def outline(self, name: bytes) -> bytes | None:
        """The outline of a blob; None of one that never came."""
        return blob_outline(self._segment(name)).encoded() if name in self._segments else super().outline(name)

    def held(self, name: bytes) -> int:
        """How many bytes of a blob are here."""
        return len(self._segment(name)) if name in self._segments else super().held(name)

    def read(self, name: bytes, at: int, size: int) -> bytes:
        """Up to `size` bytes at `at`."""
        return self._segment(name)[at : at + size] if name in self._segments else super().read(name, at, size)

    def _segment(self, name: bytes) -> bytes:
        """The bytes of a segment; the last one asked for is kept, for slices are asked for one after the other."""
        last_name, data = self._last
        if last_name != name:
            reader = Reader(self._home)
            try:
                data = reader.tracks.blob(name)
            finally:
                reader.close()
            self._last = name, data
        return data
