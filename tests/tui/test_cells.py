"""Cutting, padding and wrapping by cells: whatever people are called, columns stay straight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cells import clean, fit, wrap

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
