"""Supplements from the console against a real node: notice in two keys, three steps, a scan from the import folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tui.screens.board import BoardScreen
from tui.screens.case import CaseScreen
from tui.screens.form import FormScreen
from tui.screens.supplements import SupplementsScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_emergency_departure_is_noted_in_two_keys_from_its_vehicle(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("e")
        await the_form(pilot)
        assert words("about.supplement.notice")[:16] in shown(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

    noted = {
        row["data"]["what"]: row for row in unit.get("/cases/supplement?open=true")["rows"] if row["data"].get("notice")
    }
    notice = noted[words("emergency.what")]
    assert notice["state"] == "open"
    assert notice["left_ms"] > 24 * 3_600_000  # the planned return, a grace, and a day


async def test_a_supplement_goes_from_notice_to_complete_with_a_scan_from_the_import_folder(
    unit: RealNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit.cancel_all()
    (tmp_path / "endorsed.pdf").write_bytes(b"%PDF-1.4\n" + os.urandom(64) + b"\n%%EOF\n")
    monkeypatch.setenv("ORTOO_SCANS", str(tmp_path))
    now_ms = unit.get("/board")["now_ms"]
    notice = unit.case(
        "3001", "supplement", "notice", what="border fire", rider="王海", plate="蒙M-0B318", driver="4002",
        started_ms=now_ms - 3 * 3_600_000, planned_end_ms=now_ms - 3_600_000,
    )  # fmt: skip
    async with at_desk(unit) as pilot:
        await pilot.press("s")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SupplementsScreen) and "border fire" in shown(pilot))
        assert "以本机签名时间为准, 断网不算逾期" in shown(pilot)
        cases = pilot.app.screen.query_one("#page")
        at = [row["id"] for row in cases._items].index(notice["id"])  # type: ignore[attr-defined]
        await pilot.press(*["down"] * at, "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and "还剩" in shown(pilot))
        await pilot.press("1")  # request
        await the_form(pilot)
        await pilot.press("1", "enter", *"fire", "enter", *"two trees", "enter", "f2")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and "等审批人批示" in shown(pilot))

        unit.case("2001", "supplement", "endorse", notice["id"], pin=PINS["2001"])
        await settled(pilot, lambda: "附盖章扫描件" in shown(pilot))
        await pilot.press("1")  # complete
        await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen) and "endorsed.pdf" in shown(pilot))
        await pilot.press("1", "enter", "1", "enter", *"head", "enter", *"1125", "enter")
        await pilot.press("enter", "enter")  # vehicle and driver stand as the notice said
        await pilot.press("enter", "enter", *"100", "enter", "enter")  # departure as noted, not back yet
        form = pilot.app.screen
        assert isinstance(form, FormScreen)
        rest = {
            "department": "fanghuo",
            "phone": "13904831234",
            "category": "1",
            "origin": "yuan",
            "destination": "lin",
        }
        while form.field.name.removeprefix("form.") != "remark":
            typed = rest.get(form.field.name.removeprefix("form."), "")
            await pilot.press(*typed, "enter")
        await pilot.press("enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, CaseScreen) and "已补齐" in shown(pilot))

    done = unit.get(f"/cases/supplement/{notice['id']}")
    assert done["state"] == "completed"
    assert done["data"]["scan_type"] == "application/pdf"
    assert unit.get(f"/orders/{done['order']}")["state"] == "departed"


async def test_a_late_supplement_says_so_and_can_still_be_completed(unit: RealNode) -> None:
    now_ms = unit.get("/board")["now_ms"]
    long_ago_ms = now_ms - 30 * 3_600_000
    case = unit.case(
        "3001", "supplement", "request", cause="no_prior_order", why="late", facts="too late", plate="蒙M-0B312",
        started_ms=long_ago_ms - 3_600_000, ended_ms=long_ago_ms, ended_by="back", driver="4001", rider="王海",
    )  # fmt: skip
    async with at_desk(unit, language="en") as pilot:
        await pilot.press("f4")
        await settled(pilot, lambda: "late too late" in shown(pilot) or "late" in shown(pilot))
        cases = pilot.app.screen.query_one("#page")
        await settled(pilot, lambda: bool(cases._items))  # type: ignore[attr-defined]
        at = [row["id"] for row in cases._items].index(case["id"])  # type: ignore[attr-defined]
        assert at == 0  # nothing is more pressing
        await pilot.press("enter")
        await settled(pilot, lambda: "over its time. It can still be completed" in shown(pilot))
