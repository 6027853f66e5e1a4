"""Of thousands of places the same are found as by going through all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.outline import Spot
from fleet.rules.place import Place
from fleet.rules.places import Places
from fleet.rules.whereabouts import NEAR_MAX_M, NOWHERE, near, place_of

KINDS = ("designated", "gate", "town", "radio_hole")
LATS, LONS = st.integers(38_900_000, 40_100_000), st.integers(101_000_000, 103_000_000)
HERE = st.builds(Spot, LATS, LONS)


@st.composite
def drawn(draw: st.DrawFn) -> Place:
    lat_e6, lon_e6 = draw(HERE)
    shape = draw(st.sampled_from(("circle", "corridor", "polygon")))
    steps = draw(st.lists(st.tuples(*[st.integers(-200_000, 200_000)] * 2), min_size=3, max_size=5))
    return Place(
        name=draw(st.text("甲乙丙丁", min_size=1, max_size=6)),
        kind=draw(st.sampled_from(KINDS)),
        lat_e6=lat_e6,
        lon_e6=lon_e6,
        radius_m=draw(st.integers(10, 20_000)),
        shape=shape,
        outline=() if shape == "circle" else tuple(Spot(lat_e6 + up, lon_e6 + side) for up, side in steps),
    )


REGISTER = st.lists(drawn(), max_size=25, unique_by=lambda place: place.name)


@given(known=REGISTER, at=HERE)
def test_the_nearest_place_is_the_one_that_measuring_all_finds(known: list[Place], at: Spot) -> None:
    lat, lon = at.lat_e6 / 1e6, at.lon_e6 / 1e6

    found = near(Places(known), lat, lon)

    margins = {
        place.name: max(0.0, place.away_m(lat, lon) - (0 if place.shape == "polygon" else place.radius_m))
        for place in known
        if place.kind not in NOWHERE
    }
    nearest_m = min(margins.values(), default=NEAR_MAX_M + 1)
    if nearest_m > NEAR_MAX_M:
        assert found is None
    else:
        assert found is not None
        assert found.place == min(name for name, away_m in margins.items() if away_m == nearest_m)


@given(known=REGISTER, at=HERE)
def test_what_holds_a_point_is_what_going_through_all_finds(known: list[Place], at: Spot) -> None:
    lat, lon = at.lat_e6 / 1e6, at.lon_e6 / 1e6
    places = Places(known)

    holding = [place for place in known if place.holds(lat, lon)]

    assert list(places.at(lat, lon)) == holding
    assert places.holding(lat, lon, "gate", "designated") == next(
        (place for place in holding if place.kind in {"gate", "designated"}), None
    )
    assert (
        place_of(places, lat, lon)
        == min(
            ((place.radius_m, place.name) for place in holding if place.kind in {"designated", "gate"}),
            default=(0, None),
        )[1]
    )


@given(known=REGISTER)
def test_places_are_found_by_name_and_by_kind_in_the_order_of_the_register(known: list[Place]) -> None:
    places = Places(known)

    assert [places.named(place.name) for place in known] == known == list(places)
    assert places.of_kind("town", "gate") == [place for place in known if place.kind in {"gate", "town"}]
    assert places.named("戊") is None
