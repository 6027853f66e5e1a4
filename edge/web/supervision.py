"""What records and tracks show by themselves, for the office: flags, and when a trip without an order ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromQuery
from msgspec import Struct

from edge.store.journal import Office
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.rows import View
from edge.web.sight import OFFICE
from fleet.desk import edits
from fleet.desk.flags import flags
from fleet.desk.register import places, vehicle
from fleet.desk.work import items_for
from fleet.rules.flags import Flag
from fleet.rules.settings import shown, value_ms
from fleet.rules.supplement import STOP
from fleet.rules.trip_end import Fix, first_stop
from fleet.rules.work import Item
from fleet.words import Words, language_from_header

Json = dict[str, Any]


class TripEnd(Struct, frozen=True, kw_only=True):
    """When a trip without an order ended, and what that rests on; None where the track does not say. `setting` is how
    long a stop must be to count."""

    ended_ms: int | None
    ended_by: str | None
    place: str | None
    setting: Json


class WorkItem(Struct, frozen=True, kw_only=True):
    """A conflict to look at. `choices` are acts on the order (`/api/orders/ORDER/acts/ACT`), or `confirm`: open a
    `confirmation` case with `order`, `about` and the reason, which takes it off the list."""

    what: str
    text: str
    about: str
    order: str
    owner: str
    since_ms: int
    choices: list[str]
    facts: Json


class Supervision(Controller):
    """Findings."""

    @get("/flags", opt={"roles": OFFICE})
    async def flags(self, node: TheNode, request: Request[Any, Any, Any]) -> list[Json]:
        """Every flag the records raise, the newest first, each with its sentence in the caller's language."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")
        found = await acts.look(node, lambda _, view: flags(view.state, view.now_ms))
        return [asdict(flag) | {"text": _said(words, flag)} for flag in found]

    @get("/work")
    async def work(self, node: TheNode, session: TheSession, request: Request[Any, Any, Any]) -> list[WorkItem]:
        """What two places did to one order, for whoever has to look at it: whose business, and what may be done."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")

        def work(office: Office, view: View) -> list[Item]:
            log = edits.reader(office.replica)
            return items_for(view.state, session.person, session.roles, view.now_ms, log)

        found = await acts.look(node, work)
        return [_work_item(words, item) for item in found]

    @get("/trips/end", opt={"roles": OFFICE})
    async def trip_end(self, node: TheNode, plate: FromQuery[str], started_ms: FromQuery[int]) -> TripEnd:
        """When the trip that began at `started_ms` ended, by the first long stop in a designated place (Art. 12)."""

        def work(_: Any, view: Any) -> tuple[Any, int, Json]:
            vehicle(view.state, plate)
            least_ms = value_ms("supplement_stop_min", view.state.settings)
            setting = shown("supplement_stop_min", view.state.settings)
            return places(view.state), least_ms, setting

        known, least_ms, setting = await acts.look(node, work)
        now_ms = node.clock.now_ms()
        track = await node.telemetry.read(lambda tracks: tracks.track(plate, started_ms, now_ms))
        fixes = [
            Fix(each.device_ms, each.lat_e6 / 1e6, each.lon_e6 / 1e6, each.speed_kmh_e1 / 10)
            for each in track.placed
            if each.device_ms >= started_ms
        ]
        found = first_stop(fixes, known, least_ms=least_ms)
        return TripEnd(
            ended_ms=found[0] if found else None,
            ended_by=STOP if found else None,
            place=found[1] if found else None,
            setting=setting,
        )


def _work_item(words: Words, item: Item) -> WorkItem:
    return WorkItem(
        what=item.what,
        text=words(f"work.{item.what}", order=item.order, **words.told(item.facts)),
        about=item.about,
        order=item.order,
        owner=str(item.owner),
        since_ms=item.since_ms,
        choices=[str(choice) for choice in item.choices],
        facts=dict(item.facts),
    )


def _said(words: Words, flag: Flag) -> str:
    facts = {name: value for name, value in flag.facts.items() if value is not None}
    return words(f"finding.{flag.finding}", subject=flag.subject, **words.told(facts))
