"""From any picture to any other by what is written, and cheaply where a console does it all day."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tui.thin.difference import Scroll, difference, find_scroll
from tui.thin.screen import Screen

WIDTH, HEIGHT = 24, 8
signs = st.sampled_from(
    ["a", "b", " ", " ", "中", "文", "-", "\x1b[1m", "\x1b[m", "\x1b[7;33m", "\x1b[2;44m", "\x1b[4m"]
)
lines = st.lists(signs, max_size=26).map("".join)
pictures = st.lists(lines | st.sampled_from(["", "| 常 9886 赴防汛仓库 |"]), min_size=HEIGHT, max_size=HEIGHT)


def blank() -> Screen:
    screen = Screen(WIDTH, HEIGHT)
    screen.wraps = False
    return screen


def drawn(picture: list[str]) -> Screen:
    screen = blank()
    for y, line in enumerate(picture):
        screen.feed(f"\x1b[{y + 1}H\x1b[m{line}")
    return screen


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """What another model of a terminal shows, attributes only where the eye sees them."""
    seen = []
    for y in range(screen.lines):
        row = [screen.buffer[y][x] for x in range(screen.columns)]
        seen.append(
            [
                (
                    one.data,
                    one.bg,
                    one.reverse,
                    one.underscore,
                    *((one.fg, one.bold) if one.data != " " or one.reverse or one.underscore else ()),
                )
                for one in row
            ]
        )
    return seen


@given(pictures, pictures)
def test_what_is_written_leads_from_one_picture_to_the_other(before: list[str], after: list[str]) -> None:
    shown, wanted = drawn(before), drawn(after)
    difference(shown, wanted)

    assert shown.rows == wanted.rows
    assert (shown.x, shown.y) == (min(wanted.x, WIDTH - 1), wanted.y)


@given(pictures, pictures, st.integers(1, 200))
def test_in_pieces_it_comes_to_the_same(before: list[str], after: list[str], size: int) -> None:
    shown, wanted = drawn(before), drawn(after)
    for _ in range(HEIGHT):
        difference(shown, wanted, size)

    assert shown.rows == wanted.rows
    assert difference(shown, wanted, size) == ""


@given(st.lists(pictures, min_size=1, max_size=4))
def test_another_terminal_shows_the_same_as_if_everything_had_been_written_anew(story: list[list[str]]) -> None:
    shown = blank()
    terminal, anew = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(terminal)
    stream.feed("\x1b[?7l")
    for picture in story:
        wanted = drawn(picture)
        stream.feed(difference(shown, wanted))
    pyte.Stream(anew).feed("\x1b[?7l" + difference(blank(), drawn(story[-1])))

    assert cells(terminal) == cells(anew)
    assert terminal.display == anew.display


@given(pictures)
def test_nothing_is_written_where_nothing_differs(picture: list[str]) -> None:
    shown, wanted = drawn(picture), drawn(picture)
    difference(shown, wanted)

    assert difference(shown, wanted) == ""


def test_a_list_that_moved_by_a_line_is_scrolled_and_only_the_new_line_written() -> None:
    rows = [f"|{chr(97 + number) * 22}|" for number in range(20)]
    shown, wanted = drawn(["+---", *rows[:6], "+---"]), drawn(["+---", *rows[1:7], "+---"])

    assert find_scroll(shown.rows, wanted.rows) == Scroll(1, 6, 1)
    assert len(difference(shown, wanted)) < 60


def test_a_cursor_that_stays_at_the_edge_does_not_hide_that_the_list_moved() -> None:
    rows = [f"|{chr(97 + number) * 22}|" for number in range(20)]
    here = [f"|\x1b[7m{chr(97 + number) * 22}\x1b[m|" for number in range(20)]
    shown = drawn(["+---", *rows[:5], here[5], "+---"])
    wanted = drawn(["+---", *rows[1:6], here[6], "+---"])

    assert find_scroll(shown.rows, wanted.rows) == Scroll(1, 5, 1)


def test_one_changed_figure_costs_its_way_and_its_digit() -> None:
    shown, wanted = drawn(["", "speed 62km/h"]), drawn(["", "speed 63km/h"])
    difference(Screen(WIDTH, HEIGHT), shown)

    assert len(difference(shown, wanted)) <= len("\x1b[2;8H3\x1b[H")
