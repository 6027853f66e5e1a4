"""The node's local API for programs: console, demonstration, whoever comes. A handler names the resource, calls one
thing, returns it; refusals become HTTP in `errors`, authority is asked for in `auth` and by the desk.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Controller, Request, delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from litestar.response import ServerSentEvent

from edge.store import listing
from edge.store.journal import Office
from edge.store.listing import Sought
from edge.web import acts, events, inputs
from edge.web.auth import TheNode, TheSession, open_session
from edge.web.offer_rows import offer_row, unfit_row
from edge.web.rows import View, driven_by, order_rows, queued
from edge.web.shapes import OpenedOrder, VehicleRow
from edge.web.sight import ADMINS, OFFICE, may_see_all, require
from edge.web.sync_rows import sync_row
from edge.web.vehicle_rows import vehicle_rows
from fleet.desk.orders import order_of
from fleet.desk.register import register
from fleet.desk.yard import clashes, untrue_claims
from fleet.errors import BadInput, NotFound
from fleet.rules.order import Act

ROWS_MAX = 200
"""Rows in one answer; counts and totals always tell of all."""

T = TypeVar("T")
Json = dict[str, Any]


def read(body: bytes, shape: type[T]) -> T:
    """The body as `shape`; BadInput `json_form` says what is wrong with it."""
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("json_form", detail=str(error)) from None


class Doorstep(Controller):
    """What may be asked before signing in, and signing in."""

    @get("/people", opt={"open": True})
    async def people(self, node: TheNode) -> list[Json]:
        """Whose keys are on this node."""
        return [{"id": each.id, "name": each.name, "roles": sorted(each.roles)} for each in node.keyring.people()]

    @get("/health", opt={"open": True})
    async def health(self, node: TheNode) -> Json:
        """Whose node this is, that it answers, and how many days its disk will do (None while not known)."""
        who = {"unit": _unit(node), "node": node.number, "now_ms": node.clock.now_ms(), "version": version("ortoo")}
        return who | {"disk_days_left": node.space.days_left}

    @post("/session", opt={"open": True})
    async def sign_in(self, node: TheNode, body: RawBody) -> Json:
        """Unlock a person's key with the PIN and open a session."""
        asked = read(body, inputs.SignIn)
        session = await open_session(node, asked.person, asked.pin)
        person = {"id": session.person, "name": session.name, "roles": sorted(session.roles)}
        return {"token": session.token, "person": person, "expires_ms": session.expires_ms}

    @delete("/session")
    async def sign_out(self, node: TheNode, session: TheSession) -> None:
        """Forget the session."""
        node.sessions.close(session.token)


class Board(Controller):
    """The unit at a glance, and what changes in it."""

    @get("/board", opt={"roles": OFFICE})
    async def board(self, node: TheNode, session: TheSession) -> Json:
        """Everything the console's home shows, as of one moment."""
        heard, facts, alarms = await node.telemetry.latest(), node.sync_facts(), node.alarms()
        changes_version = node.changes.version

        def work(office: Any, view: View) -> Json:
            todo = queued(view)
            rows = vehicle_rows(view, heard, silent_after_s=node.settings.silent_after_s, blind=node.blind)
            return {
                "unit": _unit(node),
                "now_ms": view.now_ms,
                "version": changes_version,
                "sync": sync_row(office.replica, facts, node=node.number),
                "todo": {"count": len(todo), "rows": order_rows(view, todo[:ROWS_MAX])},
                "vehicles": {"count": len(rows), "rows": rows},
                "alarms": {"count": len(alarms), "unseen": sum(not each["seen"] for each in alarms), "rows": alarms},
            }

        return await acts.look(node, work, session)

    @get("/status", opt={"roles": OFFICE})
    async def status(self, node: TheNode) -> Json:
        """Lines, terminals, link, counters, and the hash of the state."""

        def work(office: Any) -> Json:
            replica = office.replica
            counts = {
                "made": replica.made,
                "held_by_central": replica.receipted,
                "quarantined": replica.quarantined,
            }
            return {"operations": counts, "state_hash": replica.digest()}

        return node.status() | await node.journal.do(work) | {"refused_moves": node.refused_moves}

    @post("/sync/try", status_code=200, opt={"roles": OFFICE})
    async def try_sync(self, node: TheNode) -> Json:
        """Ask for an exchange with central now."""
        node.try_sync()
        return {"asked": True}

    @get("/events")
    async def events(self, node: TheNode, session: TheSession, request: Request[Any, Any, Any]) -> ServerSentEvent:
        """Every committed change, for as long as the session lasts."""
        seats = request.app.state.program_seats
        return events.stream(node.changes, seats, still_welcome=lambda: node.sessions.get(session.token))


class Orders(Controller):
    """Applications and what becomes of them."""

    path = "/orders"

    @get()
    async def orders(
        self,
        node: TheNode,
        session: TheSession,
        in_state: Annotated[str, QueryParameter(name="state")] = "",
        find: FromQuery[str] = "",
        offset: FromQuery[int] = 0,
        limit: FromQuery[int] = 50,
    ) -> Json:
        """One page of the orders the caller may see, newest first."""

        def work(office: Office, view: View) -> Json:
            sought = Sought(
                state=in_state,
                word=find,
                drivers=driven_by(view, find) if find else (),
                person="" if may_see_all(session.roles) else session.person,
            )
            asked = {"offset": max(0, offset), "limit": max(0, min(limit, ROWS_MAX))}
            total, found = listing.page(office.store, sought, **asked)
            return {"total": total, "rows": order_rows(view, [view.state.orders[order_id] for order_id in found])}

        return await acts.look(node, work, session)

    @post()
    async def apply(self, node: TheNode, session: TheSession, body: RawBody) -> OpenedOrder:
        """Apply for a trip."""
        order_id = await acts.submit(node, session, read(body, inputs.Application).given())
        return await acts.open_order(node, session, order_id)

    @get("/{order_id:str}")
    async def order(self, node: TheNode, session: TheSession, order_id: FromPath[str]) -> OpenedOrder:
        """One order with its timeline."""
        return await acts.open_order(node, session, order_id)

    @get("/{order_id:str}/offers", opt={"roles": OFFICE})
    async def offers(self, node: TheNode, session: TheSession, order_id: FromPath[str]) -> Json:
        """Vehicles for the order, ranked with their reasons, and those that cannot serve with theirs."""

        def work(office: Any, view: View) -> Json:
            require(order_of(view.state, order_id), session.person, session.roles)
            fit, unfit = office.desk.offers(order_id)
            return {
                "offers": [offer_row(each) for each in fit],
                "refused": [unfit_row(each) for each in unfit],
                "takeable": [
                    offer_row(offer) | {"order": booking.order.id} for booking, offer in office.desk.takeable(order_id)
                ],
            }

        return await acts.look(node, work)

    @post("/{order_id:str}/acts/{act:str}", status_code=200)
    async def act(
        self, node: TheNode, session: TheSession, order_id: FromPath[str], act: FromPath[str], body: RawBody
    ) -> OpenedOrder:
        """Do an act on an order; the order as committed."""
        deed = _act(act)
        given = read(body, inputs.ACT_INPUTS[deed]).given()
        if deed is Act.SUBMIT:
            explanation = str(given.pop("explanation", ""))
            await acts.submit(node, session, given, order_id=order_id, explanation=explanation)
        else:
            await acts.act(node, session, order_id, deed, given, pin=str(given.pop("pin", "")))
        return await acts.open_order(node, session, order_id)


class Choices(Controller):
    """What the rules of choice leave to people (Art. 9)."""

    @get("/clashes", opt={"roles": OFFICE})
    async def clashes(self, node: TheNode) -> list[Json]:
        """Vehicles and drivers promised twice: who keeps, who should be called back."""
        return await acts.look(node, lambda _, view: [asdict(clash) for clash in clashes(view.state)])

    @get("/claims", opt={"roles": OFFICE})
    async def claims(self, node: TheNode) -> Json:
        """How often each department claimed more urgency than was confirmed."""
        return await acts.look(node, lambda _, view: dict(untrue_claims(view.state, view.now_ms)))


class Vehicles(Controller):
    """The unit's vehicles."""

    path = "/vehicles"

    @get(opt={"roles": OFFICE})
    async def vehicles(self, node: TheNode, session: TheSession) -> list[VehicleRow]:
        """Every vehicle with its last position."""
        heard = await node.telemetry.latest()
        return await acts.look(
            node,
            lambda _, view: vehicle_rows(view, heard, silent_after_s=node.settings.silent_after_s, blind=node.blind),
            session,
        )

    @post(opt={"roles": ADMINS})
    async def register(self, node: TheNode, session: TheSession, body: RawBody) -> VehicleRow:
        """Put a vehicle on the register, or change its entry."""
        given = read(body, inputs.NewVehicle).given()
        heard = await node.telemetry.latest()
        entry = await node.journal.do(lambda office: register(office.replica, session.signer, given))
        rows = await acts.look(
            node,
            lambda _, view: vehicle_rows(view, heard, silent_after_s=node.settings.silent_after_s, blind=node.blind),
            session,
        )
        return next(row for row in rows if row.plate == entry.plate)


def _unit(node: TheNode) -> dict[str, str]:
    return {"code": node.settings.unit, "name": node.settings.unit_name}


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise NotFound("no_act", act=name) from None
