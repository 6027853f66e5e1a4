"""Thinned lines: where a vehicle was at every moment, within a stated error, in a tenth of the bytes and less.

    o---------o-----o      Vertices in place and time. Between two of them the vehicle is taken to go evenly; no
                           position it reported is further from where it is then taken to be than the tolerance.

Rules kept here:
* Time counts: a line that only keeps the road's shape would say nothing of when and how long somebody stood.
* Each stretch is as long as it can be: what slopes still lie within the tolerance of every report is narrowed until
  nothing is left (swing filter, in north and east at once). One pass, and no more than a report looked at at a time.
* Reports without a fix, and jumps (see `jumps`), are no places: they are left out, and the error is of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import hypot
from operator import sub
from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.tracks import planes
from fleet.tracks.geodesy import metres_a_unit
from fleet.tracks.planes import Misformed, read_varints, signed, unsigned, varints
from fleet.tracks.point import Point

TOLERANCE_M = 30.0
VERTICES_MAX = 1 << 16
VERSION = 1

_GRAIN_E6 = 10
"""Vertices lie on a grid of 1e-5 degree, some 0.6 m off at the most, which the tolerance pays for."""
_GRAIN_ERROR_M = 0.8

# A jump: further from the last good place than its speeds allow. Receivers come back after a few reports; what stays
# is the truth, and the place before it was the jump.
_JUMP_M = 45.0
_SPEED_MARGIN = 1.3
_JUMPS_MAX = 8


class Vertex(NamedTuple):
    """A place in 1e-6 degree, and the moment in UTC milliseconds."""

    time_ms: int
    lat_e6: int
    lon_e6: int


def places(points: Iterable[Point]) -> list[Point]:
    """The reports, in the order of the terminal's clock, that say where the vehicle was."""
    good: list[Point] = []
    jumps = 0
    for point in points:
        if not point.fix or (point.lat_e6 == 0 and point.lon_e6 == 0):
            continue
        if good and point.device_ms <= good[-1].device_ms:
            continue
        if good and jumps < _JUMPS_MAX and _too_far(good[-1], point):
            jumps += 1
            continue
        good.append(point)
        jumps = 0
    return good


def thin(points: Iterable[Point], tolerance_m: float = TOLERANCE_M) -> list[Vertex]:
    """The vertices of reports given in the order of the terminal's clock; none if none says where it was."""
    good = places(points)
    if not good:
        return []
    # One flat piece of the ellipsoid a stretch would be exact; over a day's drive the error of one scale is paid for by
    # taking the scale where a degree is longest.
    north_m, east_m = _scales(good)
    reach = (tolerance_m - _GRAIN_ERROR_M) / 2**0.5
    reaches = reach / north_m, reach / east_m
    vertices = [_grid(good[0].device_ms, good[0].lat_e6, good[0].lon_e6)]
    start = vertices[0]
    slopes = _ANY
    last = start.time_ms
    for point in good:
        span = (point.device_ms - start.time_ms) / 1000
        narrowed = _narrowed(slopes, start, point, span, reaches) if span > 0 else slopes
        if narrowed is None:
            start = _end(start, last, slopes)
            vertices.append(start)
            span = (point.device_ms - start.time_ms) / 1000
            narrowed = _narrowed(_ANY, start, point, span, reaches) or _ANY
        slopes, last = narrowed, point.device_ms
    if last > start.time_ms:
        vertices.append(_end(start, last, slopes))
    return vertices


def error_m(points: Iterable[Point], vertices: Sequence[Vertex]) -> float:
    """The greatest distance between a report that says where the vehicle was and where the line has it then."""
    worst, at = 0.0, 0
    for point in places(points):
        while at + 2 < len(vertices) and vertices[at + 1].time_ms < point.device_ms:
            at += 1
        a, b = vertices[at], vertices[min(at + 1, len(vertices) - 1)]
        part = (point.device_ms - a.time_ms) / (b.time_ms - a.time_ms) if b.time_ms > a.time_ms else 0.0
        north_m, east_m = metres_a_unit(point.lat_e6)
        lat, lon = a.lat_e6 + (b.lat_e6 - a.lat_e6) * part, a.lon_e6 + (b.lon_e6 - a.lon_e6) * part
        worst = max(worst, hypot((lat - point.lat_e6) * north_m, (lon - point.lon_e6) * east_m))
    return worst


def pack(vertices: Sequence[Vertex]) -> bytes:
    """Pack 1 to VERTICES_MAX vertices as `thin` makes them."""
    if not 0 < len(vertices) <= VERTICES_MAX:
        raise ValueError(f"a line holds 1 to {VERTICES_MAX} vertices")
    columns = [
        [value // grain for value in column] for column, grain in zip(zip(*vertices, strict=True), _GRAINS, strict=True)
    ]
    first = varints(unsigned(column[0]) for column in columns)
    return bytes((VERSION,)) + first + planes.pack([list(map(sub, column[1:], column)) for column in columns])


def unpack(line: bytes) -> list[Vertex]:
    """The vertices of a packed line.

    Raises:
        NotTrusted: `segment_form`: not what `pack` makes.
    """
    try:
        if line[:1] != bytes((VERSION,)):
            raise Misformed("version")
        first, at = read_varints(line, 3, 1)
        lefts = planes.unpack(line[at:], rows_max=VERTICES_MAX - 1, columns_max=3)
        if len(lefts) != 3:
            raise Misformed("columns")
    except Misformed as fault:
        raise NotTrusted("segment_form", detail=str(fault)) from None
    columns = [
        [value * grain for value in accumulate(left, initial=signed(start))]
        for start, left, grain in zip(first, lefts, _GRAINS, strict=True)
    ]
    return list(map(Vertex._make, zip(*columns, strict=True)))


_GRAINS = (1, _GRAIN_E6, _GRAIN_E6)
_Slopes = tuple[float, float, float, float]
_ANY: _Slopes = (float("-inf"), float("inf"), float("-inf"), float("inf"))


def _narrowed(
    slopes: _Slopes, start: Vertex, point: Point, span: float, reaches: tuple[float, float]
) -> _Slopes | None:
    """The slopes, north and east in 1e-6 degree a second, that pass near a report too; None if none does."""
    north, east = point.lat_e6 - start.lat_e6, point.lon_e6 - start.lon_e6
    low_n, high_n = max(slopes[0], (north - reaches[0]) / span), min(slopes[1], (north + reaches[0]) / span)
    low_e, high_e = max(slopes[2], (east - reaches[1]) / span), min(slopes[3], (east + reaches[1]) / span)
    return (low_n, high_n, low_e, high_e) if low_n <= high_n and low_e <= high_e else None


def _end(start: Vertex, time_ms: int, slopes: _Slopes) -> Vertex:
    span = (time_ms - start.time_ms) / 1000
    low_n, high_n, low_e, high_e = slopes
    return _grid(time_ms, start.lat_e6 + (low_n + high_n) / 2 * span, start.lon_e6 + (low_e + high_e) / 2 * span)


def _grid(time_ms: int, lat_e6: float, lon_e6: float) -> Vertex:
    return Vertex(time_ms, round(lat_e6 / _GRAIN_E6) * _GRAIN_E6, round(lon_e6 / _GRAIN_E6) * _GRAIN_E6)


def _scales(points: Sequence[Point]) -> tuple[float, float]:
    latitudes = [point.lat_e6 for point in points]
    ends = metres_a_unit(min(latitudes)), metres_a_unit(max(latitudes))
    return max(north for north, _ in ends), max(east for _, east in ends)


def _too_far(a: Point, b: Point) -> bool:
    north_m, east_m = metres_a_unit(a.lat_e6)
    far_m = hypot((b.lat_e6 - a.lat_e6) * north_m, (b.lon_e6 - a.lon_e6) * east_m)
    seconds = (b.device_ms - a.device_ms) / 1000
    return far_m > _JUMP_M + max(a.speed_kmh_e1, b.speed_kmh_e1) / 36 * _SPEED_MARGIN * seconds
