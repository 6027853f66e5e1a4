"""Packing: days that are over become segments; operations name them; what was kept long enough is let go.

    rows of a day ──packed by a thread of its own──▶ segment, in the place of the rows (one transaction)
          whose card was in the terminal that day ─▶ track.pack, signed by the node ▶ central asks for the bytes
                  kept for `track_keep_d` days     ▶ let go

Rules kept here:
* A day is packed `track_hot_d` days after it ended: by then the time for supplements (Art. 12) is over, and it is known
  which trips were confidential. What was said on those stays on the node, in segments that nothing names; so does what
  comes so late that the trips of its time are not at hand any more.
* Reading and packing hold up nobody: only putting a segment in its place is the writer's work.
* Every step can be repeated: after a crash, what was not done is done, and what was done is not done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from edge import space
from edge.changes import Changes
from edge.intake import TRIPS_KEPT_MS, outings
from edge.space import Space
from edge.store.journal import Journal, Office
from edge.store.segments import Packed, Part, Segment
from edge.store.telemetry import Telemetry, TelemetryStore
from edge.store.tracks import Learnt, Reader, Spans
from fleet.errors import Unavailable
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.judge import CARD_NAME_MAX, CARDS_MAX
from fleet.ledger.replica import Statement
from fleet.ports import Clock
from fleet.rules.attribution import Trip
from fleet.rules.settings import value_ms
from fleet.tracks.days import DAY_MS, day_of

log = logging.getLogger(__name__)

EVERY_S = 600.0
"""How often it is looked whether there is anything to do."""
ALWAYS: Spans = ((0, 1 << 62),)
CARD_KEPT_MS = 31 * DAY_MS
"""How long before a day the card may have been put in that is in the terminal then."""


class Packing:
    """The part of a node that packs."""

    def __init__(self, home: Path, telemetry: Telemetry, journal: Journal, changes: Changes, clock: Clock) -> None:
        self.space: Space = space.UNKNOWN
        self._home, self._telemetry, self._journal = home, telemetry, journal
        self._changes, self._clock = changes, clock

    async def start(self) -> None:
        """Offer what was packed before to whoever asks for it."""
        names = await self._telemetry.do(lambda store: store.tracks.names())
        await self._journal.do(lambda office: office.blobs.offer(names))

    async def run(self) -> None:
        """Pack from time to time. A disk that refuses is tried again the next time."""
        while True:
            try:
                await self.turn()
            except Unavailable as refused:
                log.warning("not packed: %s", refused)
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> None:
        """Do whatever there is to do."""
        now_ms = self._clock.now_ms()
        settings = await self._journal.do(lambda office: office.replica.state.settings)
        trips = await self._journal.do(lambda office: outings(office, now_ms).trips)
        before_ms = now_ms - value_ms("track_hot_d", settings)
        for part in await asyncio.to_thread(_parts, self._home, before_ms):
            try:
                packed = await asyncio.to_thread(_pack, self._home, part, _apart(part, trips, now_ms))
                await self._telemetry.do(partial(_put, packed=packed))
                await self._learn(part.vehicle, part.day_ms + DAY_MS)
            except Unavailable as refused:
                log.warning("not packed: %s of %d (%s)", part.vehicle, part.day_ms, refused)
        await self._learn_all(day_of(now_ms))
        while await self._name():
            self._changes.notify("tracks")
        await self._expire(now_ms - value_ms("track_keep_d", settings))
        await self._measure(now_ms)

    async def _learn(self, vehicle: str, day_ms: int) -> None:
        """Know a vehicle's tyres before a day."""
        await self._telemetry.do(lambda store: store.tracks.begin(vehicle))
        learnt = await asyncio.to_thread(_learnt, self._home, vehicle, day_ms)
        await self._telemetry.do(lambda store: store.tracks.keep(vehicle, learnt))

    async def _learn_all(self, today_ms: int) -> None:
        """Know every vehicle's tyres up to today, so that who asks for today need not go through the days before."""
        for vehicle in await self._telemetry.do(lambda store: store.tracks.unlearnt(today_ms)):
            try:
                await self._learn(vehicle, today_ms)
            except Unavailable as refused:
                log.warning("tyres of %s not learnt: %s", vehicle, refused)

    async def _name(self) -> int:
        """Put some segments on record; how many."""
        found = await self._telemetry.do(lambda store: store.tracks.unnamed())
        if found:
            named = await asyncio.to_thread(_statements, self._home, [*found.values()])
            await self._journal.do(lambda office: _state(office, named))
            await self._telemetry.do(lambda store: store.tracks.name(found))
        return len(found)

    async def _expire(self, before_ms: int) -> None:
        while gone := await self._telemetry.do(lambda store: store.expire(before_ms)):
            await self._journal.do(partial(_withdraw, gone=gone))

    async def _measure(self, now_ms: int) -> None:
        used, free = await asyncio.to_thread(space.measure, self._home)
        notes = await self._telemetry.do(lambda store: store.measured(day_of(now_ms), used))
        self.space = space.foretell(notes, free)


def _parts(home: Path, before_ms: int) -> list[Part]:
    reader = Reader(home)
    try:
        return reader.tracks.parts(before_ms)
    finally:
        reader.close()


def _pack(home: Path, part: Part, apart: Spans) -> Packed:
    reader = Reader(home)
    try:
        return reader.tracks.pack(part, apart)
    finally:
        reader.close()


def _put(store: TelemetryStore, packed: Packed) -> None:
    store.tracks.replace(packed)


def _learnt(home: Path, vehicle: str, day_ms: int) -> Learnt:
    reader = Reader(home)
    try:
        return reader.tracks.learnt(vehicle, day_ms)
    finally:
        reader.close()


def _withdraw(office: Office, gone: set[bytes]) -> None:
    office.blobs.withdraw(gone)


def _apart(part: Part, trips: tuple[Trip, ...], now_ms: int) -> Spans:
    """What of a part nobody else may see."""
    if part.day_ms < now_ms - TRIPS_KEPT_MS + DAY_MS:
        return ALWAYS
    return [
        (trip.departed_ms, 1 << 62 if trip.back_ms is None else trip.back_ms)
        for trip in trips
        if trip.confidential and trip.plate == part.vehicle
    ]


def _state(office: Office, named: Mapping[Segment, Statement]) -> None:
    """Name segments; one that is named already, before a crash, is left as it is."""
    office.blobs.offer(name for each in named for name in (each.full_name, each.thin_name))
    held = office.replica.state.blobs
    new = [statement for each, statement in named.items() if each.full_name not in held]
    if new:
        office.replica.write(new)


def _statements(home: Path, segments: list[Segment]) -> dict[Segment, Statement]:
    reader = Reader(home)
    try:
        return {each: _statement(each, _cards(reader, each)) for each in segments}
    finally:
        reader.close()


def _statement(each: Segment, cards: list[Value]) -> Statement:
    body = {name: getattr(each, name) for name in ("terminal", "day_ms", "from_ms", "to_ms", "positions")}
    body |= {"full": each.full_name, "thin": each.thin_name} | ({"cards": cards} if cards else {})
    return Statement(kinds.TRACK_PACK, kinds.TRACKS + each.vehicle, body)


def _cards(reader: Reader, each: Segment) -> list[Value]:
    """Whose card was in when on a segment's day: what the alarms about drivers are judged by. The newest, where a
    broken reader said more than a statement holds."""
    read = reader.cards(each.vehicle, each.day_ms - CARD_KEPT_MS, each.day_ms + DAY_MS - 1)
    before = [name for at_ms, name in read if at_ms < each.day_ms]
    cards = [(each.day_ms, name) for name in before[-1:]] + [card for card in read if card[0] >= each.day_ms]
    return [[at_ms, name[:CARD_NAME_MAX]] for at_ms, name in cards[-CARDS_MAX:]]
