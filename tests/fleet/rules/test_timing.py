"""When something was signed, by the signer's clock and by central's receipts: what is proved, claimed, or doubted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.timing import CLOCK_SLACK_MS, Doubt, Proof, Timing

DUE_MS, HOUR_MS, YEAR_MS = 1_790_000_000_000, 3_600_000, 365 * 86_400_000
BEFORE, AFTER = DUE_MS - HOUR_MS, DUE_MS + HOUR_MS
times = st.integers(0, 1 << 41)


@pytest.mark.parametrize(
    ("at_ms", "after_ms", "before_ms", "proof"),
    [
        (BEFORE, None, None, Proof.CLAIMED_IN_TIME),
        (DUE_MS, None, None, Proof.CLAIMED_IN_TIME),
        (AFTER, None, None, Proof.CLAIMED_LATE),
        (BEFORE, None, DUE_MS, Proof.IN_TIME),
        (AFTER + YEAR_MS, None, DUE_MS, Proof.IN_TIME),
        (BEFORE, None, AFTER + YEAR_MS, Proof.CLAIMED_IN_TIME),
        (BEFORE, BEFORE, AFTER, Proof.CLAIMED_IN_TIME),
        (AFTER, DUE_MS, AFTER, Proof.CLAIMED_LATE),
        (BEFORE, DUE_MS + 1, None, Proof.LATE),
        (BEFORE - YEAR_MS, AFTER, AFTER, Proof.LATE),
    ],
)
def test_what_is_known_of_a_deadline(at_ms: int, after_ms: int | None, before_ms: int | None, proof: Proof) -> None:
    assert Timing(at_ms, after_ms, before_ms).proof(DUE_MS) == proof


@given(times, times)
def test_being_offline_makes_nothing_late(at_ms: int, due_ms: int) -> None:
    """Whatever the signed time, without a receipt nothing is proved; and what was signed in time stays so."""
    proof = Timing(at_ms).proof(due_ms)

    assert proof == (Proof.CLAIMED_LATE if at_ms > due_ms else Proof.CLAIMED_IN_TIME)


@given(times, times, times, times)
def test_no_clock_of_a_node_outweighs_a_receipt(at_ms: int, other_ms: int, after_ms: int, due_ms: int) -> None:
    one, other = Timing(at_ms, after_ms, after_ms + 1), Timing(other_ms, after_ms, after_ms + 1)

    if after_ms + 1 <= due_ms or after_ms > due_ms:
        assert one.proof(due_ms) == other.proof(due_ms) != Proof.CLAIMED_LATE


@pytest.mark.parametrize(
    ("at_ms", "doubt"),
    [
        (BEFORE, None),
        (AFTER, None),
        (BEFORE - CLOCK_SLACK_MS, None),
        (AFTER + CLOCK_SLACK_MS, None),
        (BEFORE - CLOCK_SLACK_MS - 1, Doubt.BEHIND),
        (AFTER + CLOCK_SLACK_MS + 1, Doubt.AHEAD),
        (0, Doubt.BEHIND),
        (DUE_MS + YEAR_MS, Doubt.AHEAD),
    ],
)
def test_a_clock_well_outside_of_the_receipts_is_doubted(at_ms: int, doubt: Doubt | None) -> None:
    assert Timing(at_ms, BEFORE, AFTER).doubt == doubt
    assert Timing(at_ms).doubt is None
