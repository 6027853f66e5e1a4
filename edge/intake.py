"""Intake: what a line heard becomes stored reports, attributed by their own time; only then are terminals answered.

    heard -> WGS-84 -> quality gate -> vehicle and trip by point time -> telemetry.db (one transaction) -> answers
                                                -> now and then a signed sighting per vehicle, for central
                                                -> what the track shows of the order under way (`marks`)

Confidential trips: positions stay on the node; no sighting of the vehicle is signed while it is on one (Art. 10 (4)).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.changes import Changes
from edge.marks import Marks
from edge.serial_terminal.jt808.heard import Heard
from edge.store.heard import Raw, Report
from edge.store.journal import Journal, Office
from edge.store.local import Local
from edge.store.telemetry import Telemetry
from edge.terminals import Terminals
from fleet.desk.register import vehicles
from fleet.desk.vault import is_confidential
from fleet.errors import FleetError, Unavailable
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.rules.attribution import Trip, trip, trip_at
from fleet.rules.conduct import Conduct, follow
from fleet.rules.order import Order
from fleet.rules.position import Position, distance_m, judge
from fleet.rules.vehicle import ON_PLATFORM, Vehicle
from fleet.tracks.datum import GCJ02, WGS84, to_wgs84

log = logging.getLogger(__name__)

TRIPS_KEPT_MS = 40 * 24 * 3_600_000
"""A report buffered longer than this is stored, but no longer matched to its trip."""
MOVED_M = 50.0
"""Receivers wander; nearer than this a vehicle is where it was."""
PARKED_FACTOR = 12
"""A vehicle that has not moved is stated so many times less often."""
KEPT_RAW = frozenset({"other", "unknown", "driver"})


@dataclass(frozen=True, slots=True)
class Outings:
    """What intake needs to know of the ledger: the register and every trip that has departed. `apart` are terminals of
    vehicles that are exempt or disposed of: nothing they say of where they are is kept (Art. 4)."""

    vehicles: tuple[Vehicle, ...]
    trips: tuple[Trip, ...]
    apart: frozenset[str] = frozenset()


def outings(office: Office, now_ms: int) -> Outings:
    """Read the register and the trips; on the journal's thread."""
    state = office.replica.state
    departed = [order for order in state.recent_orders(now_ms) if order.departed_ms and _recent(order, now_ms)]
    trips = [trip(order, confidential=is_confidential(state, order.id)) for order in departed]
    known = vehicles(state)
    return Outings(
        tuple(vehicle for vehicle in known if vehicle.stage in ON_PLATFORM),
        tuple(found for found in trips if found),
        frozenset(vehicle.terminal for vehicle in known if vehicle.stage not in ON_PLATFORM),
    )


def _recent(order: Order, now_ms: int) -> bool:
    return order.back_ms is None or order.back_ms > now_ms - TRIPS_KEPT_MS


class Intake:
    """The commit step of every line."""

    def __init__(
        self,
        journal: Journal,
        telemetry: Telemetry,
        local: Local,
        terminals: Terminals,
        changes: Changes,
        sighting_every_s: int,
    ) -> None:
        self.new_positions = 0
        self.unstored_since_ms: int | None = None
        self.conduct: dict[str, Conduct] = {}  # of the terminals in vehicles, by phone without leading zeros
        self._journal, self._telemetry, self._local = journal, telemetry, local
        self._terminals, self._changes, self._every_ms = terminals, changes, sighting_every_s * 1000
        self._outings = Outings((), ())
        self._last_good: dict[str, Position] = {}
        self._sighted: dict[str, tuple[int, Position]] = {}
        self._marks = Marks(journal)

    async def refresh(self, now_ms: int) -> None:
        """Take the register and the trips as they stand now."""
        self._outings = await self._journal.do(lambda office: outings(office, now_ms))
        fitted = [vehicle for vehicle in self._outings.vehicles if vehicle.terminal]
        register = {each.terminal: (each.plate, each.terminal_datum or WGS84) for each in fitted}
        self._terminals.use(self._outings.vehicles, await self._telemetry.install(register, now_ms))
        await self._marks.refresh()

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Every trip that has departed, as last read."""
        return self._outings.trips

    def trip_of(self, phone: str, at_ms: int) -> str:
        """The order the vehicle of a terminal was out for at a moment, or ""."""
        on = trip_at(self._outings.trips, self._terminals.installed(phone, at_ms).vehicle, at_ms)
        return on.order if on else ""

    async def commit(self, heard: Sequence[Heard]) -> None:
        """Store what a line heard; when this returns the answers may go out.

        Raises:
            Unavailable: the disk refused; nothing was stored and nothing may be answered.
        """
        try:
            await self._store(heard)
        except Unavailable:
            self.unstored_since_ms = self.unstored_since_ms or heard[0].at_ms
            raise
        self.unstored_since_ms = None

    async def _store(self, heard: Sequence[Heard]) -> None:
        if codes := self._terminals.unsaved_codes():
            await self._local.do(lambda store: store.save_codes(codes))
            self._terminals.saved(codes)
        reports, raws = [], []
        for message in heard:
            self._terminals.note(message)
            if message.kind in KEPT_RAW:
                raws.append(Raw(message.alias, message.at_ms, message.msg_id, message.raw))
            if message.kind != "refused" and message.phone.lstrip("0") not in self._outings.apart:
                reports += [self._report(message, position) for position in message.positions]
        if reports or raws:
            self.new_positions += await self._telemetry.save(reports, raws)
        if reports:
            self._changes.notify("vehicles")
            await self._state_sightings(reports)
            await self._marks.follow(_placed(reports))

    def _report(self, message: Heard, position: Position) -> Report:
        time_ms = position.device_time_ms
        where = self._terminals.installed(message.phone, time_ms or message.at_ms)
        said = None
        if where.datum == GCJ02:
            said = round(position.lat * 1e6), round(position.lon * 1e6)
            lat_e6, lon_e6 = to_wgs84(*said)
            position = replace(position, lat=lat_e6 / 1e6, lon=lon_e6 / 1e6)
        doubt = judge(position, message.at_ms, self._last_good.get(message.alias)) or ""
        if not doubt:
            self._last_good[message.alias] = position
        if where.vehicle and time_ms and message.kind == "position":
            astray = doubt == "implied_speed"
            before = self.conduct.get(message.alias)
            self.conduct[message.alias] = follow(before, time_ms, message.at_ms, astray=astray)
        on = trip_at(self._outings.trips, where.vehicle, time_ms) if time_ms else None
        return Report(message.alias, position, message.at_ms, doubt, on.order if on else "", where.vehicle, said)

    async def _state_sightings(self, reports: Sequence[Report]) -> None:
        """Put on record where vehicles are, where that is worth it. The trips are read from the ledger once more: a
        departure may be newer than what was read last."""
        newest = dict(_placed(reports))
        worth = {plate: report for plate, report in newest.items() if self._worth_stating(plate, report)}
        if not worth:
            return

        def state(office: Office) -> None:
            trips = outings(office, max(report.received_ms for report in worth.values())).trips
            statements = [_sighting(plate, report, trips) for plate, report in worth.items()]
            office.replica.write([statement for statement in statements if statement])

        try:
            await self._journal.do(state)
        except FleetError as error:  # the reports are safe; the next sighting will say where the vehicle is
            log.warning("sighting not recorded: %s", error)
        else:
            self._sighted |= {plate: (report.received_ms, report.position) for plate, report in worth.items()}

    def _worth_stating(self, plate: str, report: Report) -> bool:
        if plate not in self._sighted:
            return True
        (before_ms, before), position = self._sighted[plate], report.position
        moved = distance_m(before.lat, before.lon, position.lat, position.lon) >= MOVED_M
        later = (position.device_time_ms or 0) > (before.device_time_ms or 0)
        return later and report.received_ms - before_ms >= self._every_ms * (1 if moved else PARKED_FACTOR)


def _placed(reports: Sequence[Report]) -> list[tuple[str, Report]]:
    """Good reports with the vehicles they are of, in the order of their own time."""
    good = [report for report in reports if report.vehicle and not report.doubt]
    return [(each.vehicle, each) for each in sorted(good, key=lambda each: each.position.device_time_ms or 0)]


def _sighting(plate: str, report: Report, trips: Sequence[Trip]) -> Statement | None:
    """The statement of a good report; None while the vehicle is on a confidential trip."""
    position = report.position
    time_ms = position.device_time_ms or report.received_ms
    on = trip_at(trips, plate, time_ms)
    if on and on.confidential:
        return None
    body: dict[str, Value] = {
        "time_ms": time_ms,
        "lat_e6": round(position.lat * 1e6),
        "lon_e6": round(position.lon * 1e6),
        "speed_kmh_e1": round(position.speed_kmh * 10),
        "course": position.course,
        "order": on.order if on else "",
    }
    return Statement(kinds.VEHICLE_SEEN, f"vehicle/{plate}", body)
