"""telemetry.db: what terminals reported, as they reported it. Acknowledged only after it is here.

Storing the same report twice leaves one row, the one heard first; only a report without a time of its own is a row each
time it is heard. Positions that failed the quality gate are kept with their `doubt`; rules look only at those without.
Belongs to one thread; `Telemetry` is the same from the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from edge.store import migrations
from edge.store.engine import FileThread, disk_errors, open_database, transaction
from edge.store.heard import CARD_COLUMNS, COLUMNS, DriverCard, Heard, Raw, Report, Unjudged, of_segment, read, row_of
from edge.store.tracks import Reader, Tracks
from fleet.rules.attribution import Installation, moved
from fleet.tracks.days import DAY_MS
from fleet.tracks.gate import timed

R = TypeVar("R")
MEASURED_DAYS = 30


class TelemetryStore:
    """The file itself."""

    def __init__(self, home: Path) -> None:
        self._path = home / "telemetry.db"
        self._db: Database = open_database(self._path, synchronous="NORMAL")
        with disk_errors(self._path):
            migrations.bring_up(self._db, migrations.telemetry, self._path)
            self.tracks = Tracks(self._db, self._path)
            self.count = self.tracks.count()
            packed = self.tracks.last()
            self.latest = {terminal: of_segment(terminal, good) for terminal, (good, _) in packed.items()}
            self.latest |= self._read_last("(doubt = '') * 1000000000000000 + coalesce(device_ms, received_ms)")
            self.said = {terminal: of_segment(terminal, last) for terminal, (_, last) in packed.items()}
            self.said |= self._read_last("min(coalesce(device_ms, received_ms), received_ms)")

    def save(self, reports: Sequence[Report], raws: Sequence[Raw]) -> int:
        """Store a batch, whole or not at all; return how many positions are new."""
        marks = ",".join("?" * len(COLUMNS.split(",")))
        insert = f"INSERT OR IGNORE INTO positions ({COLUMNS}) VALUES ({marks})"  # noqa: S608 - names of ours
        with transaction(self._db, self._path):
            new = [report for report in reports if self._db.conn.execute(insert, row_of(report)).rowcount]
            self._note_unjudged(new)
            self._db.conn.executemany(
                "INSERT INTO messages (terminal, received_ms, msg_id, body) VALUES (?,?,?,?)",
                [tuple(raw) for raw in raws],
            )
        self.count += len(new)
        for report in new:
            self._follow(read(row_of(report)))
        return len(new)

    def install(self, register: Mapping[str, tuple[str, str]], now_ms: int) -> dict[str, list[Installation]]:
        """Note which terminals were moved since last time: the register says (vehicle, datum) by terminal. The history
        of each, oldest first."""
        columns = "terminal, vehicle, datum, from_ms"
        with disk_errors(self._path):
            rows = self._db.conn.execute(f"SELECT {columns} FROM installations ORDER BY number").fetchall()  # noqa: S608
        known: dict[str, list[Installation]] = {}
        for row in rows:
            known.setdefault(row[0], []).append(Installation(*row))
        if new := moved(known, register, now_ms):
            with transaction(self._db, self._path):
                self._db.conn.executemany(
                    f"INSERT INTO installations ({columns}) VALUES (?,?,?,?)",  # noqa: S608 - names of ours
                    [astuple(each) for each in new],
                )
        for each in new:
            known.setdefault(each.terminal, []).append(each)
        return known

    def unjudged(self) -> dict[str, Unjudged]:
        """The vehicles with reports that were not judged yet."""
        with disk_errors(self._path):
            rows = self._db.conn.execute("SELECT vehicle, from_ms, mark FROM unjudged ORDER BY vehicle").fetchall()
        return {row[0]: Unjudged(*row[1:]) for row in rows}

    def judged(self, vehicle: str, what: Unjudged) -> None:
        """A track was judged; nothing is forgotten if more came meanwhile."""
        with transaction(self._db, self._path):
            self._db.conn.execute("DELETE FROM unjudged WHERE vehicle = ? AND mark = ?", (vehicle, what.mark))

    def expire(self, before_ms: int) -> set[bytes]:
        """See `Tracks.expire`."""
        gone = self.tracks.expire(before_ms)
        self.count = self.tracks.count()
        return gone

    def measured(self, day_ms: int, used: int) -> list[tuple[int, int]]:
        """Note how much of the disk is used on a day, once a day; what was noted of the last days, oldest first."""
        with transaction(self._db, self._path):
            self._db.conn.execute("INSERT OR IGNORE INTO space VALUES (?, ?)", (day_ms, used))
            self._db.conn.execute("DELETE FROM space WHERE day_ms < ?", (day_ms - MEASURED_DAYS * DAY_MS,))
            return list(self._db.conn.execute("SELECT day_ms, used FROM space ORDER BY day_ms").fetchall())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _note_unjudged(self, reports: Sequence[Report]) -> None:
        """In the transaction that stores them."""
        earliest: dict[str, int] = {}
        for each in reports:
            at_ms = each.position.device_time_ms
            if each.vehicle and at_ms is not None and timed(at_ms, each.received_ms):
                earliest[each.vehicle] = min(at_ms, earliest.get(each.vehicle, at_ms))
        self.tracks.unlearn(earliest)
        self._db.conn.executemany(
            "INSERT INTO unjudged VALUES (?, ?, 0)"
            " ON CONFLICT DO UPDATE SET from_ms = min(from_ms, excluded.from_ms), mark = mark + 1",
            [*earliest.items()],
        )

    def _follow(self, heard: Heard) -> None:
        """Keep `latest`, the last good position of each terminal by its own clock (while none is good, the last), and
        `said`, its last report whatever its position is worth: alarms count without a fix. No report is from later than
        when it was heard."""
        before = self.latest.get(heard.terminal)
        if before is None or (not heard.doubt, heard.device_ms) > (not before.doubt, before.device_ms):
            self.latest[heard.terminal] = heard
        said = self.said.get(heard.terminal)
        if said is None or min(heard.device_ms, heard.received_ms) > min(said.device_ms, said.received_ms):
            self.said[heard.terminal] = heard

    def _read_last(self, rank: str) -> dict[str, Heard]:
        rows = self._db.conn.execute(f"SELECT {COLUMNS}, max({rank}) FROM positions GROUP BY terminal")  # noqa: S608
        return {row[0]: read(row) for row in rows.fetchall()}

    def save_cards(self, cards: Sequence[DriverCard]) -> None:
        """Store card reports; one that is known already stays one row."""
        with transaction(self._db, self._path):
            self._db.conn.executemany(
                f"INSERT OR IGNORE INTO driver_cards ({CARD_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",  # noqa: S608 - ours
                [tuple(card) for card in cards],
            )

    def cards_of_order(self, order_id: str) -> list[DriverCard]:
        """Who drove a trip, as the card reader saw it, oldest first."""
        return self._cards("order_id = ? AND order_id <> ''", order_id)

    def last_cards(self) -> list[DriverCard]:
        """The last card report of each terminal."""
        return self._cards("device_ms = (SELECT max(device_ms) FROM driver_cards l WHERE l.terminal = c.terminal)")

    def _cards(self, where: str, *values: str) -> list[DriverCard]:
        query = f"SELECT {CARD_COLUMNS} FROM driver_cards c WHERE {where} ORDER BY device_ms, number"  # noqa: S608
        with disk_errors(self._path):
            rows = self._db.conn.execute(query, values).fetchall()
        return [DriverCard(*row)._replace(inserted=bool(row[3])) for row in rows]


class Telemetry:
    """The file from the event loop. `last`, each terminal's last good position, `said`, its last report at all, and
    `stored`, the count of positions, are as last committed."""

    def __init__(self) -> None:
        self.last: Mapping[str, Heard] = {}
        self.said: Mapping[str, Heard] = {}
        self.stored = 0
        self._thread: FileThread[TelemetryStore] = FileThread("telemetry")
        self._home: Path

    async def start(self, home: Path) -> None:
        """Open DIR/telemetry.db."""
        self._home = home
        await self._thread.start(lambda: TelemetryStore(home))
        await self._refresh()

    async def save(self, reports: Sequence[Report], raws: Sequence[Raw]) -> int:
        """See `TelemetryStore.save`."""
        new = await self._thread.do(lambda store: store.save(reports, raws))
        await self._refresh()
        return new

    async def install(self, register: Mapping[str, tuple[str, str]], now_ms: int) -> dict[str, list[Installation]]:
        """See `TelemetryStore.install`."""
        return await self._thread.do(lambda store: store.install(register, now_ms))

    async def do(self, work: Callable[[TelemetryStore], R]) -> R:
        """Run `work` on the thread of the file."""
        return await self._thread.do(work)

    async def read(self, work: Callable[[Tracks], R]) -> R:
        """Run `work` on tracks beside the thread of the file: it reads what is committed, and holds up nobody."""

        def run() -> R:
            reader = Reader(self._home)
            try:
                return work(reader.tracks)
            finally:
                reader.close()

        return await asyncio.to_thread(run)

    async def latest(self) -> Mapping[str, Heard]:
        """The last position of each terminal, by phone without leading zeros."""
        return self.last

    async def save_cards(self, cards: Sequence[DriverCard]) -> None:
        """See `TelemetryStore.save_cards`."""
        await self._thread.do(lambda store: store.save_cards(cards))

    async def last_cards(self) -> list[DriverCard]:
        """See `TelemetryStore.last_cards`."""
        return await self._thread.do(TelemetryStore.last_cards)

    async def cards_of_order(self, order_id: str) -> list[DriverCard]:
        """See `TelemetryStore.cards_of_order`."""
        return await self._thread.do(lambda store: store.cards_of_order(order_id))

    def stop(self) -> None:
        """Finish what was asked for and close."""
        self._thread.stop()

    async def _refresh(self) -> None:
        self.last, self.said, self.stored = await self._thread.do(
            lambda store: (dict(store.latest), dict(store.said), store.count)
        )
