"""Moments and ages in words. Pure: the present comes in as an argument, in UTC milliseconds of the node's clock.

Times of day are those of the whole country, UTC+8, without summer time; the day is named when it is not today. Ages
are rounded down to one unit, so that a shown age changes rarely and never claims more than has passed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from fleet.words import Words

COUNTRY = timezone(timedelta(hours=8))
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FRESH_MS = 10 * MINUTE_MS
"""A position older than this is shown dimmed: the age a terminal reporting every few minutes should never reach."""


def local(at_ms: int) -> datetime:
    """The moment on the clock on the wall."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(COUNTRY)


def moment(at_ms: int | None, now_ms: int) -> str:
    """`14:31`, or `11-22 14:31` when that is not today; `-` when unknown. At most 11 cells."""
    if at_ms is None:
        return "-"
    at = local(at_ms)
    return f"{at:%H:%M}" if at.date() == local(now_ms).date() else f"{at:%m-%d %H:%M}"


def brief(at_ms: int, now_ms: int) -> str:
    """`14:31`, or the day alone when that is not today: always 5 cells."""
    at = local(at_ms)
    return f"{at:%H:%M}" if at.date() == local(now_ms).date() else f"{at:%m-%d}"


def coming(words: Words, at_ms: int, now_ms: int) -> str:
    """A planned time in at most 8 cells: `14:31`, tomorrow with a word before it, else the day alone."""
    at, today = local(at_ms), local(now_ms).date()
    if at.date() == today + timedelta(days=1):
        return words("time.tomorrow", at=f"{at:%H:%M}")
    return brief(at_ms, now_ms)


def age(words: Words, since_ms: int, now_ms: int) -> str:
    """How long ago, in one unit: minutes, hours or days."""
    passed_ms = max(0, now_ms - since_ms)
    for unit, unit_ms in (("days", 2 * DAY_MS), ("hours", HOUR_MS), ("minutes", MINUTE_MS)):
        if passed_ms >= unit_ms:
            size_ms = DAY_MS if unit == "days" else unit_ms
            return words(f"age.{unit}", n=passed_ms // size_ms)
    return words("age.now")


def ago(words: Words, since_ms: int, now_ms: int) -> str:
    """The age as a phrase of its own: "3 hours ago"."""
    if now_ms - since_ms < MINUTE_MS:
        return words("age.just_now")
    return words("age.ago", age=age(words, since_ms, now_ms))


def weekday(words: Words, at_ms: int) -> str:
    """The short name of the day of the week."""
    return words(f"weekday.{local(at_ms).isoweekday()}")
