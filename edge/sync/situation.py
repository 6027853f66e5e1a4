"""Which of its ten sentences a face says of the records: the first in the table that holds. Pure.

Never more is claimed than is known: what was sent counts only with central's receipt, and after a start nothing does
until central was asked. A sentence that asks somebody to act goes before one that reassures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Situation = Literal[
    "disk_low", "refused", "clock_doubtful", "parallel_edits", "starting", "parent_missing", "long_silence", "all_sent",
    "sending", "waiting",
]  # fmt: skip
LONG_SILENCE_MS = 24 * 3_600_000
DISK_LOW_DAYS = 7
"""Days left on the disk from which the records should be carried away by hand. Local choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known. `state` and `heard_ms` are the link's; `waiting` own records without receipt, `refused` records
    somebody would not take, `held` deltas that wait for records before them, `conflicts` orders acted on in two places;
    `days_left` what the disk will do for, None while not known."""

    state: str
    heard_ms: int | None
    now_ms: int
    waiting: int = 0
    refused: int = 0
    held: int = 0
    conflicts: int = 0
    clock_doubtful: bool = False
    days_left: int | None = None

    @property
    def silent(self) -> bool:
        """Whether central has not been heard for long."""
        return self.heard_ms is not None and self.now_ms - self.heard_ms > LONG_SILENCE_MS


TABLE: tuple[tuple[Situation, Callable[[Standing], bool]], ...] = (
    ("disk_low", lambda known: known.days_left is not None and known.days_left < DISK_LOW_DAYS),
    ("refused", lambda known: known.refused > 0),
    ("clock_doubtful", lambda known: known.clock_doubtful),
    ("parallel_edits", lambda known: known.conflicts > 0),
    ("starting", lambda known: known.state == "trying"),
    ("parent_missing", lambda known: known.held > 0),
    ("long_silence", lambda known: known.silent),
    ("all_sent", lambda known: not known.waiting and known.heard_ms is not None),
    ("sending", lambda known: known.state == "up" and known.heard_ms is not None),
    ("waiting", lambda known: True),
)


def situation(known: Standing) -> Situation:
    """The sentence for what is known."""
    return next(name for name, holds in TABLE if holds(known))
