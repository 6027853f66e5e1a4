"""A month's receipts against the track over HTTP (Art. 11).

GET  /api/receipts?month=YYYY-MM     each with what it is paired with, or why with nothing
POST /api/receipts/match?month=…     finance signs every pairing of an entered expense at once; the others stay to be
                                     decided one by one, with a reason (`match` on the `expense` case)
"""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromQuery

from edge.node import Node
from edge.sights import sight
from edge.store.journal import Office
from edge.web import acts
from edge.web.auth import TheNode, TheSession
from edge.web.rows import View
from edge.web.shapes import ReceiptRow
from fleet.desk import receipts
from fleet.desk.receipts import Pairing, Sight
from fleet.errors import BadInput
from fleet.rules import expense
from fleet.rules.case import Case
from fleet.rules.roles import Role
from fleet.rules.settlement import MONTH
from fleet.words import Words, language_from_header


class Receipts(Controller):
    """What was paid, and what the track says of it."""

    path = "/receipts"

    @get(opt={"roles": frozenset({Role.FINANCE, Role.UNIT_HEAD})})
    async def pairs(self, node: TheNode, request: Request[Any, Any, Any], month: FromQuery[str]) -> list[ReceiptRow]:
        """A month's receipts, in order of time."""
        words = Words(language_from_header(request.headers.get("accept-language")), "node")
        return [_row(words, each) for each in await _paired(node, month)]

    @post("/match", status_code=200, opt={"roles": frozenset({Role.FINANCE})})
    async def match(
        self, node: TheNode, session: TheSession, request: Request[Any, Any, Any], month: FromQuery[str]
    ) -> list[ReceiptRow]:
        """Sign what fits; the month's receipts as they stand then."""
        found = await _paired(node, month)
        fits = [each for each in found if each.case.state == expense.State.ENTERED and each.verdict.evidence != "none"]

        def work(office: Office) -> None:
            for each in fits:
                given = {"evidence": each.verdict.evidence, "found": each.verdict.found}
                said = {name: value for name, value in given.items() if value}
                office.cases.act(session.signer, expense.KIND.name, each.case.id, expense.Act.MATCH, said)

        with acts.counted(node):
            await node.journal.do(work)
        words = Words(language_from_header(request.headers.get("accept-language")), "node")
        return [_row(words, each) for each in await _paired(node, month)]


async def _paired(node: Node, month: str) -> list[Pairing]:
    if not MONTH.fullmatch(month):
        raise BadInput("field_missing", article="11", field="month")

    def cases(_: Office, view: View) -> list[Case]:
        return receipts.receipts(view.state, month)

    found = await acts.look(node, cases)
    asked = {each.id: (each.plate, each.whole("done_ms") or 0) for each in found if _by_track(each)}
    sights: dict[str, Sight] = await node.telemetry.read(
        lambda tracks: {case: sight(tracks, *where) for case, where in asked.items()}
    )
    return await acts.look(node, lambda _, view: receipts.pair(view.state, found, sights))


def _by_track(case: Case) -> bool:
    return case.text("type") in receipts.BY_TRACK


def _row(words: Words, pairing: Pairing) -> ReceiptRow:
    case, verdict = pairing.case, pairing.verdict
    return ReceiptRow(
        case=case.id,
        plate=case.plate,
        type=case.text("type"),
        at_ms=case.whole("done_ms") or 0,
        fen=case.whole("amount_fen") or case.whole("actual_fen") or 0,
        ml=case.whole("ml"),
        state=case.state,
        evidence=verdict.evidence,
        found=verdict.found,
        reason=verdict.reason,
        text=words(f"unmatched.{verdict.reason}") if verdict.reason else words(f"evidence.{verdict.evidence}"),
        signed=case.text("evidence"),
    )
