"""What can be written to a file from the console, and the tables it makes of what the node answers. Pure.

A month's figures come from the node as they are; the ledger of use and the costs are tables, a line a trip or an
expense, oldest first. A table is CSV in UTF-8 with a mark in front, so that office programs read Hanzi; a text that
could be taken for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fleet.words import Words
from tui.rows.cases import case_tail
from tui.rows.columns import named
from tui.shapes import CaseRow, OrderRow
from tui.times import local

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What office programs take for the beginning of one, those that speak Chinese the wide signs too."""
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Report(NamedTuple):
    """Something to write: its name, the ending of its file, and the form the node writes it in, "" for a table."""

    name: str
    ending: str
    form: str = ""


REPORTS = (
    Report("month_text", "txt", "text"),
    Report("month_xlsx", "xlsx", "xlsx"),
    Report("month_pdf", "pdf", "pdf"),
    Report("use", "csv"),
    Report("costs", "csv"),
)
USE = (
    "order",
    "plate",
    "driver",
    "rider",
    "department",
    "reason",
    "destination",
    "left",
    "back",
    "typed_km",
    "track_km",
)
COSTS = ("case", "plate", "type", "state", "estimate", "actual", "amount", "litres", "supplier", "invoice", "done")


def month_of(at_ms: int) -> str:
    """The month a moment is in, on the clock on the wall: `2026-11`."""
    return f"{local(at_ms):%Y-%m}"


def use_table(words: Words, month: str, trips: Iterable[Mapping[str, Any]], orders: Mapping[str, OrderRow]) -> bytes:
    """Every trip that left in a month. What somebody may not read of one is empty, as the node answers it."""
    rows = []
    for trip in sorted(trips, key=lambda trip: trip["start_ms"]):
        if month_of(trip["start_ms"]) == month:
            order, run = orders.get(trip["order"]), trip["kilometres"]
            said = [order[name] for name in ("rider", "department", "reason", "destination")] if order else [""] * 4
            when = [_moment(trip["start_ms"]), _moment(trip["end_ms"])]
            rows.append(
                [trip["order"], trip["plate"], trip["driver_name"], *said, *when, run["typed_km"], run["track_km"]]
            )
    return _csv([words(f"report_column.{name}") for name in USE], rows)


def costs_table(words: Words, month: str, cases: Iterable[CaseRow]) -> bytes:
    """Every expense of a month: by when it was done, or asked for if it is not done yet."""
    rows = []
    for case in sorted(cases, key=_spent_ms):
        if month_of(_spent_ms(case)) == month:
            data = case["data"]
            amounts = [_yuan(data.get(name)) for name in ("estimate_fen", "actual_fen", "amount_fen")]
            litres = f"{Decimal(data['ml']) / 1000:.2f}" if data.get("ml") else ""
            said = [
                named(words, "expense_type", str(data.get("type", ""))),
                words(f"case_state.expense.{case['state']}"),
            ]
            paper = [data.get("supplier") or data.get("place") or "", data.get("invoice") or ""]
            rows.append(
                [case_tail(case["id"]), case["plate"], *said, *amounts, litres, *paper, _moment(_spent_ms(case))]
            )
    return _csv([words(f"report_column.{name}") for name in COSTS], rows)


def _spent_ms(case: CaseRow) -> int:
    return int(case["data"].get("done_ms") or case["since_ms"])


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO()
    file.write(MARK)
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _cell(cell: object) -> object:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _yuan(fen: int | None) -> str:
    return f"{Decimal(fen) / 100:.2f}" if fen is not None else ""


def _moment(at_ms: int | None) -> str:
    return f"{local(at_ms):%Y-%m-%d %H:%M}" if at_ms else ""
