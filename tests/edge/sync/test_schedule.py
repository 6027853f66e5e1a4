"""When to talk, and over which link: the whole schedule as a table, and what holds whatever the numbers are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sync.schedule import BY_HAND_AFTER_S, DAY_S, NEVER, Course, Kind, Need, by_hand
from fleet.ledger.priority import Priority

NOW_S, IDLE_S, MOST_S, SEAL_S = 1_000_000.0, 60.0, 300.0, 15.0
HTTPS, RADIO, PEER = (
    Course(kind=kind, idle_s=IDLE_S, retry_max_s=MOST_S, seal_s=SEAL_S, tried_s=NOW_S, heard_s=NOW_S) for kind in Kind
)
NOTHING, QUIET = Need(), Need(Priority.ACT)
NEWS, URGENT = Need(Priority.ACT, news=True), Need(Priority.URGENT, news=True)
OPEN = Need(Priority.ACT, open_since_s=NOW_S - 5)
SPENT = replace(HTTPS, day_bytes=1000, day_s=NOW_S - 3600, spent=1000)


def down(failures: int, course: Course = HTTPS) -> Course:
    return replace(course, failures=failures)


@pytest.mark.parametrize(
    ("course", "https", "need", "due_s"),
    [
        pytest.param(HTTPS, None, NOTHING, NOW_S + 60, id="nothing happened: now and then, for what others wrote"),
        pytest.param(HTTPS, None, QUIET, NOW_S + 60, id="something waits that was said already"),
        pytest.param(HTTPS, None, NEWS, NOW_S, id="a change goes at once"),
        pytest.param(HTTPS, None, OPEN, NOW_S + 10, id="what crossed one by one is sealed"),
        pytest.param(down(1), None, NEWS, NOW_S + 1, id="on a broken link a change waits for its turn"),
        pytest.param(down(1), None, OPEN, NOW_S + 1, id="and so does a seal"),
        pytest.param(down(4), None, NOTHING, NOW_S + 8, id="the wait doubles"),
        pytest.param(down(9), None, NOTHING, NOW_S + 256, id="and doubles"),
        pytest.param(down(10), None, NOTHING, NOW_S + 300, id="up to a bound"),
        pytest.param(RADIO, HTTPS, NEWS, NEVER, id="the radio is silent while HTTPS works"),
        pytest.param(RADIO, HTTPS, URGENT, NEVER, id="also where something is urgent"),
        pytest.param(RADIO, down(2), NEWS, NEVER, id="and while HTTPS may only have stumbled"),
        pytest.param(RADIO, down(1), URGENT, NOW_S, id="the urgent does not wait for that"),
        pytest.param(RADIO, down(3), NEWS, NOW_S, id="then it speaks in its stead"),
        pytest.param(RADIO, down(3), Need(None, news=True), NOW_S + 60, id="but not for what central has"),
        pytest.param(RADIO, None, NEWS, NOW_S, id="where there is no HTTPS it is the way"),
        pytest.param(down(3, RADIO), down(5), NEWS, NOW_S + 4, id="it backs off by itself"),
        pytest.param(PEER, HTTPS, Need(None, news=True), NOW_S, id="a neighbour hears of every change at once"),
        pytest.param(PEER, down(30), NOTHING, NOW_S + 60, id="whatever becomes of central"),
        pytest.param(SPENT, None, NEWS, NOW_S - 3600 + DAY_S, id="the day's bytes are spent: tomorrow"),
        pytest.param(SPENT, None, URGENT, NOW_S, id="but for the urgent"),
        pytest.param(replace(SPENT, spent=999), None, NEWS, NOW_S, id="one byte is left"),
        pytest.param(replace(SPENT, day_s=NOW_S - DAY_S), None, NEWS, NOW_S, id="a new day"),
    ],
)
def test_when_a_link_talks(course: Course, https: Course | None, need: Need, due_s: float) -> None:
    assert course.due_s(https, need, NOW_S, 0) == due_s


def test_before_the_first_try_every_link_talks_at_once() -> None:
    fresh = Course(kind=Kind.HTTPS, idle_s=IDLE_S, retry_max_s=MOST_S)

    assert fresh.due_s(None, NOTHING, NOW_S, 0) <= NOW_S


@given(failures=st.integers(1, 40), jitter=st.floats(0, 1, exclude_max=True))
def test_a_wait_after_a_failure_is_shortened_by_up_to_a_quarter_and_never_lengthened(
    failures: int, jitter: float
) -> None:
    whole_s = down(failures).due_s(None, NOTHING, NOW_S, 0) - NOW_S

    assert whole_s * 0.75 <= down(failures).due_s(None, NOTHING, NOW_S, jitter) - NOW_S <= whole_s


@given(jitter=st.floats(0, 1, exclude_max=True))
def test_without_a_failure_chance_changes_nothing(jitter: float) -> None:
    assert HTTPS.due_s(None, NOTHING, NOW_S, jitter) == NOW_S + IDLE_S


@given(st.lists(st.tuples(st.floats(1, 40_000), st.integers(0, 2_000), st.booleans()), max_size=30))
def test_what_a_day_has_carried_is_never_more_than_was_carried_in_that_day(
    talks: list[tuple[float, int, bool]],
) -> None:
    course, now_s, carried = replace(HTTPS, day_bytes=5_000), NOW_S, list[tuple[float, int]]()
    for pause_s, size, well in talks:
        now_s += pause_s
        course = course.succeeded(now_s, size) if well else course.failed(now_s, size)
        carried.append((now_s, size))

        assert course.left(now_s) == 5_000 - sum(size for at_s, size in carried if at_s >= course.day_s)
        assert now_s - course.day_s < DAY_S


@pytest.mark.parametrize("failures", [1, 7, 5000])
def test_one_success_forgets_every_failure(failures: int) -> None:
    course = HTTPS
    for _ in range(failures):
        course = course.failed(NOW_S, 0)

    assert course.failures == min(failures, 30)
    assert course.succeeded(NOW_S, 0).failures == 0


LATER_S = NOW_S + BY_HAND_AFTER_S


@pytest.mark.parametrize(
    ("courses", "waiting", "hours_left", "now_s", "told"),
    [
        pytest.param([HTTPS], 5, None, NOW_S, False, id="central was heard just now"),
        pytest.param([down(9)], 5, None, LATER_S, True, id="not for a day"),
        pytest.param([down(9)], 0, None, LATER_S, False, id="but nothing waits"),
        pytest.param([down(9), replace(RADIO, heard_s=LATER_S)], 5, 1.0, LATER_S, False, id="the radio gets through"),
        pytest.param([down(9), replace(RADIO, heard_s=LATER_S)], 5, 30.0, LATER_S, True, id="too slowly"),
        pytest.param([down(9), replace(PEER, heard_s=LATER_S)], 5, None, LATER_S, True, id="a neighbour is no way"),
        pytest.param([], 5, None, LATER_S, True, id="there is no link at all"),
    ],
)
def test_people_are_told_when_a_stick_does_better(
    courses: list[Course], waiting: int, hours_left: float | None, now_s: float, told: bool
) -> None:
    assert by_hand(courses, waiting, hours_left, NOW_S, now_s) is told
