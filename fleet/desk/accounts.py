"""Finance's own books as a table, and what is said where they differ (Art. 19a: differences are circulated).

A table has the columns plate, kind of expense and amount in yuan, and perhaps the month; headers and kinds may be codes
or words of either language. The draft of the notice only states figures: who signs and circulates it decides the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleet.desk.tables import plain, scaled
from fleet.errors import BadInput
from fleet.rules import expense, settlement
from fleet.rules.case import Case
from fleet.words import LANGUAGES, Words

COLUMNS = ("plate", "type", "amount", "month")
_WORDS = tuple(Words(language) for language in LANGUAGES)


def read(sheet: Sequence[Sequence[str]], month: str) -> list[dict[str, object]]:
    """The rows of a month's books, as `settlement.reconcile` takes them: plate, type, whole fen.

    Raises:
        BadInput: `sheet_empty`, `column_missing`, or `ledger_row` with the number of the row that cannot be read or is
            of another month.
    """
    if len(sheet) < 2:
        raise BadInput("sheet_empty", article="19a")
    headers = [_header(cell) for cell in sheet[0]]
    for name in COLUMNS[:3]:
        if name not in headers:
            raise BadInput("column_missing", article="19a", field=name)
    found = []
    for number, cells in enumerate(sheet[1:], 2):
        if any(cell.strip() for cell in cells):
            row = dict(zip(headers, (cell.strip() for cell in cells), strict=False))
            try:
                found.append(_row(row, month))
            except (BadInput, ValueError):
                raise BadInput("ledger_row", article="19a", row=number) from None
    return found


def notice(words: Words, unit: str, case: Case) -> str:
    """The draft of a notice on a month that differs; RuleBroken is the caller's to raise where it does not."""
    lines = [
        words("notice.title", unit=unit, month=case.text("month")),
        "",
        words("notice.found", count=case.whole("difference_count") or 0, month=case.text("month")),
    ]
    for each in settlement.read_differences(case):
        kind = words(f"expense_type.{each.type}")
        amounts = {"platform": _yuan(each.platform_fen), "ledger": _yuan(each.ledger_fen)}
        by = _yuan(each.platform_fen - each.ledger_fen)
        lines.append(words("notice.line", plate=each.plate, kind=kind, by=by, **amounts))
    if case.text("explanation"):
        lines.append(words("notice.explained", text=case.text("explanation")))
    lines += ["", words("notice.rule"), words("notice.draft", hash=case.text("hash")[:16])]
    return "\n".join(lines)


def _row(row: dict[str | None, str], month: str) -> dict[str, object]:
    if row.get("month", month) not in ("", month):
        raise BadInput("ledger_row")
    kind = _kinds().get(plain(row["type"]), row["type"])
    if kind not in expense.TYPES or not row["plate"]:
        raise BadInput("ledger_row")
    return {"plate": row["plate"], "type": kind, "fen": int(scaled(row["amount"], 100))}


def _header(cell: str) -> str | None:
    for name in COLUMNS:
        wordings = [words(key) for words in _WORDS for key in (f"column.{name}", f"field.{name}") if key in words]
        bare = [wording.partition("(")[0] for wording in wordings]  # with its unit or without
        if plain(cell) in {plain(each) for each in (name, *wordings, *bare)}:
            return name
    return None


def _kinds() -> dict[str, str]:
    return {plain(words(f"expense_type.{kind}")): kind for words in _WORDS for kind in expense.TYPES}


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
