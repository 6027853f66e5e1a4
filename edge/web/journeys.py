"""Tracks and trips over HTTP: a vehicle's day, what a trip's track shows, kilometres by three witnesses.

GET /api/tracks/{plate}?day=YYYY-MM-DD     a day: every report, what it is worth, whose it is; for maps `datum=gcj02`
GET /api/journeys?day=&plate=&driver=      trips of the last two months with legs, stops, metres, completeness
GET /api/journeys/{order}                  one of them
GET /api/journeys/{order}/odometer?km=     whether a reading fits, before it is signed, and what was probably meant

Whose a report is follows from its own time. Of a confidential trip those who need not read where it went see times and
kilometres only (Art. 10 (4)).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Controller, get
from litestar.params import FromPath, FromQuery

from edge import journeys as trips
from edge.journeys import Asked, Outing
from edge.node import Node
from edge.sessions import Session
from edge.store.journal import Office
from edge.web import acts, sight
from edge.web.auth import TheNode, TheSession
from edge.web.journey_rows import row, track_day
from edge.web.rows import View
from edge.web.shapes import JourneyRow, JourneyRows, ReadingAnswer, TrackDay
from edge.web.sight import EVERYONE, OFFICE
from edge.web.times import ZONE
from fleet.desk.orders import order_of
from fleet.desk.register import places, vehicle
from fleet.errors import BadInput
from fleet.rules import secrecy
from fleet.rules.odometer import answer
from fleet.tracks.datum import DATUMS, GCJ02
from fleet.tracks.days import DAY_MS, day_of

ROWS_MAX = 200
"""Trips in one answer; those that left last come first."""


class Journeys(Controller):
    """What tracks say of trips."""

    @get("/tracks/{plate:str}", opt={"roles": OFFICE})
    async def day(
        self,
        node: TheNode,
        session: TheSession,
        plate: FromPath[str],
        day: FromQuery[str] = "",
        datum: FromQuery[str] = "wgs84",
    ) -> TrackDay:
        """A vehicle's day; today if none is named."""
        if datum not in DATUMS:
            raise BadInput("field_not_listed", article="15", field="datum", value=datum[:32])
        day_ms = _day(day) if day else day_of(node.clock.now_ms())

        def work(_: Office, view: View) -> list[Outing]:
            vehicle(view.state, plate)
            return trips.outings(view.state, Asked(plate=plate, from_ms=day_ms, to_ms=day_ms + DAY_MS), view.now_ms)

        known = await acts.look(node, work)
        hidden = [each for each in known if each.confidential and session.roles.isdisjoint(secrecy.READERS)]
        track = await node.telemetry.read(lambda tracks: tracks.track(plate, day_ms, day_ms))
        return track_day(plate, day_ms, track, known, hidden, shifted=datum == GCJ02)

    @get("/journeys", opt={"roles": OFFICE})
    async def journeys(
        self,
        node: TheNode,
        session: TheSession,
        day: FromQuery[str] = "",
        plate: FromQuery[str] = "",
        driver: FromQuery[str] = "",
    ) -> JourneyRows:
        """Trips of a day, of a vehicle, of a driver, or of several of these, and the metres they come to."""
        if not (day or plate or driver):
            raise BadInput("field_missing", article="10", field="day")
        from_ms = _day(day) if day else 0
        asked = Asked(plate, driver, from_ms, from_ms + DAY_MS if day else 1 << 62)
        rows = await _rows(node, session, lambda view: trips.outings(view.state, asked, view.now_ms)[:ROWS_MAX])
        return JourneyRows(
            rows=rows,
            by_vehicle=trips.metres_by((row.plate, row.metres) for row in rows),
            by_driver=trips.metres_by((row.driver, row.metres) for row in rows),
            by_day=trips.metres_by((trips.day_name(row.start_ms), row.metres) for row in rows),
        )

    @get("/journeys/{order_id:str}", opt={"roles": EVERYONE})
    async def journey(self, node: TheNode, session: TheSession, order_id: FromPath[str]) -> JourneyRow:
        """One trip; 404 if it is not the caller's to see, 409 before the vehicle has left."""

        def find(view: View) -> list[Outing]:
            sight.require(order_of(view.state, order_id), session.person, session.roles)
            return [trips.outing(view.state, order_id, view.now_ms)]

        return (await _rows(node, session, find))[0]

    @get("/journeys/{order_id:str}/odometer", opt={"roles": EVERYONE})
    async def odometer(
        self, node: TheNode, session: TheSession, order_id: FromPath[str], km: FromQuery[int]
    ) -> ReadingAnswer:
        """Whether a reading for the end of a trip fits what terminal and track say it ran, and what else was meant."""
        return await reading(node, session, order_id, km)


async def reading(node: Node, session: Session, order_id: str, km: int) -> ReadingAnswer:
    """What is to be said of a reading before it is signed."""

    def find(_: Office, view: View) -> Outing:
        order = order_of(view.state, order_id)
        sight.require(order, session.person, session.roles)
        return trips.outing(view.state, order_id, view.now_ms)

    out = await acts.look(node, find)
    found = await node.telemetry.read(lambda tracks: trips.travelled(tracks, out))
    said = answer(km, out.odometer_out_km, trips.witnesses(out, found).ran_km)
    return ReadingAnswer(fits=said.fits, expected_km=said.expected_km, meant_km=said.meant_km)


async def _rows(node: Node, session: Session, find: Any) -> list[JourneyRow]:
    def work(_: Office, view: View) -> Any:
        found = find(view)
        readable = {
            each.order
            for each in found
            if not each.confidential
            or secrecy.may_read(order_of(view.state, each.order), session.person, session.roles)
        }
        return found, readable, places(view.state)

    found, readable, known = await acts.look(node, work)
    ran = await node.telemetry.read(lambda tracks: [trips.travelled(tracks, each) for each in found])
    return [
        row(out, journey, known if out.order in readable else None) for out, journey in zip(found, ran, strict=True)
    ]


def _day(text: str) -> int:
    try:
        return round(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZONE).timestamp()) * 1000
    except ValueError:
        raise BadInput("field_not_a_date", article="10", field="day", value=text[:32]) from None
