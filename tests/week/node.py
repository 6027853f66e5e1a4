"""The inspector's week on a real node: its intake, its ledger, its rules and its packing, and then central.

Reports arrive through `Intake.commit`, as from a line, at the times they were heard; people act through the desks; the
rules judge from time to time. What stands on record in the end is read back by plate and order as the inspector names
them. `Way` says how reports come: as they were heard, shuffled, split otherwise, twice, or over a restart of the node.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from edge import home as homes
from edge.changes import Changes
from edge.intake import Intake
from edge.judging import Judging
from edge.packing import Packing
from edge.serial_terminal.jt808.heard import Heard
from edge.settings import Settings
from edge.store.heard import DriverCard
from edge.store.journal import Journal, Office
from edge.store.local import Local, LocalStore
from edge.store.telemetry import Telemetry, TelemetryStore
from edge.store.tracks import Tracks
from edge.terminals import Terminals
from fleet.desk.alarms import recorded
from fleet.desk.register import register
from fleet.ledger import kinds
from fleet.ledger.blobs import outline_of
from fleet.ledger.canonical import Value
from fleet.ledger.enrolment import Grant, Person, Request
from fleet.ledger.replica import Replica, Signer, Statement
from fleet.ledger.suite import SHIPPED
from fleet.rules import checks
from fleet.rules.alarm.life import State
from fleet.rules.alarm.reconcile import facts_of
from fleet.rules.order import Act
from fleet.rules.position import Position
from fleet.tracks.days import DAY_MS
from fleet.tracks.point import Point
from tests.simulation.clock import SimulatedClock, SimulatedRandomness
from tests.week import story
from tests.week.story import ADMIN, APPLICANT, APPROVER, DISPATCHER, DRIVERS, HEAD, PHONES, PLATES, Trip, at

UNIT, UNIT_NAME = "lyj", "阿右旗林草局"
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
SEED = 2026
AGAIN_MS = 5 * MINUTE_MS
"""So long after it was heard a report comes again, if it does."""
FIRST_COLD = "Thu 00:00"
"""October is winter: the check has more items then."""
Work = Callable[[Office], object]


class Deed(NamedTuple):
    """Something people do at a moment."""

    at_ms: int
    name: str
    work: Work


@dataclass(frozen=True, slots=True)
class Way:
    """How reports come, and how often they are judged: every so many hours."""

    judged_h: int = 6
    shuffled: bool = False
    split: int = 1
    twice: bool = False
    restarts: tuple[str, ...] = ()
    seed: int = SEED


def signer(person: str) -> Signer:
    """A person's key."""
    return Signer(person, SHIPPED.key(f"week {person}".encode().ljust(32, b".")))


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
        heard = [
            Heard(
                phone=PHONES[number].zfill(12), msg_id=0x0200, serial=1, version=2013, kind="position",
                at_ms=point.arrival_ms, positions=(_position(point),),
            )
            for number, point in reports
        ]  # fmt: skip
        await self.intake.commit(heard)

    async def does(self, deed: Deed) -> None:
        """Somebody does something."""
        try:
            await self.journal.do(deed.work)
        except Exception as error:
            raise AssertionError(f"{deed.name}: {error}") from error
        await self.intake.refresh(self.clock.now_ms())


def _position(point: Point) -> Position:
    return Position(
        device_time_ms=point.device_ms, lat=point.lat_e6 / 1e6, lon=point.lon_e6 / 1e6, alt_m=point.alt_m,
        speed_kmh=point.speed_kmh_e1 / 10, course=point.course, fix=bool(point.fix), acc=bool(point.acc),
        alarm_bits=point.alarm_bits, odometer_km=None if point.odometer_km_e1 is None else point.odometer_km_e1 / 10,
        fuel_l=None if point.fuel_l_e1 is None else point.fuel_l_e1 / 10, satellites=point.satellites, rssi=point.rssi,
    )  # fmt: skip


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


class Book:
    """What people put on record, as deeds in order of time; an order gets its number when it is made."""

    def __init__(self, roads: dict[int, story.Road]) -> None:
        self._roads = roads
        self.orders: dict[str, str] = {}
        self.cases: dict[str, str] = {}
        self._deeds: list[Deed] = []
        for trip in story.TRIPS:
            self._confidential(trip) if trip.confidential else self._trip(trip)
        self._seals()
        self._fire()
        self._supplement()
        self._fuel()
        self._repair()
        self._fault()

    def deeds(self) -> list[Deed]:
        """All of it."""
        return sorted(self._deeds, key=lambda deed: deed.at_ms)

    def _do(self, moment: str | int, name: str, work: Work) -> None:
        self._deeds.append(Deed(at(moment) if isinstance(moment, str) else moment, name, work))

    def odometer_km(self, number: int, at_ms: int) -> int:
        """What a vehicle's odometer reads at a moment."""
        read = [point for point in self._roads[number].vehicle.points if point.device_ms <= at_ms]
        return int((read[-1].odometer_km_e1 or 0) / 10) if read else 45_000

    def _trip(self, trip: Trip) -> None:
        begin_ms, label, driver = at(f"{trip.day} {trip.start}"), trip.label, DRIVERS[trip.number]
        last = trip.last_day or trip.day
        left_ms, back_ms = at(f"{trip.day} {trip.leave}"), at(f"{last} {trip.back}")

        def submit(office: Office) -> None:
            form = {
                "rider": "王芳", "department": "造林科", "phone": "13904831234", "category": "study",
                "reason": "造林检查", "origin": "车库", "destination": trip.to, "start_ms": begin_ms,
                "end_ms": at(f"{last} {trip.end}"), "passengers": 2, "urgency": 2, "cls": "study",
            }  # fmt: skip
            self.orders[label] = office.desk.submit(signer(APPLICANT), form)

        def act(person: str, what: Act, office: Office, **given: object) -> None:
            office.desk.act(signer(person), self.orders[label], what, given)

        out_km = self.odometer_km(trip.number, left_ms) + trip.before_km
        in_km = self.odometer_km(trip.number, back_ms) + trip.before_km + trip.extra_km
        self._do(begin_ms - 90 * MINUTE_MS, f"{label} applied", submit)
        approve = partial(act, APPROVER, Act.APPROVE, opinion="同意")
        self._do(begin_ms - 80 * MINUTE_MS, f"{label} approved", approve)
        if trip.approved:
            self._deeds.pop()
            self._do(f"{trip.day} {trip.approved}", f"{label} approved late", approve)
        dispatch = partial(act, DISPATCHER, Act.DISPATCH, vehicle=PLATES[trip.number], driver=driver, why="熟悉路线")
        given_ms = at(f"{trip.day} {trip.approved}") + 5 * MINUTE_MS if trip.approved else begin_ms - 60 * MINUTE_MS
        self._do(given_ms, f"{label} dispatched", dispatch)
        self._do(left_ms, f"{label} left", partial(act, driver, Act.DEPART, odometer_km=out_km, checks="done"))
        if trip.said:
            self._do(f"{trip.day} {trip.said[0]}", f"{label} there", partial(act, driver, Act.ARRIVE))
            self._do(f"{last} {trip.said[1]}", f"{label} heads back", partial(act, driver, Act.HEAD_BACK))
        back = partial(act, driver, Act.RETURN, odometer_km=in_km, fuel_quarters=3, place="车库", key_to="巴图")
        self._do(back_ms, f"{label} back", back)
        self._do(back_ms + 5 * MINUTE_MS, f"{label} closed", partial(act, DISPATCHER, Act.CLOSE, receipts="none"))
        if not trip.unchecked:
            self._looked_over(trip.number, label, back_ms + 10 * MINUTE_MS)

    def _looked_over(self, number: int, label: str, at_ms: int) -> None:
        """The driver's check after a trip (Art. 10)."""

        def check(office: Office) -> None:
            winter = at_ms >= at(FIRST_COLD)
            items = dict.fromkeys(checks.items(checks.AFTER, winter=winter), "ok")
            given = {"phase": checks.AFTER, "plate": PLATES[number], "order": self.orders[label], "items": items}
            office.cases.open(signer(DRIVERS[number]), "check", given)

        self._do(at_ms, f"{label} looked over", check)

    def _confidential(self, trip: Trip) -> None:
        """A trip that no page of this node took in; another node of the unit may have."""
        label, target = trip.label, kinds.ORDERS + f"9-{trip.number:05}"
        self.orders[label] = target.removeprefix(kinds.ORDERS)
        begin_ms = at(f"{trip.day} {trip.start}")
        fields = {
            "rider": "-", "department": "办公室", "phone": "13904831234", "category": "other", "reason": "机要件传递",
            "origin": "-", "destination": "-", "start_ms": str(begin_ms), "end_ms": str(at(f"{trip.day} {trip.end}")),
            "passengers": "1", "urgency": "2", "cls": "confidential",
        }  # fmt: skip

        def write(what: Act, person: str, office: Office, **detail: Value) -> None:
            office.replica.write([Statement(kinds.of_act(what), target, detail, signer(person))])

        def submit(office: Office) -> None:
            edit = office.replica.edit(target, fields, signer(APPLICANT))
            assert edit is not None
            act = Statement(kinds.of_act(Act.SUBMIT), target, {"content": "c"}, signer(APPLICANT))
            office.replica.write([edit, act])

        plate, driver = PLATES[trip.number], DRIVERS[trip.number]
        left_ms, back_ms = at(f"{trip.day} {trip.leave}"), at(f"{trip.day} {trip.back}")
        out_km, in_km = self.odometer_km(trip.number, left_ms), self.odometer_km(trip.number, back_ms)
        self._do(begin_ms - 90 * MINUTE_MS, f"{label} applied", submit)
        approve = partial(write, Act.APPROVE, APPROVER, content="c", opinion="同意")
        self._do(begin_ms - 80 * MINUTE_MS, f"{label} approved", approve)
        dispatch = partial(write, Act.DISPATCH, DISPATCHER, vehicle=plate, driver=driver)
        self._do(begin_ms - 60 * MINUTE_MS, f"{label} dispatched", dispatch)
        self._do(left_ms, f"{label} left", partial(write, Act.DEPART, driver, odometer_km=out_km, checks="done"))
        self._do(back_ms, f"{label} back", partial(write, Act.RETURN, driver, odometer_km=in_km, fuel_quarters=3))
        self._looked_over(trip.number, label, back_ms + 10 * MINUTE_MS)

    def _case(self, label: str, kind: str, person: str, act: str, office: Office, **given: object) -> None:
        if label in self.cases:
            office.cases.act(signer(person), kind, self.cases[label], act, given)
        else:
            self.cases[label] = office.cases.open(signer(person), kind, given, act=act).id

    def _seals(self) -> None:
        plates = [PLATES[number] for number in story.SEALED]
        seal = partial(self._case, "seal", "sealing")
        days = {"from_day": "2026-10-01", "to_day": "2026-10-07"}
        planned = partial(seal, ADMIN, "plan", name="国庆封存", plates=plates, duty=[PLATES[3]], **days)
        self._do("Tue 15:00", "sealing planned", planned)
        self._do("Tue 15:30", "sealing approved", partial(seal, APPROVER, "approve", opinion="同意"))
        for number in story.SEALED:
            km = self.odometer_km(number, at("Wed 18:30"))
            given = {"plate": PLATES[number], "place": "车库", "odometer_km": km, "fuel_quarters": 3}
            sealed = partial(seal, DISPATCHER, "seal", **given, key_to="巴图", witness="萨仁")
            self._do("Wed 18:30", f"{number} sealed", sealed)

        def let_out(office: Office) -> None:
            order = self.orders[story.EXCEPTED]
            self._case("seal", "sealing", APPROVER, "except", office, plate=PLATES[5], reason="防火检查", order=order)

        self._do(at("Sat 07:45"), "5 let out", let_out)

    def _fire(self) -> None:
        given = {"what": "边境林场火情", "rider": "王芳", "plate": PLATES[7], "driver": DRIVERS[7]}
        fire = partial(self._case, "fire", "supplement", DISPATCHER, "notice")
        notice = partial(fire, **given, started_ms=at(story.FIRE), planned_end_ms=at(story.FIRE_PLANNED))
        self._do(story.FIRE_NOTED, "fire noted", notice)

    def _supplement(self) -> None:
        scan = b"%PDF-1.4\n" + b"scan of an endorsement" * 20
        outline = outline_of([scan])
        out_ms, back_ms = at(story.DUTY_OUT), at(story.DUTY_BACK)

        def put(office: Office) -> None:
            office.blobs.begin(outline.name, outline.encoded())
            office.blobs.append(outline.name, scan)
            office.blobs.keep(outline.name)

        form = {
            "rider": "王芳", "department": "造林科", "phone": "13904831234", "category": "study",
            "reason": "林场断电抢修", "origin": "车库", "destination": "北山林场", "start_ms": out_ms,
            "end_ms": back_ms, "passengers": 2, "urgency": 1, "cls": "emergency",
        }  # fmt: skip
        km = {
            "odometer_out_km": self.odometer_km(3, out_ms), "odometer_in_km": self.odometer_km(3, back_ms)
        }  # fmt: skip
        case = partial(self._case, "supplement", "supplement")
        asked = partial(
            case, DISPATCHER, "request", cause="no_prior_order", why="来不及申请", facts="往返林场", plate=PLATES[3],
            driver=DRIVERS[3], rider="王芳", started_ms=out_ms, ended_ms=back_ms, ended_by="back",
        )  # fmt: skip
        self._do("Thu 14:00", "supplement asked", asked)
        self._do("Thu 15:00", "supplement endorsed", partial(case, APPROVER, "endorse", opinion="属实"))
        self._do("Thu 15:55", "scan", put)
        done = partial(
            case, DISPATCHER, "complete", scan=outline.name.hex(), seal_visible=True, endorser="李志强",
            endorsed_on="2026-10-01", form=form, vehicle=PLATES[3], driver=DRIVERS[3], departed_ms=out_ms,
            back_ms=back_ms, **km,
        )  # fmt: skip

        def numbered(office: Office) -> None:
            done(office)
            self.orders["3-Thu"] = office.replica.state.cases[f"supplement/{self.cases['supplement']}"].order

        self._do("Thu 16:00", "supplement completed", numbered)
        self._looked_over(3, "3-Thu", at("Thu 16:10"))

    def _fuel(self) -> None:
        for number, (moment, ml) in enumerate(story.FILLS):
            label = f"fuel {number}"
            case = partial(self._case, label, "expense")
            given = {"plate": PLATES[7], "type": "fuel", "estimate_fen": 50_000, "supplier": "加油站", "why": "出车"}
            self._do(
                at("Tue 07:30") + number * MINUTE_MS, f"{label} asked", partial(case, DISPATCHER, "request", **given)
            )
            self._do(at("Tue 07:40") + number * MINUTE_MS, f"{label} approved", partial(case, HEAD, "approve"))
            paid = {"actual_fen": ml // 2, "done_ms": at(moment), "ml": ml}
            self._do(at("Tue 14:00") + number * MINUTE_MS, f"{label} paid", partial(case, DISPATCHER, "done", **paid))

    def _repair(self) -> None:
        case = partial(self._case, "repair", "defect")
        given = {"plate": PLATES[7], "item": "other", "severity": "minor", "text": "油箱盖松动"}
        self._do("Wed 16:50", "defect", partial(case, DRIVERS[7], "report", **given))
        self._do("Wed 17:00", "in repair", partial(case, DISPATCHER, "repair", supplier="修理厂"))

    def _fault(self) -> None:
        case = partial(self._case, "fault", "fault")
        given = {"plate": PLATES[6], "terminal": PHONES[6], "what": "天线断开", "noticed_ms": at(story.FAULT)}
        self._do(at(story.FAULT) + 10 * MINUTE_MS, "fault noticed", partial(case, DISPATCHER, "notice", **given))
        self._do(story.FAULT_REPORTED, "fault reported", partial(case, DISPATCHER, "report", to="终端服务商"))
        repaired = partial(case, DISPATCHER, "repair", by="终端服务商", how="更换天线")
        self._do(story.FAULT_REPAIRED, "fault repaired", repaired)


class Told(NamedTuple):
    """An alarm on record, as the inspector would name it; `facts` are what it says it saw."""

    vehicle: int
    code: str
    grade: str
    from_ms: int
    until_ms: int | None
    order: str
    driver: str
    state: str
    facts: tuple[tuple[str, int | str], ...]


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


def alarms(replica: Replica, orders: dict[str, str]) -> list[Told]:
    """Every alarm on record of a vehicle."""
    labels, numbers = {number: label for label, number in orders.items()}, {p: n for n, p in PLATES.items()}
    found = [
        Told(
            numbers.get(case.plate, 0), case.text("code"), case.text("grade"), case.whole("from_ms") or 0,
            case.whole("until_ms"), labels.get(case.order, case.order), case.text("driver"), case.state,
            tuple(sorted(facts_of(case).items())),
        )
        for case in recorded(replica.state, at("Mon+ 00:00"))
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.vehicle, each.from_ms, each.code))


class Reports:
    """The reports of all terminals, handed over as they come."""

    def __init__(self, roads: dict[int, story.Road], way: Way) -> None:
        self._way, self._rng = way, random.Random(way.seed)
        heard = [(point.arrival_ms, False, number, point) for number, road in roads.items() for point in road.reports]
        if way.twice:
            heard += [
                (at_ms + AGAIN_MS, True, number, point._replace(arrival_ms=at_ms + AGAIN_MS))
                for at_ms, _, number, point in self._rng.sample(heard, len(heard) // 3)
            ]
        self._heard, self._next = sorted(heard), 0

    def until(self, moment: int) -> Iterator[list[tuple[int, Point]]]:
        """What comes before a moment, in so many pieces; nothing comes again before it came."""
        fresh = []
        while self._next < len(self._heard) and self._heard[self._next][0] < moment:
            fresh.append(self._heard[self._next])
            self._next += 1
        if self._way.shuffled:
            self._rng.shuffle(fresh)
            fresh.sort(key=lambda each: each[1])
        size = max(1, -(-len(fresh) // self._way.split))
        for begin in range(0, len(fresh), size):
            yield [(number, point) for _, _, number, point in fresh[begin : begin + size]]


def cards() -> Iterator[DriverCard]:
    """Whose card was in when, as terminals report it."""
    for number, read in story.CARDS.items():
        for moment, inserted, name in read:
            yield DriverCard(PHONES[number], at(moment), at(moment) + 1_000, inserted, 0, name, "", "")


async def live(home: Path, clock: SimulatedClock, way: Way) -> Lived:
    """Live through the week, and on until nothing of it can change any more and all of it is packed."""
    roads = story.roads()
    book, reports = Book(roads), Reports(roads, way)
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
