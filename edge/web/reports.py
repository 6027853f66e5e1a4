"""A unit's month as a file, as `ortoo node report` writes it, for whoever of the office asks from another machine.

GET /api/reports/month/{YYYY-MM}?form=json|text|xlsx|pdf     in the caller's language

Figures only, so confidential trips count like all others (Art. 10 (4)). What makes spreadsheets and pages is loaded
when the first one is asked for, and works beside the loop.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery

from edge.reports import table
from edge.store import listing
from edge.store.journal import Office
from edge.web import acts
from edge.web.auth import TheNode
from edge.web.rows import View
from edge.web.sight import OFFICE
from fleet.desk.report import Month, report
from fleet.errors import BadInput
from fleet.rules.calendar import months_span
from fleet.rules.settlement import MONTH
from fleet.words import Words, language_from_header


def _json(words: Words, made: Month) -> bytes:
    return json.dumps(table.plain(made), ensure_ascii=False).encode()


def _text(words: Words, made: Month) -> bytes:
    return "".join(f"{line}\n" for line in table.text(words, made)).encode()


def _xlsx(words: Words, made: Month) -> bytes:
    from edge.reports import spreadsheet

    return spreadsheet.write(words, made)


def _pdf(words: Words, made: Month) -> bytes:
    from edge.reports import paper

    return paper.write(words, made)


FORMS: dict[str, tuple[str, Callable[[Words, Month], bytes]]] = {
    "json": ("application/json", _json),
    "text": ("text/plain", _text),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    "pdf": ("application/pdf", _pdf),
}


class Reports(Controller):
    """Reports as files."""

    path = "/reports"

    @get("/month/{month:str}", opt={"roles": OFFICE})
    async def month(
        self, node: TheNode, request: Request[Any, Any, Any], month: FromPath[str], form: FromQuery[str] = "json"
    ) -> Response[bytes]:
        """A month's figures: use, kilometres, costs, supplements, waiting times, by vehicle and for the unit."""
        if not MONTH.fullmatch(month):
            raise BadInput("field_not_a_date", field="month", value=month[:32])
        if form not in FORMS:
            raise BadInput("field_not_listed", field="form", value=form[:32])

        def work(office: Office, view: View) -> Month:
            orders = listing.orders_of(office.store, *months_span(month))
            return report(view.state, orders, node.settings.unit_name, month, view.now_ms)

        made, (media_type, write) = await acts.look(node, work), FORMS[form]
        words = Words(language_from_header(request.headers.get("accept-language")), "command")
        return Response(await asyncio.to_thread(write, words, made), media_type=media_type)
