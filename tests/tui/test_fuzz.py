"""A few of the keys of `python -m tests.tui.fuzz`, and that its watch sees what it looks for."""

from __future__ import annotations

import pytest

from tests.tui.fuzz import Unconfirmed, Watch, play, press, watch
from tests.tui.real_node import RealNode, at_desk
from tui.screens.board import BoardScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_keys_never_end_the_console_and_send_nothing_unconfirmed(unit: RealNode, seed: int) -> None:
    await play(unit, 120, seed)


async def test_a_console_left_by_a_key_is_followed_by_one_with_a_session_of_its_own(unit: RealNode) -> None:
    async with at_desk(unit, "3002") as pilot:
        await press(pilot, watch(pilot), "ctrl+c")
        assert not pilot.app.is_running

    async with at_desk(unit, "3002") as pilot:
        assert isinstance(pilot.app.screen, BoardScreen)


@pytest.mark.parametrize(
    ("screen", "key", "path", "confirmed"),
    [
        ("DispatchScreen", "enter", "/api/orders/1-1/acts/dispatch", True),
        ("BoardScreen", "enter", "/api/orders/1-1/acts/dispatch", False),
        ("BoardScreen", "z", "/api/orders/1-1/acts/recall", True),
        ("BoardScreen", "z", "/api/orders/1-1/acts/cancel", False),
        ("OrderScreen", "c", "/api/orders/1-1/acts/cancel", False),
        ("SyncScreen", "t", "/api/sync/try", True),
    ],
)
def test_the_watch_knows_which_keys_confirm(screen: str, key: str, path: str, confirmed: bool) -> None:
    watched = Watch(screen, key)
    if confirmed:
        watched.check("POST", path)
    else:
        with pytest.raises(Unconfirmed):
            watched.check("POST", path)
