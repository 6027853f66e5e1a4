"""Places: circles on the ground (Art. 11, 17)."""

from __future__ import annotations

import pytest

from fleet.errors import BadInput
from fleet.rules.place import RADIUS_DEFAULT_M, card, read

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
