"""Segments: a vehicle's positions of one part of a day, packed. What is packed comes back to the last bit.

    version | longitude factor | marks | marks of the first row | the first row | columns (see `planes`)

Rules kept here:
* Positions stand in the order of the terminal's clock. A column holds what is left of each value once the rows before
  it are known: a difference; of an arrival the delay; of a place what speed and course did not foretell; of a course
  the shorter way round. Whole numbers throughout, so every machine foretells the same.
* A value that is not there (no such sensor, no word of it) repeats the one before; a column of its own says where.
* Foreign bytes end in one known error; POINTS_MAX bounds what they may ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from math import cos, radians, sin
from operator import add, sub

from fleet.errors import NotTrusted
from fleet.tracks import planes
from fleet.tracks.planes import Misformed, read_varints, signed, unsigned, varints
from fleet.tracks.point import Point

VERSION = 1
POINTS_MAX = 1 << 16
"""Positions in one segment; a day at a report every ten seconds is 8,640."""

_NAMES = Point._fields
_COLUMNS = len(_NAMES)
_DEVICE, _ARRIVAL, _LAT, _LON, _SPEED, _COURSE, _FIX = (
    _NAMES.index(name) for name in ("device_ms", "arrival_ms", "lat_e6", "lon_e6", "speed_kmh_e1", "course", "fix")
)
_FORETELLING = (_DEVICE, _SPEED, _COURSE, _FIX)
_ORDER = _FORETELLING + tuple(at for at in range(_COLUMNS) if at not in _FORETELLING)
"""Columns in the order in which they are read back."""

# A place is foretold from the mean of the speeds at both ends of a step. A tenth of a km/h for a millisecond is
# 1/36,000 m, a millionth of a degree of latitude 1/9 m (within a thousandth; the rest is left over like all else).
_TURN = 360
_NORTH = [round(cos(radians(course)) * (1 << 14)) for course in range(_TURN)]
_EAST = [round(sin(radians(course)) * (1 << 14)) for course in range(_TURN)]
_SCALE_BITS = 40
_LAT_FACTOR = round((1 << _SCALE_BITS) * 9 / (36_000 * 2 * (1 << 14)))
_STEP_MS_MAX = 120_000
"""Longer steps foretell nothing."""

_Columns = Sequence[Sequence[int]]


def pack(points: Iterable[Point]) -> bytes:
    """Pack 1 to POINTS_MAX positions, in any order; they come back in the order of `device_ms`, then arrival.

    Raises:
        ValueError: none, or too many.
    """
    rows = sorted(points, key=lambda point: point[:2])
    if not 0 < len(rows) <= POINTS_MAX:
        raise ValueError(f"a segment holds 1 to {POINTS_MAX} positions")
    reported = list(zip(*rows, strict=True))
    gapped = [at for at, column in enumerate(reported) if None in column]
    columns = [_carried(column) if at in gapped else column for at, column in enumerate(reported)]
    lon_factor = round(_LAT_FACTOR / max(cos(radians(columns[_LAT][0] / 1e6)), 0.01))
    turning = _turning(columns[_COURSE])
    steps = [0] * (len(rows) - 1), [0] * (len(rows) - 1)
    _foretell(*steps, columns, lon_factor, turning=turning)
    gaps = [[int(value is None) for value in reported[at][1:]] for at in gapped]
    head = [sum(1 << at for at in gapped) | turning << _COLUMNS, sum(1 << at for at in gapped if rows[0][at] is None)]
    first = [unsigned(column[0]) for column in columns]
    body = planes.pack([_left(at, columns, steps, turning) for at in _ORDER] + gaps)
    return bytes((VERSION,)) + varints([lon_factor, *head, *first]) + body


def unpack(segment: bytes) -> list[Point]:
    """The positions of a segment, in the order of the terminal's clock.

    Raises:
        NotTrusted: `segment_form`: not what `pack` makes.
    """
    return list(map(Point._make, zip(*unpack_columns(segment), strict=True)))


def unpack_columns(segment: bytes) -> list[Sequence[int | None]]:
    """The same, column by column, in the order of `Point`'s fields: several times faster where rows are not needed.

    Raises:
        NotTrusted: `segment_form`.
    """
    try:
        return _unpacked(segment)
    except Misformed as fault:
        raise NotTrusted("segment_form", detail=str(fault)) from None


def _unpacked(segment: bytes) -> list[Sequence[int | None]]:
    if segment[:1] != bytes((VERSION,)):
        raise Misformed("version")
    (lon_factor, marks, first_gaps, *first), at = read_varints(segment, 3 + _COLUMNS, 1)
    gapped = [at for at in range(_COLUMNS) if marks >> at & 1]
    turning = bool(marks >> _COLUMNS)
    if marks >> _COLUMNS > 1 or lon_factor >> 32 or (turning and not 0 <= signed(first[_COURSE]) < _TURN):
        raise Misformed("head")
    lefts = planes.unpack(segment[at:], rows_max=POINTS_MAX - 1, columns_max=2 * _COLUMNS)
    if len(lefts) != _COLUMNS + len(gapped):
        raise Misformed("columns")
    left: dict[int, Sequence[int]] = dict(zip(_ORDER, lefts, strict=False))
    columns: list[Sequence[int]] = [()] * _COLUMNS
    for at in _FORETELLING:
        columns[at] = _whole(at, signed(first[at]), left[at], columns, turning)
    left[_LAT], left[_LON] = lats, lons = list(left[_LAT]), list(left[_LON])
    _foretell(lats, lons, columns, lon_factor, turning=turning)
    for at in _ORDER[len(_FORETELLING) :]:
        columns[at] = _whole(at, signed(first[at]), left[at], columns, turning)
    shown: list[Sequence[int | None]] = list(columns)
    for at, gaps in zip(gapped, lefts[_COLUMNS:], strict=True):
        missing = (first_gaps >> at & 1, *gaps)
        shown[at] = [None if gap else value for gap, value in zip(missing, columns[at], strict=True)]
    return shown


def _carried(column: Sequence[int | None]) -> list[int]:
    """The column with the last value there was, 0 before the first, where there is none."""
    carried, last = [], 0
    for value in column:
        last = last if value is None else value
        carried.append(last)
    return carried


def _foretell(lats: list[int], lons: list[int], columns: _Columns, lon_factor: int, *, turning: bool) -> None:
    """Add how far north and east, in 1e-6 degree, each row but the first is foretold to be of the one before. Most rows
    are of a vehicle that stands: nothing is foretold of them, and nothing reckoned."""
    speeds, times, courses, fixes = (columns[at] for at in (_SPEED, _DEVICE, _COURSE, _FIX))
    if not turning:  # then some are no direction
        courses = [course % _TURN for course in courses]
    for begin, end in _runs(bytes(map(bool, speeds))):
        north = east = 0
        for row in range(begin, min(end + 1, len(times))):  # at `end` it stands again
            moving, course = speeds[row] * fixes[row], courses[row]
            north_before, north = north, moving * _NORTH[course]
            east_before, east = east, moving * _EAST[course]
            span = times[row] - times[row - 1]
            if row and span <= _STEP_MS_MAX:
                lats[row - 1] += (north_before + north) * span * _LAT_FACTOR >> _SCALE_BITS
                lons[row - 1] += (east_before + east) * span * lon_factor >> _SCALE_BITS


def _runs(marks: bytes) -> Iterator[tuple[int, int]]:
    """Where marks of 1 stand together: from, and up to."""
    end = 0
    while (begin := marks.find(1, end)) >= 0:
        end = marks.find(0, begin)
        end = len(marks) if end < 0 else end
        yield begin, end


def _left(at: int, columns: _Columns, steps: tuple[list[int], list[int]], turning: bool) -> list[int]:
    """What is left of a column's values, all but the first."""
    column = columns[at]
    if at == _ARRIVAL:
        return list(map(sub, column[1:], columns[_DEVICE][1:]))
    left = list(map(sub, column[1:], column))
    if at in (_LAT, _LON):
        return list(map(sub, left, steps[at == _LON]))
    if at == _COURSE and turning:
        half = _TURN // 2
        return [(turn + half) % _TURN - half for turn in left]
    return left


def _whole(at: int, first: int, left: Iterable[int], columns: _Columns, turning: bool) -> list[int]:
    """A column from its first value and its differences."""
    if at == _ARRIVAL:
        return [first, *map(add, left, islice(columns[_DEVICE], 1, None))]
    if isinstance(left, bytes):
        return [first] * (1 + len(left))
    whole = accumulate(left, initial=first)
    return [course % _TURN for course in whole] if at == _COURSE and turning else list(whole)


def _turning(courses: Sequence[int]) -> bool:
    """Whether all courses are some, so that the shorter way round is defined."""
    return min(courses) >= 0 and max(courses) < _TURN
