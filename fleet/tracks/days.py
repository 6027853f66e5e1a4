"""Days as tracks are cut into them: from midnight to midnight of the region's one zone, eight hours ahead of UTC."""

from __future__ import annotations

from datetime import UTC, datetime

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000
TIME_MS_MAX = 1 << 42
"""No track is of a later time: the year 2109."""


def day_of(at_ms: int) -> int:
    """When the day of a moment began (UTC ms)."""
    return at_ms - (at_ms + ZONE_MS) % DAY_MS


def days(from_ms: int, to_ms: int) -> range:
    """The beginnings of all days that a span touches, its ends included."""
    return range(day_of(from_ms), to_ms + 1, DAY_MS)


def month_of(at_ms: int) -> str:
    """The month of a moment, YYYY-MM."""
    return f"{datetime.fromtimestamp((at_ms + ZONE_MS) // 1000, UTC):%Y-%m}"
