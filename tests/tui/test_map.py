"""Tracks in braille: the dots of a sign, lines, the scale, where names go, and that every sign is one cell wide."""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import cell_len

from tui.rows.braille import Canvas
from tui.rows.map import At, Mark, dot_of, fit_view, heading, map_lines, scale_bar

TRACK = [At(39.20, 101.60), At(39.22, 101.70), At(39.30, 101.70)]


@pytest.mark.parametrize(("dots", "sign"), [
    ([(0, 0)], "\u2801"), ([(1, 0)], "\u2808"), ([(0, 3)], "\u2840"), ([(1, 3)], "\u2880"),
    ([(x, y) for x in range(2) for y in range(4)], "\u28ff"),
])  # fmt: skip
def test_a_dot_is_the_bit_that_unicode_gives_it(dots: list[tuple[int, int]], sign: str) -> None:
    canvas = Canvas(1, 1)
    for dot in dots:
        canvas.set(*dot)

    assert canvas.rows() == [sign]


def test_what_lies_outside_is_not_drawn_and_a_line_has_no_gaps() -> None:
    canvas = Canvas(4, 1)
    canvas.set(-1, 0)
    canvas.set(8, 0)
    canvas.line((0, 0), (7, 0))

    assert canvas.rows() == ["\u2809" * 4]


def test_every_sign_of_braille_is_one_cell_in_every_terminal() -> None:
    signs = [chr(0x2800 + bits) for bits in range(256)]

    assert {unicodedata.east_asian_width(sign) for sign in signs} == {"N"}
    assert {cell_len(sign) for sign in signs} == {1}


@pytest.mark.parametrize(("width", "height"), [(76, 17), (116, 33), (10, 4)])
def test_the_whole_track_is_in_view_with_north_up_and_every_line_has_its_width(width: int, height: int) -> None:
    view = fit_view(TRACK, width, height)
    assert view is not None
    dots = [dot_of(view, at, width, height) for at in TRACK]

    assert all(0 <= x < width * 2 and 0 <= y < height * 4 for x, y in dots)
    assert dots[2][1] < dots[0][1]
    assert dots[1][0] > dots[0][0]
    lines, unnamed = map_lines(view, [TRACK], [Mark(TRACK[0], "*B318", "strong", vehicle=True)], width, height)
    assert [sum(cell_len(text) for text, _ in line) for line in lines] == [width] * height
    assert unnamed == 0


def test_a_parked_vehicle_does_not_fill_the_screen_with_its_receivers_noise() -> None:
    view = fit_view([At(39.2, 101.6), At(39.200_02, 101.600_02)], 76, 17)
    assert view is not None

    assert scale_bar(view, 76)[0] >= 50


def test_the_bar_is_a_round_length_and_no_more_than_a_third() -> None:
    view = fit_view(TRACK, 76, 17)
    assert view is not None
    metres, cells = scale_bar(view, 76)

    assert (metres, cells <= 76 // 3) == (5_000, True)


def test_names_never_lie_over_each_other() -> None:
    view = fit_view([TRACK[0]], 40, 5)
    assert view is not None
    marks = [Mark(TRACK[0], "*B318", "strong", vehicle=True), Mark(TRACK[0], "+机关大院")]
    said = ["".join(text for text, _ in line) for line in map_lines(view, [], marks, 40, 5)[0]]

    assert sum("*B318" in line for line in said) == 1
    assert not any("机关大院" in line for line in said)


def test_of_vehicles_in_one_yard_each_is_named_or_counted() -> None:
    view = fit_view([TRACK[0]], 40, 9)
    assert view is not None
    plates = [f"B30{number}" for number in range(7)]
    field, unnamed = map_lines(view, [], [Mark(TRACK[0], f"*{plate}", vehicle=True) for plate in plates], 40, 9)
    said = "\n".join("".join(text for text, _ in line) for line in field)

    assert [plate in said for plate in plates] == [True] * 5 + [False] * 2
    assert unnamed == 2
    assert said.count("*") == 1  # the sign stands on the point, and nowhere else


def test_a_vehicle_out_of_view_is_not_among_those_without_room() -> None:
    view = fit_view([TRACK[0]], 40, 5)
    assert view is not None

    assert map_lines(view, [], [Mark(TRACK[2], "*B318", vehicle=True)], 40, 5)[1] == 0


@pytest.mark.parametrize(("course", "side"), [
    (0, "north"), (44, "northeast"), (90, "east"), (181, "south"), (350, "north"), (None, ""),
])  # fmt: skip
def test_a_course_is_told_as_a_side_of_the_compass(course: int | None, side: str) -> None:
    assert heading(course) == side
