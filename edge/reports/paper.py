"""The report as a page to print (PDF, A4 across). Chinese needs a TrueType font of the system: without one the report
is refused by name instead of printing boxes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from edge.reports import table
from fleet.desk.report import Month
from fleet.errors import Unavailable
from fleet.words import Words

FONT = "ortoo"
FONT_DIRECTORIES = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
FONT_FILES = ("wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "uming.ttc", "simsun.ttc", "msyh.ttc")
"""TrueType fonts with Chinese; those with PostScript outlines (Noto CJK) cannot be put into a page by reportlab."""
PACKAGE = "fonts-wqy-microhei"


def write(words: Words, month: Month, directories: Iterable[Path] = FONT_DIRECTORIES) -> bytes:
    """The bytes of a PDF file.

    Raises:
        Unavailable: `no_cjk_font`, with the package that has one.
    """
    pdfmetrics.registerFont(font(directories))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=8, leading=11)
    head = ParagraphStyle("head", parent=plain, fontSize=14, leading=20)
    small = ParagraphStyle("small", parent=plain, fontSize=6, leading=7, alignment=2)
    cells: list[list[object]] = [[Paragraph(_escaped(header), small) for header in table.headers(words)]]
    for line in table.rows(words, month):
        figures = (table.shown(figure, column.places) for figure, column in zip(line[1:], table.COLUMNS, strict=True))
        cells.append([str(line[0]), *figures])
    grid = Table(cells, repeatRows=1, colWidths=[24 * mm, *[16.8 * mm] * len(table.COLUMNS)], hAlign="LEFT")
    grid.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), FONT, 6.5),
                ("LEFTPADDING", (0, 0), (-1, -1), 1 * mm),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0.5 * mm),
                ("ALIGN", (1, 1), (-1, -1), "RIGHT"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
                ("LINEABOVE", (0, -1), (-1, -1), 0.6, colors.black),
                ("ROWBACKGROUNDS", (0, 1), (-1, -2), [colors.white, colors.whitesmoke]),
            ]
        )
    )
    file = io.BytesIO()
    page = SimpleDocTemplate(
        file, pagesize=landscape(A4), leftMargin=10 * mm, rightMargin=10 * mm, topMargin=12 * mm, bottomMargin=12 * mm,
        title=table.title(words, month), author=month.unit,
    )  # fmt: skip
    page.build(
        [
            Paragraph(_escaped(table.title(words, month)), head),
            Paragraph(_escaped(table.as_of(words, month)), plain),
            Spacer(1, 4 * mm),
            grid,
            Spacer(1, 4 * mm),
            *(Paragraph(_escaped(note), plain) for note in table.notes(words, month)),
        ]
    )
    return file.getvalue()


def font(directories: Iterable[Path]) -> TTFont:
    """The first font of FONT_FILES that is there and can be used."""
    for directory in directories:
        found = {path.name: path for path in directory.rglob("*.tt[cf]")} if directory.is_dir() else {}
        for name in FONT_FILES:
            if name in found:
                try:
                    return TTFont(FONT, str(found[name]))
                except (TTFError, OSError):  # damaged, or not what its name says: the next one
                    continue
    raise Unavailable("no_cjk_font", package=PACKAGE)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
