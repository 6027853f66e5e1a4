"""A position belongs to the trip its own time falls into, whenever it arrives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.attribution import Installation, Trip, installation_at, moved, trip, trip_at
from fleet.rules.order import Order

PLATE, OTHER = "蒙M-0B312", "蒙M-0B318"
MORNING = Trip("1-00001", PLATE, departed_ms=1_000, back_ms=2_000, confidential=False)
UNDER_WAY = Trip("1-00002", PLATE, departed_ms=5_000, back_ms=None, confidential=True)


@pytest.mark.parametrize(
    ("at_ms", "order"),
    [
        (999, None),
        (1_000, "1-00001"),
        (1_500, "1-00001"),
        (2_000, "1-00001"),
        (2_001, None),
        (4_999, None),
        (5_000, "1-00002"),
        (9_999_999_999_999, "1-00002"),
    ],
)
def test_a_moment_belongs_to_the_trip_it_lies_in_both_ends_included(at_ms: int, order: str | None) -> None:
    found = trip_at([UNDER_WAY, MORNING], PLATE, at_ms)

    assert (found.order if found else None) == order


def test_a_trip_of_another_vehicle_is_never_it() -> None:
    assert trip_at([MORNING, UNDER_WAY], OTHER, 1_500) is None
    assert trip_at([], PLATE, 1_500) is None


def test_a_vehicle_without_a_plate_is_on_no_trip() -> None:
    assert trip_at([MORNING], "", 1_500) is None


def test_where_records_overlap_the_trip_departed_last_counts() -> None:
    never_closed = replace(MORNING, order="1-00000", departed_ms=500, back_ms=None)

    for trips in ([never_closed, MORNING], [MORNING, never_closed]):
        assert trip_at(trips, PLATE, 1_500) is MORNING
        assert trip_at(trips, PLATE, 2_500) is never_closed


trips = st.builds(
    Trip,
    st.sampled_from(["1-1", "1-2", "1-3"]),
    st.sampled_from([PLATE, OTHER]),
    departed_ms=st.integers(0, 50),
    back_ms=st.none() | st.integers(0, 50),
    confidential=st.booleans(),
)


@given(recorded=st.lists(trips, max_size=6), at_ms=st.integers(0, 60))
def test_the_trip_found_covers_the_moment_and_none_departed_later_does(recorded: list[Trip], at_ms: int) -> None:
    covering = [each for each in recorded if each.plate == PLATE and each.covers(at_ms)]
    found = trip_at(recorded, PLATE, at_ms)

    assert (found is None) == (not covering)
    assert found is None or found in covering
    assert found is None or found.departed_ms == max(each.departed_ms for each in covering)


@given(departed_ms=st.integers(0, 100), lasted_ms=st.integers(0, 100), at_ms=st.integers(0, 300))
def test_a_trip_that_is_over_covers_exactly_its_own_time(departed_ms: int, lasted_ms: int, at_ms: int) -> None:
    over = Trip("1-1", PLATE, departed_ms, departed_ms + lasted_ms, confidential=False)

    assert over.covers(at_ms) == (departed_ms <= at_ms <= departed_ms + lasted_ms)


def test_an_order_that_has_not_departed_has_no_trip() -> None:
    assert trip(Order(id="1-00001", vehicle=PLATE), confidential=False) is None


@pytest.mark.parametrize("confidential", [True, False])
@pytest.mark.parametrize("back_ms", [None, 2_000])
def test_a_trip_tells_of_its_order_what_attribution_needs(back_ms: int | None, confidential: bool) -> None:
    order = Order(id="1-00001", vehicle=PLATE, departed_ms=1_000, back_ms=back_ms)

    assert trip(order, confidential=confidential) == Trip("1-00001", PLATE, 1_000, back_ms, confidential)


def test_a_departure_at_the_beginning_of_time_is_a_departure() -> None:
    assert trip(Order(id="1-00001", vehicle=PLATE, departed_ms=0), confidential=False) is not None


def at(from_ms: int, vehicle: str, datum: str = "wgs84") -> Installation:
    return Installation("T1", vehicle, datum, from_ms)


@pytest.mark.parametrize(
    ("at_ms", "vehicle"), [(0, "A"), (99, "A"), (100, "A"), (199, "A"), (200, "B"), (300, ""), (999, "")]
)
def test_a_terminal_was_where_it_was_last_put_before_the_moment(at_ms: int, vehicle: str) -> None:
    assert installation_at([at(100, "A"), at(200, "B"), at(300, "")], at_ms).vehicle == vehicle


def test_a_terminal_nobody_put_anywhere_is_in_no_vehicle() -> None:
    assert installation_at([], 100).vehicle == ""


@pytest.mark.parametrize(
    ("register", "added"),
    [
        ({"T1": ("A", "wgs84")}, []),
        ({"T1": ("B", "wgs84")}, [at(500, "B")]),
        ({"T1": ("A", "gcj02")}, [at(500, "A", "gcj02")]),
        ({}, [at(500, "")]),
    ],
)
def test_only_what_changed_is_added_to_a_terminals_history(
    register: dict[str, tuple[str, str]], added: list[Installation]
) -> None:
    assert moved({"T1": [at(100, "A")]}, register, 500) == added


def test_what_was_taken_out_is_noted_once() -> None:
    assert moved({"T1": [at(100, "A"), at(200, "")]}, {}, 500) == []
