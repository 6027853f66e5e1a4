"""Operations: immutable statements, each in the chain of its author. The logs are the truth; nothing else is.

    [suite, unit, node, incarnation, seq, prev, deps, hlc, receipt, kind, target, body, person, person_sig]

The canonical CBOR of this list is the operation; its hash is its name. `prev` is the hash of the author's operation
before it, so one signature over a later hash (the node's seal) authenticates the whole run. A person signs the meaning:
unit, kind, target, body, name and time, whatever log it stands in. A node can place an approval, never make one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cbor2

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.hlc import READING_MAX
from fleet.ledger.suite import HASH_SIZE, SigningKey, by_id, of_key

ORIGIN = b""
"""`prev` of an author's first operation."""
SIZE_MAX = 1 << 16
DEPS_MAX = 256
NAME_LENGTH_MAX = 96
INCARNATION_BITS = 10


class Author(NamedTuple):
    """Who writes a log: a node number, unique in the region (0 is central), and which of its lives."""

    node: int
    incarnation: int

    @property
    def client_id(self) -> int:
        """The author's client id in shared documents: small, assigned, never random."""
        return self.node << INCARNATION_BITS | self.incarnation

    @classmethod
    def of_client(cls, client_id: int) -> Author:
        """The author whose client id that is."""
        return cls(client_id >> INCARNATION_BITS, client_id & (1 << INCARNATION_BITS) - 1)


class Head(NamedTuple):
    """The last operation held of an author."""

    author: Author
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One statement. `deps` are heads of other authors seen since the author's operation before; `receipt` is the
    last of its own operations the author knows central to hold (0 for none)."""

    suite: int
    unit: str
    author: Author
    seq: int
    prev: bytes
    deps: tuple[Head, ...]
    hlc: int
    receipt: int
    kind: str
    target: str
    body: Value
    person: str | None = None
    person_sig: bytes | None = None

    def encoded(self) -> bytes:
        """The canonical bytes."""
        deps = [[*head.author, head.seq, head.hash] for head in self.deps]
        return encode(
            [self.suite, self.unit, *self.author, self.seq, self.prev, deps, self.hlc, self.receipt]
            + [self.kind, self.target, self.body, self.person, self.person_sig]
        )

    def meaning(self) -> bytes:
        """What a person signs: everything but the place in a log."""
        return encode([self.suite, self.unit, self.kind, self.target, self.body, self.person, self.hlc])


class Named(NamedTuple):
    """An operation with its bytes and its name, so that neither is ever computed twice."""

    operation: Operation
    data: bytes
    hash: bytes

    @property
    def head(self) -> Head:
        """Where this operation stands in its author's log."""
        return Head(self.operation.author, self.operation.seq, self.hash)

    @property
    def order(self) -> tuple[int, Author, int]:
        """Sort key: the causal order every replica folds in."""
        return self.operation.hlc, self.operation.author, self.operation.seq


def name(operation: Operation) -> Named:
    """Encode and hash an operation made here."""
    data = operation.encoded()
    return Named(operation, data, by_id(operation.suite).hash("operation", data))


def adopt(operation: Operation) -> Named:
    """Encode and hash an operation that was put together from what came from outside: what `read` would say of it.

    Raises:
        NotTrusted: as `read`.
        TypeError: a value in it cannot be signed.
    """
    if not _within_bounds(operation):
        raise NotTrusted("operation_form")
    named = name(operation)
    if len(named.data) > SIZE_MAX:
        raise NotTrusted("too_large", size=len(named.data), most=SIZE_MAX)
    return named


def sign_meaning(key: SigningKey, operation: Operation) -> bytes:
    """A person's signature for `operation`, whose `person` is set already."""
    return cose.signature(of_key(key.public), key, "act", operation.meaning())


def meaning_signed_by(public: bytes, operation: Operation) -> bool:
    """Whether the person's signature on `operation` was made with the key of `public`."""
    mark = operation.person_sig
    return mark is not None and cose.signed_by(of_key(public), public, "act", operation.meaning(), mark)


def read(data: bytes) -> Named:
    """Decode an operation from outside.

    Raises:
        NotTrusted: `too_large`, `not_cbor`, `not_canonical`, `unknown_suite` or `operation_form`.
    """
    match decode(data, size_max=SIZE_MAX):
        case [
            int() as suite, str() as unit, int() as node, int() as incarnation, int() as seq, bytes() as prev,
            list() as deps, int() as hlc, int() as receipt, str() as kind, str() as target, body,
            str() | None as person, bytes() | None as person_sig,
        ]:  # fmt: skip
            if len(deps) > DEPS_MAX:
                raise NotTrusted("operation_form")
            if any(isinstance(number, bool) for number in (suite, seq, hlc, receipt)):
                raise NotTrusted(
                    "operation_form"
                )  # Python counts with true and false; two encodings would be one value
            operation = Operation(
                suite=suite, unit=unit, author=author_of(node, incarnation), seq=seq, prev=prev,
                deps=tuple(map(_head, deps)), hlc=hlc, receipt=receipt, kind=kind, target=target, body=body,
                person=person, person_sig=person_sig,
            )  # fmt: skip
            if not _within_bounds(operation):
                raise NotTrusted("operation_form")
            return Named(operation, data, by_id(suite).hash("operation", data))
    raise NotTrusted("operation_form")


def stored(data: bytes) -> Operation:
    """An operation from this machine's own log, which was checked before it came there: no second look at its form."""
    suite, unit, node, incarnation, seq, prev, deps, hlc, receipt, kind, target, body, person, mark = cbor2.loads(data)
    return Operation(
        suite=suite, unit=unit, author=Author(node, incarnation), seq=seq, prev=prev,
        deps=tuple(Head(Author(dep[0], dep[1]), dep[2], dep[3]) for dep in deps), hlc=hlc, receipt=receipt, kind=kind,
        target=target, body=body, person=person, person_sig=mark,
    )  # fmt: skip


def _within_bounds(one: Operation) -> bool:
    return (
        0 < one.seq < 1 << 48
        and 0 <= one.hlc <= READING_MAX
        and 0 <= one.receipt < one.seq
        and max(map(len, (one.unit, one.kind, one.target, one.person or ""))) <= NAME_LENGTH_MAX
        and len(one.prev) == (HASH_SIZE if one.seq > 1 else 0)
        and (one.person is None) == (one.person_sig is None)
        and all(dep.author != one.author for dep in one.deps)  # its own log is named by `prev` alone
    )


def _head(value: Value) -> Head:
    match value:
        case [int() as node, int() as incarnation, int() as seq, bytes() as digest] if (
            len(digest) == HASH_SIZE and 0 < seq < 1 << 48 and not isinstance(seq, bool)
        ):
            return Head(author_of(node, incarnation), seq, digest)
    raise NotTrusted("operation_form")


def author_of(node: int, incarnation: int) -> Author:
    """The author two numbers from outside stand for; NotTrusted `operation_form` if there is none."""
    if isinstance(node, bool) or isinstance(incarnation, bool):
        raise NotTrusted("operation_form")
    if not (0 <= node < 1 << 31 and 0 < incarnation < 1 << INCARNATION_BITS):
        raise NotTrusted("operation_form")
    return Author(node, incarnation)
