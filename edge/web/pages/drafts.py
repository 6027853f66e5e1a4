"""What a driver has ticked and typed for a trip and not yet signed: kept for that driver until the act is done.

In memory, so it outlives the kiosk's screen and browser, not the node. Never holds a PIN.
"""

from __future__ import annotations

DRAFTS_MAX = 200
"""At once; the oldest gives way. A unit has tens of drivers."""


class Drafts:
    """Text by name, for a person and a trip."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, person: str, order_id: str) -> dict[str, str]:
        """What is kept; empty if nothing is."""
        return dict(self._kept.get((person, order_id), {}))

    def put(self, person: str, order_id: str, **fields: str) -> None:
        """Keep more."""
        kept = self._kept.pop((person, order_id), {})
        while len(self._kept) >= DRAFTS_MAX:
            self._kept.pop(next(iter(self._kept)))
        self._kept[person, order_id] = kept | fields

    def drop(self, person: str, order_id: str) -> None:
        """It has been signed."""
        self._kept.pop((person, order_id), None)
