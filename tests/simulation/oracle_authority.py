"""The second opinion on authority: who could do what, decided by walking the whole past of each operation.

Written apart from the ledger's own judging, entry by entry in causal order: certificates of the root and of two people,
changes of roles, revocations, delegations, and what a revoked node said too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cbor2

Name = tuple[int, int, int]
Read = Callable[[object, bytes, str], "list[Any] | None"]
Signed = Callable[[bytes, str, bytes, bytes], bool]

FORMS = {
    "person": {"person", "name", "roles", "declared", "public"},
    "node": {"node", "incarnation", "name", "public"},
    "roles": {"person", "roles", "declared"},
    "delegation": {"lender", "holder", "valid_from_ms", "valid_to_ms", "document"},
    "revoke_person": {"person", "public", "reason"},
    "revoke_node": {"node", "incarnation", "after_seq", "reason"},
    "revoke_delegation": {"grant", "reason"},
    "revoke_authority": {"authority", "reason"},
}
UNIT_ROLES = {"applicant", "approver", "dispatcher", "driver", "admin", "finance", "unit_head"}
PAIRS = ({"dispatcher", "admin"}, {"approver", "unit_head"})


class Authority:
    """Every question about one log. `entries` by name, `pasts` what each could know, `effective` what came of those
    before, filled by the caller as it goes."""

    def __init__(
        self,
        entries: Mapping[Name, Any],
        pasts: Mapping[Name, frozenset[Name]],
        effective: Mapping[bytes, bool],
        root: bytes,
        opened: Read,
        signed: Signed,
        hashed: Callable[[int, str, bytes], bytes],
    ) -> None:
        self._entries, self._pasts, self._effective, self._root = entries, pasts, effective, root
        self._opened, self._signed, self._hashed = opened, signed, hashed
        ordered = sorted(entries.values(), key=lambda one: one.place, reverse=True)
        self._proposed = {one.target: one.body for one in ordered if one.kind == "grant.propose"}

    # -- what is known at an operation ------------------------------------------------------------------------------

    def past(self, entry: Any, *kinds: str) -> Iterator[Any]:
        """Operations with effect that `entry` could know of, in causal order, leaving out what a node said after it
        was revoked as far as `entry` knew."""
        known = [self._entries[name] for name in self._pasts[entry.name]]
        ends = [
            one for one in known if self._effective.get(one.hash) and one.kind in {"grant.approve", "region.revoke"}
        ]
        for one in sorted(known, key=lambda one: one.place):
            if one.kind in kinds and self._effective.get(one.hash) and not self._ended(one, ends):
                yield one

    def ended_here(self, entry: Any) -> bool:
        """Whether the node itself knew, writing this, that it was revoked."""
        ends = [self._entries[name] for name in self._pasts[entry.name]]
        return self._ended(entry, [one for one in ends if self._effective.get(one.hash)])

    def _ended(self, one: Any, ends: list[Any]) -> bool:
        for each in ends:
            content = self.ruled(each)
            if (
                content
                and content["what"] == "revoke_node"
                and one.name[:2] == (content["node"], content["incarnation"])
            ) and one.name[2] > content["after_seq"]:
                return True
        return False

    def ruled(self, entry: Any) -> dict[str, Any] | None:
        """What an approval or a word of the root puts into force."""
        if entry.kind == "region.revoke":
            return self._of_root(entry)
        if entry.kind != "grant.approve":
            return None
        body = self._proposed.get(entry.target)
        return body if isinstance(body, dict) else None

    # -- people -----------------------------------------------------------------------------------------------------

    def certificates(self, entry: Any, person: str) -> list[tuple[bytes, set[str], int, int, str]]:
        """Key, roles, beginning and end of lease, unit: everything by which a person can speak at `entry`."""
        found: dict[bytes, tuple[bytes, set[str], int, int, str]] = {}
        rulings = []
        for one in self.past(entry, "person.enrol", "grant.approve", "region.revoke"):
            said = None
            if one.kind == "person.enrol" and one.target == f"person/{person}":
                said = self.certificate(one.body)
            content = self.ruled(one)
            if content and content.get("person") == person:
                if content["what"] == "person":
                    said = self._granted(one, content)
                elif content["what"] in {"roles", "revoke_person"}:
                    rulings.append(content)
            if said and (said[8] not in found or found[said[8]][2] < said[9]):
                found[said[8]] = (said[8], set(said[7]), said[9], said[10], said[2])
        changes = sorted((one for one in rulings if one["what"] == "roles"), key=lambda one: int(one["issued_ms"]))
        held = []
        for public, roles, begins, ends, unit in found.values():
            now = roles
            for change in changes:
                if change["issued_ms"] >= begins:
                    now = set(change["roles"].split())
            gone = any(
                one["what"] == "revoke_person" and one["public"] in {b"", public} and begins <= one["issued_ms"]
                for one in rulings
            )
            if not gone:
                held.append((public, now, begins, ends, unit))
        return held

    def may(self, entry: Any, roles: set[str]) -> bool:
        """Whether the person of an operation could do what needs one of `roles`, there and then."""
        at_ms = entry.fields[7] // 65536
        held = [
            one
            for one in self.certificates(entry, entry.person)
            if one[4] == entry.fields[1] and one[2] <= at_ms < one[3]
        ]
        if roles == {"approver"} and isinstance(entry.body, dict) and "for" in entry.body:
            if not self._lent(entry, entry.body["for"], at_ms):
                return False
        else:
            held = [one for one in held if roles & one[1]]
        return any(self._speaks(entry, public) for public, *_ in held)

    def anyone(self, entry: Any, role: str) -> bool:
        """Whether somebody of the unit was known at `entry` to hold a role."""
        people = {one.target for one in self.past(entry, "person.enrol")}
        people |= {
            f"person/{content['person']}"
            for one in self.past(entry, "grant.approve")
            if (content := self.ruled(one)) and content.get("person")
        }
        return any(
            role in one[1] and one[4] == entry.fields[1]
            for person in people
            for one in self.certificates(entry, person.removeprefix("person/"))
        )

    def _lent(self, entry: Any, lender: Any, at_ms: int) -> bool:
        lent, returned = [], set()
        for one in self.past(entry, "grant.approve"):
            content = self.ruled(one) or {}
            if content.get("what") == "delegation" and (content["lender"], content["holder"]) == (lender, entry.person):
                lent.append((one.target, content))
            if content.get("what") == "revoke_delegation":
                returned.add(content["grant"])
        decides = any(
            "approver" in one[1] and one[2] <= at_ms < one[3] for one in self.certificates(entry, str(lender))
        )
        valid = [
            one for target, one in lent if target not in returned and one["valid_from_ms"] <= at_ms < one["valid_to_ms"]
        ]
        return decides and bool(valid)

    # -- grants -----------------------------------------------------------------------------------------------------

    def granting(self, entry: Any) -> bool:
        """Whether a proposal or a decision has effect."""
        in_force = self._authorities(entry)
        if not any(self._named(entry, one) for one in in_force):
            return False
        if entry.kind == "grant.propose":
            return self._proposes(entry)
        proposals = [one for one in self.past(entry, "grant.propose") if one.target == entry.target]
        decided = [one for one in self.past(entry, "grant.approve", "grant.reject") if one.target == entry.target]
        if not proposals or decided:
            return False
        if entry.kind == "grant.reject":
            return isinstance(entry.body, dict) and bool(str(entry.body.get("reason", "")).strip())
        at_ms, content = entry.fields[7] // 65536, proposals[0].body
        answered = [
            one
            for one in proposals
            if one.person != entry.person
            and one.fields[7] // 65536 <= at_ms
            and any(self._named(entry, each) and self._named(one, each) for each in in_force)
        ]
        fit = self._fits(entry, content)
        return (
            entry.body == {}
            and entry.person != _for_whom(content)
            and at_ms < content["lease_ms"]
            and fit
            and bool(answered)
        )

    def _proposes(self, entry: Any) -> bool:
        content = entry.body
        if not isinstance(content, dict) or content.get("what") not in FORMS or content["what"] == "revoke_authority":
            return False
        if set(content) != FORMS[content["what"]] | {"what", "issued_ms", "lease_ms"}:
            return False
        name = self._hashed(entry.fields[0], "grant", cbor2.dumps([entry.fields[1], content], canonical=True)).hex()
        known = any(one.target == entry.target for one in self.past(entry, "grant.propose"))
        at_ms = entry.fields[7] // 65536
        own = _for_whom(content) == entry.person
        return (
            entry.target == f"grant/{name}"
            and not known
            and not own
            and at_ms < content["lease_ms"]
            and self._fits(entry, content)
        )

    def _fits(self, entry: Any, content: dict[str, Any]) -> bool:
        roles = set(str(content.get("roles", "")).split())
        if "roles" in content:
            if content["what"] == "person":
                others = self.certificates(entry, content["person"])
                together = roles.union(*(one[1] for one in others if one[0] != content["public"]))
            else:
                together = roles
            declared = bool(content["declared"].strip())
            if not roles or not roles <= UNIT_ROLES or {"approver", "dispatcher"} <= together:
                return False
            if not declared and any(pair <= together for pair in PAIRS):
                return False
        if content["what"] in {"roles", "revoke_person"}:
            return bool(self.certificates(entry, content["person"]))
        if content["what"] == "delegation":
            at_ms = entry.fields[7] // 65536
            lends = [one for one in self.certificates(entry, content["lender"]) if "approver" in one[1]]
            known = bool(self.certificates(entry, content["holder"]))
            return known and any(one[2] <= at_ms < one[3] for one in lends)
        if content["what"] == "revoke_delegation":
            made = (self.ruled(one) for one in self.past(entry, "grant.approve") if one.target == content["grant"])
            return any(one is not None and one["what"] == "delegation" for one in made)
        return content["what"] != "node" or self._number_free(entry, content)

    def _number_free(self, entry: Any, content: dict[str, Any]) -> bool:
        number, blocks = content["node"], list(self._authorities(entry, ever=True))
        if not any(one[4] <= number < one[4] + one[5] for one in blocks):
            return False
        lives = {}
        for one in self.past(entry, "node.enrol"):
            if one.name[0] == number and one.name[2] == 1 and (said := self.certificate(one.body)):
                lives[one.name[1]] = said[8]
        rejected = {one.target for one in self.past(entry, "grant.reject")}
        approved = {one.target for one in self.past(entry, "grant.approve")}
        for one in self.past(entry, "grant.propose"):
            same = one.body["what"] == "node" and one.body["node"] == number and one.hash != entry.hash
            if same and (one.target not in rejected or one.target in approved):
                lives[one.body["incarnation"]] = one.body["public"]
        if not lives:
            parent = entry.name[0]
            return any(
                one[4] <= parent < one[4] + one[5]
                and one[4] + 8 * (parent - one[4]) + 1 <= number <= one[4] + 8 * (parent - one[4]) + 8
                for one in blocks
            )
        life = content["incarnation"]
        return bool(lives.get(life) == content["public"] or life > max(lives))

    # -- the root's words -------------------------------------------------------------------------------------------

    def authority(self, entry: Any) -> bool:
        """Whether an operation brings an authority of its unit."""
        said = self._opened(entry.body, self._root, "authority")
        named = said is not None and len({person for person, _ in said[3]}) >= 2
        return named and said is not None and said[1] == entry.fields[1] and entry.target == f"unit/{said[1]}"

    def revokes(self, entry: Any) -> bool:
        """Whether an operation brings a revocation of the root."""
        content = self._of_root(entry)
        return content is not None and content.get("what") in {"revoke_person", "revoke_node", "revoke_authority"}

    def _of_root(self, entry: Any) -> dict[str, Any] | None:
        said = self._opened(entry.body, self._root, "revocation")
        return said[1] if said and said[0] == entry.fields[1] else None

    def certificate(self, message: object) -> list[Any] | None:
        """What a certificate says, if the root signed it, or two people whom the root named."""
        said = self._opened(message, self._root, "certificate")
        if said is not None or not isinstance(message, bytes):
            return said
        try:
            paper, first, first_mark, then, then_mark = cbor2.loads(message)
            proposed, approved = cbor2.loads(first), cbor2.loads(then)
        except (cbor2.CBORDecodeError, ValueError, TypeError):
            return None
        authority, content = self._opened(paper, self._root, "authority"), proposed[4]
        keys = [] if authority is None else [
            [public for person, public in authority[3] if person == meaning[5]] for meaning in (proposed, approved)
        ]  # fmt: skip
        if authority is None or proposed[5] == approved[5] or _for_whom(content) in {proposed[5], approved[5]}:
            return None
        said_by = zip(keys, (first, then), (first_mark, then_mark), strict=True)
        if not all(any(self._signed(key, "act", meaning, mark) for key in some) for some, meaning, mark in said_by):
            return None
        return self._as_certificate(authority, content)

    def _granted(self, entry: Any, content: dict[str, Any]) -> list[Any] | None:
        proposals = [one for one in self.past(entry, "grant.propose") if one.target == entry.target]
        for authority in self._authorities(entry):
            proposed = any(self._named(one, authority) and one.person != entry.person for one in proposals)
            if proposed and self._named(entry, authority):
                return self._as_certificate(authority, content)
        return None

    def _as_certificate(self, authority: list[Any], content: dict[str, Any]) -> list[Any]:
        node = content["what"] == "node"
        return [
            0, "node" if node else "person", authority[1], authority[2],
            str(content["node"]) if node else content["person"], content.get("incarnation", 0), content["name"],
            content.get("roles", "").split(), content["public"], content["issued_ms"],
            min(content["lease_ms"], authority[7]),
        ]  # fmt: skip

    def _authorities(self, entry: Any, *, ever: bool = False) -> list[list[Any]]:
        """The authorities in force at an operation, without people whose key was revoked later than it was issued."""
        ended, silenced = set(), []
        for one in self.past(entry, "grant.approve", "region.revoke"):
            content = self.ruled(one) or {}
            if content.get("what") == "revoke_authority":
                ended.add(content["authority"])
            if content.get("what") == "revoke_person":
                silenced.append(content)
        found, at_ms = {}, entry.fields[7] // 65536
        for one in self.past(entry, "unit.authority"):
            said = self._opened(one.body, self._root, "authority")
            assert said is not None
            name = self._hashed(said[0], "authority", one.body)[:16].hex()
            heard = [
                pair
                for pair in said[3]
                if not any(
                    each["person"] == pair[0] and each["public"] in {b"", pair[1]} and each["issued_ms"] >= said[6]
                    for each in silenced
                )
            ]
            if name not in ended and (ever or said[6] <= at_ms < said[7]):
                found[name] = [*said[:3], heard, *said[4:]]
        return list(found.values())

    def _named(self, entry: Any, authority: list[Any]) -> bool:
        at_ms = entry.fields[7] // 65536
        keys = [public for person, public in authority[3] if person == entry.person]
        return authority[6] <= at_ms < authority[7] and any(self._speaks(entry, public) for public in keys)

    def _speaks(self, entry: Any, public: bytes) -> bool:
        meaning = cbor2.dumps([*entry.fields[:2], *entry.fields[9:13], entry.fields[7]], canonical=True)
        return self._signed(public, "act", meaning, entry.fields[13])


def _for_whom(content: Mapping[str, Any]) -> str:
    return str(
        content["person"]
        if content["what"] in {"person", "roles"}
        else content["holder"]
        if content["what"] == "delegation"
        else ""
    )
