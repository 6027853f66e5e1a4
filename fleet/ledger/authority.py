"""A unit's authority: the root's word on who of a unit may together hand out certificates, and which node numbers.

    root  ->  unit authority (two named people or more, a block of numbers)  ->  nodes and people of that unit

It comes with the first grant, so that a unit can enrol a second node and a new driver with no network at all. What the
named people then do with it is in `granting`; nothing here says that one of them alone may do anything.

Numbers make client ids and must be unique in the region. The block is a tree: node `first + i` alone hands out
`first + 8i + 1` to `first + 8i + 8`. So two nodes that cannot reach each other never hand out the same one.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.suite import HASH_SIZE, SigningKey, by_id, of_key

CONTEXT = "authority"
CHILDREN = 8
"""Numbers one node may hand out."""
BLOCK = 1 + CHILDREN + CHILDREN**2
"""Numbers in a block: the node central granted, its children and theirs."""
PEOPLE_MIN, PEOPLE_MAX = 2, 16
_NUMBER_MAX = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """`people` are pairs of staff number and public key: someone with keys on two nodes stands there twice. `first` and
    `count` are the block of numbers; `issued_ms` and `lease_ms` bound, in UTC milliseconds, the signing times it
    speaks for."""

    suite: int
    unit: str
    unit_name: str
    people: tuple[tuple[str, bytes], ...]
    first: int
    count: int
    issued_ms: int
    lease_ms: int

    def covers(self, at_ms: int) -> bool:
        """Whether something signed at `at_ms` is inside the lease."""
        return self.issued_ms <= at_ms < self.lease_ms

    def keys(self, person: str) -> list[bytes]:
        """The keys by which `person` speaks for the unit; none for someone it does not name."""
        return [public for named, public in self.people if named == person]

    def holds(self, node: int) -> bool:
        """Whether a node number is of this unit's block."""
        return self.first <= node < self.first + self.count

    def children(self, node: int) -> range:
        """The numbers that `node`, and no other, may hand out."""
        if not self.holds(node):
            return range(0)
        first = self.first + CHILDREN * (node - self.first) + 1
        return range(min(first, self.first + self.count), min(first + CHILDREN, self.first + self.count))


def issue(root: SigningKey, authority: Authority) -> bytes:
    """The authority as a COSE_Sign1 message of the root."""
    payload: list[object] = [getattr(authority, name) for name in Authority.__slots__]
    return cose.sign1(of_key(root.public), root, CONTEXT, encode(payload))


def admit(root_public: bytes, message: bytes) -> Authority:
    """Read a unit's authority and check that the root signed it.

    Raises:
        NotTrusted: `not_cose`, `signature`, `unknown_suite`, or `authority_form`.
    """
    authority = _read(decode(cose.payload_of(message)))
    cose.open1(of_key(root_public), root_public, CONTEXT, message)
    return authority


def unproved(message: bytes) -> Authority:
    """What an authority says, whoever signed it: for telling, never for believing. Raises as `admit`."""
    return _read(decode(cose.payload_of(message)))


def identity(message: bytes) -> str:
    """The name of an authority in hex: what a revocation of it says."""
    suite = by_id(unproved(message).suite)
    return suite.hash(CONTEXT, message)[: HASH_SIZE // 2].hex()


def _read(payload: Value) -> Authority:
    match payload:
        case [
            int() as suite, str() as unit, str() as unit_name, list() as people, int() as first, int() as count,
            int() as issued_ms, int() as lease_ms,
        ] if len(people) <= PEOPLE_MAX and first > 0 and count >= 0 and first + count <= _NUMBER_MAX:  # fmt: skip
            named = tuple(map(_named, people))
            if len({person for person, _ in named}) >= PEOPLE_MIN:
                return Authority(
                    suite=suite, unit=unit, unit_name=unit_name, people=named, first=first, count=count,
                    issued_ms=issued_ms, lease_ms=lease_ms,
                )  # fmt: skip
    raise NotTrusted("authority_form")


def _named(value: Value) -> tuple[str, bytes]:
    match value:
        case [str() as person, bytes() as public]:
            of_key(public)
            return person, public
    raise NotTrusted("authority_form")
