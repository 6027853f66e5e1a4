"""Segments: a vehicle's positions of one part of a day, packed. What is packed comes back to the last bit.

    version | head | LZMA of ( a plane for each column | the gaps of columns that have any | what was escaped )
    head: count, longitude factor, marks (gaps, sane courses), per column its divisor and first value; varints

Rules kept here:
* Positions stand in the order of the terminal's clock. A column holds what is left of each value once the rows before
  it are known: a difference; of an arrival the delay; of a place what speed and course did not foretell; of a course
  the shorter way round. Whole numbers throughout, so every machine foretells the same.
* What is left is small nearly always: one byte a value, the sign in its lowest bit. ESCAPE says that the number stands
  among the escaped ones. All columns are one LZMA stream, one after the other: like beside like.
* A value that is not there (no such sensor, no word of it) repeats the one before and is marked in its column's gaps.
* What comes from outside is bounded before it is unpacked, by POINTS_MAX and by what its own count can need.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import cos, gcd, radians, sin
from operator import add, mul, sub
from typing import Any

from fleet.errors import NotTrusted
from fleet.tracks.point import Point

VERSION = 1
POINTS_MAX = 1 << 16
"""Positions in one segment; a day at a report every ten seconds is 8,640."""
NUMBER_SIZE_MAX = 10
"""Bytes of one varint: numbers of up to 64 bits and their sign."""
ESCAPE = 255

_FILTERS: list[dict[str, Any]] = [
    {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 0, "lp": 0, "pb": 0, "mf": lzma.MF_BT4, "nice_len": 64}
]
_NAMES = Point._fields
_COLUMNS = len(_NAMES)
_DEVICE, _ARRIVAL, _LAT, _LON, _SPEED, _COURSE, _FIX = (
    _NAMES.index(name) for name in ("device_ms", "arrival_ms", "lat_e6", "lon_e6", "speed_kmh_e1", "course", "fix")
)
_ORDER = (_DEVICE, _SPEED, _COURSE, _FIX) + tuple(
    at for at in range(_COLUMNS) if at not in (_DEVICE, _SPEED, _COURSE, _FIX)
)
"""Columns as they are packed: those that foretell others come first."""

# A place is foretold from the mean of the speeds at both ends of a step. A tenth of a km/h for a millisecond is
# 1/36,000 m, a millionth of a degree of latitude 1/9 m (within a thousandth; the rest is left over like all else).
_TURN = 360
_NORTH = [round(cos(radians(course)) * (1 << 14)) for course in range(_TURN)]
_EAST = [round(sin(radians(course)) * (1 << 14)) for course in range(_TURN)]
_SCALE_BITS = 40
_LAT_FACTOR = round((1 << _SCALE_BITS) * 9 / (36_000 * 2 * (1 << 14)))
_STEP_MS_MAX = 120_000
"""Longer steps foretell nothing."""

_SIGNED = [code >> 1 if not code & 1 else -(code >> 1) - 1 for code in range(256)]


def pack(points: Iterable[Point]) -> bytes:
    """Pack 1 to POINTS_MAX positions, in any order; they come back in the order of `device_ms`, then arrival.

    Raises:
        ValueError: none, or too many.
    """
    rows = sorted(points, key=lambda point: point[:2])
    if not 0 < len(rows) <= POINTS_MAX:
        raise ValueError(f"a segment holds 1 to {POINTS_MAX} positions")
    columns, gaps = _filled(list(zip(*rows, strict=True)))
    lon_factor = round(_LAT_FACTOR / max(cos(radians(columns[_LAT][0] / 1e6)), 0.01))
    steps = _steps(columns, lon_factor)
    turning = _turning(columns[_COURSE])
    marks = sum(1 << at for at in gaps) | turning << _COLUMNS
    head, planes, escaped = [len(rows), lon_factor, marks], bytearray(), bytearray()
    for at in _ORDER:
        left = _left(at, columns, steps, turning)
        divisor = gcd(*left) or 1
        head += [divisor, columns[at][0] - (columns[_DEVICE][0] if at == _ARRIVAL else 0)]
        if divisor > 1:
            left = [number // divisor for number in left]
        codes = [number + number if number >= 0 else -number - number - 1 for number in left]
        if codes and max(codes) >= ESCAPE:
            escaped += _varints(code for code in codes if code >= ESCAPE)
            codes = [code if code < ESCAPE else ESCAPE for code in codes]
        planes += bytes(codes)
    for at in sorted(gaps):
        planes += bytes([value is None for value in gaps[at]])
    body = lzma.compress(bytes(planes + escaped), format=lzma.FORMAT_RAW, filters=_FILTERS)
    return bytes((VERSION,)) + _varints(map(_unsigned, head)) + body


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
    except (lzma.LZMAError, IndexError, StopIteration, RuntimeError, ValueError, OverflowError) as fault:
        raise NotTrusted("segment_form", detail=str(fault)) from None


def _unpacked(segment: bytes) -> list[Sequence[int | None]]:
    if segment[:1] != bytes((VERSION,)):
        raise ValueError("version")
    numbers, body_at = _read_head(segment)
    count, lon_factor, marks = numbers[:3]
    if not 0 < count <= POINTS_MAX or not 0 <= marks < 2 << _COLUMNS or not 0 < lon_factor < 1 << 32:
        raise ValueError("head")
    rest, gap_columns, turning = count - 1, [at for at in range(_COLUMNS) if marks >> at & 1], bool(marks >> _COLUMNS)
    planes_size = rest * _COLUMNS + count * len(gap_columns)
    stream = _decompressed(segment[body_at:], planes_size + rest * _COLUMNS * NUMBER_SIZE_MAX)
    if len(stream) < planes_size:
        raise ValueError("planes")
    escaped = _read_varints(stream[planes_size:])
    columns: list[list[int]] = [[] for _ in range(_COLUMNS)]
    steps: _Steps | None = None
    for number, at in enumerate(_ORDER):
        divisor, first = numbers[3 + 2 * number : 5 + 2 * number]
        left = _numbers(stream[number * rest : (number + 1) * rest], escaped)
        if divisor != 1:
            left = [one * divisor for one in left]
        if at in (_LAT, _LON):
            steps = steps or _steps(columns, lon_factor)
            left = list(map(add, left, steps[at == _LON]))
        columns[at] = _whole(at, first, left, columns, turning)
    if next(escaped, None) is not None:
        raise ValueError("escapes")
    shown: list[Sequence[int | None]] = list(columns)
    for number, at in enumerate(gap_columns):
        start = rest * _COLUMNS + number * count
        shown[at] = [
            None if gap else value for gap, value in zip(stream[start : start + count], columns[at], strict=True)
        ]
    return shown


_Steps = tuple[list[int], list[int]]


def _steps(columns: Sequence[Sequence[int]], lon_factor: int) -> _Steps:
    """How far north and east, in 1e-6 degree, each row but the first is foretold to be of the one before."""
    speeds, times = list(map(mul, columns[_SPEED], columns[_FIX])), columns[_DEVICE]
    spans = [span if span <= _STEP_MS_MAX else 0 for span in map(sub, times[1:], times)]
    courses = columns[_COURSE]
    if not _turning(courses):
        courses = [course % _TURN for course in courses]
    found = []
    for parts, factor in ((_NORTH, _LAT_FACTOR), (_EAST, lon_factor)):
        moves = list(map(mul, speeds, map(parts.__getitem__, courses)))
        found.append([step * factor >> _SCALE_BITS for step in map(mul, map(add, moves[1:], moves), spans)])
    return found[0], found[1]


def _left(at: int, columns: Sequence[Sequence[int]], steps: _Steps, turning: bool) -> list[int]:
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


def _whole(at: int, first: int, left: list[int], columns: Sequence[Sequence[int]], turning: bool) -> list[int]:
    """The reverse of `_left`."""
    if at == _ARRIVAL:
        return [first + columns[_DEVICE][0], *map(add, left, columns[_DEVICE][1:])]
    whole = list(accumulate(left, initial=first))
    return [course % _TURN for course in whole] if at == _COURSE and turning else whole


def _turning(courses: Sequence[int]) -> bool:
    return min(courses) >= 0 and max(courses) < _TURN


def _filled(columns: Sequence[Sequence[int | None]]) -> tuple[list[Sequence[int]], dict[int, Sequence[int | None]]]:
    """The columns with what is missing filled in, and by number those where something was."""
    gaps = {at: column for at, column in enumerate(columns) if None in column}
    return [_carried(column) if at in gaps else column for at, column in enumerate(columns)], gaps  # type: ignore[misc]


def _carried(column: Sequence[int | None]) -> list[int]:
    """The column with the last value there was, 0 before the first, where there is none."""
    carried, last = [], 0
    for value in column:
        last = last if value is None else value
        carried.append(last)
    return carried


def _numbers(plane: bytes, escaped: Iterator[int]) -> list[int]:
    """The numbers a plane stands for, with what was escaped in its place."""
    if plane.count(0) == len(plane):
        return [0] * len(plane)
    numbers = list(map(_SIGNED.__getitem__, plane))
    at = plane.find(ESCAPE)
    while at >= 0:
        numbers[at] = _signed(next(escaped))
        at = plane.find(ESCAPE, at + 1)
    return numbers


def _unsigned(number: int) -> int:
    return number + number if number >= 0 else -number - number - 1


def _signed(code: int) -> int:
    return -(code >> 1) - 1 if code & 1 else code >> 1


def _varints(numbers: Iterable[int]) -> bytes:
    """Unsigned numbers, seven bits a byte, the lowest first."""
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _read_varints(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
        elif shift >= 7 * NUMBER_SIZE_MAX:
            raise ValueError("number")
    if shift:
        raise ValueError("number")


def _read_head(segment: bytes) -> tuple[list[int], int]:
    """The numbers of the head and where the body begins."""
    wanted, at = 3 + 2 * _COLUMNS, 1
    for _ in range(wanted):
        while segment[at] > 0x7F:
            at += 1
        at += 1
        if at > 1 + wanted * NUMBER_SIZE_MAX:
            raise ValueError("head")
    return list(map(_signed, _read_varints(segment[1:at]))), at


def _decompressed(body: bytes, size_max: int) -> bytes:
    opener = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS)
    stream = opener.decompress(body, size_max)
    if not opener.eof and opener.decompress(b"", 1):
        raise ValueError("size")
    if not opener.eof or opener.unused_data:
        raise ValueError("end")
    return stream
