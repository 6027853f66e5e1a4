"""When to talk, and over which link: pure. Work never waits for it; it only decides when to try.

    https   central, whenever something changed, and now and then for what others wrote
    radio   central in its stead, for as long as HTTPS fails; where there is no HTTPS, always
    peer    another node of the unit, beside all that
    file    nobody's turn: people are told once nothing else will do (`by_hand`)

On each link: after a change at once; after a failure 1, 2, 4 ... seconds later up to a bound, each wait shortened by up
to a quarter at random, so that the nodes of a region do not come back all together; with no news once in `idle_s`. What
crossed one by one is sealed `seal_s` later. A link whose day may cost only so many bytes carries nothing but the urgent
once they are spent. Times are seconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from fleet.ledger.priority import Priority

FIRST_RETRY_S = 1.0
FAILURES_MAX = 30
STAND_IN_AFTER, STAND_IN_AFTER_URGENT = 3, 1
"""Failures of HTTPS in a row before the radio speaks in its stead."""
DAY_S = 86_400.0
BY_HAND_AFTER_S, BY_HAND_HOURS = 24 * 3600.0, 24.0
"""After so long without a word from central, or with so much to carry that it takes so long, a stick is quicker."""
NEVER = float("inf")


class Kind(StrEnum):
    """What a link is."""

    HTTPS = "https"
    RADIO = "radio"
    PEER = "peer"


class Need(NamedTuple):
    """Why to talk: the most urgent of what waits for central (None: nothing waits), whether anything has changed here
    since the link last spoke, and since when something has been waiting for its seal."""

    urgency: Priority | None = None
    news: bool = False
    open_since_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One link: what is set of it, and how it went. `tried_s` is when the last try ended, `heard_s` the last that came
    to its end; `spent` bytes were carried since `day_s`. A `day_bytes` of 0 is no bound."""

    kind: Kind
    idle_s: float
    retry_max_s: float
    seal_s: float = 15.0
    day_bytes: int = 0
    failures: int = 0
    tried_s: float = -NEVER
    heard_s: float = -NEVER
    day_s: float = -NEVER
    spent: int = 0

    def succeeded(self, now_s: float, size: int) -> Course:
        """After a talk that came to its end and carried `size` bytes."""
        return replace(self._carried(now_s, size), failures=0, tried_s=now_s, heard_s=now_s)

    def failed(self, now_s: float, size: int) -> Course:
        """After one that did not."""
        return replace(self._carried(now_s, size), failures=min(self.failures + 1, FAILURES_MAX), tried_s=now_s)

    def left(self, now_s: float) -> float:
        """Bytes that may still be carried today."""
        return self.day_bytes - self._spent(now_s) if self.day_bytes else NEVER

    def due_s(self, https: Course | None, need: Need, now_s: float, jitter: float) -> float:
        """When to talk over this link, NEVER if it is another's turn; `jitter` in [0, 1). `https` is the link of that
        kind, if there is one."""
        if self.kind is Kind.RADIO and https and not _stands_in(https, need):
            return NEVER
        rested_s = self.day_s + DAY_S if self.left(now_s) <= 0 and need.urgency is not Priority.URGENT else -NEVER
        return max(self._pace_s(need, jitter), rested_s)

    def _pace_s(self, need: Need, jitter: float) -> float:
        if self.failures:
            backoff_s: float = min(FIRST_RETRY_S * 2 ** (self.failures - 1), self.retry_max_s)
            return self.tried_s + backoff_s * (1 - jitter / 4)
        if need.news and (self.kind is not Kind.RADIO or need.urgency is not None):
            return self.tried_s
        seal_s = NEVER if need.open_since_s is None else need.open_since_s + self.seal_s
        return min(self.tried_s + self.idle_s, seal_s)

    def _carried(self, now_s: float, size: int) -> Course:
        begun_s = self.day_s if now_s - self.day_s < DAY_S else now_s
        return replace(self, day_s=begun_s, spent=self._spent(now_s) + size)

    def _spent(self, now_s: float) -> int:
        return self.spent if now_s - self.day_s < DAY_S else 0


def _stands_in(https: Course, need: Need) -> bool:
    urgent = need.urgency is Priority.URGENT
    return https.failures >= (STAND_IN_AFTER_URGENT if urgent else STAND_IN_AFTER)


def by_hand(courses: Iterable[Course], waiting: int, hours_left: float | None, started_s: float, now_s: float) -> bool:
    """Whether people should carry a bundle: `waiting` records have been without a way to central for long, or the link
    in use would take too long. None for `hours_left`: nothing is known of how fast it goes."""
    heard_s = max((one.heard_s for one in courses if one.kind is not Kind.PEER), default=-NEVER)
    silent = now_s - max(heard_s, started_s) >= BY_HAND_AFTER_S
    return waiting > 0 and (silent or (hours_left or 0.0) >= BY_HAND_HOURS)
