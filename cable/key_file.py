"""Shared keys of the radio on disk: one file only its owner can read, written whole before a call returns."""

from __future__ import annotations

from pathlib import Path

from fleet.errors import NotTrusted, Unavailable
from fleet.radio.keys import Shared, pack, unpack
from machine.files import write_whole


class KeyFile:
    """The keys in one file; see `fleet.radio.keys.Keys`. It is read once: this process is the only one to change it."""

    def __init__(self, path: Path) -> None:
        """Read the file, or begin an empty one.

        Raises:
            Unavailable: `key_file_wrong`: what lies there is not ours; `disk_failed`.
        """
        self._path = path
        try:
            self._shared = unpack(path.read_bytes()) if path.exists() else {}
        except NotTrusted:
            raise Unavailable("key_file_wrong", file=str(path)) from None
        except OSError as error:
            raise _disk(error, path) from error

    def of(self, node: int) -> tuple[Shared, ...]:
        """What is shared with a node, the newest last."""
        return self._shared.get(node, ())

    def keep(self, node: int, shared: tuple[Shared, ...]) -> None:
        """Keep this instead; it survives a power cut when the call returns.

        Raises:
            Unavailable: `disk_failed`; what was kept before stays.
        """
        whole = {**self._shared, node: shared}
        try:
            write_whole(self._path, pack(whole))
        except OSError as error:
            raise _disk(error, self._path) from error
        self._shared = whole


def _disk(error: OSError, path: Path) -> Unavailable:
    return Unavailable("disk_failed", file=str(path), detail=error.strerror or str(error))
