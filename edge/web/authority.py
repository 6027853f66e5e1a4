"""Authority over the local API: who holds which certificate, and what two people of the unit's authority decide.

    GET   /api/authority/people      certificates, in force or not
    GET   /api/authority/grants      what was proposed and what became of it
    GET   /api/authority/review      what somebody has to look at after a revocation or two decisions that crossed
    GET   /api/authority/custodians  who opens for supervision what is sealed on confidential trips
    POST  /api/authority/grants      {"what": "roles", "particulars": {"person": "d2", "roles": "driver"}, "pin": ...}
    POST  /api/authority/grants/{id}/approve and /reject
    POST  /api/authority/requests    a request as base64; "" for the people whose keys are on this node
    POST  /api/authority/files       the grant file for a request all of which was agreed to, as base64

Every proposal and decision asks for the PIN again: nobody grants in another's open session (Art. 8, 14). Keys are hex.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeVar

from litestar import Controller, get, post
from litestar.params import FromPath, RawBody
from msgspec import Struct

from edge import home as node_home
from edge.node import Node
from edge.store.journal import Office
from edge.web import acts
from edge.web.api import read
from edge.web.auth import TheNode, TheSession
from edge.web.authority_rows import (
    CustodyRow,
    DoubtRow,
    GrantRow,
    Holding,
    custody_row,
    doubt_row,
    grant_row,
    holdings,
)
from edge.web.sight import OFFICE
from fleet.desk import enrolling
from fleet.desk import grants as desk
from fleet.desk.grants import GrantDesk
from fleet.errors import BadInput
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Request
from fleet.ledger.grant_content import CONTENTS
from fleet.ledger.replica import Signer
from fleet.ledger.review import doubts
from fleet.rules.roles import AUTHORITY_ROLES, Role

READERS: frozenset[str] = OFFICE | {Role.UNIT_HEAD}
VOICES: frozenset[str] = frozenset(AUTHORITY_ROLES)
Json = dict[str, Any]
R = TypeVar("R")


class Proposal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is proposed: a name of `granting.CONTENTS` and its particulars, bytes as hex; the rest is filled in."""

    what: str
    particulars: dict[str, str | int] = {}
    pin: str = ""


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes or a no; a no says why."""

    pin: str = ""
    reason: str = ""


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request file as base64; "" for the keys of this node itself."""

    request: str = ""
    pin: str = ""


class Authority(Controller):
    """Certificates, grants, and what is left to look at."""

    path = "/authority"

    @get("/people", opt={"roles": READERS})
    async def people(self, node: TheNode) -> list[Holding]:
        """Every certificate of the unit's people."""
        return await acts.look(node, lambda _, view: holdings(view.state, view.now_ms))

    @get("/grants", opt={"roles": READERS})
    async def grants(self, node: TheNode) -> list[GrantRow]:
        """Every grant, the newest first."""
        return await acts.look(
            node, lambda _, view: [grant_row(view.state, one) for one in desk.grants(view.state, view.now_ms)]
        )

    @get("/review", opt={"roles": READERS})
    async def review(self, node: TheNode) -> list[DoubtRow]:
        """What somebody has to look at."""
        return await node.journal.do(lambda office: [doubt_row(office, one) for one in doubts(office.replica.state)])

    @get("/custodians", opt={"roles": READERS})
    async def custodians(self, node: TheNode) -> CustodyRow:
        """Who opens for supervision what is sealed on confidential trips; without them none is taken in."""
        return await acts.look(node, lambda _, view: custody_row(view.state))

    @post("/grants", opt={"roles": VOICES})
    async def propose(self, node: TheNode, session: TheSession, body: RawBody) -> GrantRow:
        """Propose something."""
        asked = read(body, Proposal)
        given = _particulars(asked)
        signer = await acts.unlocked(node, session, asked.pin)

        def work(office: Office) -> GrantRow:
            return _one(office, node, _desk(office, node).propose(signer, asked.what, given))

        return await _counted(node, work)

    @post("/grants/{grant:str}/approve", status_code=200, opt={"roles": VOICES})
    async def approve(self, node: TheNode, session: TheSession, grant: FromPath[str], body: RawBody) -> GrantRow:
        """Agree to what was proposed; the beginning of its id will do."""
        signer = await acts.unlocked(node, session, read(body, Decision).pin)

        def work(office: Office) -> GrantRow:
            grant_id = desk.full_id(office.replica.state, grant)
            return grant_row(office.replica.state, _desk(office, node).approve(signer, grant_id))

        return await _counted(node, work)

    @post("/grants/{grant:str}/reject", status_code=200, opt={"roles": VOICES})
    async def reject(self, node: TheNode, session: TheSession, grant: FromPath[str], body: RawBody) -> GrantRow:
        """Put a proposal aside."""
        asked = read(body, Decision)
        signer = await acts.unlocked(node, session, asked.pin)

        def work(office: Office) -> GrantRow:
            grant_id = desk.full_id(office.replica.state, grant)
            return grant_row(office.replica.state, _desk(office, node).reject(signer, grant_id, asked.reason))

        return await _counted(node, work)

    @post("/requests", opt={"roles": VOICES})
    async def ask(self, node: TheNode, session: TheSession, body: RawBody) -> list[GrantRow]:
        """Propose all that a request asks for and nobody has granted or proposed."""
        asked = read(body, Asked)
        request = await _request(node, asked.request)
        signer = await acts.unlocked(node, session, asked.pin)
        return await _counted(node, lambda office: _propose_all(office, node, signer, request))

    @post("/files", status_code=200, opt={"roles": VOICES})
    async def file(self, node: TheNode, session: TheSession, body: RawBody) -> Json:
        """The grant file for a request, for the node that asked to take back."""
        request = await _request(node, read(body, Asked).request)
        given = (node.home / node_home.GRANT).read_bytes()
        made = await node.journal.do(lambda office: enrolling.grant_file(office.replica.state, given, request))
        return {"grant": base64.b64encode(made).decode()}


async def _counted(node: Node, work: Callable[[Office], R]) -> R:
    with acts.counted(node):
        return await node.journal.do(work)


def _propose_all(office: Office, node: Node, signer: Signer, request: Request) -> list[GrantRow]:
    ids = enrolling.propose(_desk(office, node), office.replica.state, signer, request)
    return [_one(office, node, grant_id) for grant_id in ids]


async def _request(node: Node, text: str) -> Request:
    if not text:
        return await node.request()
    try:
        return enrolment.read_request(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise BadInput("json_form", detail="base64") from None


def _desk(office: Office, node: Node) -> GrantDesk:
    return GrantDesk(office.replica, node.clock, node.author)


def _one(office: Office, node: Node, grant_id: str) -> GrantRow:
    state = office.replica.state
    return grant_row(state, desk.grant(state, grant_id, node.clock.now_ms()))


def _particulars(asked: Proposal) -> dict[str, object]:
    """The particulars as the desk takes them: keys from hex."""
    form, given = CONTENTS.get(asked.what, {}), dict[str, object](asked.particulars)
    for name in given:
        if form.get(name) is bytes:
            try:
                given[name] = bytes.fromhex(str(given[name]))
            except ValueError:
                raise BadInput("grant_particular", field=name, value=str(given[name])) from None
    return given
