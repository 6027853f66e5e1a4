"""Segments as telemetry.db keeps them: a terminal's reports of a vehicle and a day, packed, under their bytes' names.

`beside` holds what a segment has no column for: other items of the report, and places in the terminal's own datum. It
stays on the node.
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from typing import Any, NamedTuple

from fleet.ledger.blobs import PIECE_SIZE, Outline, outline_of
from fleet.ledger.canonical import Value, decode, encode
from fleet.tracks import segment, thin
from fleet.tracks.point import Point
from fleet.tracks.track import judged

EXTRAS_SIZE_MAX, BESIDE_SIZE_MAX = 1 << 16, 64 << 20
_IN_COLUMNS = frozenset({0x01, 0x02, 0x30, 0x31})
"""Items of a JT/T 808 report that a position has columns for."""

Row = tuple[Any, ...]
"""A point's fifteen values; behind them the row's number, its items, and the place in the terminal's own datum."""


class Part(NamedTuple):
    """What is to be packed together: a terminal's rows of a vehicle and a day."""

    vehicle: str
    terminal: str
    day_ms: int


class Segment(NamedTuple):
    """A row of segments; `full` and `thin` are what others may hold too, under their names."""

    vehicle: str
    terminal: str
    day_ms: int
    from_ms: int
    to_ms: int
    positions: int
    apart: bool
    named: bool
    full_name: bytes
    thin_name: bytes
    full: bytes
    thin: bytes
    beside: bytes


class Packed(NamedTuple):
    """What packing a part came to, and the rows it stands for."""

    segments: list[Segment]
    numbers: list[int]


def beside(data: bytes) -> list[Value]:
    """What a segment has no column for, a row a report: other items, and the place in the terminal's own datum; []
    where there is nothing of the kind."""
    found = decode(lzma.decompress(data), size_max=BESIDE_SIZE_MAX) if data else []
    return found if isinstance(found, list) else []


def made(part: Part, apart: bool, rows: Sequence[Row]) -> Segment:
    points = [Point._make(row[:15]) for row in rows]
    full = segment.pack(points)
    vertices = thin.thin(judged(points).placed)
    line = thin.pack(vertices) if vertices else b""
    return Segment(
        *part,
        points[0].device_ms,
        points[-1].device_ms,
        len(points),
        apart,
        False,
        blob_outline(full).name,
        blob_outline(line).name if line else b"",
        full,
        line,
        _beside(rows),
    )


def blob_outline(data: bytes) -> Outline:
    """What these bytes consist of, as a blob; its name is what operations call them."""
    return outline_of(data[at : at + PIECE_SIZE] for at in range(0, len(data), PIECE_SIZE))


def _beside(rows: Sequence[Row]) -> bytes:
    kept = [[_others(row[16]), [value for value in row[17:19] if value is not None]] for row in rows]
    return lzma.compress(encode(kept)) if any(others or place for others, place in kept) else b""


def _others(extras: bytes) -> list[Value]:
    """The items of a report that a position has no columns for."""
    items = decode(extras, size_max=EXTRAS_SIZE_MAX)
    given = items if isinstance(items, list) else []
    return [item for item in given if isinstance(item, list) and item[0] not in _IN_COLUMNS]
