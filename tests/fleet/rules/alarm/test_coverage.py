"""Where a unit's radio is heard, learnt from reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.alarm.coverage import CELL_E6, CELLS_MAX, COUNT_MAX, UNLEARNT, WAITS_MAX, Coverage
from fleet.tracks.point import Point

LAT, LON = 39_200_000, 101_700_000
MINUTE_MS = 60_000


def a_point(*, late_ms: int = 1_000, lat_e6: int = LAT, lon_e6: int = LON, at_ms: int = 1_790_000_000_000) -> Point:
    return Point(at_ms, at_ms + late_ms, lat_e6, lon_e6, 0, 0, 0, 1, 0, None, None, 11, 20, 0)


@pytest.mark.parametrize(
    ("at_once", "waited", "heard"),
    [(0, 0, None), (2, 0, None), (3, 0, True), (0, 3, False), (5, 5, None), (9, 1, True), (1, 9, False)],
)
def test_a_cell_is_heard_deaf_or_not_known(at_once: int, waited: int, heard: bool | None) -> None:
    points = [a_point()] * at_once + [a_point(late_ms=40 * MINUTE_MS)] * waited

    assert UNLEARNT.learn(points).heard(LAT, LON) is heard


def test_what_is_newer_weighs_more() -> None:
    once_heard = UNLEARNT.learn([a_point()] * 500)

    assert once_heard.learn([a_point(late_ms=40 * MINUTE_MS)] * 2 * COUNT_MAX).heard(LAT, LON) is False


def test_the_edge_of_a_hole_is_beside_a_deaf_cell() -> None:
    deaf = UNLEARNT.learn([a_point(late_ms=40 * MINUTE_MS)] * 5)

    assert deaf.near_deaf(LAT - CELL_E6, LON + CELL_E6)
    assert not deaf.near_deaf(LAT - 2 * CELL_E6, LON)


def test_how_long_to_wait_is_what_nine_of_ten_waits_took() -> None:
    waits = [a_point(late_ms=minutes * MINUTE_MS) for minutes in range(10, 20)]

    assert UNLEARNT.wait_ms is None
    assert UNLEARNT.learn(waits).wait_ms == 19 * MINUTE_MS


@given(st.lists(st.tuples(st.integers(-60, 60), st.booleans()), max_size=200), st.integers(0, 200))
def test_batches_change_nothing_and_everything_is_bounded(said: list[tuple[int, bool]], cut: int) -> None:
    points = [a_point(lat_e6=LAT + up * CELL_E6, late_ms=30 * MINUTE_MS if late else 0) for up, late in said]
    whole = UNLEARNT.learn(points)

    assert UNLEARNT.learn(points[:cut]).learn(points[cut:]) == whole
    assert len(whole.waits_ms) <= WAITS_MAX
    assert all(sum(count) <= COUNT_MAX for count in whole.cells.values())


def test_of_more_cells_than_are_kept_the_least_known_go() -> None:
    known = [a_point(lat_e6=-CELL_E6)] * 4
    many = [a_point(lat_e6=number * CELL_E6) for number in range(CELLS_MAX)]
    learnt: Coverage = UNLEARNT.learn([*known, *many])

    assert len(learnt.cells) == CELLS_MAX
    assert learnt.heard(-CELL_E6, LON)
