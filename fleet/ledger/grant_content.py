"""What can be granted: its contents, by name and flat, so that what is signed reads as a row of particulars.

`granting` says who puts which of them into force together, and what certificate that makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import NotTrusted
from fleet.ledger import kinds
from fleet.ledger.canonical import Value, encode
from fleet.ledger.names import NAME_LENGTH_MAX, PERSON, is_name
from fleet.ledger.suite import KNOWN, Suite
from fleet.rules.delegation import Delegation
from fleet.rules.roles import UNIT_ROLES, clash

LEASE_MS_MAX = 3 * 365 * 24 * 3_600_000
TEXT_LENGTH_MAX = 200

Content = Mapping[str, Any]
"""What is granted, by name: flat, so that what is signed reads as a row."""

CONTENTS: dict[str, dict[str, type]] = {
    "person": {"person": str, "name": str, "roles": str, "declared": str, "public": bytes},
    "node": {"node": int, "incarnation": int, "name": str, "public": bytes},
    "roles": {"person": str, "roles": str, "declared": str},
    "delegation": {"lender": str, "holder": str, "valid_from_ms": int, "valid_to_ms": int, "document": str},
    "revoke_person": {"person": str, "public": bytes, "reason": str},
    "revoke_node": {"node": int, "incarnation": int, "after_seq": int, "reason": str},
    "revoke_delegation": {"grant": str, "reason": str},
    "revoke_authority": {"authority": str, "reason": str},
}
"""The particulars of each thing that can be granted, beside `what`, `issued_ms` and `lease_ms`. An empty `public` of a
revocation means every key of that person. `roles` are words with a space between."""
BY_ROOT = frozenset({"revoke_person", "revoke_node", "revoke_authority"})
"""What the root can say alone, in central's log."""
BY_UNIT = frozenset(CONTENTS) - {"revoke_authority"}
_ALWAYS: dict[str, type] = {"what": str, "issued_ms": int, "lease_ms": int}


def content_of(body: Value, *, of: frozenset[str] = BY_UNIT) -> Content:
    """Read what is granted.

    Raises:
        NotTrusted: `grant_content`: it is none of `of`, a particular is missing, is one too many or out of its bounds;
            `roles_together` or `roles_undeclared`: nobody may be all of that (Art. 8).
    """
    if not isinstance(body, dict) or body.get("what") not in of:
        raise NotTrusted("grant_content")
    form = _ALWAYS | CONTENTS[str(body["what"])]
    if {name: type(value) for name, value in body.items()} != form or not all(
        _BOUNDS[name](value) for name, value in body.items()
    ):
        raise NotTrusted("grant_content")
    content: Content = body
    keyless = content["what"] in {"person", "node"} and not content["public"]
    if keyless or not 0 < content["lease_ms"] - content["issued_ms"] <= LEASE_MS_MAX:
        raise NotTrusted("grant_content")
    if "roles" in content and (
        reason := clash(frozenset(content["roles"].split()), declared=bool(content["declared"].strip()))
    ):
        raise NotTrusted(reason)
    if content["what"] == "delegation" and (
        content["lender"] == content["holder"] or content["valid_from_ms"] >= content["valid_to_ms"]
    ):
        raise NotTrusted("grant_content")
    return content


def target_of(suite: Suite, unit: str, content: Content) -> str:
    """The name of a grant: the hash of its content, so that who approves the name approves every word of it."""
    return kinds.GRANTS + suite.hash("grant", encode([unit, dict(content)])).hex()


def beneficiary(content: Content) -> str:
    """Whom a grant is for: that person has no voice in it. "" for a node and for what takes something away."""
    return str({"person": content.get("person"), "roles": content.get("person"), "delegation": content.get("holder")}
               .get(content["what"]) or "")  # fmt: skip


def delegation_of(content: Content, agreed: str) -> Delegation:
    """The delegation a grant makes; `agreed` is who approved it."""
    return Delegation(
        lender=content["lender"],
        holder=content["holder"],
        valid_from_ms=content["valid_from_ms"],
        valid_to_ms=content["valid_to_ms"],
        authorised_by=agreed,
        document=content["document"],
    )


def _is_moment(value: Any) -> bool:
    return bool(0 <= value < 1 << 53)


def _is_text(value: Any) -> bool:
    return len(value) <= TEXT_LENGTH_MAX and str(value).isprintable()


def _is_staff(value: Any) -> bool:
    return PERSON.fullmatch(value) is not None


def _are_roles(value: Any) -> bool:
    words = value.split(" ")
    return bool(value) and len(set(words)) == len(words) and all(word in UNIT_ROLES for word in words)


_BOUNDS: dict[str, Any] = {
    "what": lambda value: value in CONTENTS,
    "issued_ms": _is_moment,
    "lease_ms": _is_moment,
    "valid_from_ms": _is_moment,
    "valid_to_ms": _is_moment,
    "person": _is_staff,
    "lender": _is_staff,
    "holder": _is_staff,
    "name": lambda value: is_name(value) and len(value) <= NAME_LENGTH_MAX,
    "roles": _are_roles,
    "declared": _is_text,
    "document": lambda value: _is_text(value) and value.strip() != "",
    "reason": lambda value: _is_text(value) and value.strip() != "",
    "public": lambda value: len(value) in {0, *(suite.public_size for suite in KNOWN.values())},
    "node": lambda value: 0 <= value < 1 << 31,
    "incarnation": lambda value: 0 < value < 1 << 10,
    "after_seq": lambda value: 0 <= value < 1 << 48,
    "grant": lambda value: value.startswith(kinds.GRANTS) and _is_text(value),
    "authority": lambda value: 0 < len(value) <= TEXT_LENGTH_MAX,
}
"""What each particular may be; its type has been looked at."""
