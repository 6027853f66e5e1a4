"""Proves a stored ledger without trusting it: every chain, seal, signature and derived row, from the root's key alone.

The log is replayed from its bytes as if it came from a stranger. What is derived from it (documents, rows, verdicts) is
made again and compared; receipts are checked against central's key; counts and digests of each table (tallies) show
rows that were taken out. A fault names the record, so that a person can go and look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from fleet.errors import NotTrusted
from fleet.ledger import documents, judge, projection
from fleet.ledger.marks import receipted_by, sealed_by
from fleet.ledger.operation import ORIGIN, Author, Head, Named, read
from fleet.ledger.state import State
from fleet.ledger.store import Held, Receipt, Row
from fleet.ledger.suite import COMMON


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

    def receipts(self) -> Iterable[Receipt]:
        """Stored receipts."""

    def tallies(self) -> Iterable[tuple[str, Tally, Tally]]:
        """Per table: its name, the tally stored, the tally counted now."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: a code for `verify.` in the catalogue, and the record it was found at."""

    code: str
    record: str


@dataclass(slots=True)
class Report:
    """What was proved, and what was not."""

    operations: int = 0
    seals: int = 0
    person_signatures: int = 0
    without_effect: int = 0
    documents: int = 0
    rows: int = 0
    receipts: int = 0
    state_hash: str = ""
    faults: list[Fault] = field(default_factory=list)


def verify(evidence: Evidence, *, root_public: bytes, central_public: bytes | None) -> Report:
    """Check everything; never stops at the first fault, except in the log of an author whose chain is broken."""
    report, receipts = Report(), [*evidence.receipts()]
    promised = {receipt.head: False for receipt in receipts}
    state = _replay(evidence, root_public, promised, report)
    _derived(evidence, state, report)
    for receipt in receipts:
        _receipt(receipt, central_public, report, held=promised[receipt.head])
    for table, stored, counted in evidence.tallies():
        if stored != counted:
            report.faults.append(Fault("tally", table))
    report.state_hash = state.digest(COMMON).hex()
    return report


def _replay(evidence: Evidence, root_public: bytes, promised: dict[Head, bool], report: Report) -> State:
    """Fold the log; tick off in `promised` the heads it passes through."""
    state, broken, unsealed = State(), set[Author](), dict[Author, str]()
    for record, columns, held in evidence.operations():
        try:
            named = read(held.data)
        except NotTrusted as refused:
            report.faults.append(Fault(refused.code, record))
            continue
        author = named.operation.author
        if named.head != columns:
            report.faults.append(Fault("index", record))
        if author in broken:
            continue
        if fault := _step(state, named, held, root_public, report):
            report.faults.append(Fault(fault, record))
            broken |= {author} if fault in {"chain", "seal", "causal"} else set()
        if named.head in promised and state.heads.get(author) == named.head:
            promised[named.head] = True
        unsealed[author] = "" if held.seal else record
    report.faults += [Fault("unsealed", record) for record in unsealed.values() if record]
    return state


def _step(state: State, named: Named, held: Held, root_public: bytes, report: Report) -> str:
    operation = named.operation
    head = state.heads.get(operation.author)
    expected = (head.seq + 1, head.hash) if head else (1, ORIGIN)
    if (operation.seq, operation.prev) != expected:
        return "chain"
    if judge.missing(state, operation):
        return "causal"
    staged = state.stage()
    verdict = judge.verdict(staged, named, root_public)
    state.accept(staged)
    report.operations += 1
    report.person_signatures += int(operation.person is not None and not verdict)
    report.without_effect += bool(verdict)
    if held.seal is not None:
        certificate = state.nodes.get(operation.author)
        if certificate is None or not sealed_by(certificate.public, named.head, held.seal):
            return "seal"
        report.seals += 1
    return "" if verdict == held.verdict else "verdict"


def _derived(evidence: Evidence, state: State, report: Report) -> None:
    stored = evidence.documents()
    for name in sorted(stored.keys() | state.documents.keys()):
        report.documents += 1
        if name not in stored or name not in state.documents or _fields(stored[name]) != state.documents[name].fields:
            report.faults.append(Fault("document", name))
    whole = projection.whole(state)
    for table in projection.TABLES:
        rows, wanted = evidence.rows(table), whole[table]
        for key in sorted(rows.keys() | wanted.keys()):
            report.rows += 1
            if rows.get(key) != wanted.get(key):
                report.faults.append(Fault("row", f"{table} {key}"))


def _fields(snapshot: bytes) -> Mapping[str, str] | None:
    try:
        return documents.read(snapshot).fields
    except BaseException as error:  # an edited snapshot may make yrs panic
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return None


def _receipt(receipt: Receipt, central_public: bytes | None, report: Report, *, held: bool) -> None:
    head: Head = receipt.head
    record = f"receipt {head.author.node}.{head.author.incarnation} {head.seq}"
    if central_public is None or not receipted_by(central_public, receipt):
        report.faults.append(Fault("receipt", record))
    elif not held:
        report.faults.append(Fault("receipted_missing", record))
    else:
        report.receipts += 1
