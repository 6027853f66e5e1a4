"""Readings rise for ever, whatever the clock on the wall does and whatever others claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.ledger.hlc import AHEAD_MAX_MS, READING_MAX, HybridClock, wall_ms
from tests.simulation.clock import START_MS, SimulatedClock, SimulatedTime

moves = st.one_of(
    st.tuples(st.just("clock"), st.integers(-START_MS, 1 << 41)),
    st.tuples(st.just("seen"), st.integers(0, (START_MS + 500) << 16)),
    st.tuples(st.just("now"), st.just(0)),
)


@given(st.lists(moves))
def test_every_reading_is_above_all_given_and_seen_before(done: list[tuple[str, int]]) -> None:
    clock = SimulatedClock(SimulatedTime())
    hybrid, highest = HybridClock(clock), -1
    for what, value in done:
        if what == "clock":
            clock.error_ms = value
        elif what == "seen":
            hybrid.go_on_from(value)
            highest = max(highest, value)
        else:
            reading = hybrid.now()
            assert reading > highest
            highest = reading


def test_a_reading_carries_the_time_on_the_wall() -> None:
    assert wall_ms(HybridClock(SimulatedClock(SimulatedTime(123_456))).now()) == 123_456


def test_a_clock_set_back_counts_on_from_where_it_was() -> None:
    clock = SimulatedClock(SimulatedTime())
    hybrid = HybridClock(clock)
    before = hybrid.now()

    clock.error_ms = -1_000_000

    assert hybrid.now() == before + 1


def test_a_restart_goes_on_above_what_was_written() -> None:
    clock = SimulatedClock(SimulatedTime(1))

    assert HybridClock(clock, last=1 << 60).now() == (1 << 60) + 1


@pytest.mark.parametrize("told", [False, True], ids=["own clock", "a clock on its first day, and central's word"])
def test_a_reading_as_far_ahead_as_an_honest_clock_may_be_is_followed_and_a_later_one_is_not(*, told: bool) -> None:
    begun = HybridClock(SimulatedClock(SimulatedTime(0 if told else START_MS)), told_ms=lambda: START_MS * told)
    latest = (START_MS + AHEAD_MAX_MS) << 16

    begun.seen(latest + (1 << 16))
    begun.seen(READING_MAX)
    assert begun.now() < latest

    begun.seen(latest)
    assert begun.now() == latest + 1


def test_the_last_reading_there_is_stops_the_count_and_nothing_else() -> None:
    hybrid = HybridClock(SimulatedClock(SimulatedTime()))

    hybrid.go_on_from(READING_MAX)

    assert [hybrid.now(), hybrid.now()] == [READING_MAX, READING_MAX]
