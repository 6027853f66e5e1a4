"""telemetry.db: what terminals reported, as they reported it. Acknowledged only after it is here.

Storing the same report twice leaves one row. Positions that failed the quality gate are kept with their `doubt`; rules
look only at those without. Belongs to one thread; `Telemetry` is the same from the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from edge.store import migrations
from edge.store.engine import FileThread, disk_errors, open_database, transaction
from fleet.ledger.canonical import encode
from fleet.rules.position import Position

_COLUMNS = (
    "terminal, device_ms, received_ms, lat_e6, lon_e6, alt_m, speed_kmh_e1, course, fix, acc, alarm_bits, status_bits,"
    " odometer_m, doubt, order_id, extras"
)


class Report(NamedTuple):
    """A position with what the node adds: whose it is, when it was heard, what is wrong with it, and which trip's."""

    terminal: str
    position: Position
    received_ms: int
    doubt: str
    order: str


class Raw(NamedTuple):
    """A message that is kept as it came: no table yet, or nothing the node uses yet."""

    terminal: str
    received_ms: int
    msg_id: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A stored position, in the units its names give. `device_ms` is the time of receipt if the terminal had none."""

    terminal: str
    device_ms: int
    received_ms: int
    lat: float
    lon: float
    speed_kmh: float
    course: int
    fix: bool
    acc: bool
    alarm_bits: int
    doubt: str
    order: str


class TelemetryStore:
    """The file itself."""

    def __init__(self, home: Path) -> None:
        self._path = home / "telemetry.db"
        self._db: Database = open_database(self._path, synchronous="NORMAL")
        with disk_errors(self._path):
            migrations.telemetry.apply(self._db)
            self.count = int(self._db.conn.execute("SELECT count(*) FROM positions").fetchone()[0])
            self.latest = self._read_latest()

    def save(self, reports: Sequence[Report], raws: Sequence[Raw]) -> int:
        """Store a batch, whole or not at all; return how many positions are new."""
        rows = [_row(report) for report in reports]
        marks = ",".join("?" * len(_COLUMNS.split(",")))
        with transaction(self._db, self._path):
            before = self._db.conn.total_changes
            self._db.conn.executemany(f"INSERT OR IGNORE INTO positions ({_COLUMNS}) VALUES ({marks})", rows)  # noqa: S608
            new: int = self._db.conn.total_changes - before
            self._db.conn.executemany(
                "INSERT INTO messages (terminal, received_ms, msg_id, body) VALUES (?,?,?,?)",
                [tuple(raw) for raw in raws],
            )
        self.count += new
        for report in reports:
            self._follow(report)
        return new

    def _follow(self, report: Report) -> None:
        """Keep `latest`: the last good position of each terminal by its own clock; none good yet, the last heard."""
        heard, before = _heard(_row(report)), self.latest.get(report.terminal)
        if before is None or before.doubt or (not heard.doubt and heard.device_ms >= before.device_ms):
            self.latest[report.terminal] = heard

    def _read_latest(self) -> dict[str, Heard]:
        rows = self._db.conn.execute(
            f"SELECT {_COLUMNS}, max((doubt = '') * 1000000000000000 + coalesce(device_ms, 0)) FROM positions"  # noqa: S608
            " GROUP BY terminal"
        )
        return {row[0]: _heard(row) for row in rows.fetchall()}

    def of_order(self, order_id: str, limit: int) -> list[Heard]:
        """The good positions of a trip, oldest first."""
        rows = self._db.conn.execute(
            f"SELECT {_COLUMNS} FROM positions WHERE order_id = ? AND doubt = '' ORDER BY device_ms LIMIT ?",  # noqa: S608
            (order_id, limit),
        )
        return [_heard(row) for row in rows.fetchall()]


class Telemetry:
    """The file from the event loop. `last` is the latest of each terminal and `stored` the count, as last committed."""

    def __init__(self) -> None:
        self.last: Mapping[str, Heard] = {}
        self.stored = 0
        self._thread: FileThread[TelemetryStore] = FileThread("telemetry")

    async def start(self, home: Path) -> None:
        """Open DIR/telemetry.db."""
        await self._thread.start(lambda: TelemetryStore(home))
        await self._refresh()

    async def save(self, reports: Sequence[Report], raws: Sequence[Raw]) -> int:
        """See `TelemetryStore.save`."""
        new = await self._thread.do(lambda store: store.save(reports, raws))
        await self._refresh()
        return new

    async def latest(self) -> Mapping[str, Heard]:
        """The last position of each terminal, by phone without leading zeros."""
        return self.last

    async def of_order(self, order_id: str, limit: int) -> list[Heard]:
        """See `TelemetryStore.of_order`."""
        return await self._thread.do(lambda store: store.of_order(order_id, limit))

    def stop(self) -> None:
        """Finish what was asked for and close."""
        self._thread.stop()

    async def _refresh(self) -> None:
        self.last, self.stored = await self._thread.do(lambda store: (dict(store.latest), store.count))


def _row(report: Report) -> tuple[object, ...]:
    position = report.position
    return (
        report.terminal,
        position.device_time_ms,
        report.received_ms,
        round(position.lat * 1e6),
        round(position.lon * 1e6),
        position.alt_m,
        round(position.speed_kmh * 10),
        position.course,
        int(position.fix),
        int(position.acc),
        position.alarm_bits,
        position.status_bits,
        None if position.odometer_km is None else round(position.odometer_km * 1000),
        report.doubt,
        report.order,
        encode([[number, value] for number, value in position.extras]),
    )


def _heard(row: Sequence[Any]) -> Heard:
    """A row in the order of _COLUMNS."""
    terminal, device_ms, received_ms, lat_e6, lon_e6, _alt, speed_e1, course, fix, acc, alarm_bits = row[:11]
    return Heard(
        terminal=terminal,
        device_ms=received_ms if device_ms is None else device_ms,
        received_ms=received_ms,
        lat=lat_e6 / 1e6,
        lon=lon_e6 / 1e6,
        speed_kmh=speed_e1 / 10,
        course=course,
        fix=bool(fix),
        acc=bool(acc),
        alarm_bits=alarm_bits,
        doubt=row[13],
        order=row[14],
    )
