"""A month's books over HTTP, beside the acts on the `settlement` case: finance's ledger as a table, the draft notice.

POST /api/settlements/{id}/ledger?file=NAME     the table as the body: compared to the fen with the settled month
GET  /api/settlements/{id}/notice               the draft of a notice on what differs, in the caller's language
"""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath, FromQuery, RawBody

from edge import sheets
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.case_rows import CaseRow, case_row
from edge.web.rows import View
from fleet.desk import accounts
from fleet.desk.cases import case_of
from fleet.errors import RuleBroken
from fleet.rules.roles import Role
from fleet.rules.settlement import KIND, Act
from fleet.words import Words, language_from_header


class Books(Controller):
    """The books of months."""

    path = "/settlements"

    @post(
        "/{case_id:str}/ledger",
        status_code=200,
        opt={"roles": frozenset({Role.FINANCE}), "bytes": True},
        request_max_body_size=sheets.FILE_SIZE_MAX,
    )
    async def compare(
        self, node: TheNode, session: TheSession, case_id: FromPath[str], file: FromQuery[str], body: RawBody
    ) -> CaseRow:
        """Compare a settled month with finance's books."""
        sheet = await asyncio.to_thread(sheets.read, body, file)

        def work(office: Any) -> None:
            month = case_of(office.replica.state, KIND, case_id).text("month")
            rows = accounts.read(sheet, month)
            office.cases.act(session.signer, KIND.name, case_id, Act.RECONCILE, {"rows": rows})

        with acts.counted(node):
            await node.journal.do(work)
        return await acts.look(node, lambda _, view: _row(view, case_id))

    @get("/{case_id:str}/notice", opt={"roles": frozenset({Role.FINANCE, Role.UNIT_HEAD})})
    async def notice(self, node: TheNode, request: Request[Any, Any, Any], case_id: FromPath[str]) -> dict[str, str]:
        """The draft of a notice on a month that differs from the ledger."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")

        def work(_: Any, view: View) -> str:
            case = case_of(view.state, KIND, case_id)
            if not case.whole("difference_count"):
                raise RuleBroken("month_agrees", article="19a", case=case_id)
            return accounts.notice(words, node.settings.unit_name, case)

        return {"text": await acts.look(node, work)}


def _row(view: View, case_id: str) -> CaseRow:
    return case_row(view, KIND, case_of(view.state, KIND, case_id))
