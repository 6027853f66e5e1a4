"""The ten sentences of the sync line: each when it is true, and which goes first when several are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import get_args

import pytest

from edge.sync.situation import DISK_LOW_DAYS, LONG_SILENCE_MS, TABLE, Situation, Standing, situation

NOW_MS = 1_790_000_000_000
QUIET = Standing(state="up", heard_ms=NOW_MS - 60_000, now_ms=NOW_MS)
TRUE_WHEN: dict[Situation, dict[str, object]] = {
    "disk_low": {"days_left": DISK_LOW_DAYS - 1},
    "refused": {"refused": 2},
    "clock_doubtful": {"clock_doubtful": True},
    "parallel_edits": {"conflicts": 1},
    "starting": {"state": "trying"},
    "parent_missing": {"held": 3},
    "long_silence": {"heard_ms": NOW_MS - LONG_SILENCE_MS - 1},
    "all_sent": {},
    "sending": {"waiting": 12},
    "waiting": {"waiting": 12, "state": "down"},
}


@pytest.mark.parametrize("said", get_args(Situation))
def test_each_sentence_is_said_when_it_is_true(said: Situation) -> None:
    assert situation(replace(QUIET, **TRUE_WHEN[said])) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(("first", "second"), list(combinations([name for name, _ in TABLE][:7], 2)))
def test_what_asks_somebody_to_act_goes_first(first: Situation, second: Situation) -> None:
    assert situation(replace(QUIET, **(TRUE_WHEN[second] | TRUE_WHEN[first]))) == first  # type: ignore[arg-type]


def test_before_central_was_ever_heard_nothing_is_said_to_be_held() -> None:
    assert situation(replace(QUIET, heard_ms=None)) == "waiting"
    assert situation(replace(QUIET, heard_ms=None, state="trying")) == "starting"


def test_a_disk_nobody_has_measured_yet_is_not_called_low() -> None:
    assert situation(replace(QUIET, days_left=None)) == "all_sent"
