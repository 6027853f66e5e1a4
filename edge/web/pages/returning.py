"""Coming home at the kiosk, one question a page (Art. 10 (2), 13, 17): odometer -> fuel -> receipts -> key -> return.

Each answer is kept as it is given; the last one signs the return with all of them.
"""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from edge.sessions import Session
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.pages.face import Answer, PageRequest, go, page, typed
from edge.web.pages.refusals import refusal
from edge.web.pages.trip import Ahead, drafts_of, trip_ahead
from fleet.errors import FleetError
from fleet.rules.order import ON_THE_ROAD, Act
from fleet.rules.roles import Role

STEPS = ("odometer_km", "fuel_quarters", "receipts", "key_to")
FUEL = ("0", "1", "2", "3", "4")
RECEIPTS = tuple(str(count) for count in range(10))


class Returning(Controller):
    """For the driver of the trip."""

    path = "/kiosk/trips/{order_id:str}/return/{step:str}"
    opt = {"roles": frozenset({Role.DRIVER})}  # noqa: RUF012 - the framework's own form

    @get()
    async def ask(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str], step: FromPath[str]
    ) -> Answer:
        """One question."""
        ahead = await trip_ahead(node, session, order_id)
        if step not in STEPS or ahead.row.state not in ON_THE_ROAD:
            return go(f"/kiosk/trips/{order_id}")
        return _question(request, session, ahead, step)

    @post()
    async def answer(
        self, request: PageRequest, node: TheNode, session: TheSession, order_id: FromPath[str], step: FromPath[str]
    ) -> Answer:
        """Keep the answer; after the last question the return is signed."""
        ahead = await trip_ahead(node, session, order_id)
        if step not in STEPS:
            return go(f"/kiosk/trips/{order_id}")
        drafts = drafts_of(request)
        drafts.put(session.person, order_id, **{_kept(step): (await typed(request)).get(step, "")})
        if following := STEPS[STEPS.index(step) + 1 :]:
            return go(f"/kiosk/trips/{order_id}/return/{following[0]}")
        kept = drafts.get(session.person, order_id)
        try:
            given = {name: kept.get(_kept(name), "") for name in STEPS}
            await acts.act(node, session, order_id, Act.RETURN, given)
        except FleetError as error:
            return _question(request, session, ahead, "odometer_km", error=error)
        drafts.drop(session.person, order_id)
        return go("/kiosk/done/return")


def _kept(step: str) -> str:
    return f"return.{step}"


def _question(
    request: PageRequest, session: Session, ahead: Ahead, step: str, *, error: FleetError | None = None
) -> Response[str]:
    shown = refusal(request, error) if error else None
    return page(
        request,
        "kiosk/return.html",
        status=shown.status if shown else 200,
        session=session,
        trip=ahead.row,
        step=step,
        number=STEPS.index(step) + 1,
        of=len(STEPS),
        kept=drafts_of(request).get(session.person, ahead.row.id).get(_kept(step), ""),
        last_km=ahead.last_km,
        fuel=FUEL,
        receipts=RECEIPTS,
        keepers=ahead.dispatchers,
        refusal=shown,
    )
