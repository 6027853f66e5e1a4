"""What a vehicle's track shows around a receipt: its stops, the points it passed, what its tank held before."""

from __future__ import annotations

from edge.store.tracks import Tracks
from fleet.desk.receipts import Sight
from fleet.rules.matching import NEAR_MS, Stop
from fleet.tracks.days import DAY_MS
from fleet.tracks.journey import completeness, stops
from fleet.tracks.track import Track

FILL_MS = 120_000
"""Filling a tank takes longer."""
REST_MS = 10 * 60_000
"""A tank is looked into so long before a stop; later readings may be of the fill itself."""


def sight(tracks: Tracks, plate: str, at_ms: int) -> Sight:
    """Look at the hours around a moment: a stop may have begun long before the receipt, on the day before at most."""
    track = tracks.track(plate, at_ms - NEAR_MS, at_ms + NEAR_MS)
    around = [each for each in stops(track, at_ms - DAY_MS, at_ms + DAY_MS, FILL_MS) if each.placed]
    near = [
        Stop(each.start_ms, each.end_ms, each.placed[0] / 1e6, each.placed[1] / 1e6) for each in around if each.placed
    ]
    close = [each for each in near if each.near(at_ms)]
    passed = tuple(
        (point.device_ms, point.lat_e6 / 1e6, point.lon_e6 / 1e6)
        for point in track.placed
        if abs(point.device_ms - at_ms) <= NEAR_MS
    )
    rest = _rest_ml(track, close[0].start_ms if close else at_ms)
    return Sight(tuple(close), passed, rest, completeness(track, at_ms - NEAR_MS, at_ms + NEAR_MS))


def _rest_ml(track: Track, before_ms: int) -> int | None:
    """What the tank held on arrival, by the last word of its sensor."""
    said = [
        track.points[at].fuel_l_e1
        for at in track.within(before_ms - REST_MS, before_ms)
        if track.points[at].fuel_l_e1 is not None
    ]
    return None if not said or said[-1] is None else said[-1] * 100
