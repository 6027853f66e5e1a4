"""What a replica needs of its disk: the port between the ledger and any storage (SQLite, PostgreSQL, a simulated disk).

One `commit` is one transaction: everything in the batch is there afterwards, or nothing is. When it returns, the batch
survives a power cut; only then may anything be acknowledged. `tests/fleet/ledger/store_acceptance.py` is what every
implementation must pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from fleet.ledger.operation import Author, Head, Named

REFUSALS_MAX = 64
"""Refusals kept about one author's records; further ones are counted and not kept."""
FORK = "fork"
"""The verdict on an operation that does not stand because its log was continued twice (see `forks`)."""
RUN_OPERATIONS_MAX = 8_000
"""Operations in one delta. Two seals of a log are never further apart."""


class Held(NamedTuple):
    """A stored operation: its bytes, the seal if its author sealed the log here, and why it has no effect (or "")."""

    data: bytes
    seal: bytes | None
    verdict: str


class Receipt(NamedTuple):
    """Central's word that it holds an author's log up to `head`, given at `time_ms` (UTC, central's clock)."""

    head: Head
    time_ms: int
    signature: bytes


class Refusal(NamedTuple):
    """A delta or an operation that was not taken, and why; kept until its author has seen it."""

    head: Head
    code: str
    time_ms: int


class Placing(NamedTuple):
    """An operation as it goes into the log."""

    named: Named
    seal: bytes | None
    verdict: str


class Proof(NamedTuple):
    """That a log was continued twice: whose, from which number on, and the bytes that prove it (see `forks`)."""

    author: Author
    seq: int
    data: bytes


Row = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How the place where a fold stands (see `rest`) differs from the checkpoint before. Entries go by part and key;
    None is one that is gone. `archived` are dossiers by target; `woken` leave the archive."""

    entries: Mapping[tuple[str, str], bytes | None] = field(default_factory=dict)
    archived: Mapping[str, bytes] = field(default_factory=dict)
    woken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transaction. `rows` are the projections of what changed, by table and key, None where there is none any more;
    `documents` snapshots by name;
    `seals` come after the operations they close, `verdicts` are those that became others. The documents of what a
    `checkpoint` archives go with it."""

    operations: tuple[Placing, ...] = ()
    documents: Mapping[str, bytes] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    rows: Mapping[str, Mapping[str, Row | None]] = field(default_factory=dict)
    seals: Mapping[Head, bytes] = field(default_factory=dict)
    verdicts: Mapping[Head, str] = field(default_factory=dict)
    proofs: tuple[Proof, ...] = ()
    checkpoint: Checkpoint | None = None


class Store(Protocol):
    """One unit's ledger on one disk."""

    def operations(self, after: int = 0) -> Iterable[Held]:
        """Everything held but the first `after`, in the order it was committed, which is a causal order."""

    def aside(self) -> Iterable[Held]:
        """The operations that do not stand because their log was continued twice, in the order they were committed."""

    def run(self, author: Author, after_seq: int, size_max: int) -> list[Held]:
        """The author's operations that stand, after `after_seq`, in sequence, ending at a sealed one.

        As many as fit in `size_max` bytes and RUN_OPERATIONS_MAX, but always up to the first seal; [] if none.
        """

    def receipts(self) -> Iterable[Receipt]:
        """The latest receipt of each author."""

    def receipts_about(self, author: Author, seen: int, seq: int) -> tuple[Receipt | None, Receipt | None]:
        """Of all receipts of an author's log: the last for a number up to `seen`, the first for one from `seq` on."""

    def refusals(self) -> Iterable[Refusal]:
        """What was refused, oldest first."""

    def proofs(self) -> Iterable[Proof]:
        """The proofs of logs that were continued twice, by author and number."""

    def entries(self) -> Iterable[tuple[str, str, bytes]]:
        """What the last checkpoint says, but for its archive: part, key and value."""

    def archived(self) -> Iterable[str]:
        """The targets of the dossiers in the archive."""

    def dossier(self, target: str) -> bytes:
        """A dossier of the archive; KeyError if it is not there."""

    def commit(self, batch: Batch) -> None:
        """Store a batch durably, whole or not at all.

        Raises:
            Unavailable: the disk is full or gone; nothing of the batch was stored.
        """

    def rebuild(self, batches: Iterable[Batch]) -> None:
        """Throw away everything derived and store it anew, as `batches` tell piece by piece: one transaction. They are
        made while it is under way, and may read what is stored. What is not derived stays as it is, but for what they
        say of it.

        Raises:
            Unavailable: the disk is full or gone; nothing has changed.
        """
