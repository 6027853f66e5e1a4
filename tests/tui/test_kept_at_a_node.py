"""Work that was not sent outlives the console that was killed over it; a PIN does not (a real console, SIGKILL)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from fleet.words import Words
from tests.tui.real_node import RealNode
from tests.tui.test_terminals import WAIT_S, console

WORDS, SECRET = Words("zh_CN", "console"), "93155127"


def test_a_form_and_a_mark_are_there_after_the_console_was_killed(unit: RealNode, tmp_path: Path) -> None:
    unit.cancel_all()
    unseen = WORDS("alarm.unseen")
    with console(unit, XDG_STATE_HOME=str(tmp_path)) as seat:
        seat.press("a")
        seat.until(lambda: unseen in seat.screen.text[3], WAIT_S)
        seat.press(" ")
        seat.until(lambda: unseen not in seat.screen.text[3], WAIT_S)
        seat.press("escape")
        seat.until(lambda: seat.shows("1 待办 ("), WAIT_S)
        seat.press("n")
        seat.until(lambda: seat.shows(WORDS("apply.title")), WAIT_S)
        seat.press("wang er\r")
        seat.until(lambda: seat.shows("wang er"), WAIT_S)
        for _ in range(13):
            seat.press("down")
        seat.press(f"{SECRET}\r")
        seat.rest(0.5)
        os.kill(seat.pid, signal.SIGKILL)

    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert "wang er" in kept
    assert SECRET not in kept
    with console(unit, XDG_STATE_HOME=str(tmp_path)) as seat:
        seat.press("a")
        seat.until(lambda: "A07" in seat.screen.text[3], WAIT_S)
        assert unseen not in seat.screen.text[3]
        seat.press("escape")
        seat.until(lambda: seat.shows("1 待办 ("), WAIT_S)
        seat.press("n")
        seat.until(lambda: seat.shows("wang er"), WAIT_S)
