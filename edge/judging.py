"""Judging: what intake stored, and what people put on record, becomes alarms; one vehicle after the other.

    telemetry.db: unjudged ─┐
    ledger: what changed ───┼─▶ facts ─▶ `rules.alarm.judging` ─▶ `desk.alarms.record` ─▶ signed statements ─▶ the board
    the clock ──────────────┘

Rules kept here:
* The queue is the table `unjudged` of telemetry.db, a row a vehicle with its earliest new report: it outlives a power
  cut, and a row goes only when its verdicts are on record and nothing newer has come.
* A vehicle is judged again from its earliest new fact. What is looked at begins LOOKBACK_MS before it, or before an
  alarm on record or a trip that reaches into it, and never more than WINDOW_MAX_MS back.
* Reading and judging happen on a thread of their own; what is written goes through the journal like everything else.
* A node that was off, or whose lines are all gone, is deaf: silence then says nothing about a vehicle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from edge.changes import Changes
from edge.store.engine import FileThread
from edge.store.heard import Unjudged
from edge.store.journal import Journal, Office
from edge.store.telemetry import Telemetry
from edge.store.tracks import Reader
from fleet.desk.alarm_facts import known
from fleet.desk.alarm_records import judged_records, without_effect
from fleet.desk.alarms import of_vehicle, record, record_records
from fleet.errors import FleetError
from fleet.ledger.hlc import reading
from fleet.ledger.operation import Author
from fleet.ports import Clock
from fleet.rules.alarm.coverage import UNLEARNT, Coverage
from fleet.rules.alarm.facts import Card, Facts
from fleet.rules.alarm.judging import judge
from fleet.rules.alarm.reconcile import Change, span_of
from fleet.rules.alarm.spans import FOR_EVER, Span
from fleet.rules.alarm.verdict import Verdict
from fleet.rules.case import Case
from fleet.rules.facts import RECENT_MS
from fleet.rules.settings import Changed
from fleet.tracks.point import Point

log = logging.getLogger(__name__)

JUDGE_EVERY_S = 20.0
"""How long new reports may wait: a vehicle under way sends one every ten seconds, and one look is enough for two."""
RECORDS_EVERY_S = 1.0
"""How long one look at the records rests before the next: people put several on record in a row."""
RESTS = 9
"""And any look so many times as long as it took: what there is to look at grows, and other work goes first."""
CLOCK_EVERY_MS = 60_000
"""How often vehicles are looked at of which nothing new is known: being overdue, silent or parked takes no report."""
LOOKBACK_MS = 6 * 3_600_000
"""Longer than anything a rule counts: four hours at the wheel and the rest before them."""
WINDOW_MAX_MS = 31 * 86_400_000
LEARN_MS = 14 * 86_400_000
"""How far back reports tell where the radio is heard."""
BLIND = "A08"
DEAF_MAX = 50
SETTLE_MS = 10 * 60_000
"""After a start vehicles have so long to be heard again."""


class Judging:
    """Judges the vehicles of one node. `blind` are those in a hole of the radio as last judged, each with when it
    should be heard again (UTC ms, None where nothing is known of that)."""

    def __init__(
        self,
        journal: Journal,
        telemetry: Telemetry,
        clock: Clock,
        changes: Changes,
        author: Author,
        deaf: Callable[[], bool],
    ) -> None:
        self._author = author
        self._journal, self._telemetry = journal, telemetry
        self._clock, self._changes, self._is_deaf = clock, changes, deaf
        self._thread: FileThread[Reader] = FileThread("judging")
        self._known: dict[str, Facts] | None = None
        self._deaf: list[Span] = []
        self._coverage = UNLEARNT
        self._learnt: dict[str, int] = {}  # by vehicle, up to which time of arrival
        self._looked_ms = 0
        self._records_at = (-1, 0)  # operations held and the minute when records were last judged
        self.blind: dict[str, int | None] = {}

    @property
    def coverage(self) -> Coverage:
        """Where the unit's radio is heard, as learnt so far."""
        return self._coverage

    async def start(self, home: Path) -> None:
        """Open telemetry.db for reading. What was silent while the node was off says nothing."""
        await self._thread.start(lambda: Reader(home))
        now_ms = self._clock.now_ms()
        last_ms = max((heard.received_ms for heard in self._telemetry.said.values()), default=now_ms)
        self._deaf = [Span(min(last_ms, now_ms), now_ms + SETTLE_MS)]

    def stop(self) -> None:
        """Close the file."""
        self._thread.stop()

    async def run(self) -> None:
        """Judge until cancelled. What could not be read or written is tried again at the next turn."""
        while True:
            begun_s = self._clock.monotonic_s()
            try:
                await self.step()
            except FleetError as error:
                log.warning("not judged: %s", error)
            await self._rest(JUDGE_EVERY_S, begun_s)

    async def follow(self) -> None:
        """Judge records whenever some are new, until cancelled."""
        async with self._changes.subscribe() as changes:
            async for _, topics in changes:
                if "ledger" not in topics:
                    continue
                begun_s = self._clock.monotonic_s()
                try:
                    if await self._judge_records(self._clock.now_ms()):
                        self._changes.notify("alarms")
                except FleetError as error:
                    log.warning("records not judged: %s", error)
                await self._rest(RECORDS_EVERY_S, begun_s)

    async def _rest(self, least_s: float, begun_s: float) -> None:
        await asyncio.sleep(max(least_s, RESTS * (self._clock.monotonic_s() - begun_s)))

    async def step(self) -> int:
        """Judge what is new; how many statements that came to."""
        now_ms = self._clock.now_ms()
        self._note_deaf(now_ms)
        queue = await self._telemetry.do(lambda store: store.unjudged())
        facts = await self._journal.do(lambda office: known(office.replica.state, now_ms))
        earliest = {plate: what.from_ms for plate, what in queue.items() if plate in facts}
        for plate, since_ms in _differing(self._known, facts).items():
            earliest[plate] = min(since_ms, earliest.get(plate, since_ms))
        if now_ms - self._looked_ms >= CLOCK_EVERY_MS:
            self._looked_ms = now_ms
            earliest = dict.fromkeys(facts, now_ms) | earliest
        stated = await self._judge_records(now_ms)
        if not self._learnt:
            await self._learn_of_late([*facts], now_ms)
        for plate, from_ms in sorted(earliest.items()):
            stated += await self._judge(facts[plate], min(from_ms, now_ms), queue.get(plate))
        self._known = facts
        if stated:
            self._changes.notify("alarms")
        return stated

    async def _judge_records(self, now_ms: int) -> int:
        """Judge what needs no track: whenever the ledger has something new, and by the clock."""
        held = await self._journal.do(lambda office: office.replica.held)
        if (held, now_ms // CLOCK_EVERY_MS) == self._records_at:
            return 0
        author = self._author
        made = await self._journal.do(lambda office: _of_records(office, author, now_ms))
        self._records_at = (held + len(made), now_ms // CLOCK_EVERY_MS)
        return len(made)

    async def _judge(self, facts: Facts, from_ms: int, queued: Unjudged | None) -> int:
        plate = facts.plate
        cards = await self._thread.do(lambda reader: reader.cards(plate, facts.now_ms - WINDOW_MAX_MS, facts.now_ms))
        facts = with_cards(replace(facts, node_deaf=tuple(self._deaf)), cards)
        recorded, settings = await self._journal.do(lambda office: _of_plate(office, plate, facts.now_ms))
        since_ms = window(facts, recorded, from_ms)
        track = await self._thread.do(lambda reader: reader.tracks.track(plate, since_ms, facts.now_ms))
        self._learn(plate, track.placed)
        seen = replace(facts, track=track, since_ms=since_ms, coverage=self._coverage)
        verdicts = await self._thread.do(lambda _: judge(seen, settings))
        author, now_ms = self._author, facts.now_ms
        made = await self._journal.do(lambda office: record(office.replica, author, plate, verdicts, from_ms, now_ms))
        self.blind.pop(plate, None)
        if hole := next((each for each in verdicts if each.code == BLIND and each.until_ms is None), None):
            self.blind[plate] = _back_ms(hole)
        if queued is not None:
            await self._telemetry.do(lambda store: store.judged(plate, queued))
        return len(made)

    def _note_deaf(self, now_ms: int) -> None:
        """Keep in mind since when no line hears, and until when none did."""
        open_ms = self._deaf[-1].from_ms if self._deaf and self._deaf[-1].until_ms == FOR_EVER else None
        if self._is_deaf() and open_ms is None:
            self._deaf = [*self._deaf[1 - DEAF_MAX :], Span(now_ms)]
        elif not self._is_deaf() and open_ms is not None:
            self._deaf[-1] = Span(open_ms, now_ms + SETTLE_MS)

    async def _learn_of_late(self, plates: Sequence[str], now_ms: int) -> None:
        """Learn where the radio is heard from what arrived before this start."""
        for plate in plates:
            track = await self._thread.do(
                lambda reader, plate=plate: reader.tracks.track(plate, now_ms - LEARN_MS, now_ms)  # type: ignore[misc]
            )
            self._learn(plate, track.placed)

    def _learn(self, plate: str, placed: Sequence[Point]) -> None:
        """Learn from the reports of a vehicle that arrived since last time, the oldest first."""
        since_ms = self._learnt.get(plate, 0)
        fresh = sorted((point for point in placed if point.arrival_ms > since_ms), key=lambda point: point.arrival_ms)
        self._coverage = self._coverage.learn(fresh)
        self._learnt[plate] = fresh[-1].arrival_ms if fresh else since_ms


def with_cards(facts: Facts, cards: Iterable[tuple[int, str]]) -> Facts:
    """With who was at the wheel."""
    return replace(facts, cards=tuple(Card(at_ms, name) for at_ms, name in cards))


def _back_ms(verdict: Verdict) -> int | None:
    back_ms = verdict.facts.get("back_ms")
    return back_ms if isinstance(back_ms, int) else None


def window(facts: Facts, recorded: Sequence[Case], from_ms: int) -> int:
    """From when on a track has to be looked at, so that nothing that reaches into what is new is cut off."""
    begins = [facts.reach_ms(Span(from_ms))]
    begins += [span.from_ms for case in recorded if (span := span_of(case)).until_ms >= from_ms - LOOKBACK_MS]
    return max(min(begins) - LOOKBACK_MS, facts.now_ms - WINDOW_MAX_MS)


def _of_records(office: Office, author: Author, now_ms: int) -> list[Change]:
    state, replica = office.replica.state, office.replica
    held = office.store.without_effect(reading(now_ms - RECENT_MS))
    judged = judged_records(state, now_ms, without_effect(held, replica.refusals))
    return record_records(replica, author, judged, now_ms)


def _of_plate(office: Office, plate: str, now_ms: int) -> tuple[list[Case], Changed]:
    state = office.replica.state
    return of_vehicle(state, plate, now_ms), state.settings


def _differing(before: dict[str, Facts] | None, after: dict[str, Facts]) -> dict[str, int]:
    """The vehicles of which the records say something else than last time, and from when on. At the first look nothing
    is: what was not judged is queued, and the clock asks for the rest."""
    found: dict[str, int] = {}
    if before is None:
        return found
    for plate, facts in after.items():
        times = [
            began
            for name in _FROM_RECORDS
            for began in _began(set(getattr(before.get(plate), name, ())) ^ set(getattr(facts, name)))
        ]
        if times:
            found[plate] = min(times)
    return found


_FROM_RECORDS = ("outings", "sealed", "repairs", "duty", "notices", "unauthorised", "unsealed", "fills", "temperatures")


def _began(items: set[object]) -> list[int]:
    return [
        getattr(item, name)
        for item in items
        for name in ("from_ms", "dispatched_ms", "at_ms")
        if isinstance(getattr(item, name, None), int)
    ]
