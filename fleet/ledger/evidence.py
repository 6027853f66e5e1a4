"""What is proved and what comes of it: a stored ledger as `verify` reads it, and the report it makes.

A node's file and central's database each answer as an `Evidence`; nothing that is read here is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from fleet.ledger.operation import Head
from fleet.ledger.store import Checkpoint, Held, Proof, Receipt, Row
from fleet.rules.timing import Proof as Known


class Tally(NamedTuple):
    """How many rows a table should have and the digest over them, as last committed."""

    rows: int
    digest: str


class Entry(NamedTuple):
    """An operation row: a name a person can find it by, the columns beside the bytes, and the bytes."""

    record: str
    head: Head
    held: Held


class Evidence(Protocol):
    """A stored ledger as it lies on disk, read and never written."""

    def operations(self) -> Iterable[Entry]:
        """Every operation row, in order of commit."""

    def documents(self) -> Mapping[str, bytes]:
        """Stored snapshots by document name."""

    def rows(self, table: str) -> Mapping[str, Row]:
        """Stored projection rows of a table by key."""

    def checkpoint(self) -> Checkpoint:
        """The stored checkpoint, whole."""

    def receipts(self) -> Iterable[Receipt]:
        """Stored receipts."""

    def proofs(self) -> Iterable[Proof]:
        """Stored proofs of logs that were continued twice."""

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        """Per table: its name, the tally stored, the tally counted now."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: a code for `verify.` in the catalogue, and the record it was found at."""

    code: str
    record: str


@dataclass(slots=True)
class Report:
    """What was proved, and what was not. `crashed` operations are of those without effect: what they would do is not
    tried again here either. `deadlines` counts completed supplements by how surely they were in time, `doubted`
    operations whose signed time receipts contradict."""

    operations: int = 0
    seals: int = 0
    person_signatures: int = 0
    without_effect: int = 0
    crashed: int = 0
    documents: int = 0
    rows: int = 0
    receipts: int = 0
    deadlines: Counter[Known] = field(default_factory=Counter)
    doubted: int = 0
    forks: list[Proof] = field(default_factory=list)
    state_hash: str = ""
    faults: list[Fault] = field(default_factory=list)
