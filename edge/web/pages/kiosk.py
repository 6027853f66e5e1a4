"""The kiosk as it stands in the yard (Art. 10): an idle screen anyone may see, a name, a PIN, and out again.

The idle screen shows unit, clock, plates and departure times, and nothing of who goes where and why: a photograph of it
tells no secret. Coming back to it signs out whoever was in.
"""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from edge.web import acts, auth
from edge.web.auth import TheNode, TheSession
from edge.web.pages import signing
from edge.web.pages.face import Answer, PageRequest, go, page, pin_of
from edge.web.pages.refusals import refusal
from edge.web.rows import View
from edge.web.shapes import OrderRow
from edge.web.trips import trips_of
from fleet.desk.orders import form_of
from fleet.errors import FleetError
from fleet.rules.order import State
from fleet.rules.roles import Role

DONE = ("depart", "return", "arrive", "head_back")


@dataclass(frozen=True, slots=True)
class Departure:
    """A line of the idle screen."""

    plate: str
    start_ms: int


class Kiosk(Controller):
    """Before and after a driver's own pages."""

    path = "/kiosk"
    opt = {"roles": frozenset({Role.DRIVER})}  # noqa: RUF012 - the framework's own form

    @get(opt={"open": True})
    async def idle(self, request: PageRequest, node: TheNode) -> Response[str]:
        """The idle screen; nobody is signed in behind it."""
        node.sessions.close(request.cookies.get(auth.SESSION_COOKIE, ""))
        departures = await acts.look(node, lambda _, view: _departures(view))
        answer = page(request, "kiosk/idle.html", departures=departures)
        answer.set_cookie(auth.session_cookie(request, "kiosk", ""))
        return answer

    @get("/who", opt={"open": True})
    async def who(self, request: PageRequest, node: TheNode) -> Response[str]:
        """Tap your name."""
        return page(request, "kiosk/who.html", people=signing.people_at(node, "kiosk"))

    @get("/pin/{person:str}", opt={"open": True})
    async def ask_pin(self, request: PageRequest, node: TheNode, person: FromPath[str]) -> Answer:
        """Six digits."""
        known = next((each for each in signing.people_at(node, "kiosk") if each.id == person), None)
        return page(request, "kiosk/pin.html", person=known, refusal=None) if known else go("/kiosk/who")

    @post("/pin/{person:str}", opt={"open": True})
    async def sign_in(self, request: PageRequest, node: TheNode, person: FromPath[str]) -> Answer:
        """In, or the same page with what is wrong."""
        try:
            session = await auth.open_session(node, person, await pin_of(request), role=Role.DRIVER)
        except FleetError as error:
            shown = refusal(request, error)
            known = next((each for each in signing.people_at(node, "kiosk") if each.id == person), None)
            if known is None:
                return go("/kiosk/who")
            return page(request, "kiosk/pin.html", status=shown.status, person=known, refusal=shown)
        return go("/kiosk/trips", cookies=[auth.session_cookie(request, "kiosk", session.token)])

    @get("/trips")
    async def trips(self, request: PageRequest, node: TheNode, session: TheSession) -> Answer:
        """The driver's trips; the only one is opened at once."""
        mine: list[OrderRow] = await acts.look(node, lambda _, view: trips_of(view, session.person), session)
        if len(mine) == 1:
            return go(f"/kiosk/trips/{mine[0].id}")
        return page(request, "kiosk/trips.html", session=session, trips=mine)

    @get("/done/{what:str}")
    async def done(self, request: PageRequest, node: TheNode, session: TheSession, what: FromPath[str]) -> Answer:
        """It is on record. Whoever was in is out."""
        if what not in DONE:
            return go("/kiosk")
        node.sessions.close(session.token)
        answer = page(request, "kiosk/done.html", what=what, name=session.name)
        answer.set_cookie(auth.session_cookie(request, "kiosk", ""))
        return answer

    @post("/leave", opt={"open": True})
    async def leave(self, request: PageRequest, node: TheNode) -> Redirect:
        """Out, by one's own wish."""
        return signing.leave(request, node, to="/kiosk")


def _departures(view: View) -> list[Departure]:
    coming = [order for order in view.state.open_orders() if order.state == State.DISPATCHED]
    listed = [Departure(order.vehicle, _start_ms(view, order.id)) for order in coming]
    return sorted(listed, key=lambda departure: (departure.start_ms, departure.plate))


def _start_ms(view: View, order_id: str) -> int:
    try:
        return form_of(view.state, order_id).start_ms
    except FleetError:
        return 0
