"""The home board's columns and pane, the sync page and bundles by hand, against a real node."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edge.home import GRANT, node_key
from fleet.ledger import bundle
from fleet.ledger.bundle import Consignment, Reader
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.enrolment import read_grant
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.suite import SHIPPED
from fleet.words import LANGUAGES, Language, Words
from machine.system import SystemClock
from tests.simulation.clock import SimulatedRandomness
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, settled, the_form
from tui.screens.health import HealthScreen
from tui.screens.sync import SyncScreen

pytestmark = pytest.mark.anyio


def from_central(unit: RealNode) -> bytes:
    """The bundle central writes for a node when it has nothing to say."""
    node = read_grant((unit.home / GRANT).read_bytes())
    me, reader = (
        Identity("lyj", Author(CENTRAL, 1), SHIPPED.key(b"c" * 32)),
        Reader(node.author, node_key(unit.home).public),
    )
    nothing = Consignment("lyj", (), rest=False, size=0, frames=list)
    now_ms, randomness = SystemClock().now_ms(), SimulatedRandomness(random.Random(5))
    return b"".join(bundle.write(me, node.central_certificate, [reader], nothing, now_ms=now_ms, randomness=randomness))


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


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_there_is_no_link_a_try_says_so_and_names_the_other_way(unit: RealNode, language: Language) -> None:
    words = Words(language, "console")
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("y")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))
        await settled(pilot, lambda: words("status.part.links") in shown(pilot))
        await pilot.press("t")
        await settled(pilot, lambda: words("sync.try.no_way") in shown(pilot))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bundle_is_written_by_keys_and_told_of(unit: RealNode, tmp_path: Path, language: Language) -> None:
    words, file = Words(language, "console"), tmp_path / "out.bundle"
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("f10")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))
        await pilot.press("e")
        await the_form(pilot)
        form = pilot.app.screen
        await pilot.press("up", "up")
        entry = form.query_one("#entry")
        entry.value = str(file)  # type: ignore[attr-defined]
        await pilot.press("enter", "enter", "enter")
        await settled(pilot, lambda: words("status.part.bundles") in shown(pilot) and file.exists())
        await settled(pilot, lambda: "out.bundle" in shown(pilot).replace("\n", ""))

    assert file.stat().st_size > 1_000
    assert unit.get("/bundles")["out"]["file"] == file.name


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bundle_is_taken_in_by_keys_and_one_that_is_spoilt_is_told_in_words(
    unit: RealNode, tmp_path: Path, language: Language
) -> None:
    words, good, spoilt = Words(language, "console"), tmp_path / "good.bundle", tmp_path / "spoilt.bundle"
    data = from_central(unit)
    good.write_bytes(data)
    spoilt.write_bytes(data[:-9] + bytes(9))
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("y")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))
        await settled(pilot, lambda: words("status.part.links") in shown(pilot))
        await pilot.press("i")
        await the_form(pilot)
        await pilot.press(*str(spoilt), "enter", "enter")
        await settled(pilot, lambda: words("refusal.bundle_damaged.why")[:4] in shown(pilot))
        await pilot.press("up", "ctrl+u", *str(good), "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, SyncScreen) and "good.bundle" in shown(pilot))

    assert unit.get("/bundles")["in"]["file"] == good.name


@pytest.mark.parametrize(("language", "clock", "disk"), [
    ("zh_CN", "时钟", "天"), ("en", "clock unproved", "What a day takes is not known yet"),
])  # fmt: skip
async def test_the_health_page_says_what_the_clock_and_the_disk_are_good_for(
    unit: RealNode, language: Language, clock: str, disk: str
) -> None:
    async with at_desk(unit, language=language) as pilot:
        await pilot.press("0", "6")
        await settled(pilot, lambda: isinstance(pilot.app.screen, HealthScreen) and clock in shown(pilot))
        assert disk in shown(pilot)
