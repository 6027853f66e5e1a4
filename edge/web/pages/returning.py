"""Coming home at the kiosk, one question a page (Art. 10 (2), 13, 17): odometer -> fuel -> receipts -> key -> return.

Each answer is kept as it is given; the last one signs the return with all of them. A reading that does not fit what
terminal and track say is asked about once, with what was probably meant; said again, it stands.
"""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from edge.sessions import Session
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.journeys import reading
from edge.web.pages.drafts import Drafts
from edge.web.pages.face import Answer, PageRequest, go, page, typed
from edge.web.pages.refusals import refusal
from edge.web.pages.trip import Ahead, drafts_of, trip_ahead
from edge.web.shapes import ReadingAnswer
from fleet.errors import FleetError
from fleet.rules.order import ON_THE_ROAD, Act
from fleet.rules.roles import Role

STEPS = ("odometer_km", "fuel_quarters", "receipts", "key_to")
FUEL = ("0", "1", "2", "3", "4")
ASKED, DIGITS_MAX = "return.asked", 7
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
        said = (await typed(request)).get(step, "")
        drafts.put(session.person, order_id, **{_kept(step): said})
        if step == "odometer_km" and (doubt := await _doubt(node, session, drafts, order_id, said)):
            return _question(request, session, ahead, step, doubt=doubt)
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


async def _doubt(node: TheNode, session: TheSession, drafts: Drafts, order_id: str, said: str) -> ReadingAnswer | None:
    """What is to be asked about a reading; None if it fits, if nothing else is known, or if it was asked before."""
    if not said.isdecimal() or len(said) > DIGITS_MAX or ASKED in drafts.get(session.person, order_id):
        return None
    try:
        answer = await reading(node, session, order_id, int(said))
    except FleetError:  # the record of the trip says later what is wrong with it
        return None
    if answer.fits is not False:
        return None
    drafts.put(session.person, order_id, **{ASKED: said})
    return answer


def _kept(step: str) -> str:
    return f"return.{step}"


def _question(
    request: PageRequest,
    session: Session,
    ahead: Ahead,
    step: str,
    *,
    error: FleetError | None = None,
    doubt: ReadingAnswer | None = None,
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
        doubt=doubt,
        fuel=FUEL,
        receipts=RECEIPTS,
        keepers=ahead.dispatchers,
        refusal=shown,
    )
