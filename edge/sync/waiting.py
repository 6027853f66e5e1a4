"""What of this node's own records waits for central's receipt, by how urgent it is: told to faces, and to the schedule.

Counted as records come and receipts with them: each record is read once. Belongs to the journal's thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.ledger.operation import Author, read
from fleet.ledger.priority import Priority, priority_of
from fleet.ledger.replica import Replica

LOOK_SIZE = 1 << 20
"""Bytes of records read at a time."""
PACKED = 6
"""Bytes of records that become one byte on the way, about: measured on a month of orders (`ortoo bench sync`)."""


@dataclass(frozen=True, slots=True)
class Heap:
    """So many records of one priority, and about how many bytes they take on the way."""

    records: int
    size: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits, the most urgent first."""

    heaps: Mapping[Priority, Heap] = field(default_factory=dict)

    @property
    def urgency(self) -> Priority | None:
        """The most urgent priority that waits."""
        return min(self.heaps, default=None)

    @property
    def records(self) -> int:
        """How many records wait."""
        return sum(heap.records for heap in self.heaps.values())

    @property
    def size(self) -> int:
        """About how many bytes that is on the way."""
        return sum(heap.size for heap in self.heaps.values())


class Tally:
    """Keeps count for the log of `author`."""

    def __init__(self, author: Author) -> None:
        self._author = author
        self._known = 0  # the number of the last record counted
        self._rows: deque[tuple[int, Priority, int]] = deque()  # number, priority, bytes

    def look(self, replica: Replica) -> Waiting:
        """What waits now."""
        receipted = replica.receipted
        self._known = max(self._known, receipted)
        while self._rows and self._rows[0][0] <= receipted:
            self._rows.popleft()
        while self._known < replica.made and (delta := replica.run(self._author, self._known, LOOK_SIZE)):
            for data in delta.operations:
                self._known += 1
                self._rows.append((self._known, priority_of(read(data).operation, replica.state), len(data)))
        heaps: dict[Priority, tuple[int, int]] = {}
        for _, priority, size in self._rows:
            records, whole = heaps.get(priority, (0, 0))
            heaps[priority] = records + 1, whole + size
        return Waiting({each: Heap(n, -(-size // PACKED)) for each, (n, size) in sorted(heaps.items())})
