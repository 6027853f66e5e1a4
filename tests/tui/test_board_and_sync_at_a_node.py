"""The home board's columns and pane, the sync page and bundles by hand, against a real node."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled
from tui.screens.form import FormScreen
from tui.screens.health import HealthScreen
from tui.screens.sync import SyncScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("language", "width"), [("zh_CN", 120), ("en", 160)])
async def test_a_wider_board_says_phone_and_route_and_the_widest_all_of_the_selected_line(
    unit: RealNode, language: Language, width: int
) -> None:
    unit.cancel_all()
    order = unit.dispatched("蒙M-0B312", "4001", destination="雅布赖")
    unit.do("4001", order, "depart", odometer_km=45_000, checks="done")
    waits = unit.applied(reason="查看水源地")
    words = Words(language, "console")
    async with at_desk(unit, language=language, size=(width, 40)) as pilot:
        await settled(pilot, lambda: "机关大院>雅布赖" in shown(pilot) and "13904831234" in shown(pilot))
        assert (words("detail.title") in shown(pilot)) is (width == 160)
        if width == 160:
            assert waits in shown(pilot)
            await pilot.press("2")
            await settled(pilot, lambda: waits not in shown(pilot) and words("detail.seen") in shown(pilot))


async def test_where_there_is_no_link_a_try_says_so_and_names_the_other_way(unit: RealNode) -> None:
    async with at_desk(unit) as pilot:
        await pilot.press("y")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen) and "到央端的链路" in shown(pilot))
        await pilot.press("t")
        await settled(pilot, lambda: "没有到央端的链路。按 e 导出到U盘。" in shown(pilot))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bundle_is_written_by_keys_and_told_of(unit: RealNode, tmp_path: Path, language: Language) -> None:
    words, file = Words(language, "console"), tmp_path / "out.bundle"
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("f10")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))
        await pilot.press("e")
        await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
        form = pilot.app.screen
        await pilot.press("up", "up")
        entry = form.query_one("#entry")
        entry.value = str(file)  # type: ignore[attr-defined]
        await pilot.press("enter", "enter", "enter")
        await settled(pilot, lambda: words("status.part.bundles") in shown(pilot) and file.exists())
        await settled(pilot, lambda: "out.bundle" in shown(pilot).replace("\n", ""))

    assert file.stat().st_size > 1_000
    assert unit.get("/bundles")["out"]["file"] == file.name


async def test_the_health_page_says_what_the_clock_and_the_disk_are_good_for(unit: RealNode) -> None:
    async with at_desk(unit, language="en") as pilot:
        await pilot.press("0", "6")
        await settled(pilot, lambda: isinstance(pilot.app.screen, HealthScreen) and "clock unproved" in shown(pilot))
        assert "What a day takes is not known yet" in shown(pilot)
