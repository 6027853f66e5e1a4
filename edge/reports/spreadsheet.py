"""The report as a spreadsheet. Texts stay texts: nothing anybody typed becomes a formula or a link."""

from __future__ import annotations

import io
from decimal import Decimal

import xlsxwriter

from edge.reports import table
from fleet.desk.report import Month
from fleet.words import Words

PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def write(words: Words, month: Month) -> bytes:
    """The bytes of an XLSX file."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, PLAIN)
    sheet = book.add_worksheet(month.month)
    bold, head = book.add_format({"bold": True}), book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    formats = [book.add_format({"num_format": pattern}) for pattern in ("#,##0", "#,##0.0", "#,##0.00")]
    sheet.write_string(0, 0, table.title(words, month), bold)
    sheet.write_string(1, 0, table.as_of(words, month))
    for at, header in enumerate(table.headers(words)):
        sheet.write_string(3, at, header, head)
    for row, line in enumerate(table.rows(words, month), 4):
        for at, figure in enumerate(line):
            if isinstance(figure, str):
                sheet.write_string(row, at, figure)
            elif isinstance(figure, int | Decimal):
                sheet.write_number(row, at, float(figure), formats[table.COLUMNS[at - 1].places])
    for row, note in enumerate(table.notes(words, month), 6 + len(month.vehicles)):
        sheet.write_string(row, 0, note)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, len(table.COLUMNS), 11)
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return file.getvalue()
