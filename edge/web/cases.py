"""Every record of the regulation besides orders, over HTTP: one set of routes for all kinds of case.

    GET  /api/cases/{kind}                  those the caller may see        POST  open one
    GET  /api/cases/{kind}/{id}             one with its timeline           POST  .../acts/{act}  do an act on it

What an act takes is the kind's own table (`fleet.rules.cases`); "pin" rides along where the act asks for the PIN.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody

from edge.node import Node
from edge.sessions import Session
from edge.store import listing
from edge.store.journal import Office
from edge.store.listing import SoughtCases
from edge.web import acts, inputs
from edge.web.api import ROWS_MAX, read
from edge.web.auth import TheNode, TheSession
from edge.web.case_rows import OpenedCase, case_row, newest, opened_case
from edge.web.rows import View
from fleet.desk.cases import case_of
from fleet.errors import NotAllowed, NotFound
from fleet.rules.case import Case, Kind, may_see
from fleet.rules.cases import kind_of

Json = dict[str, Any]
ACT, PIN, FORM = "act", "pin", "form"


class Cases(Controller):
    """Cases of every kind."""

    path = "/cases"

    @get("/{kind:str}")
    async def cases(
        self,
        node: TheNode,
        session: TheSession,
        kind: FromPath[str],
        in_state: Annotated[str, QueryParameter(name="state")] = "",
        order: FromQuery[str] = "",
        plate: FromQuery[str] = "",
        open_only: Annotated[bool, QueryParameter(name="open")] = False,
        offset: FromQuery[int] = 0,
        limit: FromQuery[int] = 50,
    ) -> Json:
        """One page of the cases of a kind that the caller may see, those with a deadline first."""
        rule = kind_of(kind)

        sought = SoughtCases(kind=kind, state=in_state, order=order, plate=plate, open_only=open_only)
        start, length = max(0, offset), max(0, min(limit, ROWS_MAX))

        def work(office: Office, view: View) -> Json:
            if rule.sees.isdisjoint(session.roles):
                own = _own(view, session, rule, sought)
                total, cases = len(own), own[start : start + length]
            else:
                total, found = listing.page_of_cases(office.store, sought, offset=start, limit=length)
                cases = [view.state.cases[target] for target in found]
            rows = [case_row(view, rule, case) for case in cases]
            return {"total": total, "rows": rows, "openings": office.cases.openings(session.person, kind)}

        return await acts.look(node, work, session)

    @post("/{kind:str}")
    async def open(self, node: TheNode, session: TheSession, kind: FromPath[str], body: RawBody) -> OpenedCase:
        """Open a case; "act" names the opening act where the kind has several."""
        given = _given(body)
        act = str(given.pop(ACT, ""))
        rule = kind_of(kind)
        signer = await _signer(node, session, rule.name, act or rule.openings[0], given)
        with acts.counted(node):
            made = await node.journal.do(lambda office: office.cases.open(signer, kind, given, act=act))
        return await _opened(node, session, kind, made.id)

    @get("/{kind:str}/{case_id:str}")
    async def case(self, node: TheNode, session: TheSession, kind: FromPath[str], case_id: FromPath[str]) -> OpenedCase:
        """One case with its timeline."""
        return await _opened(node, session, kind, case_id)

    @post("/{kind:str}/{case_id:str}/acts/{act:str}", status_code=200)
    async def act(
        self,
        node: TheNode,
        session: TheSession,
        kind: FromPath[str],
        case_id: FromPath[str],
        act: FromPath[str],
        body: RawBody,
    ) -> OpenedCase:
        """Do an act on a case; the case as committed."""
        given = _given(body)
        await acts.look(node, lambda _, view: _require(view, session, kind, case_id))
        signer = await _signer(node, session, kind, act, given)
        with acts.counted(node):
            await node.journal.do(lambda office: office.cases.act(signer, kind, case_id, act, given))
        return await _opened(node, session, kind, case_id)


def _own(view: View, session: Session, rule: Kind, sought: SoughtCases) -> list[Case]:
    """The cases that someone has a part in, who may not see every case of the kind: those open or ended lately."""
    return newest(
        case
        for case in view.state.recent_cases(view.now_ms)
        if case.kind == rule.name
        and may_see(rule, case, session.person, session.roles)
        and sought.state in {"", case.state}
        and sought.order in {"", case.order}
        and sought.plate in {"", case.plate}
        and (not sought.open_only or case.state not in rule.ended)
    )


def _given(body: bytes) -> Json:
    """What a caller sent; the form of an order in it by the names the desk knows."""
    given = read(body, Json)
    if FORM in given:
        given[FORM] = read(msgspec.json.encode(given[FORM]), inputs.Application).given()
    return given


async def _signer(node: Node, session: Session, kind: str, act: str, given: Json) -> Any:
    """The key that signs: unlocked anew with the PIN where the act asks for it each time (Art. 8)."""
    deed = kind_of(kind).acts.get(act)
    pin = given.pop(PIN, "")
    if deed is None or not deed.pin:
        return session.signer
    if deed.roles.isdisjoint(session.roles):
        needed = " ".join(sorted(deed.roles))
        raise NotAllowed("no_role", article=kind_of(kind).article, act=f"{kind}.{act}", needed=needed)
    return await acts.unlocked(node, session, str(pin))


async def _opened(node: Node, session: Session, kind: str, case_id: str) -> OpenedCase:
    def work(office: Any, view: View) -> OpenedCase:
        _require(view, session, kind, case_id)
        moves = office.cases.moves(session.person, kind, case_id)
        return opened_case(view, kind_of(kind), case_of(view.state, kind_of(kind), case_id), moves)

    return await acts.look(node, work, session)


def _require(view: View, session: Session, kind: str, case_id: str) -> None:
    """NotFound for a case that is not the caller's to see: its existence is not told either."""
    rule = kind_of(kind)
    if not may_see(rule, case_of(view.state, rule, case_id), session.person, session.roles):
        raise NotFound("no_case", case_kind=kind, case=case_id)
