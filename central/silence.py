"""Units that central has not heard (A09, Art. 6): central says so itself, in the ledger of the unit it is about.

The alarm is a statement of central's like its openings: signed, in its own log of the unit, and given to the unit when
it is heard again, so that the unit may answer it (Art. 3). Time in which central did not run, and a little after, says
nothing about anybody: when it was last alive stands in DIR/alive.json, written anew at every turn.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path

import msgspec

from central.region import Region
from central.service import Service
from fleet.desk.alarms import record_silence
from fleet.errors import FleetError
from fleet.rules.alarm.spans import Span, union
from fleet.rules.alarm.unit import silence
from machine.files import write_whole

log = logging.getLogger(__name__)

EVERY_S = 300.0
SETTLE_MS = 3_600_000
"""After a start units have so long to be heard."""
FILE = "alive.json"
KEPT_MS = 30 * 86_400_000
"""How long times in which central did not listen are kept in mind: of a longer silence they are the least."""


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """When central was last seen running (UTC ms), and the times before in which it did not listen."""

    alive_ms: int
    deaf: tuple[Span, ...] = ()


class Silence:
    """The part of central that notices who is not heard."""

    def __init__(self, service: Service) -> None:
        self._service, self._path = service, service.directory / FILE
        self._deaf = _begun(self._path, service.clock.now_ms())

    async def run(self) -> None:
        """Look until cancelled. What cannot be written is tried again at the next turn."""
        while True:
            try:
                await self.turn()
            except (FleetError, OSError) as error:
                log.warning("silence not noted: %s", error)
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> int:
        """Look at every unit; how many statements that came to."""
        now_ms = self._service.clock.now_ms()
        await asyncio.to_thread(_keep, self._path, Alive(alive_ms=now_ms, deaf=self._deaf))
        count = await self._service.do(partial(_stated, deaf=self._deaf, now_ms=now_ms))
        if count:
            self._service.live.changed()
        return count


def _begun(path: Path, now_ms: int) -> tuple[Span, ...]:
    """The times in which central did not listen, as it starts now."""
    try:
        before = msgspec.json.decode(path.read_bytes(), type=Alive)
    except (OSError, msgspec.DecodeError):
        return ()
    known = [span for span in before.deaf if span.until_ms > now_ms - KEPT_MS]
    return tuple(union([*known, Span(min(before.alive_ms, now_ms), now_ms + SETTLE_MS)]))


def _keep(path: Path, alive: Alive) -> None:
    write_whole(path, msgspec.json.encode(alive))


def _stated(region: Region, *, deaf: tuple[Span, ...], now_ms: int) -> int:
    count, heard = 0, region.contacts()
    for unit in region.units():
        if unit.code not in heard:
            continue  # it was never heard: nothing is known of it
        heard_ms, replica = heard[unit.code][0].heard_ms, region.replica(unit.code)
        verdict = silence(unit.code, heard_ms, now_ms, deaf, replica.state.settings)
        count += len(record_silence(replica, region.author, verdict, heard_ms, now_ms))
    return count
