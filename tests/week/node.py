"""The inspector's week on a real node: its intake, its ledger, its rules and its packing, and then central.

Reports arrive through `Intake.commit`, as from a line, at the times they were heard; people act through the desks; the
rules judge from time to time. What stands on record in the end is read back by plate and order as the inspector names
them (`told`); how reports come, `reports` says.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from edge import home as homes
from edge.changes import Changes
from edge.intake import Intake
from edge.judging import Judging
from edge.packing import Packing
from edge.settings import Settings
from edge.store.journal import Journal, Office
from edge.store.local import Local, LocalStore
from edge.store.telemetry import Telemetry, TelemetryStore
from edge.store.tracks import Tracks
from edge.terminals import Terminals
from fleet.desk.register import register
from fleet.ledger import kinds
from fleet.ledger.enrolment import Grant, Person, Request
from fleet.ledger.replica import Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules.alarm.life import State
from fleet.tracks.days import DAY_MS
from fleet.tracks.point import Point
from tests.simulation.clock import SimulatedClock, SimulatedRandomness
from tests.week import money, story, stranger
from tests.week.book import Book, Deed, signer
from tests.week.reports import Reports, Way, cards, heard
from tests.week.story import ADMIN, DRIVERS, HEAD, PHONES, PLATES, at
from tests.week.told import Told, alarms

UNIT, UNIT_NAME = "lyj", "阿右旗林草局"
HOUR_MS = 3_600_000
SEED = 2026


def people(*, head: bool) -> tuple[Person, ...]:
    """Who is enrolled: the unit head last, for then the register takes two people."""
    return tuple(
        Person(id=person, name=name, roles=(role,), public=signer(person).key.public)
        for person, (name, role) in story.STAFF.items()
        if head or person != HEAD
    )


@dataclass
class Week:
    """A node while it lives through the week. `deaf` once its lines are taken down."""

    home: Path
    clock: SimulatedClock
    journal: Journal
    telemetry: Telemetry
    intake: Intake
    judging: Judging
    packing: Packing
    grant: Grant
    deaf: bool = False

    async def hears(self, reports: Sequence[tuple[int, Point]]) -> None:
        """Reports of vehicles' terminals, each when it was heard."""
        await self.intake.commit([heard(number, point) for number, point in reports])

    async def does(self, deed: Deed) -> None:
        """Somebody does something."""
        try:
            await self.journal.do(deed.work)
        except Exception as error:
            raise AssertionError(f"{deed.name}: {error}") from error
        await self.intake.refresh(self.clock.now_ms())


@asynccontextmanager
async def opened(home: Path, clock: SimulatedClock) -> AsyncIterator[Week]:
    """The parts of a node over its files, as `edge.node` wires them, without lines and links."""
    changes, enrolled = Changes(), homes.enrolled(home)
    journal, telemetry, local = Journal(changes), Telemetry(), Local("local")
    chance = SimulatedRandomness(random.Random(SEED))
    await local.start(lambda: LocalStore(home))
    await telemetry.start(home)
    await journal.start(home, clock, enrolled.grant.root_public, enrolled.identity, chance)
    terminals = Terminals(chance, {})
    intake = Intake(journal, telemetry, local, terminals, changes, 3_600)
    await intake.refresh(clock.now_ms())
    packing = Packing(home, telemetry, journal, changes, clock)
    await packing.start()
    week: Week
    judging = Judging(journal, telemetry, clock, changes, enrolled.grant.author, lambda: week.deaf)
    week = Week(home, clock, journal, telemetry, intake, judging, packing, enrolled.grant)
    await judging.start(home)
    try:
        yield week
    finally:
        judging.stop()
        for part in (journal, telemetry, local):
            part.stop()


def enrol(home: Path, clock: SimulatedClock, granted: Callable[[Request, Any], bytes]) -> None:
    """Make the node's directory and enrol it and its people, the unit head after the register is filled."""
    chance = SimulatedRandomness(random.Random(SEED))
    homes.create(home, Settings(unit=UNIT, unit_name=UNIT_NAME, port=0), chance)
    key = homes.node_key(home)
    asked = Request(suite=SHIPPED.id, unit=UNIT, unit_name=UNIT_NAME, public=key.public, people=people(head=True))
    (home / homes.GRANT).write_bytes(granted(asked, key))
    laptop = stranger.request(UNIT, UNIT_NAME)
    home.with_name(stranger.GRANT).write_bytes(granted(laptop, stranger.KEY))


def set_up(office: Office, grant: Grant) -> None:
    """Who is who, which vehicles and places there are; then the unit head."""
    enrolled = zip(people(head=True), grant.people, strict=True)
    named = {person.id: Statement(kinds.PERSON_ENROL, f"person/{person.id}", message) for person, message in enrolled}
    node = Statement(kinds.NODE_ENROL, f"node/{grant.author.node}", grant.node_certificate)
    office.replica.write([node, *(each for person, each in named.items() if person != HEAD)])
    for number, plate in PLATES.items():
        given = {
            "plate": plate, "cls": "general", "seats": 5, "terminal": PHONES[number], "home": "车库",
            "usual_driver": DRIVERS[number], "tank_ml": 60_000 if number == 7 else "",
            "insured_until": story.INSURED.get(number, ""),
        }  # fmt: skip
        register(office.replica, signer(ADMIN), {name: value for name, value in given.items() if value != ""})
    fields = {f"place/{name}/{field}": text for name, told in story.PLACES.items() for field, text in told.items()}
    edit = office.replica.edit(kinds.REGISTRY + UNIT, fields, signer(ADMIN))
    assert edit is not None
    office.replica.write([edit, named[HEAD]])


@dataclass(frozen=True, slots=True)
class Lived:
    """What a week came to: the alarms, the orders by their labels, metres by vehicle and day, and how many reports were
    put to each order when they were heard."""

    told: list[Told]
    orders: dict[str, str]
    metres: dict[tuple[int, int], float]
    attributed: dict[str, int]

    @property
    def standing(self) -> list[Told]:
        """The alarms that were not taken back."""
        return [each for each in self.told if each.state != State.WITHDRAWN]


async def live(home: Path, clock: SimulatedClock, way: Way) -> Lived:
    """Live through the week, and on until nothing of it can change any more and all of it is packed."""
    roads = story.roads()
    book, reports = Book(roads), Reports(roads, way)
    money.put(book)
    stranger.put(book, homes.enrolled(home).grant, home)
    deeds, end_ms = book.deeds(), at("Mon+ 00:00")
    looks = {*range(at("Mon 00:00"), end_ms, way.judged_h * HOUR_MS)}
    restarts = {at(each) for each in way.restarts}
    clock.time.now_ms = deeds[0].at_ms - 12 * HOUR_MS
    moments = sorted({*looks, *restarts, *(deed.at_ms for deed in deeds), end_ms})
    begun = False
    for first, last in pairwise([0, *sorted(restarts), end_ms]):
        async with opened(home, clock) as week:
            if not begun:
                await week.journal.do(partial(set_up, grant=week.grant))
                await week.telemetry.save_cards([*cards()])
                begun = True
            await week.intake.refresh(clock.now_ms())
            for moment in (each for each in moments if first < each <= last):
                for heard in reports.until(moment):
                    await week.hears(heard)
                clock.time.now_ms = moment
                for deed in (each for each in deeds if each.at_ms == moment):
                    await week.does(deed)
                if moment in looks:
                    await week.judging.step()
            if last == end_ms:
                return await _settled(week, book.orders, end_ms)
    raise AssertionError("a week has an end")


async def _settled(week: Week, orders: dict[str, str], end_ms: int) -> Lived:
    """The lines are taken down: from now on silence says nothing. Days pass, all is judged a last time, and packed."""
    week.deaf = True
    for days in (0, 1, 4):
        week.clock.time.now_ms = end_ms + days * DAY_MS
        await week.judging.step()
    attributed = await week.telemetry.do(_attributed)
    await week.packing.turn()
    metres = {
        (number, day_ms): await week.telemetry.read(partial(_metres, plate=plate, day_ms=day_ms))
        for number, plate in PLATES.items()
        for day_ms in range(at("Mon 00:00"), end_ms, DAY_MS)
    }
    told = await week.journal.do(lambda office: alarms(office.replica, orders))
    labels = {number: label for label, number in orders.items()}
    return Lived(told, orders, metres, {labels.get(order, order): count for order, count in attributed.items()})


def _attributed(store: TelemetryStore) -> dict[str, int]:
    query = "SELECT order_id, count(*) FROM positions WHERE device_ms IS NOT NULL GROUP BY order_id"
    return dict(store._db.conn.execute(query).fetchall())


def _metres(tracks: Tracks, plate: str, day_ms: int) -> float:
    track = tracks.track(plate, day_ms, day_ms)
    return track.metres[-1] if track.metres else 0.0
