"""When a trip without an order ended: the first long stop where the vehicle may park (Art. 12, 17)."""

from __future__ import annotations

import pytest

from fleet.rules.place import Place
from fleet.rules.trip_end import Fix, first_stop

MINUTE_MS = 60_000
YARD = Place(name="Yard", kind="designated", lat_e6=39_000_000, lon_e6=101_000_000, radius_m=150)
PUMP = Place(name="Pump", kind="filling_station", lat_e6=39_100_000, lon_e6=101_000_000, radius_m=150)


def at(minute: int, place: Place | None, speed_kmh: float = 0.0) -> Fix:
    lat = place.lat_e6 / 1e6 if place else 39.5
    return Fix(minute * MINUTE_MS, lat, 101.0, speed_kmh)


@pytest.mark.parametrize(
    ("fixes", "ended"),
    [
        ([], None),
        ([at(0, None, 60), at(5, YARD), at(14, YARD)], None),
        ([at(0, None, 60), at(5, YARD), at(15, YARD)], (5 * MINUTE_MS, "Yard")),
        ([at(0, YARD, 20), at(5, YARD, 2), at(15, YARD)], (5 * MINUTE_MS, "Yard")),
        ([at(0, YARD), at(9, YARD, 30), at(12, YARD), at(21, YARD)], None),
        ([at(0, PUMP), at(30, PUMP)], None),
        ([at(0, None), at(30, None)], None),
        ([at(5, YARD), at(300, YARD)], (5 * MINUTE_MS, "Yard")),
        ([at(5, YARD), at(15, YARD), at(20, None, 60), at(60, YARD), at(90, YARD)], (5 * MINUTE_MS, "Yard")),
    ],
    ids=["no track", "nine minutes", "ten minutes", "coming in", "moved within", "fuel", "nowhere", "a gap", "first"],
)
def test_the_first_long_stop_in_a_designated_place_ends_the_trip_where_it_began(
    fixes: list[Fix], ended: tuple[int, str] | None
) -> None:
    assert first_stop(fixes, [PUMP, YARD], least_ms=10 * MINUTE_MS) == ended
