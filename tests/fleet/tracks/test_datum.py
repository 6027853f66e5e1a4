"""Datums: the published shift, its way back, and places that have none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.tracks.datum import to_gcj02, to_wgs84


def test_the_shift_is_the_published_one() -> None:
    """The example that public converters are tested with: 116.404, 39.915 becomes 116.410244499, 39.916404282."""
    assert to_gcj02(39_915_000, 116_404_000) == (39_916_404, 116_410_244)


@given(st.integers(37_000_000, 53_400_000), st.integers(97_000_000, 126_100_000))
def test_the_way_back_is_right_to_the_millionth_everywhere_in_the_region(lat_e6: int, lon_e6: int) -> None:
    back_lat, back_lon = to_wgs84(*to_gcj02(lat_e6, lon_e6))
    assert abs(back_lat - lat_e6) <= 1
    assert abs(back_lon - lon_e6) <= 1


def test_a_receiver_that_has_no_place_yet_is_not_shifted_anywhere() -> None:
    assert to_wgs84(0, 0) == (0, 0)
    assert to_gcj02(51_500_000, -120_000) == (51_500_000, -120_000)
