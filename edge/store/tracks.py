"""Tracks in telemetry.db: rows for recent days, then segments of a vehicle and a day, read as if they were one.

    positions   a row a report, as it came in           segments   a day of it (or what came later of that day), packed

Rules kept here:
* A report has a place in a day if its terminal's time can be believed; others stay rows.
* A segment is on disk before its rows go, in one transaction; a report is never in neither, and read once if in both.
* What comes after its day was packed waits as rows and makes one more segment; no segment is ever changed.
* Tyres are known up to a day and kept; a report that arrives for an older day lets go of what was learnt since, and of
  what is being learnt beside it.
Belongs to the thread of the file, but for `Reader`, which any other thread opens for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from sqlite_utils import Database

from edge.store.engine import disk_errors, open_reader, transaction
from edge.store.segments import Packed, Part, Row, Segment, blob_outline, made
from fleet.errors import NotTrusted, Unavailable
from fleet.tracks import segment
from fleet.tracks.days import DAY_MS, day_of, days
from fleet.tracks.gate import CLOCK_AHEAD_MAX_MS, INSTALLED_FIRST_MS, doubts
from fleet.tracks.movement import Tyres
from fleet.tracks.point import Point
from fleet.tracks.track import Track, in_order, judged

SPAN_DAYS_MAX = 62
"""Days that one question may ask for."""
NAMED_TOGETHER_MAX, EXPIRED_TOGETHER_MAX = 64, 2_000
"""Segments that are named, rows that are let go, in one transaction: nobody else waits for longer than that."""

_POINT = (
    "device_ms, received_ms, lat_e6, lon_e6, alt_m, speed_kmh_e1, course, fix, acc, odometer_m / 100, fuel_l_e1,"
    " satellites, rssi, alarm_bits, status_bits"
)
_TIMED = f"device_ms BETWEEN {INSTALLED_FIRST_MS} AND received_ms + {CLOCK_AHEAD_MAX_MS}"
_SPAN = f"device_ms >= ? AND device_ms < ? AND {_TIMED}"
_SEGMENT = (
    "vehicle, terminal, day_ms, from_ms, to_ms, positions, apart, named, full_name, thin_name, full, thin, beside"
)
_NEVER = 1 << 62
Spans = Sequence[tuple[int, int]]
Learnt = list[tuple[int, Tyres]]
"""Days, and what is known of a vehicle's tyres before each."""


class Tracks:
    """Reading and packing, on one connection."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db, self._path = db, path
        self._since: dict[str, int] = {}  # the earliest report of vehicles since somebody began to learn their tyres

    def points(self, vehicle: str, from_ms: int, to_ms: int) -> list[Point]:
        """A vehicle's reports of the days that a span touches: whole days, in order, each once."""
        span = days(from_ms, to_ms)[:SPAN_DAYS_MAX]
        if not span:
            return []
        query = f"SELECT {_POINT} FROM positions WHERE vehicle = ? AND {_SPAN}"  # noqa: S608 - names of ours
        packed = "SELECT full, full_name FROM segments WHERE vehicle = ? AND day_ms BETWEEN ? AND ? ORDER BY day_ms"
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, (vehicle, span[0], span[-1] + DAY_MS)).fetchall()
            held = self._db.conn.execute(packed, (vehicle, span[0], span[-1])).fetchall()
        points = list(map(Point._make, rows))
        for row in held:
            points += self._unpacked(*row)
        return in_order(points)

    def track(self, vehicle: str, from_ms: int, to_ms: int) -> Track:
        """The same, judged."""
        return judged(self.points(vehicle, from_ms, to_ms), self.tyres(vehicle, day_of(from_ms)))

    def tyres(self, vehicle: str, day_ms: int) -> Tyres:
        """What is known of a vehicle's tyres before a day."""
        return self.learnt(vehicle, day_ms)[-1][1]

    def learnt(self, vehicle: str, day_ms: int) -> Learnt:
        """The same with the days gone through to know it, from the last one kept on."""
        query = (
            "SELECT day_ms, road_m, counted_m FROM tyres WHERE vehicle = ? AND day_ms <= ? ORDER BY day_ms DESC LIMIT 1"
        )
        with disk_errors(self._path):
            known = self._db.conn.execute(query, (vehicle, day_ms)).fetchone()
        if known and known[0] == day_ms:
            return [(day_ms, Tyres(*known[1:]))]
        first, tyres = (known[0], Tyres(*known[1:])) if known else (None, Tyres())
        found = []
        for day in self._days(vehicle, first, day_ms):
            tyres = judged(self.points(vehicle, day, day), tyres).tyres
            found.append((min(day + DAY_MS, day_ms), tyres))
        return [*found, (day_ms, tyres)]

    def unlearnt(self, day_ms: int) -> list[str]:
        """The vehicles with rows of which is not known what their tyres are before a day."""
        query = (
            "SELECT DISTINCT vehicle FROM positions WHERE vehicle <> ''"
            " AND vehicle NOT IN (SELECT vehicle FROM tyres WHERE day_ms = ?)"
        )
        with disk_errors(self._path):
            return [row[0] for row in self._db.conn.execute(query, (day_ms,)).fetchall()]

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
        segments = [made(part, apart, chunk) for apart, run in runs for chunk in _chunks([*run])]
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
        """Know a vehicle's tyres before a day. It may be a walk through many: a node lets a `Reader` do it."""
        self.begin(vehicle)
        self.keep(vehicle, self.learnt(vehicle, day_ms))

    def begin(self, vehicle: str) -> None:
        """Somebody begins to learn a vehicle's tyres from what is stored now."""
        self._since[vehicle] = _NEVER

    def keep(self, vehicle: str, learnt: Learnt) -> None:
        """Keep what was learnt since `begin`: of a day and of the days gone through to know it, so that a late report
        costs one walk, and not one for every day that is asked for afterwards. What came meanwhile is not in it."""
        sound = [each for each in learnt if each[0] <= self._since.get(vehicle, _NEVER)]
        rows = [(vehicle, day, tyres.road_m, tyres.counted_m) for day, tyres in sound]
        with transaction(self._db, self._path):
            self._db.conn.executemany("INSERT OR REPLACE INTO tyres VALUES (?,?,?,?)", rows)

    def unlearn(self, earliest: Mapping[str, int]) -> None:
        """Let go of what was learnt of vehicles after the earliest of new reports; in the transaction that stores
        them."""
        self._since |= {each: min(self._since[each], at) for each, at in earliest.items() if each in self._since}
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

    def unnamed(self) -> dict[int, Segment]:
        """Segments, by number, that no operation names yet though one should."""
        query = f"SELECT number, {_SEGMENT} FROM segments WHERE named = 0 AND apart = 0 ORDER BY number LIMIT ?"  # noqa: S608
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, (NAMED_TOGETHER_MAX,)).fetchall()
        return {row[0]: Segment(*row[1:]) for row in rows}

    def name(self, numbers: Iterable[int]) -> None:
        """Operations name these segments."""
        with transaction(self._db, self._path):
            self._db.conn.executemany("UPDATE segments SET named = 1 WHERE number = ?", ((each,) for each in numbers))

    def names(self) -> set[bytes]:
        """What others may ask for: the names of segments that do not stay apart, and of their thinned lines."""
        with disk_errors(self._path):
            rows = self._db.conn.execute("SELECT full_name, thin_name FROM segments WHERE apart = 0").fetchall()
        return {name for row in rows for name in row if name}

    def blob(self, name: bytes) -> bytes:
        """The bytes of a name; b"" if it is none of ours, or stays apart."""
        query = (
            "SELECT CASE full_name WHEN ?1 THEN full ELSE thin END FROM segments"
            " WHERE apart = 0 AND (full_name = ?1 OR thin_name = ?1)"
        )
        with disk_errors(self._path):
            row = self._db.conn.execute(query, (name,)).fetchone()
        return bytes(row[0]) if row else b""

    def expire(self, before_ms: int) -> set[bytes]:
        """Let go of what was kept long enough: segments of days before a moment, and all else that was heard before it.
        What was let go, by name."""
        gone = "FROM segments WHERE number IN (SELECT number FROM segments WHERE day_ms < ? ORDER BY day_ms LIMIT ?)"
        with transaction(self._db, self._path):
            most = (day_of(before_ms), EXPIRED_TOGETHER_MAX)
            rows = self._db.conn.execute(f"SELECT full_name, thin_name {gone}", most).fetchall()
            self._db.conn.execute(f"DELETE {gone}", most)
            for table in ("positions", "messages", "driver_cards"):
                self._db.conn.execute(
                    f"DELETE FROM {table} WHERE number IN"  # noqa: S608 - names of ours
                    f" (SELECT number FROM {table} WHERE received_ms < ? ORDER BY number LIMIT ?)",
                    (before_ms, EXPIRED_TOGETHER_MAX),
                )
        return {name for row in rows for name in row}

    def last(self) -> dict[str, tuple[Point, Point]]:
        """Of every terminal that has segments: its last good report in them, or the last if none is good, and its last
        at all."""
        found = {}
        query = "SELECT full, full_name, max(to_ms) FROM segments WHERE terminal = ?"
        with disk_errors(self._path):
            for (terminal,) in self._db.conn.execute("SELECT DISTINCT terminal FROM segments").fetchall():
                points = self._unpacked(*self._db.conn.execute(query, (terminal,)).fetchone()[:2])
                good = [point for point, doubt in zip(points, doubts(points), strict=True) if not doubt]
                found[terminal] = (good or points)[-1], points[-1]
        return found

    def count(self) -> int:
        """How many positions are stored, as rows or in segments; rarely one twice, if it came again after packing."""
        query = "SELECT (SELECT count(*) FROM positions) + (SELECT coalesce(sum(positions), 0) FROM segments)"
        with disk_errors(self._path):
            return int(self._db.conn.execute(query).fetchone()[0])

    def _packed_of(self, part: Part) -> list[Point]:
        query = "SELECT full, full_name FROM segments WHERE vehicle = ? AND terminal = ? AND day_ms = ?"
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, part).fetchall()
        return [point for row in rows for point in self._unpacked(*row)]

    def _unpacked(self, full: bytes, name: bytes) -> list[Point]:
        """The positions of a segment, if it still is what it was packed as.

        Raises:
            Unavailable: `database_damaged`.
        """
        try:
            if blob_outline(full).name == name:
                return segment.unpack(full)
        except NotTrusted:
            pass
        raise Unavailable("database_damaged", file=str(self._path), detail=f"segment {name.hex()[:16]}")

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
        self._path = path = home / "telemetry.db"
        self._db = open_reader(path)
        self.tracks = Tracks(self._db, path)

    def cards(self, vehicle: str, from_ms: int, to_ms: int) -> list[tuple[int, str]]:
        """Whose card was put into the terminal that a vehicle had then, by the terminal's clock; "" where one was taken
        out."""
        where = "SELECT vehicle FROM installations i WHERE i.terminal = c.terminal"
        query = (
            "SELECT device_ms, CASE WHEN inserted THEN name ELSE '' END FROM driver_cards c"  # noqa: S608 - ours
            f" WHERE device_ms BETWEEN ? AND ? AND coalesce(({where} AND i.from_ms <= c.device_ms"
            f" ORDER BY i.number DESC LIMIT 1), ({where} ORDER BY i.number LIMIT 1)) = ? ORDER BY device_ms, number"
        )
        with disk_errors(self._path):
            return self._db.conn.execute(query, (from_ms, to_ms, vehicle)).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _chunks(rows: list[Row]) -> list[list[Row]]:
    return [rows[at : at + segment.POINTS_MAX] for at in range(0, len(rows), segment.POINTS_MAX)]


def _word(row: Row) -> Row:
    """What makes two reports of one terminal the same."""
    return row[0], row[2], row[3], row[13], row[14]
