"""The check code of every protocol: folding gives what going byte by byte gives, for one text and for many."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.xor import LONG, SHORT, checksum, checksums

texts = st.one_of(st.binary(max_size=2 * LONG), st.binary(min_size=4000, max_size=4096))


@given(texts)
def test_folding_gives_the_same_check_code_as_going_byte_by_byte(text: bytes) -> None:
    assert checksum(text) == reduce(xor, text, 0)


@given(st.lists(texts, max_size=5))
def test_texts_checked_together_have_the_code_each_has_alone(beside: list[bytes]) -> None:
    assert list(checksums(beside)) == [checksum(text) for text in beside]


@pytest.mark.parametrize("size", [SHORT, LONG])
def test_a_text_that_fills_its_slot_does_not_touch_its_neighbour(size: int) -> None:
    full = bytes([0xFF]) * size
    assert checksums([full, b"\x01", full, b""]) == b"\x00\x01\x00\x00"
    assert checksums([full, b"\x01", full + b"\x02", b""]) == b"\x00\x01\x02\x00"
