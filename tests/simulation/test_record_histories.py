"""Random histories of every kind of record: the rules and a second opinion agree on each, and reach every state."""

from __future__ import annotations

import pytest

from fleet.rules.cases import CASES
from tests.simulation.record_histories import ELSEWHERE, KINDS, compare

HISTORIES = 160
"""Of each kind; `python -m tests.simulation.record_histories` runs any number."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_rules_and_the_second_opinion_agree_and_every_state_is_reached(kind: str) -> None:
    ended = [compare(kind, seed) for seed in range(HISTORIES)]

    assert {record.state for record in ended} >= CASES[kind].states
    assert any(record.refused for record in ended), "some of it is refused"


def test_no_kind_of_record_is_without_a_second_opinion() -> None:
    assert set(CASES) == {*KINDS, *ELSEWHERE}
