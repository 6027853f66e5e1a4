"""How fresh what central knows of a unit is. Silence never turns green: after three days it is unknown (alarm A09)."""

from __future__ import annotations

from enum import StrEnum

HOUR_MS = 3_600_000
LATE_MS, SILENT_MS = 24 * HOUR_MS, 72 * HOUR_MS
POSITION_OLD_MS = HOUR_MS // 2
"""A position older than this is shown as old."""


class Freshness(StrEnum):
    """How long ago a unit was heard (`fresh.` in the catalogue)."""

    HEARD = "heard"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"


def of(heard_ms: int | None, now_ms: int) -> Freshness:
    """The freshness of a unit last heard at `heard_ms` (None: never)."""
    if heard_ms is None:
        return Freshness.NEVER
    age_ms = now_ms - heard_ms
    return Freshness.SILENT if age_ms > SILENT_MS else Freshness.LATE if age_ms > LATE_MS else Freshness.HEARD
