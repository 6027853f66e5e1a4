"""Facts: what people signed about an order or another record, as the rules see it. States are folds of these.

A fact the rules refuse changes nothing and stays beside the record with the reason, so that its author and an inspector
can both see it (Art. 14: nothing is deleted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.rules.settings import Changed

RECENT_MS = 62 * 86_400_000
"""How long an order or a case that has ended is still among what is looked through at every choice: two months. What
ended before is found by its number, and by whoever searches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One act as its author signed it.

    `record` names the signed operation (hex); `detail` is what the act carries; `settings` are the settings that the
    unit had changed as far as its author knew, by name (see `settings.value`): an act is judged by the rules it was
    made under, on every replica alike.
    """

    act: str
    by: str
    at_ms: int
    record: str
    detail: Mapping[str, object]
    settings: Changed = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A particular as text; "" if it is not there or is none."""
        value = self.detail.get(name, "")
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int | None:
        """A particular as a whole number; None if it is not there or is none."""
        value = self.detail.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Refused:
    """A fact that changed nothing, and the code of the rule that stopped it."""

    fact: Fact
    code: str
    article: str
