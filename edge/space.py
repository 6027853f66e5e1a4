"""Room on the disk: how much of it a node uses a day, and for how many days what is left will do.

What a day takes is the mean since the oldest note; a node that lets go of what it kept long enough takes less and less,
so the days foretold are the fewest there can be. One day is no basis, and is not taken for one.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.tracks.days import DAY_MS

DAYS_TOLD_MAX = 9_999
LOW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes that are free, that a day takes (None while not known), and the days left at that rate."""

    free: int
    a_day: int | None
    days_left: int | None

    @property
    def low(self) -> bool:
        """Whether somebody should look for room."""
        return self.days_left is not None and self.days_left < LOW_DAYS


UNKNOWN = Space(0, None, None)


def foretell(notes: Sequence[tuple[int, int]], free: int) -> Space:
    """What is to be expected from notes of (day, bytes used), oldest first, and the bytes that are free."""
    if len(notes) < 2 or notes[-1][0] <= notes[0][0]:
        return Space(free, None, None)
    span_days = (notes[-1][0] - notes[0][0]) / DAY_MS
    a_day = max(0, round((notes[-1][1] - notes[0][1]) / span_days))
    return Space(free, a_day, min(DAYS_TOLD_MAX, free // a_day) if a_day else DAYS_TOLD_MAX)


def measure(home: Path) -> tuple[int, int]:
    """Bytes that a node's directory uses, and bytes that are free beside them."""
    used = sum(path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    return used, shutil.disk_usage(home).free
