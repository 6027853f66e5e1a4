"""Whether the node's clock can be believed, by what the terminals' satellite clocks say (Art. 14, A30).

A report with a fix carries satellite time. It may have waited in the terminal, so that one is old says nothing against
the node; but none can be from the future, and not all of them wait alike. One terminal alone may be wrong itself: two
must say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Grade = Literal["unproved", "satellite", "doubtful"]
OFF_MS = 60_000
"""Further off than this a clock is in doubt (A30)."""
VOICES = 2


def grade(delays_ms: Iterable[int]) -> Grade:
    """What the latest report with a fix of each vehicle heard lately says: when it was heard by the node's clock, less
    when it was made by satellite time."""
    delays = list(delays_ms)
    if sum(delay < -OFF_MS for delay in delays) >= VOICES:
        return "doubtful"  # made later than heard: the node is behind
    if sum(abs(delay) <= OFF_MS for delay in delays) >= VOICES:
        return "satellite"
    ahead = len(delays) >= VOICES and min(delays) > OFF_MS
    return "doubtful" if ahead else "unproved"
