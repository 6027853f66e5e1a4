"""The report as spreadsheet, page, JSON and text, in both languages; read back by other libraries (Art. 6)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from edge.reports import paper, spreadsheet, table
from fleet.desk.register import register
from fleet.desk.report import COSTS, Line, Month, Waiting
from fleet.errors import Unavailable
from fleet.words import LANGUAGES, Words
from machine.system import SystemClock
from tests.edge.process import ROOT
from tests.edge.unit import ADMIN, a_vehicle, enrol, make_home, office_of, signer

COSTLY = dict.fromkeys(COSTS, 0) | {"fuel": 38_001, "toll": 2_500}
LINE = Line(
    plate="=1+1", cls="general", trips=2, days=1, km=120, out_ms=5_400_000, supplements=1, fuel_ml=50_000, costs=COSTLY
)
MONTH = Month(
    unit="阿右旗林草局",
    month="2026-11",
    as_of_ms=1_790_000_000_000,
    vehicles=(LINE,),
    total=LINE,
    applied=3,
    sent_back=1,
    cancelled=0,
    unmet=0,
    supplements_late=0,
    approval=Waiting(3, 600_000, 5_400_000),
    dispatch=Waiting(0, None, None),
    books="settled",
    books_hash="a" * 64,
    books_changed=True,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_holds_numbers_as_numbers_and_texts_as_texts(language: Any) -> None:
    words = Words(language, "command")
    sheet = openpyxl.load_workbook(io.BytesIO(spreadsheet.write(words, MONTH))).active

    row = {header.value: cell for header, cell in zip(sheet[4], sheet[5], strict=True)}
    fuel, kilometres = (words(f"report.column.{code}") for code in ("cost_fuel", "km"))

    assert (row[fuel].value, row[kilometres].value) == (380.01, 120)
    assert (sheet["A5"].value, sheet["A5"].data_type) == ("=1+1", "s"), "a plate never becomes a formula"
    assert sheet["A1"].value == words("report.title", unit=MONTH.unit, month="2026-11")


def no_font() -> bool:
    try:
        paper.font(paper.FONT_DIRECTORIES)
    except Unavailable:
        return True
    return False


@pytest.mark.skipif(no_font(), reason=f"no font for Chinese on this machine: install {paper.PACKAGE}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_a_pdf_with_its_font_in_it(language: Any) -> None:
    data = paper.write(Words(language, "command"), MONTH)

    assert data.startswith(b"%PDF-")
    assert b"/FontFile2" in data


def test_without_a_font_for_chinese_the_page_is_refused_and_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "wqy-microhei.ttc").write_bytes(b"not a font")

    with pytest.raises(Unavailable) as refused:
        paper.write(Words("zh_CN", "command"), MONTH, [tmp_path, tmp_path / "nowhere"])

    assert (refused.value.code, refused.value.facts) == ("no_cjk_font", {"package": "fonts-wqy-microhei"})


def test_json_keeps_whole_fen_and_sentences_leave_no_fact_out() -> None:
    plain = table.plain(MONTH)

    assert (plain["vehicles"][0]["cost_fen"], plain["vehicles"][0]["fen_per_km"]) == (40_501, 337)
    for language in LANGUAGES:
        assert not [note for note in table.notes(Words(language, "command"), MONTH) if "{" in note or "report." in note]


def test_the_command_reads_a_nodes_directory_and_writes_what_it_is_asked_for(tmp_path: Path) -> None:
    home = make_home(tmp_path / "n")
    enrol(home, SystemClock())
    with closing(office_of(home, SystemClock())) as office:
        register(office.replica, signer(home, ADMIN), a_vehicle())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ortoo", "node", "report", str(home), "month", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    done = run("2026-11", "--xlsx", str(tmp_path / "r.xlsx"), "--json")
    wrong = run("November")

    assert done.returncode == 0, done.stderr
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").active["A5"].value == a_vehicle()["plate"]
    assert json.loads(done.stdout)["total"]["trips"] == 0
    assert (wrong.returncode, wrong.stdout) == (2, "")
