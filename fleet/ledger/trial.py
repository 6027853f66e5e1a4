"""What was being tried when the process died: a mark that outlives it, and what follows at the next start.

Before an update that somebody else made is handed to the document engine, its operation is named on a *slate*; after it
the slate is wiped. A slate that is not clean at the start names the operation the process died of. One that ended
`DEATHS_MAX` processes is not tried again: it is held without effect, and its author is told (`judge.CRASHED`).

A slate is a few bytes that outlive the process: a mapped file, which the operating system has the moment it is written.
Nothing waits for the disk. A bad update takes the process, not the power; what a power cut leaves undone says nothing
against anybody's update.

    slate = on trial (1 byte) · name (32) · then SEATS times: deaths (1) · name (32)
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from fleet.ledger.suite import HASH_SIZE

DEATHS_MAX = 2
"""Processes one operation may end; by chance (a kill, a power cut) the same is hardly met twice."""
SEATS = 15
"""Operations remembered that ended a process; beyond them the one with the fewest deaths is forgotten."""
_SEAT = 1 + HASH_SIZE
SLATE_SIZE = _SEAT * (1 + SEATS)

Slate = bytearray | mmap.mmap


class Trials:
    """Names what is on trial on a slate; without one, on a slate that dies with the process."""

    def __init__(self, slate: Slate | None = None) -> None:
        self._slate = bytearray(SLATE_SIZE) if slate is None else slate
        if self._slate[0]:
            self._slate[0] = 0
            self._died(bytes(self._slate[1:_SEAT]))
        self._lost = {name for _, deaths, name in self._seats() if deaths >= DEATHS_MAX}

    def begin(self, name: bytes) -> None:
        """An operation goes on trial."""
        self._slate[1:_SEAT] = name
        self._slate[0] = 1

    def end(self) -> None:
        """It is over, and the process lives."""
        self._slate[0] = 0

    def lost(self, name: bytes) -> bool:
        """Whether an operation has ended so many processes that it is not to be tried again."""
        return name in self._lost

    def _died(self, name: bytes) -> None:
        seats = [*self._seats()]
        same = [seat for seat in seats if seat[1] and seat[2] == name]
        at, deaths, _ = same[0] if same else min(seats, key=lambda seat: seat[1])
        self._slate[at : at + _SEAT] = bytes([min(deaths + 1, 255) if same else 1]) + name

    def _seats(self) -> Iterator[tuple[int, int, bytes]]:
        for at in range(_SEAT, SLATE_SIZE, _SEAT):
            yield at, self._slate[at], bytes(self._slate[at + 1 : at + _SEAT])
