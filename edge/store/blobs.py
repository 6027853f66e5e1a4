"""The ledger's `BlobStore` port as files: DIR/blobs.

    NAME             a blob that is whole: its bytes        NAME.outline   what it consists of
    NAME.part        one that is under way                  (NAME in 64 hex digits)

A blob is whole once it bears its own name: synced, then renamed, then the directory synced. Files may be read by any
thread; what is under way belongs to the thread of the conversation.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.store.engine import disk_errors
from fleet.errors import BadInput
from fleet.ledger.blobs import PIECE_SIZE, Outline, outline_of, type_of

FOLDER, PUTTING = "blobs", ".put-"
BEGINNING_SIZE = 16
_NAME = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """One unit's blobs in a node's directory."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        with disk_errors(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._whole = {bytes.fromhex(path.name) for path in self._folder.iterdir() if _NAME.fullmatch(path.name)}

    def tidy(self) -> None:
        """Let go of scans that were on their way in when the power went; for the one process that puts any."""
        for place in self._folder.glob(f"{PUTTING}*"):
            shutil.rmtree(place, ignore_errors=True)

    def whole(self) -> Collection[bytes]:
        """The names of all blobs that are whole here."""
        return self._whole

    def outline(self, name: bytes) -> bytes | None:
        """The outline of a blob; None of one that never came."""
        with disk_errors(self._folder):
            try:
                return self._path(name, ".outline").read_bytes()
            except FileNotFoundError:
                return None

    def held(self, name: bytes) -> int:
        """How many bytes of a blob are here."""
        try:
            return self._content(name).stat().st_size
        except FileNotFoundError:
            return 0

    def begin(self, name: bytes, outline: bytes) -> None:
        """A blob is under way, from its beginning."""
        with disk_errors(self._folder):
            self._path(name, ".outline").write_bytes(outline)
            self._path(name, ".part").write_bytes(b"")

    def append(self, name: bytes, data: bytes) -> None:
        """More bytes of a blob that is under way."""
        with disk_errors(self._folder), self._path(name, ".part").open("ab", buffering=0) as file:
            before = file.tell()
            try:
                if file.write(data) != len(data):
                    raise OSError(28, "No space left on device")
            except OSError:
                with suppress(OSError):
                    file.truncate(before)
                raise

    def cut(self, name: bytes, size: int) -> None:
        """Forget what is held beyond `size` bytes."""
        with disk_errors(self._folder):
            os.truncate(self._path(name, ".part"), size)

    def keep(self, name: bytes) -> None:
        """Make a blob whole, for good."""
        with disk_errors(self._folder):
            for ending in (".outline", ".part"):
                _sync(self._path(name, ending))
            self._path(name, ".part").rename(self._path(name))
            _sync(self._folder)
        self._whole.add(name)

    def read(self, name: bytes, at: int, size: int) -> bytes:
        """Up to `size` bytes at `at`."""
        with disk_errors(self._folder):
            try:
                with self._content(name).open("rb", buffering=0) as file:
                    file.seek(at)
                    return file.read(size)
            except FileNotFoundError:
                return b""

    @contextmanager
    def putting(self, size_max: int) -> Iterator[Scan]:
        """A place for a scan that comes in slices; nothing is left of one that is not finished."""
        with disk_errors(self._folder), tempfile.TemporaryDirectory(dir=self._folder, prefix=PUTTING) as place:
            yield Scan(self, Path(place) / "content", size_max)

    def take_over(self, content: Path, outline: Outline) -> None:
        """Make a file of this disk a blob, for good."""
        if outline.name not in self._whole:
            self._path(outline.name, ".outline").write_bytes(outline.encoded())
            content.rename(self._path(outline.name, ".part"))
            self.keep(outline.name)

    def _content(self, name: bytes) -> Path:
        return self._path(name) if name in self._whole else self._path(name, ".part")

    def _path(self, name: bytes, ending: str = "") -> Path:
        return self._folder / f"{name.hex()}{ending}"


class Scan:
    """A scan on its way in: written in slices, then finished."""

    def __init__(self, store: FileBlobs, content: Path, size_max: int) -> None:
        self._store, self._content, self._size_max = store, content, size_max
        self._size, self._beginning = 0, b""

    def write(self, data: bytes) -> None:
        """More of it.

        Raises:
            BadInput: `blob_too_large`, with `most`.
            Unavailable: the disk refused.
        """
        self._size += len(data)
        if self._size > self._size_max:
            raise BadInput("blob_too_large", field="scan", most=self._size_max)
        if len(self._beginning) < BEGINNING_SIZE:
            self._beginning = (self._beginning + data[:BEGINNING_SIZE])[:BEGINNING_SIZE]
        with disk_errors(self._content), self._content.open("ab") as file:
            file.write(data)

    def finish(self) -> tuple[bytes, int, str]:
        """Its name, its size and what it is; it is safe when this returns.

        Raises:
            BadInput: `blob_empty`, or `blob_type`: neither PDF nor JPEG nor PNG.
            Unavailable: the disk refused.
        """
        if not self._size:
            raise BadInput("blob_empty", field="scan")
        with disk_errors(self._content):
            media_type, outline = type_of(self._beginning), outline_of(_pieces(self._content))
            self._store.take_over(self._content, outline)
        return outline.name, self._size, media_type


def _pieces(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_SIZE):
            yield piece


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
