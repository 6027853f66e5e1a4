"""A driver's trip at the kiosk, one decision a page (Art. 10 (2), 13):

    three ticks -> odometer -> depart        on the road: arrived / heading back / home (see `returning`)

What was ticked or typed is kept until it is signed, so a page reloaded, left or timed out loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from edge.node import Node
from edge.sessions import Session
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.pages.drafts import Drafts
from edge.web.pages.face import Answer, PageRequest, go, page, record_words, typed
from edge.web.pages.refusals import refusal
from edge.web.rows import View, order_row
from edge.web.shapes import OrderRow
from edge.web.trips import CHECKS, GROUPS, last_odometer_km
from fleet.desk.orders import order_of
from fleet.desk.register import holders, name_of
from fleet.errors import FleetError, RuleBroken
from fleet.rules.order import ON_THE_ROAD, Act, State
from fleet.rules.roles import Role

ON_THE_WAY = {"arrive": Act.ARRIVE, "head-back": Act.HEAD_BACK}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A trip as its driver sees it, and what the vehicle's odometer said last."""

    row: OrderRow
    last_km: int | None
    dispatchers: list[str]


class Trip(Controller):
    """For the driver of the trip."""

    path = "/kiosk/trips/{order_id:str}"
    opt = {"roles": frozenset({Role.DRIVER})}  # noqa: RUF012 - the framework's own form

    @get()
    async def open_trip(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Answer:
        """Go on where the trip stands."""
        ahead = await trip_ahead(node, session, order_id)
        if ahead.row.state in ON_THE_ROAD:
            return page(request, "kiosk/road.html", session=session, trip=ahead.row)
        kept = drafts_of(request).get(session.person, order_id)
        missing = [group for group in GROUPS if group not in kept]
        return go(f"/kiosk/trips/{order_id}/{f'check/{missing[0]}' if missing else 'depart'}")

    @get("/check/{group:str}")
    async def check(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str], group: FromPath[str]
    ) -> Answer:
        """One group of the check."""
        ahead = await trip_ahead(node, session, order_id)
        if group not in CHECKS or ahead.row.state != State.DISPATCHED:
            return go(f"/kiosk/trips/{order_id}")
        marked = drafts_of(request).get(session.person, order_id).get(group, "").split()
        return page(
            request,
            "kiosk/check.html",
            session=session,
            trip=ahead.row,
            group=group,
            groups=GROUPS,
            items=CHECKS[group],
            marked=marked,
        )

    @post("/check/{group:str}")
    async def tick(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str], group: FromPath[str]
    ) -> Redirect:
        """All fine, but for the items marked."""
        await trip_ahead(node, session, order_id)
        if group in CHECKS:
            form = await typed(request)
            marked = " ".join(item for item in CHECKS[group] if item in form)
            drafts_of(request).put(session.person, order_id, **{group: marked})
        return go(f"/kiosk/trips/{order_id}")

    @get("/depart")
    async def confirm(
        self,
        request: PageRequest,
        node: TheNode,
        session: TheSession,
        order_id: FromPath[str],
        other: FromQuery[bool] = False,
    ) -> Answer:
        """The odometer: right as it is known, or typed."""
        ahead = await trip_ahead(node, session, order_id)
        if ahead.row.state != State.DISPATCHED:
            return go(f"/kiosk/trips/{order_id}")
        return _odometer_page(request, session, ahead, other=other)

    @post("/odometer")
    async def odometer(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]
    ) -> Redirect:
        """Keep the reading that was typed before leaving."""
        await trip_ahead(node, session, order_id)
        drafts_of(request).put(session.person, order_id, odometer_km=(await typed(request)).get("odometer_km", ""))
        return go(f"/kiosk/trips/{order_id}/depart")

    @post("/depart")
    async def depart(self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str]) -> Answer:
        """Leave: signed with what was ticked."""
        ahead = await trip_ahead(node, session, order_id)
        kept = drafts_of(request).get(session.person, order_id)
        given = {
            "odometer_km": (await typed(request)).get("odometer_km", ""),
            "checks": "done" if all(group in kept for group in GROUPS) else "skipped",
            "note": _note(request, kept),
        }
        try:
            await acts.act(node, session, order_id, Act.DEPART, given)
        except FleetError as error:
            return _odometer_page(request, session, ahead, other=True, error=error)
        drafts_of(request).drop(session.person, order_id)
        return go("/kiosk/done/depart")

    @post("/on-the-way/{step:str}")
    async def on_the_way(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str], step: FromPath[str]
    ) -> Redirect:
        """Arrived, or heading back."""
        if step not in ON_THE_WAY:
            return go(f"/kiosk/trips/{order_id}")
        await acts.act(node, session, order_id, ON_THE_WAY[step], {})
        return go(f"/kiosk/done/{ON_THE_WAY[step]}")


def drafts_of(request: PageRequest) -> Drafts:
    """What drivers have ticked and typed and not yet signed."""
    drafts: Drafts = request.app.state.drafts
    return drafts


async def trip_ahead(node: Node, session: Session, order_id: str) -> Ahead:
    """The trip, if it is this driver's; RuleBroken `not_the_driver` names whose it is."""

    def work(_: Any, view: View) -> Ahead:
        order = order_of(view.state, order_id)
        if order.driver != session.person:
            raise RuleBroken(
                "not_the_driver", article="16", order=order.id, driver=name_of(view.state, order.driver) or "-"
            )
        dispatchers = [name_of(view.state, person) for person in holders(view.state, Role.DISPATCHER)]
        return Ahead(order_row(view, order), last_odometer_km(view, order.vehicle), dispatchers)

    return await acts.look(node, work, session)


def _odometer_page(
    request: PageRequest, session: Session, ahead: Ahead, *, other: bool, error: FleetError | None = None
) -> Response[str]:
    shown = refusal(request, error) if error else None
    typed_km = drafts_of(request).get(session.person, ahead.row.id).get("odometer_km", "")
    known_km = typed_km or (str(ahead.last_km) if ahead.last_km is not None else "")
    return page(
        request,
        "kiosk/depart.html",
        status=shown.status if shown else 200,
        session=session,
        trip=ahead.row,
        known_km=known_km,
        type_it=other or not known_km.isdecimal(),
        refusal=shown,
    )


def _note(request: PageRequest, kept: dict[str, str]) -> str:
    """The defects that were marked, in words, for whoever reads the departure later."""
    words = record_words(request)
    marked = [words(f"kiosk_check.{item}") for group in GROUPS for item in kept.get(group, "").split()]
    return words("list.comma").join(marked)
