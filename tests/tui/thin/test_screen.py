"""What a terminal shows, as the console believes it: the same as an independent model of a terminal says."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.thin.screen import BLANK, BOLD, PLAIN, REVERSE, Screen, Style, restyled

WIDTH, HEIGHT = 12, 6
numbers = st.integers(0, WIDTH + 2)
# Nothing here is written into the last column: what follows a sign there is understood differently by terminals.
sequences = st.one_of(
    st.builds("\x1b[{};{}H{}".format, numbers, st.integers(0, 8), st.text(st.sampled_from("ab -+|"), max_size=4)),
    st.sampled_from(["\r", "\n", "\b", "\x1bM", "\x1b[2J", "\x1b[H", "\x1b7", "\x1b8"]),
    st.builds("\x1b[{}{}".format, numbers, st.sampled_from("ABCDGdXPLM@")),
    st.builds("\x1b[{}{}".format, st.integers(0, 2), st.sampled_from("JK")),
    st.builds("\x1b[{};{}H".format, numbers, numbers),
)


def independent(text: str) -> pyte.Screen:
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.Stream(screen).feed(text)
    return screen


@given(st.lists(sequences, max_size=30).map("".join))
def test_the_cells_are_those_of_another_terminal_model(text: str) -> None:
    screen = Screen(WIDTH, HEIGHT)
    screen.feed(text)

    assert ["".join(sign for sign, _ in row) for row in screen.rows] == independent(text).display


@given(st.lists(sequences | st.sampled_from(["\x1b[1;33m", "中文", "\x1b]0;title\x07"]), max_size=12), st.data())
def test_how_the_writing_is_cut_never_changes_what_is_shown(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cut = data.draw(st.integers(0, len(text)))
    whole, parts = Screen(WIDTH, HEIGHT), Screen(WIDTH, HEIGHT)
    beyond = whole.feed(text)
    assert parts.feed(text[:cut]) + parts.feed(text[cut:]) == beyond
    assert parts.rows == whole.rows


def test_a_line_that_is_full_goes_on_below_unless_wrapping_is_switched_off() -> None:
    wrapping, cutting = Screen(4, 2), Screen(4, 2)
    wrapping.feed("abcdef")
    cutting.feed("\x1b[?7labcdef")

    assert (wrapping.text, cutting.text) == (["abcd", "ef"], ["abcf", ""])


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("中", [("中", PLAIN), ("", PLAIN)]),
        ("中\x1b[1GA", [("A", PLAIN), BLANK]),  # half of a wide sign is no sign
        ("中\x1b[2GA", [BLANK, ("A", PLAIN)]),
        ("\x1b[1mA ", [("A", Style(BOLD)), BLANK]),  # a bold blank looks like any other
        ("\x1b[7m ", [(" ", Style(REVERSE)), BLANK]),
        ("e\u0301", [("e\u0301", PLAIN), BLANK]),
        ("\x1b[44m\x1b[K", [(" ", Style(paper="44"))] * 2),
    ],
)
def test_a_cell_is_what_the_eye_sees(text: str, cells: list[tuple[str, Style]]) -> None:
    screen = Screen(WIDTH, HEIGHT)
    screen.feed(text)

    assert screen.rows[0][:2] == cells


@pytest.mark.parametrize(
    ("values", "style"),
    [
        ("", PLAIN),
        ("1;7;33", Style(BOLD | REVERSE, "33")),
        ("38;5;208;48;2;1;2;3", Style(0, "38;5;208", "48;2;1;2;3")),
        ("33;39;44;49;1;22", PLAIN),
        ("1;0", PLAIN),
    ],
)
def test_a_pen_is_what_its_parameters_say(values: str, style: Style) -> None:
    assert restyled(PLAIN, values) == style


def test_what_changes_no_cell_is_handed_on_as_it_came() -> None:
    screen = Screen(WIDTH, HEIGHT)

    assert screen.feed("a\x1b[?25l\x07b\x1b[6n\x1b]52;c;aGk=\x07") == "\x1b[?25l\x07\x1b[6n\x1b]52;c;aGk=\x07"
    assert screen.text[0] == "ab"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("\x1b[2;4r\x1b[4H\n", ["a", "c", "d", "", "e", "f"]),
        ("\x1b[2;4r\x1b[2H\x1bM\x1bM", ["a", "", "", "b", "e", "f"]),
        ("\x1b[2;4r\x1b[2S", ["a", "d", "", "", "e", "f"]),
        ("\x1b[2;4r\x1b[T", ["a", "", "b", "c", "e", "f"]),
        ("\x1b[2;4r\x1b[r\x1b[6H\n", ["b", "c", "d", "e", "f", ""]),
        ("\x1b[2;4r\x1b[6H\nx", ["a", "b", "c", "d", "e", "x"]),  # below the region nothing moves
    ],
)
def test_only_the_lines_of_the_region_move(text: str, lines: list[str]) -> None:
    screen = Screen(WIDTH, HEIGHT)
    screen.feed("a\r\nb\r\nc\r\nd\r\ne\r\nf" + text)

    assert screen.text == lines
