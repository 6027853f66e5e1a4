"""Reads the tables people keep, CSV, XLSX or (of places) GeoJSON, into rows of text: nothing worked out or believed.

Sizes are capped before anything is parsed: the file, what a compressed one would unpack to and its elements, rows and
columns. A formula stays the text that begins with "=", so whoever reads the row refuses that cell by name.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from datetime import date, datetime
from pathlib import PurePath

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from edge import geojson
from fleet.errors import BadInput

FILE_SIZE_MAX = 5 << 20
UNPACKED_SIZE_MAX = 60 << 20
TAGS_MAX = 4_000_000
"""Beginnings and ends of elements in a packed table: 20,000 rows of 25 cells, no two alike. More would cost minutes."""
PIECE_SIZE = 1 << 20
UNREADABLE = (zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, ValueError, LookupError) + (
    TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, OSError,
)  # fmt: skip
"""How the packages that read a packed table say that it is damaged, or none."""
ROWS_MAX, COLUMNS_MAX, CELL_LENGTH_MAX = 20_001, 60, 2_000


def read(data: bytes, name: str) -> list[list[str]]:
    """The rows of a table, every cell as text; `name` tells the format by its ending.

    Raises:
        BadInput: `sheet_too_large`, `sheet_format` (none of the three), `sheet_unreadable`, or as `geojson.rows`.
    """
    if len(data) > FILE_SIZE_MAX:
        raise BadInput("sheet_too_large", rows=ROWS_MAX - 1, columns=COLUMNS_MAX)
    ending = PurePath(name).suffix.lower()
    if ending == ".csv":
        return _csv(data)
    if ending == ".xlsx":
        return _xlsx(data)
    if ending in {".geojson", ".json"}:
        return [_bounded(row, at) for at, row in enumerate(geojson.rows(data))]
    raise BadInput("sheet_format", value=name[-40:])


def _csv(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")  # what spreadsheets in China write
        except UnicodeDecodeError:
            raise BadInput("sheet_unreadable") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return [
            _bounded(row, at) for at, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        ]
    except csv.Error:
        raise BadInput("sheet_unreadable") from None


def _xlsx(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > UNPACKED_SIZE_MAX or _tags(packed) > TAGS_MAX:
                raise BadInput("sheet_too_large", rows=ROWS_MAX - 1, columns=COLUMNS_MAX)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            if not book.worksheets:
                raise BadInput("sheet_unreadable")
            rows = book.worksheets[0].iter_rows(max_row=ROWS_MAX + 1, max_col=COLUMNS_MAX + 1, values_only=True)
            found = [_bounded([_text(cell) for cell in row], at) for at, row in enumerate(rows)]
        finally:
            book.close()
    except UNREADABLE:
        raise BadInput("sheet_unreadable") from None
    while found and not any(found[-1]):
        found.pop()
    return found


def _tags(packed: zipfile.ZipFile) -> int:
    found = 0
    for member in packed.infolist():
        with packed.open(member) as content:
            while piece := content.read(PIECE_SIZE):
                found += piece.count(b"<")
    return found


def _bounded(row: list[str], at: int) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    if at >= ROWS_MAX or len(row) > COLUMNS_MAX or any(len(cell) > CELL_LENGTH_MAX for cell in row):
        raise BadInput("sheet_too_large", rows=ROWS_MAX - 1, columns=COLUMNS_MAX)
    return row


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime() | date():
            return cell.isoformat()[:10]
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).strip()
