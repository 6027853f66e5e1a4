"""Spans, against minutes on a paper strip."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.alarm.spans import Span, both, minus, union

SPANS = st.lists(st.builds(lambda a, b: Span(a, a + b), st.integers(0, 60), st.integers(0, 20)), max_size=6)


def minutes(spans: list[Span]) -> set[int]:
    return {at for span in spans for at in range(span.from_ms, span.until_ms)}


@given(SPANS, SPANS)
def test_union_difference_and_what_is_common_are_those_of_the_minutes(ours: list[Span], theirs: list[Span]) -> None:
    assert minutes(union(ours)) == minutes(ours)
    assert minutes(minus(ours, theirs)) == minutes(ours) - minutes(theirs)
    assert minutes(both(ours, theirs)) == minutes(ours) & minutes(theirs)


@given(SPANS, st.integers(0, 5))
def test_a_union_is_in_order_and_apart(spans: list[Span], within: int) -> None:
    found = union(spans, within)

    assert all(a.until_ms + within < b.from_ms for a, b in pairwise(found))
