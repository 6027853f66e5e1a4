"""Checking: alarms that nodes signed are judged again from the tracks that have come, whenever something has changed.

One unit after the other, one vehicle after the other: read on the thread that owns the region, judged on another; what
comes of it is kept in one transaction with the days it was judged from. A power cut between two loses nothing: what is
not kept is looked at again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from functools import partial

from central import findings, recheck
from central.findings import key_of, key_of_case
from central.looks import Look, gather
from central.region import Region
from central.service import Service
from central.store import UnitStore
from central.tallied import changing
from fleet.desk.alarm_records import without_effect
from fleet.errors import FleetError
from fleet.ledger import hindsight, kinds
from fleet.ledger.hindsight import Hindsight
from fleet.ledger.hlc import reading
from fleet.ledger.operation import read
from fleet.rules.alarm.catalogue import CATALOGUE
from fleet.rules.alarm.recheck import Finding
from fleet.rules.alarm.spans import FOR_EVER, Span, both
from fleet.rules.facts import RECENT_MS

log = logging.getLogger(__name__)

EVERY_S = 30.0
Mark = tuple[int, int]


class Checking:
    """The part of central that looks again at alarms."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._marks: dict[str, Mark] = {}

    async def run(self) -> None:
        """Check until cancelled. What cannot be read or kept is tried again at the next turn."""
        while True:
            try:
                await self.turn()
            except FleetError as error:
                log.warning("alarms not checked: %s", error)
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> int:
        """Look at every unit of which something came since the last turn; how many vehicles were looked at."""
        count = 0
        for unit, mark in (await self._service.do(_marks)).items():
            if self._marks.get(unit) != mark:
                count += await self._unit(unit)
                self._marks[unit] = mark
        if count:
            self._service.live.changed()
        return count

    async def _unit(self, unit: str) -> int:
        now_ms = self._service.clock.now_ms()
        looks = await self._service.do(partial(_gathered, unit=unit, now_ms=now_ms))
        count = 0
        while (look := await self._service.do(lambda _: next(looks, None))) is not None:
            seen = await asyncio.to_thread(recheck.look_again, look, now_ms)
            await self._service.do(partial(_keep, unit=unit, seen=seen, now_ms=now_ms))
            count += 1
        await self._service.do(partial(_records, unit=unit, now_ms=now_ms))
        return count


def _marks(region: Region) -> dict[str, Mark]:
    """How much is held of each unit: records, and blobs."""
    held = {unit: standing.held for unit, standing in region.standings().items()}
    return {unit: (count, len(region.blobs(unit).whole())) for unit, count in held.items()}


def _gathered(region: Region, *, unit: str, now_ms: int) -> Iterator[Look]:
    """A unit's looks, each read when it is asked for."""
    operations = (read(held.data).operation for held in UnitStore(region.connection, unit).with_effect(_register(unit)))
    state = region.replica(unit).state
    register = Hindsight(state, unit, hindsight.edits(operations))
    return gather(state, region.blobs(unit), register, findings.days_looked(region.connection, unit), now_ms)


def _records(region: Region, *, unit: str, now_ms: int) -> None:
    """Look at what needs no track, as of what the unit's nodes said last: of later times they may not have told."""
    store = UnitStore(region.connection, unit)
    told_ms = store.last_ms()
    if told_ms is not None:
        held = store.idle_since(reading(told_ms - RECENT_MS))
        seen = recheck.look_at_records(region.replica(unit).state, without_effect(held, ()), told_ms)
        _keep(region, unit=unit, seen=seen, now_ms=now_ms)


def _register(unit: str) -> str:
    return kinds.REGISTRY + unit


def _keep(region: Region, *, unit: str, seen: recheck.Seen, now_ms: int) -> None:
    unraised = [each.finding for each in findings.unraised(region.connection, unit)]
    gone = [*map(key_of_case, seen.gone), *(key_of(each) for each in unraised if _anew(each, seen))]
    with changing(region.connection, unit) as change:
        findings.keep(change, gone, seen.findings, now_ms)
        findings.note(change, seen.days)


def _anew(finding: Finding, seen: recheck.Seen) -> bool:
    """Whether what nobody raised was found in a time that was looked at anew, of the same vehicle or of records too."""
    by_records = CATALOGUE[finding.code].basis == "records"
    same = by_records if seen.plate is None else finding.plate == seen.plate and not by_records
    span = Span(finding.from_ms, finding.until_ms or FOR_EVER)
    return same and any(both([span], seen.spans))
