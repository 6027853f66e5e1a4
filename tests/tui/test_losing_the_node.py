"""A node that is slow, gone, or back without knowing anybody: said in words, and nothing that was typed is lost.

Real processes: one is stopped in its tracks, one is killed and started anew.
"""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from fleet.words import LANGUAGES, Language, Words
from tests.edge.web.conftest import PINS
from tests.tui.consoles import shown
from tests.tui.real_node import RealNode, at_desk, make_home, running, settled
from tests.tui.test_orders_at_a_node import opened
from tui.screens.board import BoardScreen
from tui.screens.form import FormScreen
from tui.screens.order import OrderScreen
from tui.screens.sign_in import SignInScreen

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("lost") / "n")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_node_that_is_slow_is_said_to_be_and_what_was_asked_comes_when_it_comes(
    unit: RealNode, language: Language
) -> None:
    unit.cancel_all()
    words, order = Words(language, "console"), unit.approved()
    async with at_desk(unit, language=language) as pilot:
        await opened(pilot, order)
        await pilot.press("escape", "escape")
        await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        os.kill(unit.pid, signal.SIGSTOP)
        try:
            await pilot.press("enter")
            await settled(pilot, lambda: words("node.slow")[:20] in shown(pilot))
        finally:
            os.kill(unit.pid, signal.SIGCONT)
        await settled(pilot, lambda: isinstance(pilot.app.screen, OrderScreen))
        await settled(pilot, lambda: words("node.slow")[:20] not in shown(pilot))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_node_that_was_killed_is_attached_to_again_and_the_form_is_sent_after_signing_in_anew(
    home: Path, language: Language
) -> None:
    words = Words(language, "console")
    with ExitStack() as lives:
        node = lives.enter_context(running(home))
        async with at_desk(node, language=language) as pilot:
            await pilot.press("e")
            await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
            await pilot.press(*["up"] * 20, "ctrl+u", *f"fire {language}", "enter")
            lives.pop_all().close()  # SIGKILL
            await pilot.press("f2")
            await settled(pilot, lambda: words("node.unreachable") in shown(pilot))
            assert f"fire {language}" in shown(pilot)
            await settled(pilot, lambda: words("header.lost", at="")[:4] in shown(pilot))

            node = lives.enter_context(running(home))
            await settled(pilot, lambda: isinstance(pilot.app.screen, SignInScreen))
            await settled(pilot, lambda: "巴图" in shown(pilot) and words("sign_in.again")[:6] in shown(pilot))
            await pilot.press(*PINS["3001"], "enter")
            await settled(pilot, lambda: isinstance(pilot.app.screen, FormScreen))
            assert f"fire {language}" in shown(pilot)
            await pilot.press("f2")
            await settled(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        noted = [row["data"]["what"] for row in node.get("/cases/supplement")["rows"]]
        assert noted.count(f"fire {language}") == 1
