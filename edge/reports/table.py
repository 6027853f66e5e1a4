"""What a month's report shows, cell by cell and in words: read alike by spreadsheet, printed page and shell.

A figure is a number with a unit of its own: money in yuan from whole fen, fuel in litres from millilitres, time in
hours from milliseconds; what is not known is an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from fleet.desk.report import COSTS, Line, Month, Waiting
from fleet.rules.calendar import LOCAL
from fleet.words import Words

Figure = Decimal | int | str | None


class Column(NamedTuple):
    """A column: its code (`report.column.`), how many decimals it shows, and the figure of a line."""

    code: str
    places: int
    of: Callable[[Line], Figure]


def yuan(fen: int | None) -> Decimal | None:
    """Whole fen as yuan."""
    return None if fen is None else Decimal(fen) / 100


def hours(ms: int | None) -> Decimal | None:
    """Milliseconds as hours with one decimal."""
    return None if ms is None else (Decimal(ms) / 3_600_000).quantize(Decimal("0.1"))


def _cost(kind: str) -> Column:
    return Column(f"cost_{kind}", 2, lambda line: yuan(line.costs.get(kind, 0)))


COLUMNS: tuple[Column, ...] = (
    Column("trips", 0, lambda line: line.trips),
    Column("days", 0, lambda line: line.days),
    Column("km", 0, lambda line: line.km),
    Column("hours", 1, lambda line: hours(line.out_ms)),
    Column("supplements", 0, lambda line: line.supplements),
    Column("litres", 1, lambda line: Decimal(line.fuel_ml) / 1000),
    *(_cost(kind) for kind in COSTS),
    Column("cost", 2, lambda line: yuan(line.cost_fen)),
    Column("per_km", 2, lambda line: yuan(line.fen_per_km)),
)


def title(words: Words, month: Month) -> str:
    """The report's name."""
    return words("report.title", unit=month.unit, month=month.month)


def as_of(words: Words, month: Month) -> str:
    """When it was made."""
    made = datetime.fromtimestamp(month.as_of_ms / 1000, UTC).astimezone(LOCAL)
    return words("report.as_of", at=made.strftime("%Y-%m-%d %H:%M"))


def headers(words: Words) -> list[str]:
    """The words over each column, the vehicle's first."""
    return [words("report.column.plate"), *(words(f"report.column.{column.code}") for column in COLUMNS)]


def rows(words: Words, month: Month) -> list[list[Figure]]:
    """Each vehicle, and the unit last."""
    lines = [[line.plate, *(column.of(line) for column in COLUMNS)] for line in month.vehicles]
    return [*lines, [words("report.total"), *(column.of(month.total) for column in COLUMNS)]]


def notes(words: Words, month: Month) -> list[str]:
    """The unit's figures that are no column, in sentences."""
    counts = {name: getattr(month, name) for name in ("applied", "sent_back", "cancelled", "unmet")}
    return [
        words("report.orders", **counts),
        words("report.supplements", count=month.total.supplements, late=month.supplements_late),
        _waited(words, "report.approval", month.approval),
        _waited(words, "report.dispatch", month.dispatch),
        *([words("report.still_out", count=month.total.still_out)] if month.total.still_out else []),
        _books(words, month),
    ]


def text(words: Words, month: Month) -> list[str]:
    """The report in lines of text: of each vehicle what is not nought."""
    lines = [title(words, month), as_of(words, month)]
    for line in rows(words, month):
        figures = [
            f"{header} {shown(figure, column.places)}"
            for header, figure, column in zip(headers(words)[1:], line[1:], COLUMNS, strict=True)
            if figure
        ]
        lines.append(f"{line[0]}  {', '.join(figures) or '-'}")
    return lines + notes(words, month)


def plain(month: Month) -> dict[str, Any]:
    """The report as JSON: whole fen, millilitres and milliseconds."""
    whole = asdict(month)
    for line, kept in zip((*month.vehicles, month.total), (*whole["vehicles"], whole["total"]), strict=True):
        kept |= {"cost_fen": line.cost_fen, "fen_per_km": line.fen_per_km}
    return whole


def shown(figure: Figure, places: int) -> str:
    """A figure as text."""
    if figure is None:
        return "-"
    return figure if isinstance(figure, str) else f"{figure:,.{places}f}"


def _waited(words: Words, key: str, waiting: Waiting) -> str:
    if not waiting.count:
        return words(f"{key}.none")
    return words(key, count=waiting.count, middle=hours(waiting.middle_ms), longest=hours(waiting.longest_ms))


def _books(words: Words, month: Month) -> str:
    if not month.books:
        return words("report.books.none")
    said = words("report.books", state=words(f"case_state.settlement.{month.books}"), hash=month.books_hash[:16])
    return f"{said} {words('report.books.changed')}" if month.books_changed else said
