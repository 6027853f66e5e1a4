"""The console as a process at terminals of different kinds: doubtful widths, no colour, high contrast, a thin line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.cells import cell_len

from bench.seat import Seat
from tests.edge.process import ROOT
from tests.edge.web.conftest import PINS
from tests.tui.real_node import RealNode
from tui.thin.screen import REVERSE

WAIT_S = 30.0


@contextmanager
def console(unit: RealNode, *options: str, wide_signs: bool = False, **environment: str) -> Iterator[Seat]:
    """A console in a process of its own, the dispatcher signed in; what it keeps stays beside the node's files."""
    command = (sys.executable, "-m", "ortoo", "tui", "--node", str(unit.home), "--lang", "zh_CN", *options)
    given = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLORTERM"}}
    given |= {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(unit.home.parent), **environment}
    seat = Seat(command, (80, 24), given, wide_signs=wide_signs)
    try:
        seat.until(lambda: seat.shows("巴图"), WAIT_S)
        seat.press(f"{PINS['3001']}\r")
        seat.until(lambda: seat.shows("1 待办 ("), WAIT_S)
        yield seat
    finally:
        seat.close()


@pytest.mark.parametrize("line", ["--thin", "--whole"])
def test_columns_are_straight_on_a_terminal_that_draws_doubtful_signs_wide(unit: RealNode, line: str) -> None:
    unit.cancel_all()
    order = unit.applied(rider="Өлзийбаяр")
    with console(unit, line, wide_signs=True) as seat:
        seat.until(lambda: seat.shows(order[-4:]) and seat.shows("Olzii"), WAIT_S)
        seat.rest(0.3)

        for text in seat.screen.text:
            assert text[0] in "+|", text
            assert text[-1] in "+|", text
            assert cell_len(text) == 80


@pytest.mark.parametrize(("line", "corner"), [("--whole", "┌├"), ("--thin", "+")])
def test_frames_are_lines_where_the_terminal_draws_their_signs_in_one_cell(
    unit: RealNode, line: str, corner: str
) -> None:
    unit.cancel_all()
    with console(unit, line) as seat:
        seat.until(lambda: seat.screen.text[0][0] in corner, WAIT_S)
        seat.rest(0.3)
        text = seat.screen.text
        panels = [row for row in text if " 待办 (" in row or " 车辆 (" in row or " 报警 (" in row]

        assert len(panels) == 3
        assert all(row[0] == corner[-1] and cell_len(row) == 80 for row in panels)
        assert (text[0][0], text[-1][0]) == {"--whole": ("┌", "└"), "--thin": ("+", "+")}[line]


def test_without_colour_every_state_is_still_told_apart_by_a_word(unit: RealNode) -> None:
    unit.cancel_all()
    unit.applied(urgency=0)
    with console(unit, "--whole", NO_COLOR="1") as seat:
        seat.until(lambda: seat.shows("急 "), WAIT_S)
        seat.rest(0.3)
        cells = [cell for row in seat.screen.rows for cell in row]

        assert not any(style.ink not in ("", "39") or style.paper not in ("", "49") for _, style in cells)
        assert seat.shows("待审批")


def test_in_high_contrast_nothing_is_dim(unit: RealNode) -> None:
    unit.cancel_all()
    unit.applied()
    with console(unit, "--contrast") as seat:
        seat.until(lambda: seat.shows("待审批"), WAIT_S)
        seat.rest(0.3)

        assert not any(style.bits & 2 for row in seat.screen.rows for _, style in row)


def test_on_a_thin_line_the_cursor_marks_the_beginning_of_its_line(unit: RealNode) -> None:
    unit.cancel_all()
    unit.applied()
    with console(unit, "--thin") as seat:
        seat.until(lambda: seat.shows("待审批"), WAIT_S)
        seat.rest(0.3)
        marked = [x for x, (_, style) in enumerate(seat.screen.rows[3]) if style.bits & REVERSE]

        assert marked
        assert len(marked) <= 14
        assert marked[0] == 1
