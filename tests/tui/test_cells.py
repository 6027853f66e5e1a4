"""Cutting, padding and wrapping by cells: whatever people are called, columns stay straight."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cells import clean, fit, treat_doubtful_as_wide, wrap

TEXTS = st.text(st.sampled_from("ab 1-，。中文蒙古族巴图·…“”Батаа\t\n\x1b\u200b\u0301"), max_size=60)


@given(TEXTS, st.integers(0, 40), st.booleans())
def test_a_fitted_text_has_exactly_the_cells_asked_for(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right)) == width


@given(TEXTS, st.integers(2, 40))
def test_no_wrapped_line_is_too_wide_and_no_word_is_lost(text: str, width: int) -> None:
    wrapped = wrap(text, width)

    assert all(cell_len(line) <= width for line in wrapped)
    assert "".join("".join(wrapped).split()) == "".join(clean(text).split())


@given(TEXTS)
def test_nothing_that_moves_a_terminals_cursor_or_doubts_its_width_gets_through(text: str) -> None:
    assert {"\x1b", "\t", "\n", "\u200b", "·", "…", "“", "”"}.isdisjoint(clean(text))


@pytest.mark.parametrize(
    ("text", "width", "cells"),
    [
        ("巴丹吉林", 8, "巴丹吉林"),
        ("巴丹吉林", 7, "巴丹吉~"),
        ("巴丹吉林", 6, "巴丹~ "),  # never half a Hanzi
        ("Badain", 4, "Bad~"),
        ("巴图", 6, "巴图  "),
        ("", 3, "   "),
    ],
)
def test_a_cut_is_marked_and_falls_between_signs(text: str, width: int, cells: str) -> None:
    assert fit(text, width) == cells


def test_closing_punctuation_stays_with_the_sign_before_it() -> None:
    assert wrap("固定搭配；油够", 8) == ["固定搭", "配；油够"]


def test_a_plate_is_never_torn_apart() -> None:
    assert wrap("车辆 蒙M-0B312；驾驶员", 10) == ["车辆", "蒙M-0B312", "；驾驶员"]
    assert wrap("派蒙M-0B312", 10) == ["派", "蒙M-0B312"]
    assert wrap("what for fire; plate 蒙M-0B312; rider", 26) == ["what for fire; plate", "蒙M-0B312; rider"]


@pytest.fixture
def _wide_terminal() -> Iterator[None]:
    treat_doubtful_as_wide()
    yield
    treat_doubtful_as_wide(False)


@pytest.mark.usefixtures("_wide_terminal")
@pytest.mark.parametrize(
    ("name", "written"), [("Өлзий", "Olzii"), ("Бат-Эрдэнэ", "Bat-Erdene"), ("Щ巴图", "Sh巴图"), ("α·β", "?.?")]
)
def test_on_a_terminal_that_draws_doubtful_letters_wide_they_are_written_in_latin_ones(name: str, written: str) -> None:
    assert clean(name) == written


@pytest.mark.usefixtures("_wide_terminal")
@given(TEXTS)
def test_nothing_of_doubtful_width_is_left_there(text: str) -> None:
    assert all(unicodedata.east_asian_width(sign) != "A" for sign in clean(text))
