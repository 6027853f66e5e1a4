"""The node's lines at work: made from its settings, kept count of over restarts, and the way to ask a terminal.

    settings ──▶ listeners and doors ──heard──▶ fittings, then intake ──▶ answers
    a dispatcher's question ──▶ the line the terminal was heard on last ──▶ its answer

Rules kept here:
* What a terminal says about itself and its driver is stored with what intake stores, before it is answered.
* Counters of lines and terminals go to local.db every SAVE_EVERY_S and at the end; a power cut costs the last of them.
* A question to a terminal that cannot answer it is refused here, before it takes any air.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from cable.line import Line
from edge.fittings import Fittings
from edge.serial_terminal.jt808 import answers, permits, requests
from edge.serial_terminal.jt808.heard import Counters, Heard
from edge.serial_terminal.jt808.outbox import Patience
from edge.serial_terminal.jt808.station import Station
from edge.serial_terminal.listen import Commit, Conversation, Listener, Manner
from edge.serial_terminal.network import Door, is_door
from edge.serial_terminal.receivers import MeshtasticStation, NmeaStation
from edge.settings import Line as LineSettings
from edge.store.local import Local
from edge.store.telemetry import Telemetry
from edge.terminals import Terminals
from fleet.errors import NotFound, Unavailable
from fleet.ports import Clock, Randomness
from fleet.rules.attribution import Trip

log = logging.getLogger(__name__)

SAVE_EVERY_S = 30.0
WAIT_MAX_S = 300.0

Ear = Listener | Door


class Tally(msgspec.Struct, kw_only=True):
    """What a line carried before this start."""

    bytes_in: int = 0
    bytes_out: int = 0
    good: int = 0
    bad: dict[str, int] = {}
    echoes: int = 0
    given_up: int = 0
    over_quota: int = 0


class Lines:
    """All lines of the node. Belongs to the event loop."""

    def __init__(
        self, terminals: Terminals, telemetry: Telemetry, local: Local, clock: Clock, randomness: Randomness
    ) -> None:
        self.listeners: list[Ear] = []
        self.fittings: Fittings
        self._terminals, self._telemetry, self._local = terminals, telemetry, local
        self._clock, self._randomness = clock, randomness
        self._before: dict[str, Tally] = {}
        self._counted: dict[str, tuple[int, int, int]] = {}  # a terminal's counts already added to its fitting

    async def start(
        self, settings: Iterable[LineSettings], commit: Commit, trip_of: Callable[[str, int], str]
    ) -> list[Ear]:
        """Read what is remembered and make the lines; whoever started this runs them."""
        lines, terminals = await self._local.do(lambda store: (store.notes("line"), store.notes("terminal")))
        self._before = {name: msgspec.json.decode(facts, type=Tally) for name, facts in lines.items()}
        cards = await self._telemetry.last_cards()
        self.fittings = Fittings(terminals, cards, self._terminals.knows, trip_of)

        async def take(heard: Sequence[Heard]) -> None:
            if driver_cards := self.fittings.take(heard):
                await self._telemetry.save_cards(driver_cards)
            if self.fittings.is_news:
                await self._remember_terminals()
            await commit(heard)

        self.listeners = [self._listener(line, take) for line in settings]
        return self.listeners

    async def keep_count(self) -> None:
        """Save the counters now and then, until cancelled; and once more then."""
        try:
            while True:
                await asyncio.sleep(SAVE_EVERY_S)
                await self._save_if_possible()
        finally:
            await asyncio.shield(self._save_if_possible())

    async def _save_if_possible(self) -> None:
        try:
            await self.save()
        except Unavailable as error:  # a full disk; counters are not worth stopping for
            log.warning("counters not saved: %s", error)

    async def save(self) -> None:
        """Save the counters."""
        self._count_terminals()
        lines = {each.line.name: msgspec.json.encode(self._tally(each)).decode() for each in self.listeners}
        await self._local.do(lambda store: store.save_notes("line", lines))
        await self._remember_terminals()

    def row(self, listener: Ear) -> dict[str, Any]:
        """A line as status shows it: its state, what it carried in all its time, what its noise or silence means."""
        health, tally = listener.line.health, self._tally(listener)
        return {
            "name": listener.line.name,
            "state": health.state,
            "why": health.why,
            "since_ms": health.since_ms,
            "hearing": listener.hearing.verdict(self._clock.now_ms()) if health.state == "open" else "",
            "baud": listener.line.baud,
            "bytes_in": tally.bytes_in,
            "bytes_out": tally.bytes_out,
            "frames": tally.good + sum(tally.bad.values()),
            "good": tally.good,
            "bad": tally.bad,
            "echoes": tally.echoes,
            "given_up": tally.given_up,
            "over_quota": tally.over_quota,
            "heard_ms": health.heard_ms,
        }

    def terminal_row(self, phone: str) -> dict[str, Any]:
        """What lines and fittings know of a terminal, by its phone without leading zeros."""
        self._count_terminals()
        found = self._where(phone)
        offset = found[0].station.sessions[found[1]].clock_offset_ms if found else None
        return self.fittings.row(phone) | {
            "line": found[0].line.name if found else None,
            "clock_offset_ms": offset,
        }

    async def ask(self, whom: str, message: str, facts: Mapping[str, Any], wait_s: float) -> dict[str, Any]:
        """Ask a terminal, named by phone or plate, and wait for its answer.

        Raises:
            NotFound: `terminal_unknown`, `terminal_no_message`. BadInput: a fact is wrong or missing.
            RuleBroken: `terminal_forbidden`, `terminal_cannot`, `terminal_refused`.
            Unavailable: `terminal_not_heard`, `terminal_busy`, `terminal_no_answer`, `line_absent`.
        """
        phone = self._phone(whom)
        found = self._where(phone)
        if found is None:
            raise Unavailable("terminal_not_heard", terminal=whom)
        listener, key = found
        fitting, session = self.fittings.of(phone), listener.station.sessions[key]
        request = requests.build(message, session.version, facts)
        permits.require_allowed(request.msg_id, request.facts)
        permits.require_able(request.msg_id, session.version, fitting.model, fitting.unsupported)
        try:
            async with asyncio.timeout(min(wait_s, WAIT_MAX_S)):
                outcome = await listener.ask(key, request.msg_id, request.facts)
        except KeyError:  # it went away with its connection
            raise Unavailable("terminal_not_heard", terminal=whom) from None
        except TimeoutError:
            raise Unavailable("terminal_no_answer", terminal=whom, sends="-") from None
        self.fittings.learn(outcome)
        if self.fittings.is_news:
            await self._remember_terminals()
        return answers.tell(outcome, whom, fitting.model)

    async def departed(self, trips: Iterable[Trip]) -> None:
        """Vehicles have departed: whose card was in then is stored with the trip."""
        if cards := self.fittings.departed(trips, self._terminals.phone_of):
            await self._telemetry.save_cards(cards)

    async def _remember_terminals(self) -> None:
        terminals = self.fittings.notes()
        self.fittings.is_news = False
        await self._local.do(lambda store: store.save_notes("terminal", terminals))

    def _listener(self, line: LineSettings, take: Commit) -> Ear:
        patience = Patience(line.answer_timeout_s * 1000, line.resends)

        def station(counters: Counters) -> Station:
            return Station(self._terminals, self._randomness, patience, counters)

        if is_door(line.port):
            return Door(line.port, station, take, self._clock)
        manner = Manner(
            half_duplex=line.half_duplex,
            echo=line.echo,
            air_bps=line.air_bps,
            turn_ms=line.turn_ms,
            poll_s=line.poll_s,
            terminals=line.terminals,
            hunt=line.hunt,
        )
        port = Line(line.port, self._clock, baud=line.baud)
        spoken: Conversation
        if line.protocol == "nmea":
            spoken = NmeaStation(line.vehicle, self._terminals.phone_of)
        elif line.protocol == "meshtastic":
            spoken = MeshtasticStation(self._terminals.plate)
        else:
            spoken = station(Counters())
        return Listener(port, spoken, take, self._clock, manner)

    def _phone(self, whom: str) -> str:
        phone = self._terminals.phone_of(whom) or whom.lstrip("0")
        if not self._terminals.knows(phone):
            raise NotFound("terminal_unknown", terminal=whom)
        return phone

    def _where(self, phone: str) -> tuple[Ear, str] | None:
        """The line a terminal was heard on last, and its phone as it stands in its header there."""
        heard = [
            (session.heard_ms, number, key)
            for number, listener in enumerate(self.listeners)
            for key, session in listener.station.sessions.items()
            if key.lstrip("0") == phone
        ]
        if not heard:
            return None
        _, number, key = max(heard)
        return self.listeners[number], key

    def _tally(self, listener: Ear) -> Tally:
        before = self._before.get(listener.line.name) or Tally()
        health, counters = listener.line.health, listener.station.counters
        return Tally(
            bytes_in=before.bytes_in + health.bytes_in,
            bytes_out=before.bytes_out + health.bytes_out,
            good=before.good + counters.good,
            bad=dict(Counter(before.bad) + counters.bad),
            echoes=before.echoes + counters.echoes,
            given_up=before.given_up + counters.given_up,
            over_quota=before.over_quota + (listener.quota.over if isinstance(listener, Listener) else 0),
        )

    def _count_terminals(self) -> None:
        """Add what was counted since the last time to the terminals' own counts."""
        now: dict[str, tuple[int, int, int]] = {}
        for number, listener in enumerate(self.listeners):
            for key, session in listener.station.sessions.items():
                now[f"{number} {key}"] = session.frames, session.bytes, session.bad
        for name, counts in now.items():
            before = self._counted.get(name, (0, 0, 0))
            new = [
                after - earlier if after >= earlier else after for after, earlier in zip(counts, before, strict=True)
            ]
            if any(new):
                self.fittings.count(name.split()[1].lstrip("0"), *new)
        self._counted = now


def frames(listeners: Iterable[Ear]) -> dict[str, Any]:
    """What was received on all lines, as the health page tells it."""
    counters = [listener.station.counters for listener in listeners]
    by_id: dict[int, int] = {}
    for counter in counters:
        for msg_id, count in counter.by_id.items():
            by_id[msg_id] = by_id.get(msg_id, 0) + count
    return {
        "received": sum(counter.received for counter in counters),
        "good": sum(counter.good for counter in counters),
        "bad": sum(counter.bad.total() for counter in counters),
        "by_id": {f"0x{msg_id:04x}": count for msg_id, count in sorted(by_id.items())},
    }
