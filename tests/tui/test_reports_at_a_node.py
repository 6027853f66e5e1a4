"""Reports written to file from the console, against a real node: every kind, and where the file is."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tui.rows.reports import REPORTS, costs_table
from tui.screens.reports import ReportsScreen

pytestmark = pytest.mark.anyio
BEGINS = {"txt": "阿右旗林草局".encode(), "xlsx": b"PK", "pdf": b"%PDF", "csv": "\ufeff".encode()}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_report_is_written_whole_and_its_path_is_said(
    unit: RealNode, language: Language, tmp_path: Path
) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.dispatched("蒙M-0B312", "4001")
    unit.do("4001", order, "depart", odometer_km=45_000, checks="done")
    async with at_desk(unit, language=language, size=(120, 40)) as pilot:
        await pilot.press("colon", *"reports", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ReportsScreen))
        for number, report in enumerate(REPORTS, 1):
            path = tmp_path / f"{report.name}.{report.ending}"
            await pilot.press(str(number))
            await the_form(pilot)
            await pilot.press("up", "ctrl+u", *str(path), "enter", "enter")
            await settled(pilot, lambda path=path: words("report.written", path=path) in shown(pilot))  # type: ignore[misc]
            assert path.read_bytes().startswith(BEGINS[report.ending])
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    rows = list(csv.DictReader((tmp_path / "use.csv").open(encoding="utf-8-sig")))
    trip = next(row for row in rows if row[words("report_column.order")] == order)
    assert (trip[words("report_column.plate")], trip[words("report_column.rider")]) == ("蒙M-0B312", "王海")


async def test_what_cannot_be_written_is_said_and_what_was_typed_stays(unit: RealNode, tmp_path: Path) -> None:
    async with at_desk(unit, language="en") as pilot:
        await pilot.press("colon", *"reports", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ReportsScreen))
        await pilot.press("1")
        await the_form(pilot)
        await pilot.press(
            "up", "up", "ctrl+u", *"2026-13", "enter", "ctrl+u", *f"{tmp_path}/none/r.txt", "enter", "enter"
        )
        await settled(pilot, lambda: "is not a month" in shown(pilot))
        await pilot.press("ctrl+u", *"2026-10", "enter", "enter", "enter")
        await settled(pilot, lambda: "cannot read or write" in shown(pilot))
        assert "2026-10" in shown(pilot)

    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 - a test has nothing else to do meanwhile


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_could_be_a_formula_stays_a_text(sign: str) -> None:
    words = Words("en", "console")
    case = {
        "id": "1-00001", "kind": "expense", "state": "done", "open": True, "since_ms": 1_790_000_000_000,
        "plate": "B312", "data": {"type": "toll", "actual_fen": 2_500, "supplier": f"{sign}HYPERLINK(1)"},
    }  # fmt: skip
    month = "2026-09"

    table = io.StringIO(costs_table(words, month, [case]).decode("utf-8-sig"), newline="")  # type: ignore[list-item]
    (row,) = csv.DictReader(table)
    assert (row["supplier"], row["paid (yuan)"]) == (f"'{sign}HYPERLINK(1)", "25.00")
