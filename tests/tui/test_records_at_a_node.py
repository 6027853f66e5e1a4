"""Alarms answered, money asked for and paid with its receipt, minutes and accidents: key by key against a real node."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, fill_in, settled
from tui.cells import capital
from tui.screens.alarms import AlarmScreen, AlarmsScreen
from tui.screens.case import CaseScreen
from tui.screens.cases import CasesScreen
from tui.screens.choose import ChooseDialog

pytestmark = pytest.mark.anyio
PLATE = "蒙M-0B312"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_alarm_is_answered_and_its_page_says_what_was_answered(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("a")
        await settled(pilot, lambda: isinstance(pilot.app.screen, AlarmsScreen) and "A01" in shown(pilot))
        alarms = pilot.app.screen.query_one("#page")
        listed = alarms._items  # type: ignore[attr-defined]
        at = [(one["code"], one["plate"]) for one in listed].index(("A01", "蒙M-0C021"))
        alarm = listed[at]
        await pilot.press(*["down"] * at, "enter")
        await settled(
            pilot, lambda: isinstance(pilot.app.screen, AlarmScreen) and words("act.alarm.explain") in shown(pilot)
        )
        await pilot.press("1")
        await fill_in(pilot, reason="moved to wash", text=f"moved to wash {language}")
        await settled(pilot, lambda: f"moved to wash {language}" in shown(pilot))

    case = unit.get(f"/cases/alarm/{alarm['id']}")
    assert case["state"] == "explained"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_money_is_asked_for_approved_by_another_at_the_same_console_and_paid_with_its_receipt(
    unit: RealNode, language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "receipt.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(64))
    monkeypatch.setenv("ORTOO_SCANS", str(tmp_path))
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("colon", *"money", "enter")
        await settled(
            pilot, lambda: isinstance(pilot.app.screen, CasesScreen) and capital(words("room.money")) in shown(pilot)
        )
        await settled(pilot, lambda: bool(pilot.app.screen._openings))  # type: ignore[attr-defined]
        await pilot.press("n")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("1")
        await fill_in(
            pilot, type="2", plate="312", estimate_fen="350.5", supplier=f"garage {language}", why="brakes squeak"
        )
        await settled(pilot, lambda: f"garage {language}" in shown(pilot) or words("case.expense") in shown(pilot))
        (case,) = [
            row
            for row in unit.get("/cases/expense?limit=50")["rows"]
            if row["data"]["supplier"] == f"garage {language}"
        ]
        rows = pilot.app.screen.query_one("#page")
        await settled(pilot, lambda: case["id"] in [row["id"] for row in rows._items])  # type: ignore[attr-defined]
        at = [row["id"] for row in rows._items].index(case["id"])  # type: ignore[attr-defined]
        await pilot.press("home", *["down"] * at, "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen))
        await pilot.press("w")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("1")
        await fill_in(pilot, who="6001", pin=PINS["6001"])
        await settled(pilot, lambda: words("case_state.expense.approved") in shown(pilot))
        await pilot.press("1")
        await fill_in(pilot, actual_fen="340", receipt="1")
        await settled(pilot, lambda: words("case_state.expense.done") in shown(pilot))

    done = unit.get(f"/cases/expense/{case['id']}")
    assert (done["data"]["estimate_fen"], done["data"]["actual_fen"]) == (35_050, 34_000)
    assert len(done["data"]["receipt"]) == 64
    assert [(entry["act"], entry["by"]) for entry in done["timeline"]][1] == ("approve", "6001")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("room", "kind", "typed"), [
    ("minutes", "minutes", {"type": "2", "topics": "winter", "host": "ba", "attendees": "4001 4002",
                            "attachments": "1"}),
    ("accidents", "accident", {"plate": "312", "driver": "4001", "place": "km 40", "description": "a stone",
                               "injuries": "1", "photos": "1"}),
])  # fmt: skip
async def test_a_record_is_opened_by_filling_in_its_form(
    unit: RealNode,
    language: Language,
    room: str,
    kind: str,
    typed: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(64))
    monkeypatch.setenv("ORTOO_SCANS", str(tmp_path))
    words = Words(language, "console")
    before = unit.get(f"/cases/{kind}")["total"]
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("colon", *room, "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CasesScreen))
        await settled(pilot, lambda: bool(pilot.app.screen._openings))  # type: ignore[attr-defined]
        await pilot.press("n")
        await fill_in(pilot, **typed)
        await settled(pilot, lambda: capital(words(f"case.{kind}")) in shown(pilot))

    assert unit.get(f"/cases/{kind}")["total"] == before + 1
