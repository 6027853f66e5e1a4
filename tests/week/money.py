"""Fuel and September's books: asked for, approved, paid and entered; compared with finance's ledger, which differs."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.week import story
from tests.week.book import MINUTE_MS, Book
from tests.week.story import DISPATCHER, FINANCE, HEAD, PLATES, at

HOUR_MS = 60 * MINUTE_MS


def put(book: Book) -> None:
    """What people put on record of it."""
    for number, (moment, ml, found) in enumerate(story.FILLS):
        label, filled_ms, fen = f"fuel {number}", at(moment), ml // 2
        case = partial(book.case, label, "expense")
        given = {"plate": PLATES[7], "type": "fuel", "estimate_fen": 50_000, "supplier": "加油站", "why": "出车"}
        paid = {"actual_fen": fen, "done_ms": filled_ms, "ml": ml}
        entered = {"invoice": f"044-{number}", "amount_fen": fen, "invoiced_on": "2026-09-30"}
        acts: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
            (-150, DISPATCHER, "request", given),
            (-140, HEAD, "approve", {}),
            (60, DISPATCHER, "done", paid),
            (90, FINANCE, "enter", entered),
            (95, FINANCE, "match", {"evidence": "stop", "found": found}),
        )
        for minutes, person, act, said in acts:
            book.do(filled_ms + minutes * MINUTE_MS, f"{label} {act}", partial(case, person, act, **said))
    month = partial(book.case, "September", "settlement")
    fen = sum(ml // 2 for _, ml, _ in story.FILLS) + story.LEDGER_MORE_FEN
    rows = [{"plate": PLATES[7], "type": "fuel", "fen": fen}]
    book.do("Sat 10:00", "September settled", partial(month, FINANCE, "settle", month="2026-09"))
    book.do("Sat 10:30", "September compared", partial(month, FINANCE, "reconcile", rows=rows))
    book.do("Sat 11:00", "September disputed", partial(month, HEAD, "dispute", explanation="发票尾差"))
