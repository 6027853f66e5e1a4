"""When to talk to central: at once after a change, ever more rarely while the link is down, now and then otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sync.schedule import Schedule

IDLE_S, MOST_S = 60.0, 300.0


def after(failures: int) -> Schedule:
    schedule = Schedule(IDLE_S, MOST_S)
    for _ in range(failures):
        schedule = schedule.failed()
    return schedule


@pytest.mark.parametrize(
    ("failures", "wait_s"),
    [(0, 60), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 64), (8, 128), (9, 256), (10, 300), (5000, 300)],
)
def test_the_wait_doubles_with_every_failure_up_to_a_bound(failures: int, wait_s: float) -> None:
    assert after(failures).wait_s(0) == wait_s


@given(failures=st.integers(1, 40), jitter=st.floats(0, 1, exclude_max=True))
def test_a_wait_after_a_failure_is_shortened_by_up_to_a_quarter_and_never_lengthened(
    failures: int, jitter: float
) -> None:
    whole_s = after(failures).wait_s(0)

    assert whole_s * 0.75 <= after(failures).wait_s(jitter) <= whole_s


@given(jitter=st.floats(0, 1, exclude_max=True))
def test_without_a_failure_chance_changes_nothing(jitter: float) -> None:
    assert after(0).wait_s(jitter) == IDLE_S


@pytest.mark.parametrize("failures", [1, 7, 100])
def test_one_success_forgets_every_failure(failures: int) -> None:
    assert after(failures).succeeded() == after(0)


@pytest.mark.parametrize(("failures", "woken"), [(0, True), (1, False), (30, False)])
def test_a_change_starts_a_conversation_only_on_a_link_that_works(failures: int, woken: bool) -> None:
    assert after(failures).woken_by_change is woken


def test_a_schedule_that_failed_leaves_the_one_before_as_it_was() -> None:
    schedule = after(0)
    schedule.failed()

    assert schedule == after(0)
