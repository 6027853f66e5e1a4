"""When something was signed, as far as it can be known: what the signer's clock says, and what receipts prove.

A record names the last receipt its node had got: it was made after central gave that one. Central's first receipt that
covers it was given after it was made. Both times are central's; the signed time between them is the node's own. A clock
far off is told as such and costs nobody anything: what is signed stands, and being offline makes nothing late.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

CLOCK_SLACK_MS = 10 * 60_000
"""How far a node's clock may be off from central's before its signed times are doubted."""


class Proof(StrEnum):
    """What is known of something that had to be done by a deadline."""

    IN_TIME = "proved_in_time"
    LATE = "proved_late"
    CLAIMED_IN_TIME = "claimed_in_time"
    CLAIMED_LATE = "claimed_late"


class Doubt(StrEnum):
    """How a signed time cannot be right."""

    BEHIND = "behind"
    AHEAD = "ahead"


class Timing(NamedTuple):
    """A signed time, UTC ms; after which and before which of central's times it was made, None where nothing says."""

    at_ms: int
    after_ms: int | None = None
    before_ms: int | None = None

    def proof(self, deadline_ms: int) -> Proof:
        """How it stands to a deadline. Without proof the signed time counts."""
        if self.before_ms is not None and self.before_ms <= deadline_ms:
            return Proof.IN_TIME
        if self.after_ms is not None and self.after_ms > deadline_ms:
            return Proof.LATE
        return Proof.CLAIMED_LATE if self.at_ms > deadline_ms else Proof.CLAIMED_IN_TIME

    @property
    def doubt(self) -> Doubt | None:
        """Whether the signed time is well outside of what central's receipts prove."""
        if self.after_ms is not None and self.at_ms < self.after_ms - CLOCK_SLACK_MS:
            return Doubt.BEHIND
        if self.before_ms is not None and self.at_ms > self.before_ms + CLOCK_SLACK_MS:
            return Doubt.AHEAD
        return None
