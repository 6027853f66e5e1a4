"""The admin's page of places (Art. 17): drawn on a sketch of what the register holds and of where vehicles stand, or
typed as coordinates. What is sent goes to the unit head for approval, once there is one (Art. 14).

The sketch needs no map and no network. Only vehicles that are not out are on it: where a trip goes is not shown here.
"""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from edge.node import Node
from edge.sessions import Session
from edge.store.journal import Office
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.pages.face import Answer, PageRequest, go, page, typed
from edge.web.pages.refusals import Refusal, refusal
from edge.web.rows import View
from edge.web.vehicle_rows import vehicle_rows
from fleet.desk.places import keep
from fleet.desk.register import places
from fleet.desk.standing import cases
from fleet.errors import BadInput, FleetError
from fleet.rules import change
from fleet.rules.four_eyes import State as Stand
from fleet.rules.outline import Spot, degrees, spot
from fleet.rules.place import CARD, KINDS, RADIUS_DEFAULT_M, SHAPES, Place, fields_of
from fleet.rules.roles import Role
from fleet.rules.sketch import sketch

FIELDS = ("name", *(field.name for field in CARD), "reason")
DEGREES = ("lat_e6", "lon_e6")
PREFIX = "place/"
PLATE_TAIL = 3
"""Characters of a plate beside its dot."""


class Places(Controller):
    """For the admin who keeps the register."""

    path = "/places"
    opt = {"roles": frozenset({Role.ADMIN})}  # noqa: RUF012 - the framework's own form

    @get()
    async def places(
        self,
        request: PageRequest,
        node: TheNode,
        session: TheSession,
        name: FromQuery[str] = "",
        kept: FromQuery[str] = "",
        proposed: FromQuery[str] = "",
    ) -> Response[str]:
        """The sketch, and the form: empty, or with what the register says of `name`."""
        return await _show(request, node, session, chosen=name, kept=kept, proposed=proposed)

    @post()
    async def keep(self, request: PageRequest, node: TheNode, session: TheSession) -> Answer:
        """Put a place on the register, or propose it."""
        fields = await typed(request)
        try:
            given = {name: fields.get(name, "").strip() for name in FIELDS}
            given |= {name: _e6(name, given[name]) for name in DEGREES}
            reason = given.pop("reason")
            with acts.counted(node):
                proposed = await node.journal.do(
                    lambda office: keep(office.replica, office.cases, session.signer, given, reason=reason)
                )
        except FleetError as error:
            return await _show(request, node, session, fields=fields, refused=refusal(request, error))
        return go(f"/places?proposed={proposed}" if proposed else "/places?kept=1")


async def _show(
    request: PageRequest,
    node: Node,
    session: Session,
    *,
    chosen: str = "",
    fields: dict[str, str] | None = None,
    refused: Refusal | None = None,
    kept: str = "",
    proposed: str = "",
) -> Response[str]:
    heard = await node.telemetry.latest()
    silent_after_s = node.settings.silent_after_s

    def work(_: Office, view: View) -> tuple[list[Place], list[tuple[str, Spot]], list[str]]:
        rows = [row for row in vehicle_rows(view, heard, silent_after_s=silent_after_s) if row.fix and not row.order]
        stand = [(row.plate[-PLATE_TAIL:], spot(row.lat, row.lon)) for row in rows if row.lat and row.lon]
        proposed = (case for case in cases(view.state, change.KIND.name, view.now_ms) if case.state == Stand.PROPOSED)
        entries = [case.text("entry") for case in proposed]
        waiting = [entry.removeprefix(PREFIX) for entry in entries if entry.startswith(PREFIX)]
        return list(places(view.state)), stand, waiting

    known, stand, waiting = await acts.look(node, work, session)
    found = next((place for place in known if place.name == chosen), None)
    shown = fields if fields is not None else _fields(found) if found else {}
    return page(
        request,
        "places.html",
        status=refused.status if refused else 200,
        session=session,
        draft=dict.fromkeys(FIELDS, "") | {"shape": "circle", "kind": KINDS[0]} | shown,
        refusal=refused,
        sketch=sketch(known, stand),
        known=known,
        waiting=waiting,
        kinds=KINDS,
        shapes=tuple(SHAPES),
        radius_default=RADIUS_DEFAULT_M,
        kept=kept,
        proposed=proposed,
    )


def _fields(place: Place) -> dict[str, str]:
    """What the form shows of a place: the register's fields, degrees as people write them."""
    fields = fields_of(place)
    return {"name": place.name} | fields | {name: degrees(int(fields[name])) for name in DEGREES}


def _e6(name: str, text: str) -> str:
    if not text:
        return ""
    try:
        return str(round(float(text) * 1e6))
    except (ValueError, OverflowError):
        raise BadInput("field_not_a_number", article="17", field=name) from None
