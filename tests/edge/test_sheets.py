"""Tables as people keep them, CSV and XLSX, made by the libraries people's programs are like (Art. 6)."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest

from edge.sheets import CELL_LENGTH_MAX, COLUMNS_MAX, FILE_SIZE_MAX, ROWS_MAX, TAGS_MAX, read
from fleet.errors import BadInput

ROWS = [["车牌", "座位数"], ["蒙M-0B312", "5"], ["蒙M-0B318", "7"]]


def a_book(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_the_encodings_and_with_the_delimiters_spreadsheets_write(
    encoding: str, delimiter: str
) -> None:
    text = "\r\n".join(delimiter.join(row) for row in ROWS)

    assert read(text.encode(encoding), "车辆.CSV") == ROWS


def test_an_xlsx_gives_every_cell_as_text_whole_numbers_without_a_point_and_days_as_days() -> None:
    until = datetime(2027, 3, 1)  # noqa: DTZ001 - as a spreadsheet holds it
    data = a_book(["车牌", "座位数", "保险到期", "在用"], ["蒙M-0B312", 5.0, until, True], [None])

    assert read(data, "t.xlsx") == [["车牌", "座位数", "保险到期", "在用"], ["蒙M-0B312", "5", "2027-03-01", "TRUE"]]


def test_a_formula_is_never_worked_out_and_stays_what_it_is() -> None:
    assert read(a_book(["a"], ["=1+1"]), "t.xlsx") == [["a"], ["=1+1"]]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"x" * (FILE_SIZE_MAX + 1), "t.csv", "sheet_too_large"),
        (b"a\n" * (ROWS_MAX + 1), "t.csv", "sheet_too_large"),
        (b",".join([b"a"] * (COLUMNS_MAX + 1)), "t.csv", "sheet_too_large"),
        (b"a" * (CELL_LENGTH_MAX + 1), "t.csv", "sheet_too_large"),
        (b"\xff\xfe\x00", "t.csv", "sheet_unreadable"),
        (b"PK", "t.xlsx", "sheet_unreadable"),
        (b"", "t.xlsx", "sheet_unreadable"),
        (b"a", "t.ods", "sheet_format"),
        (b"a", "", "sheet_format"),
    ],
)
def test_what_is_too_large_or_no_table_is_refused_by_name(data: bytes, name: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(data, name)

    assert refused.value.code == code


def test_a_file_that_would_unpack_to_far_more_than_it_is_is_refused_before_it_does() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (61 << 20))

    with pytest.raises(BadInput, match="sheet_too_large"):
        read(file.getvalue(), "t.xlsx")


def test_a_file_of_more_elements_than_a_table_has_is_refused_before_they_are_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"<si/>" * (TAGS_MAX + 1))

    with pytest.raises(BadInput, match="sheet_too_large"):
        read(file.getvalue(), "t.xlsx")


def test_a_book_damaged_at_any_place_is_read_or_refused_by_name_and_nothing_worse() -> None:
    book, refused = a_book(*[[column, row] for row, column in enumerate("ab")]), set[str]()
    for at in range(0, len(book), 9):
        try:
            read(book[:at] + bytes([book[at] ^ 0xFF]) + book[at + 1 :], "t.xlsx")
        except BadInput as error:
            refused.add(error.code)

    assert refused <= {"sheet_unreadable", "sheet_too_large"}
    assert "sheet_unreadable" in refused


@pytest.mark.parametrize("cut", [100, 1_000, 3_000])
def test_a_book_cut_short_is_unreadable_and_nothing_worse(cut: int) -> None:
    with pytest.raises(BadInput, match="sheet_unreadable"):
        read(a_book(["a"], ["b"])[:cut], "t.xlsx")
