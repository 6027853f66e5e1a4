"""An approver's right to decide, lent to somebody else for a while (Art. 8). Pure.

There is no chain: what is lent is the right of someone who holds the role himself, so who was lent it has nothing to
lend. It counts at the moment of signing, whenever the decision arrives. Each decision names both.
"""

from __future__ import annotations

from dataclasses import dataclass

FOR = "for"
"""The part of a decision that names the approver in whose place a delegate made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """`lender` lets `holder` decide in his place from `valid_from_ms` until before `valid_to_ms` (UTC milliseconds).
    `authorised_by` is who of the unit's authority agreed to it, `document` the paper it rests on."""

    lender: str
    holder: str
    valid_from_ms: int
    valid_to_ms: int
    authorised_by: str
    document: str

    def covers(self, at_ms: int) -> bool:
        """Whether a decision signed at `at_ms` falls into it."""
        return self.valid_from_ms <= at_ms < self.valid_to_ms
