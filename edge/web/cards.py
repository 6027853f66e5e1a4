"""A vehicle's card over HTTP: what the register says, what stands of it, and what runs out.

GET /api/vehicles/{plate}          card, tag, papers due, terminal, key, defects and faults open, how it is sealed
GET /api/vehicles/{plate}/track    its positions in a span, thinned to what a screen can show
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Controller, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from edge.journeys import Asked, Outing, outings
from edge.store import listing
from edge.store.journal import Office
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.rows import View
from edge.web.sight import OFFICE
from fleet.desk.register import drivers, name_of, vehicle, vehicles
from fleet.rules import custody, defect, fault, papers, sealing, secrecy
from fleet.rules.calendar import day_of
from fleet.rules.case import Case
from fleet.tracks.point import Point as Report

POINTS_MAX = 2_000
"""Points of a track in one answer: more than a terminal has dots."""
Json = dict[str, Any]


class DueRow(Struct, frozen=True, kw_only=True):
    """A paper that runs out: which (`paper.` in the catalogue), when, and the days left, below zero once it is over."""

    paper: str
    until: str
    left_days: int


class Card(Struct, frozen=True, kw_only=True):
    """A vehicle in full. `fields` are those of the register that say anything; `key_with` is a name, None if nobody
    ever said; `open` are defects and faults that stand; `seal` is what the latest batch says of it."""

    plate: str
    fields: Json
    due: list[DueRow]
    key_with: str | None
    key_since_ms: int | None
    blocking: list[str]
    open: list[Json]
    seal: Json | None
    terminal: Json | None


class Point(Struct, frozen=True, kw_only=True):
    """A position. Degrees, km/h."""

    at_ms: int
    lat: float
    lon: float
    speed_kmh: float


class Cards(Controller):
    """Vehicles one by one."""

    path = "/vehicles"

    @get("/{plate:str}", opt={"roles": OFFICE})
    async def card(self, node: TheNode, plate: FromPath[str]) -> Card:
        """One vehicle."""
        terminals = {one.phone: one for one in node.terminals.heard.values()}

        def work(office: Office, view: View) -> Card:
            entry = vehicle(view.state, plate)
            heard = terminals.get(entry.terminal)
            health = {"state": heard.state, "heard_ms": heard.heard_ms} if heard else None
            return _card(view, plate, entry.as_fields(), health, _last_handing(office, view, plate))

        return await acts.look(node, work)

    @get("/{plate:str}/track", opt={"roles": OFFICE})
    async def track(
        self, node: TheNode, session: TheSession, plate: FromPath[str], from_ms: FromQuery[int], to_ms: FromQuery[int]
    ) -> list[Point]:
        """Where it was: its good positions, oldest first; those of confidential trips for whose duty needs them."""

        def work(_: Any, view: View) -> list[Outing]:
            vehicle(view.state, plate)
            return outings(view.state, Asked(plate=plate, from_ms=from_ms, to_ms=to_ms), view.now_ms)

        known = await acts.look(node, work)
        hidden = [each for each in known if each.confidential and session.roles.isdisjoint(secrecy.READERS)]
        track = await node.telemetry.read(lambda tracks: tracks.track(plate, from_ms, to_ms))
        return thinned([one for one in track.placed if from_ms <= one.device_ms <= to_ms], hidden)


def thinned(placed: Sequence[Report], hidden: Sequence[Outing]) -> list[Point]:
    """Evenly fewer points, the last one kept, and none of the `hidden` trips (Art. 10 (4))."""
    shown = [one for one in placed if not any(trip.covers(one.device_ms) for trip in hidden)]
    step = -(-len(shown) // POINTS_MAX) or 1
    kept = shown[: len(shown) - 1 : step] + shown[-1:]
    return [
        Point(at_ms=one.device_ms, lat=one.lat_e6 / 1e6, lon=one.lon_e6 / 1e6, speed_kmh=one.speed_kmh_e1 / 10)
        for one in kept
    ]


def _last_handing(office: Office, view: View, plate: str) -> Case | None:
    """Who was given its key last."""
    sought = listing.SoughtCases(kind=custody.KIND.name, plate=plate)
    _, found = listing.page_of_cases(office.store, sought, offset=0, limit=1)
    return view.state.cases[found[0]] if found else None


def _card(view: View, plate: str, fields: dict[str, str], health: Json | None, last: Case | None) -> Card:
    state, now_ms = view.state, view.now_ms
    recent = [case for case in state.recent_cases(now_ms) if case.plate == plate]
    tickets = [case for case in recent if case.kind in {defect.KIND.name, fault.KIND.name}]
    standing = [case for case in tickets if case.state not in {*defect.KIND.ended, *fault.KIND.ended}]
    due = papers.due(day_of(now_ms), [one for one in vehicles(state) if one.plate == plate], drivers(state))
    return Card(
        plate=plate,
        fields={name: text for name, text in fields.items() if text},
        due=[DueRow(paper=one.paper, until=one.until, left_days=one.left_days) for one in due if one.subject == plate],
        key_with=name_of(state, last.text("to")) if last else None,
        key_since_ms=last.since_ms if last else None,
        blocking=sorted({case.text("item") for case in standing if case.kind == "defect" and defect.blocks(case)}),
        open=[_ticket(case) for case in standing],
        seal=_seal(plate, (case for case in state.recent_cases(now_ms) if case.kind == sealing.KIND.name)),
        terminal={"phone": fields.get("terminal", "")} | health if health else None,
    )


def _ticket(case: Case) -> Json:
    said = case.text("text") or case.text("what")
    return {"kind": case.kind, "id": case.id, "state": case.state, "item": case.text("item"), "text": said}


def _seal(plate: str, batches: Any) -> Json | None:
    """What the latest batch that knows the vehicle says of it."""
    found = [case for case in batches if plate in (case.data.get("vehicles") or {})]
    if not found:
        return None
    latest = max(found, key=lambda case: case.since_ms)
    records: Any = latest.data["vehicles"]
    return {"batch": latest.id, "name": latest.text("name"), **records[plate]}
