"""Everything that can go wrong between people, rules and bytes, as one tree.

Callers catch the branch they can act on; each error carries a code and the facts behind it, never a finished
sentence: the faces say it in the caller's language (`refusal.<code>.what`, `.why` and `.next` in the catalogues).

FleetError
├── RuleBroken      the caller asked for something the rules forbid          (HTTP 409, exit 1)
│   └── IllegalMove     the order's state does not allow the act
├── NotAllowed      this person may not do this                              (HTTP 403, exit 1)
├── BadInput        a field is missing or cannot be read                     (HTTP 400, exit 2)
├── NotFound        no such order, vehicle, person or directory              (HTTP 404, exit 2)
├── NotTrusted      bytes from outside failed a check: set aside, count, say (HTTP 403, exit 1)
└── Unavailable     the disk, a port or an address cannot be used now        (HTTP 507, exit 1)
"""

from __future__ import annotations


class FleetError(Exception):
    """A refusal with a stable `code`, the `article` of the rules it rests on ("" if none) and plain `facts`."""

    def __init__(self, code: str, *, article: str = "", **facts: object) -> None:
        detail = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.article, self.facts = code, article, facts


class RuleBroken(FleetError):
    """The rules forbid it. `article` names the article of the regulation, as in "8" or "19a"."""


class IllegalMove(RuleBroken):
    """The order is in a state from which the act does not exist."""

    def __init__(self, order: str, state: str, act: str) -> None:
        super().__init__("illegal_move", article="13", order=order, state=state, act=act)


class NotAllowed(FleetError):
    """The person is known, but has no role, session or PIN for this."""


class BadInput(FleetError):
    """The caller's own input is at fault; `field` says which."""


class NotFound(FleetError):
    """What was named does not exist here."""


class NotTrusted(FleetError):
    """Bytes from outside that failed a check. Never applied; the reason goes back to their author."""


class Unavailable(FleetError):
    """The surroundings failed: disk full, port gone, address in use. What was stored stays stored."""
