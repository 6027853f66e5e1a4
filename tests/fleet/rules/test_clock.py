"""Whether the node's clock can be believed, by the satellite clocks of the vehicles it hears (Art. 14, A30)."""

from __future__ import annotations

import pytest

from fleet.rules.clock import OFF_MS, Grade, grade

HOUR_MS = 3_600_000


@pytest.mark.parametrize(("delays_ms", "said"), [
    ([], "unproved"),
    ([1_000], "unproved"),
    ([1_000, 2_000], "satellite"),
    ([1_000, 2_000, 5 * HOUR_MS], "satellite"),  # what waited in a terminal says nothing
    ([-OFF_MS - 1], "unproved"),  # one terminal may be wrong itself
    ([-OFF_MS - 1, 1_000, 2_000], "satellite"),
    ([-HOUR_MS, -HOUR_MS], "doubtful"),  # the node is behind
    ([HOUR_MS, HOUR_MS + 5], "doubtful"),  # all of them late alike: the node is ahead
    ([1_000, HOUR_MS], "unproved"),  # the one may have waited; the other is no proof alone
])  # fmt: skip
def test_two_vehicles_heard_lately_speak_for_or_against_the_clock(delays_ms: list[int], said: Grade) -> None:
    assert grade(delays_ms) == said
