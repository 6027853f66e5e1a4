"""Places: circles on the ground (Art. 11, 17)."""

from __future__ import annotations

import pytest

from fleet.errors import BadInput
from fleet.rules.place import RADIUS_DEFAULT_M, card, fields_of, read
from fleet.rules.places import Places

YARD: dict[str, object] = {"name": "Yard", "kind": "designated", "lat_e6": "39200000", "lon_e6": 101_700_000}


def test_a_place_holds_what_lies_in_its_circle() -> None:
    yard = read(YARD)

    assert yard.radius_m == RADIUS_DEFAULT_M
    assert yard.holds(39.2010, 101.7)
    assert not yard.holds(39.2020, 101.7)


def test_the_way_to_another_place_is_estimated_by_road() -> None:
    lake = read(YARD | {"name": "Lake", "lat_e6": 39_200_000 + 449_660})

    assert read(YARD).way_km(lake) == lake.way_km(read(YARD)) == 65, "50 km and three tenths more"


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ""}, "name"), ({"name": "a/b"}, "name"), ({"kind": "home"}, "kind"), ({"lat_e6": 91_000_000}, "lat_e6"),
     ({"lon_e6": ""}, "lon_e6"), ({"radius_m": 1}, "radius_m")],
)  # fmt: skip
def test_a_place_that_is_none_says_which_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(YARD | changed)

    assert refused.value.facts["field"] == field


def test_an_entry_without_coordinates_is_no_place() -> None:
    assert card("Yard", {"kind": "designated", "lat_e6": "1"}) is None


HOLE: dict[str, object] = {
    "name": "Hole", "kind": "radio_hole", "shape": "polygon", "outline": "39.2,101.7 39.4,101.7 39.4,101.9 39.2,101.9"
}  # fmt: skip
TUNNEL: dict[str, object] = {
    "name": "Tunnel", "kind": "tunnel", "shape": "corridor", "outline": "41.2,106.1 41.2,106.13", "radius_m": 60
}  # fmt: skip


def test_a_polygon_holds_what_its_outline_surrounds() -> None:
    hole = read(HOLE)

    assert (hole.lat_e6, hole.lon_e6) == (39_300_000, 101_800_000), "its point is its middle"
    assert hole.holds(39.3, 101.75)
    assert hole.holds(39.2, 101.8), "the edge belongs to it"
    assert not hole.holds(39.1999, 101.8)
    assert hole.away_m(39.3, 101.8) == 0
    assert hole.away_m(39.199, 101.8) == pytest.approx(111, abs=1)


def test_a_corridor_holds_what_is_near_its_line() -> None:
    tunnel = read(TUNNEL)

    assert tunnel.holds(41.2005, 106.115)
    assert not tunnel.holds(41.2007, 106.115)
    assert not tunnel.holds(41.2, 106.131)


@pytest.mark.parametrize("place", [YARD, HOLE, TUNNEL])
def test_the_fields_of_a_place_make_it_again(place: dict[str, object]) -> None:
    made = read(place)

    assert card(made.name, fields_of(made)) == made


@pytest.mark.parametrize(
    "changed",
    [{"outline": "39.2,101.7 39.4,101.7"}, {"outline": ""}, {"outline": "39.2;101.7"}, {"shape": "circle"},
     {"shape": "corridor", "outline": "39.2,101.7"}],
)  # fmt: skip
def test_an_outline_that_makes_no_such_shape_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refused:
        read(HOLE | {"lat_e6": 39_200_000, "lon_e6": 101_700_000} | changed)

    assert (refused.value.code, refused.value.facts["field"]) == ("outline", "outline")
    assert card("Hole", {"kind": "radio_hole", "shape": "polygon", "outline": "39.2,101.7"}) is None


def test_the_first_place_of_the_kinds_asked_for_is_found() -> None:
    yard, hole = read(YARD), read(HOLE)

    assert Places([yard, hole]).holding(39.2, 101.7, "radio_hole", "tunnel") == hole
    assert Places([yard, hole]).holding(39.1, 101.7, "radio_hole", "designated") is None
