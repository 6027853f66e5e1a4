"""Tracks in telemetry.db: rows for recent days, then segments of a vehicle and a day, read as if they were one.

    positions   a row a report, as it came in           segments   a day of it (or what came later of that day), packed

Rules kept here:
* A report has a place in a day if its terminal's time can be believed; others stay rows.
* A segment is on disk before its rows go, in one transaction; a report is never in neither, and read once if in both.
* What comes after its day was packed waits as rows and makes one more segment; no segment is ever changed.
* `beside` holds what a segment has no column for: other items of the report, and places in the terminal's own datum.
* Tyres are known up to a day and kept; a report that arrives for an older day lets go of what was learnt since.
Belongs to the thread of the file, but for `Reader`, which any other thread opens for itself.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from edge.store.engine import disk_errors, open_reader, transaction
from fleet.ledger.blobs import PIECE_SIZE, outline_of
from fleet.ledger.canonical import Value, decode, encode
from fleet.tracks import segment, thin
from fleet.tracks.days import DAY_MS, day_of, days
from fleet.tracks.gate import CLOCK_AHEAD_MAX_MS, INSTALLED_FIRST_MS
from fleet.tracks.movement import Tyres
from fleet.tracks.point import Point
from fleet.tracks.track import Track, in_order, judged

SPAN_DAYS_MAX = 62
"""Days that one question may ask for."""
EXTRAS_SIZE_MAX, BESIDE_SIZE_MAX = 1 << 16, 64 << 20

_POINT = (
    "device_ms, received_ms, lat_e6, lon_e6, alt_m, speed_kmh_e1, course, fix, acc, odometer_m / 100, fuel_l_e1,"
    " satellites, rssi, alarm_bits, status_bits"
)
_TIMED = f"device_ms BETWEEN {INSTALLED_FIRST_MS} AND received_ms + {CLOCK_AHEAD_MAX_MS}"
_SPAN = f"device_ms >= ? AND device_ms < ? AND {_TIMED}"
_SEGMENT = (
    "vehicle, terminal, day_ms, from_ms, to_ms, positions, apart, named, full_name, thin_name, full, thin, beside"
)
_IN_COLUMNS = frozenset({0x01, 0x02, 0x30, 0x31})
"""Items of a JT/T 808 report that a position has columns for."""

Spans = Sequence[tuple[int, int]]
Row = tuple[Any, ...]


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


class Tracks:
    """Reading and packing, on one connection."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db, self._path = db, path

    def points(self, vehicle: str, from_ms: int, to_ms: int) -> list[Point]:
        """A vehicle's reports of the days that a span touches: whole days, in order, each once."""
        span = days(from_ms, to_ms)[:SPAN_DAYS_MAX]
        if not span:
            return []
        query = f"SELECT {_POINT} FROM positions WHERE vehicle = ? AND {_SPAN}"  # noqa: S608 - names of ours
        packed = "SELECT full FROM segments WHERE vehicle = ? AND day_ms BETWEEN ? AND ? ORDER BY day_ms"
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, (vehicle, span[0], span[-1] + DAY_MS)).fetchall()
            held = self._db.conn.execute(packed, (vehicle, span[0], span[-1])).fetchall()
        points = list(map(Point._make, rows))
        for (full,) in held:
            points += segment.unpack(full)
        return in_order(points)

    def track(self, vehicle: str, from_ms: int, to_ms: int) -> Track:
        """The same, judged."""
        return judged(self.points(vehicle, from_ms, to_ms), self.tyres(vehicle, day_of(from_ms)))

    def tyres(self, vehicle: str, day_ms: int) -> Tyres:
        """What is known of a vehicle's tyres before a day."""
        query = (
            "SELECT day_ms, road_m, counted_m FROM tyres WHERE vehicle = ? AND day_ms <= ? ORDER BY day_ms DESC LIMIT 1"
        )
        with disk_errors(self._path):
            known = self._db.conn.execute(query, (vehicle, day_ms)).fetchone()
        if known and known[0] == day_ms:
            return Tyres(*known[1:])
        first, found = (known[0], Tyres(*known[1:])) if known else (None, Tyres())
        for day in self._days(vehicle, first, day_ms):
            found = judged(self.points(vehicle, day, day), found).tyres
        return found

    def parts(self, before_ms: int) -> list[Part]:
        """What can be packed: rows of days that ended before a moment."""
        old = f"vehicle <> '' AND device_ms < ? AND {_TIMED}"
        query = f"SELECT DISTINCT vehicle, terminal, device_ms FROM positions WHERE {old}"  # noqa: S608 - ours
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, (day_of(before_ms),)).fetchall()
        return sorted({Part(vehicle, terminal, day_of(device_ms)) for vehicle, terminal, device_ms in rows})

    def pack(self, part: Part, confidential: Spans = ()) -> Packed:
        """Pack a part. What was said in one of the `confidential` spans (UTC ms) makes segments that stay apart; what
        an earlier segment of the day holds already makes none."""
        query = (
            f"SELECT {_POINT}, number, extras, said_lat_e6, said_lon_e6 FROM positions"  # noqa: S608 - names of ours
            f" WHERE vehicle = ? AND terminal = ? AND {_SPAN}"
        )
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, (*part[:2], part.day_ms, part.day_ms + DAY_MS)).fetchall()
        said = {_word(row): row for row in sorted(rows, key=lambda row: row[:2], reverse=True)}
        for point in self._packed_of(part):
            said.pop(_word(point), None)
        fresh = sorted(said.values(), key=lambda row: row[:2])
        runs = groupby(fresh, key=lambda row: any(from_ms <= row[0] <= to_ms for from_ms, to_ms in confidential))
        segments = [_segment(part, apart, chunk) for apart, run in runs for chunk in _chunks([*run])]
        return Packed(segments, [row[15] for row in rows])

    def replace(self, packed: Packed) -> None:
        """Put segments in the place of their rows: all of it, or nothing."""
        marks = ",".join("?" * len(Segment._fields))
        with transaction(self._db, self._path):
            self._db.conn.executemany(
                f"INSERT INTO segments ({_SEGMENT}) VALUES ({marks})",  # noqa: S608 - names of ours
                [tuple(each) for each in packed.segments],
            )
            self._db.conn.executemany("DELETE FROM positions WHERE number = ?", ((n,) for n in packed.numbers))

    def learn(self, vehicle: str, day_ms: int) -> None:
        """Keep what is known of a vehicle's tyres before a day."""
        found = self.tyres(vehicle, day_ms)
        with transaction(self._db, self._path):
            self._db.conn.execute(
                "INSERT OR REPLACE INTO tyres VALUES (?,?,?,?)", (vehicle, day_ms, found.road_m, found.counted_m)
            )

    def unlearn(self, earliest: Mapping[str, int]) -> None:
        """Let go of what was learnt of vehicles after the earliest of new reports; in the transaction that stores
        them."""
        self._db.conn.executemany("DELETE FROM tyres WHERE vehicle = ? AND day_ms > ?", [*earliest.items()])

    def segments(self) -> Iterator[Segment]:
        """Every segment, in the order in which they were made."""
        with disk_errors(self._path):
            for row in self._db.conn.execute(f"SELECT {_SEGMENT} FROM segments ORDER BY number"):  # noqa: S608 - ours
                yield Segment(*row)

    def tidy(self) -> None:
        """Give back to the disk what packed rows have left; the whole file is written anew."""
        with disk_errors(self._path):
            self._db.conn.execute("VACUUM")
            self._db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def last_of(self, terminal: str) -> list[Point]:
        """The reports of the last segment of a terminal."""
        query = "SELECT full FROM segments WHERE terminal = ? ORDER BY to_ms DESC LIMIT 1"
        with disk_errors(self._path):
            row = self._db.conn.execute(query, (terminal,)).fetchone()
        return segment.unpack(row[0]) if row else []

    def terminals(self) -> set[str]:
        """The terminals that have segments."""
        with disk_errors(self._path):
            return {row[0] for row in self._db.conn.execute("SELECT DISTINCT terminal FROM segments")}

    def packed_positions(self) -> int:
        """How many positions are in segments."""
        with disk_errors(self._path):
            return int(self._db.conn.execute("SELECT coalesce(sum(positions), 0) FROM segments").fetchone()[0])

    def _packed_of(self, part: Part) -> list[Point]:
        query = "SELECT full FROM segments WHERE vehicle = ? AND terminal = ? AND day_ms = ?"
        with disk_errors(self._path):
            return [
                point for (full,) in self._db.conn.execute(query, part).fetchall() for point in segment.unpack(full)
            ]

    def _days(self, vehicle: str, first_ms: int | None, before_ms: int) -> list[int]:
        """The days from one on and before another that there are reports of."""
        since = 0 if first_ms is None else first_ms
        with disk_errors(self._path):
            packed = self._db.conn.execute(
                "SELECT DISTINCT day_ms FROM segments WHERE vehicle = ? AND day_ms >= ? AND day_ms < ?",
                (vehicle, since, before_ms),
            ).fetchall()
            rows = self._db.conn.execute(
                f"SELECT DISTINCT device_ms FROM positions WHERE vehicle = ? AND {_SPAN}",  # noqa: S608 - ours
                (vehicle, since, before_ms),
            ).fetchall()
        return sorted({row[0] for row in packed} | {day_of(row[0]) for row in rows})


class Reader:
    """Tracks for a thread of its own: it reads and packs, and writes nothing."""

    def __init__(self, home: Path) -> None:
        path = home / "telemetry.db"
        self._db = open_reader(path)
        self.tracks = Tracks(self._db, path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def beside(data: bytes) -> list[Value]:
    """What a segment has no column for, a row a report: other items, and the place in the terminal's own datum; []
    where there is nothing of the kind."""
    found = decode(lzma.decompress(data), size_max=BESIDE_SIZE_MAX) if data else []
    return found if isinstance(found, list) else []


def _segment(part: Part, apart: bool, rows: Sequence[Row]) -> Segment:
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
        blob_name(full),
        blob_name(line) if line else b"",
        full,
        line,
        _beside(rows),
    )


def blob_name(data: bytes) -> bytes:
    """What operations call these bytes."""
    return outline_of(data[at : at + PIECE_SIZE] for at in range(0, len(data), PIECE_SIZE)).name


def _beside(rows: Sequence[Row]) -> bytes:
    kept = [[_others(row[16]), [value for value in row[17:19] if value is not None]] for row in rows]
    return lzma.compress(encode(kept)) if any(others or place for others, place in kept) else b""


def _others(extras: bytes) -> list[Value]:
    """The items of a report that a position has no columns for."""
    items = decode(extras, size_max=EXTRAS_SIZE_MAX)
    given = items if isinstance(items, list) else []
    return [item for item in given if isinstance(item, list) and item[0] not in _IN_COLUMNS]


def _chunks(rows: list[Row]) -> list[list[Row]]:
    return [rows[at : at + segment.POINTS_MAX] for at in range(0, len(rows), segment.POINTS_MAX)]


def _word(row: Row) -> Row:
    """What makes two reports of one terminal the same."""
    return row[0], row[2], row[3], row[13], row[14]
