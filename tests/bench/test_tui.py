"""`ortoo bench tui`: what it measures is the real console at a real node, and each figure is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import tui, years
from bench.seat import Seat

pytestmark = pytest.mark.anyio


async def test_every_figure_is_measured_on_a_console_at_a_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(years, "STILL_OPEN", 60)
    for name, value in {"STARTS": 1, "PRESSES": 8, "IDLE_S": 0.5, "HOLD_S": 0.3, "QUIET_S": 0.1}.items():
        monkeypatch.setattr(tui, name, value)
    figures = await tui.measure(tmp_path / "node", orders=120)

    assert 0 < figures["cold_start_s"] < figures["signed_in_s"]
    assert 0 < figures["key_to_paint_ms_p50"] <= figures["key_to_paint_ms_p95"]
    assert 0 < figures["first_paint_bytes"]["thin"] <= 4_000
    assert figures["first_paint_bytes"]["thin"] < figures["first_paint_bytes"]["stock"] <= 15_000
    assert 0 < figures["bytes_per_key"]["move"] < 1000
    assert 0 < figures["bytes_per_key"]["scroll"] < 1000
    assert {"rss_mb", "bytes_per_minute_idle", "cpu_s_per_minute_idle", "key_to_paint_ms_p95_120x40"} <= set(figures)
    assert set(figures["at_9600"]) == {"first_paint_s", "board_s", "backlog_s"}


def test_a_seat_stamps_what_comes_draws_it_and_answers_where_the_cursor_is() -> None:
    ask = "print('\\033[3;5Hhere\\033[6n', end='', flush=True)"
    program = f"import sys, tty; tty.setraw(0); {ask}; print(repr(sys.stdin.read(6)))"
    seat = Seat([sys.executable, "-c", program], (20, 5), {})
    seen_s = seat.until(lambda: seat.shows("'\\x1b[3;9R'"), 20)

    assert seat.screen.text[2].startswith("    here")
    assert seat.born_s < seat.changes[0].at_s <= seen_s
    seat.close()


def test_a_seat_answers_a_question_that_came_in_pieces() -> None:
    ask = "[(print(sign, end='', flush=True), time.sleep(0.05)) for sign in 'abc\\033[6n']"
    program = f"import sys, time, tty; tty.setraw(0); {ask}; print(repr(sys.stdin.read(6)))"
    seat = Seat([sys.executable, "-c", program], (20, 5), {})
    seat.until(lambda: seat.shows("'\\x1b[1;4R'"), 20)
    seat.close()


def test_at_a_lines_rate_nothing_comes_sooner_than_the_line_would_bring_it() -> None:
    seat = Seat([sys.executable, "-c", "print('x' * 500)"], (80, 24), {}, baud=9600)
    first_s = seat.until(lambda: seat.received > 0, 20)
    last_s = seat.until(lambda: seat.received >= 500, 20)

    assert last_s - first_s >= 0.4
    seat.close()
