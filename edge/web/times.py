"""Moments as people read and type them: local time of the unit in and out, UTC milliseconds everywhere else.

The whole country keeps one time, Asia/Shanghai, without summer time; so do the datetime fields of the pages.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fleet.errors import BadInput

ZONE = ZoneInfo("Asia/Shanghai")
FIELD = "%Y-%m-%dT%H:%M"


def local(at_ms: int) -> datetime:
    """The moment on the unit's clock."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZONE)


def clock(at_ms: int) -> str:
    """``14:31``."""
    return f"{local(at_ms):%H:%M}"


def moment(at_ms: int, now_ms: int) -> str:
    """``14:31``, ``11-22 14:31`` or ``2025-11-22 14:31``, as short as the day of `now_ms` allows."""
    at, now = local(at_ms), local(now_ms)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"


def to_field(at_ms: int) -> str:
    """What a ``datetime-local`` field holds."""
    return local(at_ms).strftime(FIELD)


def from_field(text: str, *, field: str) -> int:
    """Read a ``datetime-local`` field; BadInput `field_missing` or `time_wrong` with the form's `field`."""
    if not text.strip():
        raise BadInput("field_missing", article="7", field=field)
    try:
        at = datetime.strptime(text.strip()[:16], FIELD).replace(tzinfo=ZONE)
        return int(at.timestamp()) * 1000
    except (ValueError, OverflowError):
        raise BadInput("time_wrong", article="7", field=field) from None
