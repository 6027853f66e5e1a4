"""The blob port, simulated: what is under way may be torn when the power goes, what is kept never is."""

from __future__ import annotations

from collections.abc import Collection

from fleet.errors import Unavailable


class SimulatedShelf:
    """A unit's blobs on a disk that never lies."""

    def __init__(self) -> None:
        self.full = False
        self._outlines: dict[bytes, bytes] = {}
        self._held: dict[bytes, bytearray] = {}
        self._whole: set[bytes] = set()

    def whole(self) -> Collection[bytes]:
        return self._whole

    def outline(self, name: bytes) -> bytes | None:
        return self._outlines.get(name)

    def held(self, name: bytes) -> int:
        return len(self._held.get(name, b""))

    def begin(self, name: bytes, outline: bytes) -> None:
        self._outlines[name], self._held[name] = outline, bytearray()

    def append(self, name: bytes, data: bytes) -> None:
        if self.full:
            raise Unavailable("disk_full")
        self._held[name] += data

    def cut(self, name: bytes, size: int) -> None:
        del self._held[name][size:]

    def keep(self, name: bytes) -> None:
        self._whole.add(name)

    def read(self, name: bytes, at: int, size: int) -> bytes:
        return bytes(self._held.get(name, b"")[at : at + size])

    def power_cut(self) -> int:
        """The last bytes of what was under way are gone, or were never written, and some that are there are not what
        was written. How many blobs that touched."""
        torn = [held for name, held in self._held.items() if name not in self._whole and held]
        for held in torn:
            del held[len(held) * 2 // 3 :]
            held[len(held) // 2 :] = bytes(len(held) - len(held) // 2)
        return len(torn)
